"""Large answers in pieces: nothing is lost, and who does not read is cut off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from hueset_api.pacing import PIECE_BYTES, Room, SlowReaderError, send_in_pieces

if TYPE_CHECKING:
    from starlette.types import Message

BODY = bytes(range(256)) * 1_000


@pytest.mark.parametrize("more", [False, True])
def test_the_pieces_are_the_whole(more: bool) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    message = {"type": "http.response.body", "body": BODY, "more_body": more}
    asyncio.run(send_in_pieces(send, message))
    assert b"".join(one["body"] for one in sent) == BODY
    assert {len(one["body"]) for one in sent[:-1]} == {PIECE_BYTES}
    assert [one["more_body"] for one in sent] == [True] * (len(sent) - 1) + [more]


def test_who_takes_no_piece_in_time_is_cut_off() -> None:
    async def send(_: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(SlowReaderError, match="0 of 256000 bytes were read"):
        asyncio.run(send_in_pieces(send, {"body": BODY}, piece_s=0.01))


def test_there_is_room_for_so_much_and_always_for_one() -> None:
    room = Room(100)
    assert room.take(1_000)
    assert not room.take(1)
    room.free(1_000)
    assert room.take(60)
    assert room.take(40)
    assert not room.take(1)
