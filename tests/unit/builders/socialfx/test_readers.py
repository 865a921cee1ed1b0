from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from hueset.builder import Reject
from hueset.errors import DeclarationError, SourceFormatError
from hueset_builders.socialfx import readers
from hueset_builders.socialfx.records import Contribution, WordCurve
from hueset_builders.socialfx.words import (
    alias_rows,
    language_of,
    normalise_word,
    stop_list,
    term_of,
)
from tests.unit.builders.socialfx.socialfx_files import csv_text, hub_row, names, write_hub, zscored

if TYPE_CHECKING:
    from pathlib import Path


def test_a_term_keeps_its_accents_and_loses_case_and_space() -> None:
    assert term_of("  Frío \n") == "frío"
    assert term_of("high   pitched") == "high pitched"


def test_a_composed_and_a_decomposed_accent_are_one_term() -> None:
    assert term_of("fri\u0301o") == term_of("fr\u00edo")


def test_the_normalised_form_joins_what_only_accents_part() -> None:
    assert normalise_word("Frío") == normalise_word("frio") == "frio"
    assert normalise_word("áspero") == "aspero"


def test_languages_are_read_in_both_spellings_and_nothing_else() -> None:
    assert language_of("Español") == language_of("spanish") == "es"
    assert language_of("English") == "en"
    assert language_of(None) is None
    with pytest.raises(ValueError, match="unknown language"):
        language_of("Deutsch")


def test_the_language_that_the_header_leaves_out_is_read_from_the_rows() -> None:
    raw = csv_text([["frío", "Español", 8, 0.25, *zscored(1)[0]]])
    (row,) = readers.read_csv(raw, "file")
    assert isinstance(row, Contribution)
    assert (row.given, row.language, row.audio_id) == ("frío", "es", "8")
    assert row.ratings_consistency == 0.25
    assert row.values == tuple(zscored(1)[0])
    assert row.names == tuple(names())


def test_a_row_with_as_many_fields_as_the_header_is_refused_not_shifted() -> None:
    raw = csv_text([["warm", 8, 0.25, *zscored(1)[0]]])
    (row,) = readers.read_csv(raw, "file")
    assert isinstance(row, Reject)
    assert (row.reason, row.observed, row.expected) == ("field_count", "43", "44 fields")


def test_a_csv_with_another_header_is_not_read() -> None:
    with pytest.raises(SourceFormatError, match="header"):
        list(readers.read_csv(b"word,gain\nwarm,1\n", "file"))


@pytest.mark.parametrize("bad", ["nan", "inf", "", "loud"])
def test_a_value_that_is_no_finite_number_refuses_the_row(bad: str) -> None:
    values = [*map(str, zscored(1)[0][:-1]), bad]
    (row,) = readers.read_csv(csv_text([["warm", "English", 8, 0.2, *values]]), "file")
    assert isinstance(row, Reject)
    assert row.reason == "not_finite"


def hub(*rows: dict[str, object]) -> list[Contribution | Reject]:
    stream = io.BytesIO()
    write_hub(stream, list(rows))  # type: ignore[arg-type]
    return list(readers.read_hub(io.BytesIO(stream.getvalue()), "eq", "hub_eq"))


def test_extra_is_read_as_a_literal() -> None:
    (row,) = hub(hub_row("a", "Suave", zscored(1)[0]))
    assert isinstance(row, Contribution)
    assert (row.language, row.audio_id, row.ratings_consistency) == ("es", "8", 0.5)
    assert set(row.units) == {"z-score"}


def test_code_in_extra_is_never_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (row,) = hub(hub_row("a", "warm", zscored(1)[0], extra=f"open({str(ran)!r}, 'w') and {{}}"))
    assert isinstance(row, Reject)
    assert row.reason == "extra_unreadable"
    assert not ran.exists()


def test_without_extra_nothing_is_made_up() -> None:
    (row,) = hub(hub_row("a", "warm", zscored(1)[0], extra=None))
    assert isinstance(row, Contribution)
    assert (row.language, row.audio_id, row.ratings_consistency) == (None, None, None)


def test_as_many_names_as_values() -> None:
    (row,) = hub(hub_row("a", "warm", zscored(1)[0][:39]))
    assert isinstance(row, Reject)
    assert row.reason == "parameter_count"


def test_a_hub_file_without_its_columns_is_refused() -> None:
    stream = io.BytesIO()
    write_hub(stream, [{"id": "a", "text": "warm"}])  # type: ignore[arg-type]
    with pytest.raises(SourceFormatError, match="param_keys, param_values, extra"):
        list(readers.read_hub(io.BytesIO(stream.getvalue()), "eq", "hub_eq"))


@pytest.mark.parametrize(
    ("name", "centre"),
    [("RSC_20Hz_band", 20.0), ("19682 Hz", 19682.0), ("62.5Hz", 62.5), ("gain", None)],
)
def test_band_centres_come_from_the_names(name: str, centre: float | None) -> None:
    assert readers.band_centre_hz(name) == centre


def test_the_constant_of_a_reverb_setting_is_dropped_with_its_units_kept() -> None:
    entry = {"lang": "English", "word": "boomy", "settings": [0.05, 0.5, 0.01, 4000.0, 0.4, 1]}
    (row,) = readers.read_audealize_reverb(json.dumps([entry]).encode(), "reverb")
    assert isinstance(row, WordCurve)
    assert row.values == (0.05, 0.5, 0.01, 4000.0, 0.4)
    assert row.units == ("s", "1", "s", "Hz", "1")


def test_another_constant_is_another_format() -> None:
    entry = {"lang": "English", "word": "boomy", "settings": [0.05, 0.5, 0.01, 4000.0, 0.4, 2]}
    (row,) = readers.read_audealize_reverb(json.dumps([entry]).encode(), "reverb")
    assert isinstance(row, Reject)
    assert row.reason == "constant_differs"


def test_a_word_under_two_concepts_is_a_fault_of_the_declaration() -> None:
    word = {"term": "suave", "language": "es", "relation": "near"}
    facts = {"concepts": [{"concept": "soft", "terms": [word]}, {"concept": "x", "terms": [word]}]}
    with pytest.raises(DeclarationError, match="'soft' and 'x'"):
        alias_rows(facts)


def test_a_stop_list_without_reasons_is_a_fault_of_the_declaration() -> None:
    with pytest.raises(DeclarationError, match="entry 1 of 'words' lacks why"):
        stop_list({"words": [{"word": "test"}]})
