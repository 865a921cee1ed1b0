"""Why the unit of a file is not sure is said, and never that it was inherited where it was not."""

import re
from itertools import pairwise

import pytest

from tests.support.chromatic_corpora import build, copy_sample, edit_manifest


def section(start, end):
    return {"section_name": "A", "start_time": start, "end_time": end, "description": "d"}


def told(tmp_path, *stamps, song="05_02"):
    """Return what is said of the unit of a song of the sample's album 05 (frames) with stamps."""
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    lines = (corpus / "05_01" / "05_01.yml").read_text(encoding="utf-8")
    (corpus / song).mkdir()
    (corpus / song / f"{song}.yml").write_text(re.sub("05_01", song, lines), encoding="utf-8")
    structure = [section(start, end) for start, end in pairwise(stamps)]
    edit_manifest(corpus, song, structure=structure, TRT=stamps[-1], concept="Another.")
    built = build(corpus, tmp_path / "out", media="none")
    return {
        one.check: one.message
        for one in built.findings
        if one.check.startswith("timecode") and one.message.startswith(song)
    }


@pytest.mark.parametrize(
    ("stamps", "check", "message"),
    [
        (
            ("[00:00.000]", "[00:10.012]", "[00:30.000]"),
            "timecode.inherited",
            "1 fraction decides nothing; its stamps are read as frames25, which the album has",
        ),
        (
            ("[00:00.000]", "[00:10.124]", "[00:30.000]"),
            "timecode.undecided",
            "1 fraction decides nothing, but they cannot be frames25, which the album has; read as "
            "frames25_sub",
        ),
    ],
)
def test_an_unsure_unit_says_why(stamps, check, message, tmp_path):
    assert told(tmp_path, *stamps) == {check: f"05_02: 05_02.yml: {message}"}


def test_a_unit_taken_for_want_of_anything_says_so(tmp_path):
    found = told(tmp_path, "[00:00.000]", "[00:10.000]", "[00:30.000]", song="09_01")
    assert list(found) == ["timecode.undecided"]
    assert "no stamp has a fraction, and the album has no unit to inherit" in str(found)
