"""Large answers go out in pieces, each within a time: who reads too slowly is cut off.

Without that, a few thousand who ask for a large answer and never read it would hold as many large
answers in memory.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send

PIECE_BYTES = 65_536
PIECE_S = 10.0
"""So long a reader may take for each piece: about 6 kB a second."""


class SlowReaderError(TimeoutError):
    """The one who asked does not read; the connection must be cut."""


class Room:
    """How many bytes of large answers wait for their readers at once.

    Parameters
    ----------
    limit_bytes
        At most so many; a single answer always finds room.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self.bytes = 0

    def take(self, count: int) -> bool:
        """Take room for an answer, if there is any left."""
        if self.bytes and self.bytes + count > self._limit:
            return False
        self.bytes += count
        return True

    def free(self, count: int) -> None:
        """Give room back."""
        self.bytes -= count


async def send_in_pieces(send: Send, message: Message, piece_s: float = PIECE_S) -> None:
    """Send the body of a message piece by piece, each when the one before it has gone.

    Raises
    ------
    SlowReaderError
        A piece did not go out in time.
    """
    body, more = memoryview(message["body"]), message.get("more_body", False)
    for at in range(0, len(body), PIECE_BYTES):
        end = at + PIECE_BYTES
        piece = {
            "type": "http.response.body",
            "body": bytes(body[at:end]),
            "more_body": more or end < len(body),
        }
        try:
            async with asyncio.timeout(piece_s):
                await send(piece)
        except TimeoutError as error:
            message_ = f"{at} of {len(body)} bytes were read, and then none for {piece_s:g} s"
            raise SlowReaderError(message_) from error
