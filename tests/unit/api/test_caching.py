"""Finished answers: made once, kept while they hold, sent with the right ETag."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hueset_api.caching import Cache, CachedAnswer, matches_etag, takes_gzip


def scope(path: str) -> dict[str, Any]:
    return {"raw_path": path.encode(), "query_string": b""}


def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    cache = Cache(lambda about: (1,), 10_000)
    made = []

    async def make() -> CachedAnswer:
        made.append(1)
        await asyncio.sleep(0.01)
        return CachedAnswer(b"{}")

    async def all_of_them() -> None:
        await asyncio.gather(*(cache.answer(scope("/a"), None, make) for _ in range(20)))

    asyncio.run(all_of_them())
    assert len(made) == 1


def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    cache = Cache(lambda about: (1,), 10_000)

    async def make() -> CachedAnswer:
        await asyncio.sleep(0.05)
        return CachedAnswer(b"{}")

    async def both() -> bytes:
        first = asyncio.create_task(cache.answer(scope("/a"), None, make))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(cache.answer(scope("/a"), None, make))
        await asyncio.sleep(0.01)
        first.cancel()
        return (await second).answer.body

    assert asyncio.run(both()) == b"{}"


def test_an_answer_is_forgotten_when_its_dataset_changes_and_only_then() -> None:
    stamps = {"a": 1, "b": 1}
    cache = Cache(lambda about: (stamps[str(about)],), 10_000)

    async def keep() -> None:
        for name in stamps:

            async def make() -> CachedAnswer:
                return CachedAnswer(b"{}")

            await cache.answer(scope(f"/{name}"), name, make)

    asyncio.run(keep())
    stamps["a"] = 2
    assert cache.get(scope("/a")) is None
    assert cache.get(scope("/b")) is not None


def test_the_oldest_answers_make_room() -> None:
    cache = Cache(lambda about: (1,), 20_000)

    async def keep() -> None:
        for at in range(20):

            async def make() -> CachedAnswer:
                return CachedAnswer(b"x" * 1000)

            await cache.answer(scope(f"/{at}"), None, make)

    asyncio.run(keep())
    kept = [at for at in range(20) if cache.get(scope(f"/{at}"))]
    assert kept == [14, 15, 16, 17, 18, 19]


@pytest.mark.parametrize(
    ("accepts", "takes"),
    [
        (b"gzip", True),
        (b"br, gzip;q=0.5", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"", False),
        (b"identity", False),
        (b"gzip; q=0.0", False),
    ],
)
def test_accept_encoding(accepts: bytes, takes: bool) -> None:
    assert takes_gzip(accepts) is takes


@pytest.mark.parametrize(
    ("known", "same"),
    [
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b", "a"', True),
        (b"*", True),
        (b'"b"', False),
        (b"a", False),
    ],
)
def test_if_none_match(known: bytes, same: bool) -> None:
    assert matches_etag(known, b'"a"') is same
