import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueset.errors import InputError
from hueset_builders.readers.lyrics import MAX_BYTES, parse_lrc, read_line_table, read_word_table


def lines(text, encoding="utf-8"):
    return [(line.stamp.text, line.text) for line in parse_lrc(text.encode(encoding)).lines]


def test_a_stamp_on_its_own_line_belongs_to_the_next_text():
    assert lines("[ti: A]\n[00:01.000]\nfirst\n\n[00:02.000]\nsecond\n") == [
        ("00:01.000", "first"),
        ("00:02.000", "second"),
    ]


def test_a_stamp_before_its_text_on_one_line():
    assert lines("[00:01.00] first\n[00:02.00]second") == [
        ("00:01.00", "first"),
        ("00:02.00", "second"),
    ]


def test_several_stamps_repeat_their_text_in_order_of_time():
    assert lines("[00:10.00][00:30.00]chorus\n[00:20.00]verse") == [
        ("00:10.00", "chorus"),
        ("00:20.00", "verse"),
        ("00:30.00", "chorus"),
    ]


def test_a_text_over_two_lines_is_one_line_of_lyrics():
    assert lines("[00:01.000]\nfirst\nstill first\n[00:02.000]\nsecond") == [
        ("00:01.000", "first still first"),
        ("00:02.000", "second"),
    ]


def test_a_stamp_without_text_ends_the_line_before():
    assert lines("[00:01.00]words\n[00:05.00]\n[00:09.00]more") == [
        ("00:01.00", "words"),
        ("00:05.00", ""),
        ("00:09.00", "more"),
    ]


def test_word_stamps_are_kept_beside_the_plain_text():
    line = parse_lrc(b"[00:01.00]<00:01.00>one <00:01.50>two <00:02.00>").lines[0]
    assert line.text == "one two"
    assert [(word.stamp.text, word.text) for word in line.words] == [
        ("00:01.00", "one"),
        ("00:01.50", "two"),
    ]


def test_tags_are_read_and_the_offset_turns_its_sign():
    lyrics = parse_lrc(b"[ti: Song]\n[AR:Somebody]\n[offset:+500]\n[00:01.00]x")
    assert lyrics.tags == {"ti": "Song", "ar": "Somebody", "offset": "+500"}
    assert lyrics.shift_s == -0.5


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("[00:01.00]süß".encode("utf-8-sig"), "utf-8-sig"),
        ("[00:01.00]süß".encode("utf-16"), "utf-16"),
        ("[00:01.00]süß".encode("cp1252"), "cp1252"),
        ("[00:01.00]süß".encode(), "utf-8"),
        ("[00:01.00]süß\r\n[00:02.00]x\r\n".encode(), "utf-8"),
    ],
)
def test_any_encoding_and_line_end(data, encoding):
    lyrics = parse_lrc(data)
    assert (lyrics.lines[0].text, lyrics.encoding) == ("süß", encoding)


def test_what_cannot_be_read_is_told_with_its_line():
    lyrics = parse_lrc(b"before\n[00:99.00]bad\n[00:01.00]good\n[offset: soon]")
    told = [(problem.file_line, problem.kind) for problem in lyrics.problems]
    assert told == [
        (1, "text_without_stamp"),
        (2, "malformed_stamp"),
        (2, "text_without_stamp"),
        (4, "malformed_offset"),
    ]
    assert [line.text for line in lyrics.lines] == ["good"]


def test_a_word_in_brackets_is_text():
    assert lines("[00:01.00][Chorus] la la") == [("00:01.00", "[Chorus] la la")]


@pytest.mark.parametrize("data", [b"a\x00b", b"x" * (MAX_BYTES + 1), b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(InputError):
        parse_lrc(data)


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail(text):
    if "\x00" not in text:
        parse_lrc(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode())


def test_every_real_lyric_file_is_read_whole(data_dir):
    folder = data_dir / "white-sample" / "packages" / "extraction" / "staged_raw_material"
    paths = [*sorted(folder.glob("*/*.lrc")), *sorted((data_dir / "lyrics_lrc").glob("*.lrc"))]
    assert len(paths) == 69 + 2
    read = [parse_lrc(path.read_bytes()) for path in paths]
    assert sum(len(lyrics.lines) for lyrics in read) == 1076
    assert not [problem for lyrics in read for problem in lyrics.problems]
    assert all(line.text for lyrics in read for line in lyrics.lines)


def test_the_tables_of_jamendo_lyrics_are_read(data_dir):
    folder = data_dir / "lyrics_jamendo"
    found = words = 0
    for path in sorted((folder / "annotations" / "lines").glob("*.csv")):
        found += len(read_line_table(path.read_bytes()))
        texts = (folder / "lyrics" / f"{path.stem}.words.txt").read_text(encoding="utf-8")
        spans = (folder / "annotations" / "words" / path.name).read_bytes()
        words += len(read_word_table(spans, texts))
    assert (found, words) == (3383, 21580)


def test_a_table_with_a_missing_column_or_time_is_refused():
    with pytest.raises(InputError, match="lacks"):
        read_line_table(b"start,end\n1,2\n")
    with pytest.raises(InputError, match="line 2"):
        read_line_table(b"start_time,end_time,lyrics_line\n1,x,la\n")
    with pytest.raises(InputError, match="not finite"):
        read_line_table(b"start_time,end_time,lyrics_line\n1,nan,la\n")
    with pytest.raises(InputError, match="1 word times for 2 words"):
        read_word_table(b"word_start,word_end\n1,2\n", "la\nla\n")
