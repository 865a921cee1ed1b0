"""The score of the sample album: melodies, words and manifests of three short songs.

All of it was written for this project. A line of music is a row of `pitch:beats` words, `.` is a
rest, `C4+E4:2` a chord, `|` only helps the eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StampUnit = Literal["subframes", "frames", "ms"]


@dataclass(frozen=True)
class Part:
    """One track of a song.

    `sound` names the instrument of `tools.synth`; `program` is its General MIDI number, from 0;
    `channel` counts from 0, 9 being the drums.
    """

    number: int
    name: str
    description: str
    sound: str
    program: int
    channel: int
    velocity: int
    music: str
    audio: bool = True
    midi: bool = True
    group: str | None = None
    shared_midi: str | None = None


@dataclass(frozen=True)
class Song:
    """One song: `bpm` in quarter notes a minute, sections and words placed in beats."""

    song_id: str
    title: str
    album: str
    colour: str
    release_date: str
    bpm: float
    meter: str
    key: str
    beats: int
    stamps: StampUnit
    smpte_offset: bool
    mood: tuple[str, ...]
    genres: tuple[str, ...]
    concept: str
    sections: tuple[tuple[str, float, str], ...]
    words: tuple[tuple[float, str], ...]
    parts: tuple[Part, ...]


LOOM = Song(
    song_id="01_01",
    title="A Loom Before Morning",
    album="Hueset Sampler",
    colour="Z",
    release_date="2026-01-05",
    bpm=92,
    meter="4/4",
    key="A minor",
    beats=40,
    stamps="subframes",
    smpte_offset=True,
    mood=("nocturnal", "patient", "uneasy", "tender"),
    genres=("Electronic", "Art Rock", "Chamber Pop"),
    concept=(
        "A weaver works through the night in a house by the river. She thought the sound below "
        "the floor was the water, but it was the loom of the room beneath, where somebody weaves "
        "the same cloth a little earlier. Between the two rooms there is a door that is not quite "
        "a door; on one side of it the morning has already happened."
    ),
    sections=(
        ("Intro", 0, "Pluck alone over a held pad"),
        ("Verse", 8, "Voice enters, the bass walks"),
        ("Chorus", 24, "Voice high, everything plays"),
        ("Outro", 36, "Pad alone"),
    ),
    words=(
        (8.5, "I left a thread across the door"),
        (12.5, "to know who came in before"),
        (16.5, "the river hums beneath the floor"),
        (20, "or something that I wove"),
        (24, "Morning, keep the other side"),
        (28, "keep it dark and keep it wide"),
        (32, "I am nearly where I was"),
    ),
    parts=(
        Part(
            1,
            "voice",
            "lead voice, a synthesised vowel",
            "voice",
            53,
            0,
            96,
            ".:8.5 | A4:1 C5:.5 B4:1 A4:.5 G4:.5 | E4:.5 A4:1 C5:.5 D5:1 C5:.5 B4:.5 |"
            " A4:.5 E5:1 D5:.5 C5:1 B4:.5 C5:.5 | A4:1 G4:1 A4:2 |"
            " E5:1.5 D5:.5 C5:1 D5:1 | E5:1 G5:.5 E5:.5 D5:2 | C5:1 B4:1 A4:2 | .:4",
        ),
        Part(
            2,
            "pluck",
            "plucked figure that never stops before the outro",
            "pluck",
            46,
            1,
            84,
            "A3:.5 E4:.5 A4:.5 C5:.5 | E4:1 C4:1 | F3:.5 C4:.5 F4:.5 A4:.5 | C4:1 A3:1 |"
            " A3:.5 E4:.5 A4:.5 C5:.5 | E4:1 C4:1 | F3:.5 C4:.5 F4:.5 A4:.5 | C4:1 A3:1 |"
            " G3:.5 D4:.5 G4:.5 B4:.5 | D4:1 B3:1 | E3:.5 B3:.5 E4:.5 G4:.5 | B3:1 E4:1 |"
            " A3:.5 E4:.5 A4:.5 C5:.5 | E4:1 C4:1 | F3:.5 C4:.5 F4:.5 A4:.5 | C4:1 A3:1 |"
            " G3:.5 D4:.5 G4:.5 B4:.5 | D4:1 B3:1 | .:4",
        ),
        Part(
            3,
            "bass",
            "walking bass, from the verse on",
            "bass",
            33,
            2,
            100,
            ".:8 | A1:2 C2:1 E2:1 | F1:2 A1:1 C2:1 | G1:2 B1:1 D2:1 | E1:2 G1:1 E1:1 |"
            " A1:1 A1:1 G1:1 G1:1 | F1:1 F1:1 C2:1 C2:1 | A1:1 E2:1 A1:2 | .:4",
        ),
        Part(
            4,
            "pad",
            "held pad",
            "pad",
            89,
            3,
            70,
            "A3+C4+E4:8 | A3+C4+E4:4 F3+A3+C4:4 | G3+B3+D4:4 E3+G3+B3:4 | A3+C4+E4:4 F3+A3+C4:4 |"
            " A3+C4+E4:8",
            midi=False,
        ),
    ),
)

FIELDS = Song(
    song_id="05_01",
    title="Fallow Meridian",
    album="Hueset Sampler",
    colour="G",
    release_date="2026-02-02",
    bpm=87.5,
    meter="3/4",
    key="G major",
    beats=36,
    stamps="frames",
    smpte_offset=False,
    mood=("open", "still", "sunlit"),
    genres=("ambient", "electronic"),
    concept=(
        "Next spring the surveyors will come back to a field that nobody remembers ploughing, and "
        "walk the line they drew when they were young, until the line forgets them."
    ),
    sections=(
        ("Approach", 0, "Bells over an empty field"),
        ("Line", 9, "The bass measures the ground"),
        ("Return", 21, "Bells and pad together"),
        ("Distance", 30, "Only the pad is left"),
    ),
    words=(),
    parts=(
        Part(
            1,
            "bells",
            "bells, three to the bar",
            "bell",
            14,
            0,
            88,
            "G4:1 D5:1 B4:1 | C5:1 E5:1 G4:1 | D5:2 A4:1 | G4:1 B4:1 D5:1 | E5:1 D5:1 B4:1 |"
            " C5:1 G4:1 E5:1 | A4:1 D5:1 F#5:1 | G5:1 D5:1 B4:1 | C5:1 E5:1 G5:1 | D5:3 | .:6",
        ),
        Part(
            2,
            "bass",
            "one long low note a bar",
            "bass",
            38,
            1,
            92,
            ".:9 | G2:3 E2:3 C2:3 D2:3 | G2:3 C2:3 D2:2 D2:1 | .:6",
        ),
        Part(
            3,
            "pad",
            "pad, fading up from the second half",
            "pad",
            91,
            2,
            64,
            ".:21 | G3+B3+D4:3 C4+E4+G4:3 D4+F#4+A4:3 | G3+B3+D4:6",
        ),
    ),
)

CHAIRS = Song(
    song_id="08_01",
    title="Borrowed Chairs",
    album="Hueset Sampler",
    colour="V",
    release_date="2026-03-02",
    bpm=116,
    meter="4/4",
    key="D major",
    beats=48,
    stamps="ms",
    smpte_offset=False,
    mood=("bright", "wry", "restless", "tender"),
    genres=("Art Pop", "electronic", "indie pop"),
    concept=(
        "The neighbour who saw everything looks at his own kitchen as if somebody else had "
        "listened to it: every chair borrowed, every voice heard through a wall, and the person "
        "at the table, whom he knows well, is watching him. He is seen, or he thinks that he is."
    ),
    sections=(
        ("Count-in", 0, "Kick and hat"),
        ("Verse 1", 4, "Voice and bass"),
        ("Chorus", 20, "Lead answers the voice"),
        ("Break", 32, "Voice rests, the lead goes on"),
        ("Last line", 40, "Voice and kick"),
    ),
    words=(
        (4, "You counted every chair I own"),
        (8, "and none of them was mine"),
        (12, "you know the ringing of my phone"),
        (16, "you know the colour of the line"),
        (20, "So sit, so sit"),
        (24, "the room will get used to it"),
        (28, "and nobody is alone"),
        (40, "You counted every chair"),
    ),
    parts=(
        Part(
            1,
            "voice",
            "lead voice, a synthesised vowel",
            "voice",
            53,
            0,
            100,
            ".:4 | D4:.5 F#4:.5 A4:1 A4:.5 B4:.5 A4:1 | F#4:.5 E4:.5 F#4:1 D4:2 |"
            " D4:.5 F#4:.5 A4:1 B4:.5 C#5:.5 D5:1 | C#5:.5 B4:.5 A4:1 E4:2 |"
            " D5:1.5 A4:.5 B4:2 | A4:.5 B4:.5 C#5:.5 D5:.5 E5:1 C#5:1 | D5:1 A4:1 F#4:2 | .:8 |"
            " D4:.5 F#4:.5 A4:1 A4:.5 B4:.5 A4:1 | .:4",
        ),
        Part(
            2,
            "lead",
            "lead that answers the voice",
            "lead",
            80,
            1,
            86,
            ".:20 | .:2 F#5:.5 E5:.5 D5:1 | .:2 A5:.5 G5:.5 E5:1 | .:2 D5:.5 E5:.5 F#5:1 |"
            " A5:.5 F#5:.5 D5:1 G5:.5 E5:.5 B4:1 | F#5:.5 D5:.5 A4:1 E5:.5 C#5:.5 A4:1 | .:8",
        ),
        Part(
            3,
            "bass",
            "bass in eighths",
            "bass",
            38,
            2,
            98,
            ".:4 | D2:.5 D2:.5 D2:1 A2:.5 A2:.5 F#2:1 | B1:.5 B1:.5 B1:1 G1:.5 G1:.5 G1:1 |"
            " D2:.5 D2:.5 D2:1 A2:.5 A2:.5 F#2:1 | G1:.5 G1:.5 A1:1 A1:.5 A1:.5 C#2:1 |"
            " D2:1 D2:1 G1:1 G1:1 | A1:1 A1:1 C#2:1 C#2:1 | B1:1 F#2:1 D2:2 |"
            " D2:1 D2:1 E2:1 E2:1 | F#2:1 F#2:1 A1:1 A1:1 | .:8",
        ),
        Part(
            4,
            "kick",
            "kick",
            "kick",
            0,
            9,
            110,
            "C2:1 .:1 C2:1 .:1 | C2:1 .:1 C2:1 .:1 | C2:1 .:1 C2:1 .:1 | C2:1 .:1 C2:1 .:1 |"
            " C2:1 .:1 C2:1 .:1 | C2:1 .:1 C2:1 .:1 | C2:1 .:1 C2:1 .:1 | C2:1 .:1 C2:1 .:1 |"
            " .:8 | C2:1 .:1 C2:1 .:1 | C2:1 .:3",
            group="Drums",
            shared_midi="drums",
        ),
        Part(
            5,
            "hat",
            "closed hat",
            "hat",
            0,
            9,
            72,
            ".:.5 F#2:1 F#2:1 F#2:1 F#2:.5 | .:.5 F#2:1 F#2:1 F#2:1 F#2:.5 |"
            " .:.5 F#2:1 F#2:1 F#2:1 F#2:.5 | .:.5 F#2:1 F#2:1 F#2:1 F#2:.5 |"
            " .:.5 F#2:1 F#2:1 F#2:1 F#2:.5 | .:.5 F#2:1 F#2:1 F#2:1 F#2:.5 | .:24",
            group="drums",
            shared_midi="drums",
        ),
        Part(
            6,
            "sketch",
            "chord sketch that was never recorded",
            "pad",
            4,
            3,
            60,
            ".:4 | D3+F#3+A3:4 G3+B3+D4:4 D3+F#3+A3:4 A3+C#4+E4:4 | .:28",
            audio=False,
        ),
    ),
)

ALBUM = (LOOM, FIELDS, CHAIRS)
