"""The outermost layer: what it answers where the framework gave no answer."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from hueset_api.authentication import Door
from hueset_api.caching import Cache
from hueset_api.hosts import Hosts
from hueset_api.metrics import Metrics
from hueset_api.middleware import Edge

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

SCOPE: Scope = {
    "type": "http",
    "method": "GET",
    "path": "/x",
    "raw_path": b"/x",
    "query_string": b"",
    "http_version": "1.1",
    "headers": [(b"host", b"localhost")],
}


def cancelled(begun: list[Message]) -> list[Message]:
    """Return what is sent for a request that is cancelled after what its answer began with."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in begun:
            await send(message)
        await asyncio.sleep(60)

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        door = Door(Hosts(()), None)
        edge = Edge(app, Cache(lambda _: (), 0), Metrics(), door, access_log=False)
        task = asyncio.create_task(edge(dict(SCOPE), receive, send))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    async def receive() -> Any:
        raise NotImplementedError

    try:
        asyncio.run(run())
    except asyncio.CancelledError:
        sent.append({"type": "cut"})
    return sent


def test_a_request_that_the_end_of_the_service_cancels_is_told_so() -> None:
    head, body = cancelled([])
    assert head["status"] == 503
    told = json.loads(body["body"])
    assert (told["code"], told["hint"]) == ("E_ENDING", "ask again when it is back")


def test_an_answer_that_has_begun_is_cut_and_gets_no_second_head() -> None:
    begun: list[Message] = [
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": b"the first half", "more_body": True},
    ]
    sent = [one["type"] for one in cancelled(begun)]
    assert sent == ["http.response.start", "http.response.body", "cut"]
