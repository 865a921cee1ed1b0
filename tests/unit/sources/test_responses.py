from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hueset.errors import (
    FetchError,
    FetchNotFoundError,
    FetchRefusedError,
    FetchServerError,
    FetchTimeoutError,
    RateLimitedError,
)
from hueset.sources.responses import (
    AgainError,
    Download,
    range_start,
    refuse_status,
    response_validator,
    retry_after_s,
    total_bytes,
)

if TYPE_CHECKING:
    import httpx

WANTED = Download("pets", "https://example.org/pets.csv", Path("pets.csv"))


def response(status: int, **headers: str) -> httpx.Response:
    import httpx

    return httpx.Response(status, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("status", [200, 206])
def test_what_carries_the_file_is_let_through(status: int) -> None:
    refuse_status(response(status), WANTED, 60)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, FetchNotFoundError),
        (410, FetchNotFoundError),
        (401, FetchRefusedError),
        (403, FetchRefusedError),
        (451, FetchRefusedError),
        (204, FetchError),
        (304, FetchError),
    ],
)
def test_what_another_try_cannot_mend_is_raised_at_once(
    status: int, kind: type[FetchError]
) -> None:
    with pytest.raises(kind, match=f"answered {status}") as seen:
        refuse_status(response(status), WANTED, 60)
    assert type(seen.value) is kind
    assert "--source pets=PATH" in str(seen.value.hint)
    assert WANTED.url in seen.value.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (408, FetchTimeoutError),
        (429, RateLimitedError),
        (500, FetchServerError),
        (502, FetchServerError),
        (503, FetchServerError),
        (504, FetchServerError),
    ],
)
def test_what_another_try_may_mend_is_tried_again(status: int, kind: type[FetchError]) -> None:
    with pytest.raises(AgainError) as seen:
        refuse_status(response(status, Retry_After="7"), WANTED, 60)
    assert type(seen.value.error) is kind
    assert seen.value.wait_s == 7.0


def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for() -> None:
    with pytest.raises(RateLimitedError) as seen:
        refuse_status(response(429, Retry_After="3600"), WANTED, 60)
    assert "wait 3,600 s" in str(seen.value.hint)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("5", 5.0),
        ("Sat, 21 Nov 2026 00:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, wanted: float | None) -> None:
    assert retry_after_s(value, datetime(2026, 11, 21, tzinfo=UTC)) == wanted


def test_the_size_is_that_of_the_whole_file_also_in_a_part() -> None:
    assert total_bytes(response(200, Content_Length="12")) == 12
    assert total_bytes(response(200)) is None
    assert total_bytes(response(206, Content_Range="bytes 5-11/12", Content_Length="7")) == 12
    assert total_bytes(response(206, Content_Range="bytes 5-11/*")) is None


def test_a_part_says_where_it_begins() -> None:
    assert range_start(response(200)) == 0
    assert range_start(response(206, Content_Range="bytes 5-11/12")) == 5
    assert range_start(response(206)) is None


def test_only_a_strong_tag_or_a_date_tells_one_file_from_another() -> None:
    assert response_validator(response(200, ETag='"x"', Last_Modified="d")) == '"x"'
    assert response_validator(response(200, ETag='W/"x"', Last_Modified="d")) == "d"
    assert response_validator(response(200, ETag='W/"x"')) == ""
