from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from hueset.builder import Reject
from hueset.errors import SourceFormatError
from hueset_builders.poems import readers
from hueset_builders.poems.embeddings import read_embeddings
from hueset_builders.poems.readers import Poem
from tests.support.local_build import Built, build, inputs, resolved

if TYPE_CHECKING:
    from pathlib import Path

FRONT = '---\nauthor: Ada Byron \ntitle: On: a "Machine"\n---\n'


def read(text: str) -> Poem:
    poem = readers.read_file(text.encode(), "a.txt", "poems")
    assert isinstance(poem, Poem)
    return poem


@pytest.mark.parametrize(
    "body",
    [
        "\n  One\u00a0line, 1914\n\n\tTwo — é\n",
        "no last line end",
        "windows\r\nlines\r\n\r\nhere\r\n",
        "a line\n---\nafter a rule of the poem's own\n",
        "\ufffdlost\ufffd",
    ],
)
def test_the_text_comes_back_character_by_character(body: str) -> None:
    assert read(FRONT + body).text == body


def test_front_matter_is_read_with_its_lists_and_odd_titles() -> None:
    head = (
        "---\nauthor: A B \ntitle: a: b - 'c\nyear: 19th century\ntags:\n -  lyric\n- time\n---\nx"
    )
    poem = read(head)
    assert (poem.author, poem.title, poem.year) == ("A B", "a: b - 'c", "19th century")
    assert poem.tags == ("lyric", "time")


def test_a_byte_order_mark_is_no_part_of_the_poem() -> None:
    poem = readers.read_file(b"\xef\xbb\xbf" + (FRONT + "x").encode(), "a.txt", "poems")
    assert isinstance(poem, Poem) and poem.text == "x"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"no front matter\n", "no_front_matter"),
        (b"---\nauthor: A\ntitle: B\nnever closed\n", "no_front_matter"),
        (b"---\nauthor: A\n---\ntext\n", "not_stated"),
        (b"---\nauthor: A\ntitle: B\n---\n \n\n", "empty_text"),
        (b"---\nauthor: A\ntitle: B\n---\ncaf\xe9\n", "not_utf8"),
    ],
)
def test_a_file_that_cannot_be_a_poem_is_refused(raw: bytes, reason: str) -> None:
    refused = readers.read_file(raw, "a.txt", "poems")
    assert isinstance(refused, Reject)
    assert refused.reason == reason


def test_damage_is_counted_in_text_and_front_matter() -> None:
    assert read("---\nauthor: A\ntitle: Caf\ufffd\n---\n\ufffdone\ufffd").damaged_characters == 3
    assert read(FRONT + "whole").damaged_characters == 0


def test_json_that_is_no_list_or_broken_off_is_refused() -> None:
    with pytest.raises(SourceFormatError, match="JSON list"):
        list(readers.read_json_list(b'{"text": "x"}', "poems"))
    with pytest.raises(SourceFormatError, match="not valid JSON"):
        list(readers.read_json_list(b'[{"text": "x"', "poems"))


def test_one_broken_line_of_json_lines_does_not_lose_the_others() -> None:
    raw = b'{"text": "one"}\n{"text": \n\n{"text": ""}\n["x"]\n{"text": "two", "title": 7}\n'
    found = list(readers.read_json_lines(io.BytesIO(raw), "poems"))
    kinds = [one.reason if isinstance(one, Reject) else one.text for one in found]
    assert kinds == ["one", "not_json", "empty_text", "not_an_object", "two"]
    last = found[-1]
    assert isinstance(last, Poem) and last.title == "7" and last.author is None


def words(start: int, count: int = 30) -> str:
    return " ".join(f"word{at}" for at in range(start, start + count))


def folder(tmp_path: Path, poems: dict[str, tuple[str, str]]) -> Path:
    made = tmp_path / "poems"
    made.mkdir()
    for name, (author, body) in poems.items():
        text = f"---\nauthor: {author}\ntitle: {name}\n---\n{body}"
        (made / f"{name}.txt").write_bytes(text.encode())
    return made


def built(tmp_path: Path, poems: dict[str, tuple[str, str]], **parameters: Any) -> Built:
    return build(inputs("poems", {"text_folder": folder(tmp_path, poems)}, **parameters), tmp_path)


def measure(made: Built, name: str, scope: str = "kept") -> dict[str, Any]:
    (row,) = [r for r in made.tables["measures"] if (r["name"], r["scope"]) == (name, scope)]
    return row


def test_an_exact_duplicate_goes_to_quarantine_whatever_white_space_surrounds_it(
    tmp_path: Path,
) -> None:
    made = built(tmp_path, {"b": ("B", "\n" + words(0)), "a": ("A", words(0) + "\n\n")})
    assert [(r.reason, r.key, r.observed) for r in made.rejects] == [("exact_duplicate", "b", "a")]
    assert [row["poem_id"] for row in made.tables["poems"]] == ["a"]


def test_near_duplicates_lie_in_one_split_even_by_other_authors(tmp_path: Path) -> None:
    poems = {f"p{at}": (f"Author {at}", words(0) + f" end{at}") for at in range(12)}
    poems |= {f"q{at}": (f"Other {at}", words(1000 * (at + 1))) for at in range(12)}
    made = built(tmp_path, poems)
    alike = [row for row in made.tables["poems"] if row["poem_id"].startswith("p")]
    assert {row["near_duplicate_group"] for row in alike} == {"p0"}
    assert {row["near_duplicates"] for row in alike} == {11}
    assert len({row["split"] for row in alike}) == 1
    assert len({row["split_by_author"] for row in alike}) == 1
    assert len({row["split"] for row in made.tables["poems"]}) > 1
    assert "fail" not in made.verdicts().values()


def test_an_author_is_on_one_side_of_the_split_by_author(tmp_path: Path) -> None:
    made = built(tmp_path, {f"p{at}": ("One", words(1000 * at)) for at in range(30)})
    assert len({row["split_by_author"] for row in made.tables["poems"]}) == 1
    assert len({row["split"] for row in made.tables["poems"]}) > 1


def test_a_damaged_poem_is_kept_and_flagged(tmp_path: Path) -> None:
    made = built(tmp_path, {"a": ("A", words(0) + " \ufffdsmil\ufffdd"), "b": ("B", words(99))})
    flags = {row["poem_id"]: row["encoding_damaged"] for row in made.tables["poems"]}
    assert flags == {"a": True, "b": False}
    assert measure(made, "encoding_damaged_poems", "read")["value"] == 1
    assert made.verdicts()["input.encoding_damaged"] == "warn"


def test_chunks_follow_their_poem_and_together_hold_it(tmp_path: Path) -> None:
    body = "\n".join(words(10 * at, 10) for at in range(20))
    made = built(tmp_path, {"a": ("A", body)})
    (poem,) = made.tables["poems"]
    assert poem["tokens"] == 200 + 19 + 2
    assert poem["chunks"] == len(made.tables["chunks"]) == 1 + -(-(221 - 50) // 40)
    assert poem["tokens_kept_share"] == 1.0
    assert [chunk["overlap_previous"] for chunk in made.tables["chunks"]] == [0, 10, 10, 10, 10, 10]
    assert made.tables["chunks"][0]["tokens"][0] == "<POEM_START>"
    assert made.tables["chunks"][-1]["tokens"][-1] == "<POEM_END>"
    assert {v for name, v in made.verdicts().items() if name.startswith("poems.")} == {"pass"}


def test_a_poem_below_the_minimum_is_refused(tmp_path: Path) -> None:
    made = built(tmp_path, {"a": ("A", "so short"), "b": ("B", "just long enough")})
    assert [(r.key, r.reason) for r in made.rejects] == [("a", "too_short")]


def test_case_is_kept_in_the_vocabulary(tmp_path: Path) -> None:
    made = built(tmp_path, {"a": ("A", "The the THE 1914\nrose")})
    counts = {row["token"]: row["count"] for row in made.tables["vocabulary"]}
    assert counts == {
        "<POEM_START>": 1,
        "<POEM_END>": 1,
        "<LINE_BREAK>": 1,
        "The": 1,
        "the": 1,
        "THE": 1,
        "1914": 1,
        "rose": 1,
    }


def test_without_vectors_nothing_about_them_is_measured(tmp_path: Path) -> None:
    made = built(tmp_path, {"a": ("A", words(0))})
    rows = [row for row in made.tables["measures"] if row["status"] == "not_measured"]
    assert {row["name"] for row in rows} >= {"out_of_vocabulary_token_share", "embedding_norm_mean"}
    assert all(row["value"] is None and "no table of word vectors" in row["reason"] for row in rows)
    assert {row["in_embeddings"] for row in made.tables["vocabulary"]} == {None}


def test_what_the_vectors_lack_is_measured_and_never_filled(tmp_path: Path) -> None:
    table = tmp_path / "vectors.txt"
    table.write_text("the 3 4 0\nrose 0 0 2\nunused 1 1 1\n", encoding="utf-8")
    sources = {
        "text_folder": folder(tmp_path, {"a": ("A", "The the rose thorn")}),
        "embeddings": table,
    }
    made = build(inputs("poems", sources), tmp_path)
    known = {row["token"]: row["embedding_match"] for row in made.tables["vocabulary"]}
    assert known["the"] == "exact" and known["The"] == "lower" and known["thorn"] is None
    norms = {row["token"]: row["embedding_norm"] for row in made.tables["vocabulary"]}
    assert norms["The"] == 5.0 and norms["thorn"] is None and norms["<POEM_START>"] is None
    scope = "words and marks"
    assert measure(made, "out_of_vocabulary_token_share", scope)["value"] == 0.25
    assert measure(made, "embedding_norm_mean", scope)["value"] == pytest.approx(4.0)
    assert measure(made, "embedding_dimension", scope)["value"] == 3
    assert made.verdicts()["input.out_of_vocabulary"] == "warn"


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (b"the 1 2 3\nrose 1 2\n", "vectors:2: 2 numbers"),
        (b"a 1 2 3\nthe 1 2 x\n", "vectors:2: could not convert"),
        (b"the words alone\n", "vectors:1: 0 numbers"),
        (b"the 1 nan 3\n", "vectors:1: .* not finite"),
        (b"", "holds no vector"),
    ],
)
def test_a_damaged_table_of_vectors_is_an_error_with_its_line(table: bytes, place: str) -> None:
    with pytest.raises(SourceFormatError, match=place):
        read_embeddings(io.BytesIO(table), {"the", "rose"}, "vectors")


def test_vectors_with_a_header_or_a_space_in_a_word_are_read() -> None:
    table = b"2 3\nnew york 1 2 2\nthe 0 0 1\n"
    found = read_embeddings(io.BytesIO(table), {"new york", "the"}, "vectors")
    assert (found.rows, found.dimension) == (2, 3)
    assert found.norms == {"new york": 3.0, "the": 1.0}
    found = read_embeddings(io.BytesIO(b"new york 1 2 2\n"), {"new york"}, "vectors")
    assert found.norms == {"new york": 3.0}
    assert read_embeddings(io.BytesIO(b"7 3 4\n"), {"7"}, "vectors").norms == {"7": 5.0}


def test_a_json_list_states_lengths_that_are_held_against_the_text(tmp_path: Path) -> None:
    path = tmp_path / "poems.json"
    entries = [
        {"author": "A", "title": "a", "text": words(0), "length": len(words(0)), "url": "u"},
        {"author": "B", "title": "b", "text": words(99) + "\u00a0é", "length": 5},
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    made = build(inputs("poems", {"json_list": path}), tmp_path)
    assert [row["text"] for row in made.tables["poems"]] == [entry["text"] for entry in entries]
    (told,) = [f for f in made.findings if f.check == "input.length_differs"]
    assert told.examples == ("000002",)


def test_a_new_file_leaves_the_other_parts_of_a_folder_as_they_are(tmp_path: Path) -> None:
    from hueset_builders.poems.build import plan_units

    place = folder(tmp_path, {f"p{at}": ("A", words(at)) for at in range(40)})
    before = {unit.key: unit.inputs for unit in plan_units(inputs("poems", {"text_folder": place}))}
    (place / "new.txt").write_bytes((FRONT + words(7)).encode())
    after = {unit.key: unit.inputs for unit in plan_units(inputs("poems", {"text_folder": place}))}
    assert sum(before.get(key) != mine for key, mine in after.items()) == 1


def test_the_real_poems_come_back_character_by_character(data_dir: Path) -> None:
    place = data_dir / "poetry" / "public-domain-poetry" / "poems"
    source = resolved("public_domain_poetry", place)
    members = source.names("*.txt")
    assert len(members) == 1238
    for member in members:
        raw = source.read(member)
        poem = readers.read_file(raw, member, "poems")
        assert isinstance(poem, Poem)
        assert raw.endswith(poem.text.encode())
        assert raw[: -len(poem.text.encode())].rstrip().endswith(b"\n---")
