import pytest

from hueset_builders.chromatic.normalise import (
    find_player,
    fold_all,
    parse_key,
    parse_time_signature,
)


@pytest.mark.parametrize(
    ("text", "canonical", "pitch_class"),
    [
        ("A minor", "A minor", 9),
        ("Gb major", "F# major", 6),
        ("F# major", "F# major", 6),
        ("Ab minor", "G# minor", 8),
        ("C Major", "C major", 0),
        ("Cb major", "B major", 11),
        ("f#m", "F# minor", 6),
        ("Bb", "Bb major", 10),
        ("E♭ dorian", "Eb dorian", 3),
    ],
)
def test_enharmonic_spellings_meet_in_one_key(text, canonical, pitch_class):
    key = parse_key(text)
    assert (key.canonical, key.pitch_class) == (canonical, pitch_class)


@pytest.mark.parametrize("text", ["H minor", "C blue", "", "minor", "C# # major"])
def test_what_is_no_key_is_none(text):
    assert parse_key(text) is None


def test_every_time_signature_is_kept_and_nonsense_is_none():
    assert parse_time_signature("18/32") == (18, 32)
    assert parse_time_signature(" 6 / 8 ") == (6, 8)
    assert [parse_time_signature(text) for text in ("4/0", "0/4", "4/3", "4", "a/b")] == [None] * 5


def test_folding_drops_repetitions_and_keeps_the_order():
    assert fold_all(["Art Rock", "electronic", "art  rock", "Electronic", ""]) == [
        "art rock",
        "electronic",
    ]


def test_a_player_is_found_by_key_or_name_or_is_the_default():
    players = {"JOSH": "Josh P.", "GABE": "Gabriel W.", "REMEZ": None}
    assert find_player("JOSH", players, "GABE") == "JOSH"
    assert find_player("josh p.", players, "GABE") == "JOSH"
    assert find_player("REMEZ", players, "GABE") == "REMEZ"
    assert find_player(None, players, "GABE") == "GABE"
    assert find_player("Nobody", players, "GABE") is None
