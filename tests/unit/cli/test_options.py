from __future__ import annotations

import pytest

from hueset.cli.options import settings_of
from hueset.errors import UsageError


@pytest.mark.parametrize("given", ["float8", "FLOAT16", "", "string"])
def test_a_dtype_that_is_none_names_the_two_there_are(given: str) -> None:
    with pytest.raises(UsageError, match=f"unknown --dtype '{given}'") as caught:
        settings_of(None, dtype=given)
    assert caught.value.known == ("float16", "float32")


def test_a_dtype_is_set_and_none_given_sets_nothing() -> None:
    assert settings_of(None, dtype="float16") == {"dtype": "float16"}
    assert settings_of(None) == {}
