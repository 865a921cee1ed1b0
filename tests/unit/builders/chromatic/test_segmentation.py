from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueset_builders.chromatic.segmentation import (
    MAX_SEGMENT_S,
    OVERLAP_S,
    TimeSpan,
    covered_share,
    cut_song,
    line_relation,
)


def cut(lines, sections, running_s):
    spans = [TimeSpan(index, start, end) for index, (start, end) in enumerate(lines)]
    return cut_song(spans, sections, running_s)


def shape(segments):
    return [(segment.start_s, segment.end_s, segment.kind) for segment in segments]


def test_intro_and_outro_are_segments_around_the_lines():
    segments = cut([(10, 15), (15, 18)], [(0, 20)], 20)
    assert shape(segments) == [
        (0.0, 10, "structure"),
        (10, 15, "lyric"),
        (15, 20, "combined"),
    ]
    assert segments[-1].unmoved_end_s == 18


def test_a_stamp_near_a_boundary_moves_onto_it_for_both_neighbours():
    segments = cut([(9.2, 14.0), (14.0, 22.0)], [(0, 10), (10, 15), (15, 25)], 25)
    assert shape(segments) == [
        (0.0, 10, "structure"),
        (10, 15, "combined"),
        (15, 22.0, "combined"),
        (22.0, 25, "structure"),
    ]


def test_a_boundary_takes_only_its_nearest_stamp():
    segments = cut([(9.5, 10.2), (10.2, 20)], [(0, 10), (10, 20)], 20)
    assert shape(segments)[1:] == [(9.5, 10, "combined"), (10, 20, "combined")]


def test_an_instrumental_is_cut_at_its_sections():
    assert shape(cut([], [(0, 10), (10, 25)], 30)) == [
        (0.0, 10, "structure"),
        (10, 25, "structure"),
        (25, 30, "gap"),
    ]


def test_without_lines_and_sections_the_song_is_one_gap():
    assert shape(cut([], [], 12)) == [(0.0, 12, "gap")]


def test_what_is_longer_than_the_limit_is_cut_with_overlap():
    segments = cut([], [(0, 75)], 75)
    assert [(s.start_s, s.end_s, s.piece, s.pieces) for s in segments] == [
        (0, 30, 1, 3),
        (28, 58, 2, 3),
        (56, 75, 3, 3),
    ]


def test_lines_of_one_start_share_a_segment_and_none_is_lost():
    segments = cut([(5, 5), (5, 9)], [], 10)
    assert shape(segments)[1] == (5, 9, "lyric")
    assert line_relation(TimeSpan(0, 5, 5), 5, 9) == ("contained", 0.0)


def test_a_line_past_the_end_makes_no_segment():
    assert shape(cut([(5, 8), (50, 53)], [], 10)) == [
        (0.0, 5, "gap"),
        (5, 8, "lyric"),
        (8, 10, "gap"),
    ]


@pytest.mark.parametrize(
    ("line", "kind", "overlap_s"),
    [
        ((10, 20), "exact_match", 10),
        ((12, 18), "contained", 6),
        ((5, 25), "spans_across", 10),
        ((5, 15), "bleeds_in", 5),
        ((15, 25), "bleeds_out", 5),
    ],
)
def test_the_relation_of_a_line_to_a_segment(line, kind, overlap_s):
    assert line_relation(TimeSpan(0, *line), 10, 20) == (kind, overlap_s)


def test_a_line_apart_has_no_relation():
    assert line_relation(TimeSpan(0, 20, 25), 10, 20) is None


times = st.floats(min_value=0, max_value=300).map(lambda value: round(value, 2))


@given(
    st.lists(times, max_size=30, unique=True).map(sorted),
    st.lists(times, max_size=12, unique=True).map(sorted),
    st.floats(min_value=5, max_value=300),
)
def test_a_song_is_covered_whole_in_rising_order_without_holes(starts, edges, running_s):
    lines = list(pairwise([*starts, starts[-1] + 3])) if starts else []
    segments = cut(lines, list(pairwise(edges)), running_s)
    assert covered_share(segments, running_s) == pytest.approx(1.0)
    at = 0.0
    for segment in segments:
        assert 0 < segment.duration_s <= MAX_SEGMENT_S + 1e-9
        assert segment.start_s <= at + 1e-9
        if segment.piece == 1:
            assert segment.start_s == pytest.approx(at, abs=1e-9)
        else:
            assert at - segment.start_s == pytest.approx(OVERLAP_S)
        at = segment.end_s
