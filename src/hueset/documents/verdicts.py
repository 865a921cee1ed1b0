"""The words that documents judge with, each with what it means and what follows from it.

A word stands here and nowhere else in quotes; a new one is one member, and one class of the style
sheet. A document with a word that is none of them is damaged: it is never read as a milder one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Tone(StrEnum):
    """How a word is shown: each place has a colour for each tone."""

    GOOD = "good"
    FAIR = "fair"
    NOTE = "note"
    BAD = "bad"
    BROKEN = "broken"


class Word(StrEnum):
    """A word of a closed vocabulary."""

    @classmethod
    def parse(cls, word: str) -> Self:
        """Return the member that a word stands for.

        Raises
        ------
        ValueError
            It is none of them.
        """
        for one in cls:
            if one == word:
                return one
        message = f"{word!r} is none of {', '.join(cls)}"
        raise ValueError(message)


class Verdict(Word):
    """What the gate says of a check, and of a version; from the best to the worst.

    Attributes
    ----------
    meaning
        What it means for a version, in one sentence.
    count_as
        How a number of checks or findings with it is told.
    tone
        How it is shown.
    glyph
        The path of its sign in a square of 16.
    passes
        Whether a version with it becomes the latest, and may be published and trained on.
    """

    meaning: str
    count_as: str
    tone: Tone
    glyph: str
    passes: bool

    def __new__(  # noqa: D102
        cls, word: str, meaning: str, count_as: str, tone: Tone, glyph: str, passes: bool
    ) -> Verdict:
        one = str.__new__(cls, word)
        one._value_ = word
        one.meaning, one.count_as, one.tone = meaning, count_as, tone
        one.glyph, one.passes = glyph, passes
        return one

    PASS = "pass", "every promise holds", "hold", Tone.GOOD, "M3 8.5l3.2 3.2L13 4.8", True
    WARN = (
        "warn",
        "usable; read the warnings first",
        "warning",
        Tone.FAIR,
        "M8 3v6M8 12.2v.3",
        True,
    )
    FAIL = (
        "fail",
        "a promise about the data is broken: do not train on it",
        "failed",
        Tone.BAD,
        "M4 4l8 8M12 4l-8 8",
        False,
    )
    ERROR = (
        "error",
        "it could not be judged, or its files are damaged",
        "could not be judged",
        Tone.BROKEN,
        "M5.5 5.5a2.5 2.5 0 1 1 3.3 2.4c-.6.2-.8.6-.8 1.3M8 12.2v.3",
        False,
    )

    @property
    def rank(self) -> int:
        """0 for the best, more for a worse one."""
        return list(Verdict).index(self)


class CoverageVerdict(Word):
    """What the labels of a dimension, a class or a presence are worth; from the best on.

    Attributes
    ----------
    meaning
        What it means for a dimension.
    class_meaning
        What it means for a class; empty where no class is judged so.
    limit
        What is said of dimensions with it among the known limits of a version.
    tone
        How it is shown.
    glyph
        Where the filled part of its sign begins, from the top, and how high it is, both 0..1.
    trainable
        Whether it is trained without being asked for.
    needs_consent
        Whether it is trained only where somebody asks for it by name. What is neither is refused.
    liftable
        Whether more of people's labels would lift it.
    """

    meaning: str
    class_meaning: str
    limit: str
    tone: Tone
    glyph: tuple[float, float]
    trainable: bool
    needs_consent: bool
    liftable: bool

    def __new__(  # noqa: D102
        cls,
        word: str,
        meaning: str,
        class_meaning: str,
        limit: str,
        tone: Tone,
        glyph: tuple[float, float],
        trainable: bool,
        needs_consent: bool,
        liftable: bool,
    ) -> CoverageVerdict:
        one = str.__new__(cls, word)
        one._value_ = word
        one.meaning, one.class_meaning, one.limit = meaning, class_meaning, limit
        one.tone, one.glyph = tone, glyph
        one.trainable, one.needs_consent, one.liftable = trainable, needs_consent, liftable
        return one

    TRAINABLE = (
        "trainable",
        "enough real labels, and they differ enough to learn from",
        "as many rows as the floor asks for, or more",
        "",
        Tone.GOOD,
        (0.0, 1.0),
        True,
        False,
        False,
    )
    THIN = (
        "thin",
        "too few labels to learn from",
        "fewer rows than the floor, or rows of too few groups",
        "have too few examples",
        Tone.FAIR,
        (0.72, 0.28),
        False,
        True,
        True,
    )
    NEUTRAL = (
        "neutral",
        "most labels sit in the middle, so a model learns nothing here",
        "",
        "vary too little to be learned",
        Tone.FAIR,
        (0.36, 0.28),
        False,
        True,
        False,
    )
    POSITIVE_ONLY = (
        "positive_only",
        "tags of one pole alone: what is not tagged is unknown, so nothing opposes it",
        "",
        "have tags of one pole alone",
        Tone.FAIR,
        (0.0, 0.5),
        False,
        True,
        True,
    )
    COMPUTED = (
        "computed",
        "computed values and no human label: no person judged it",
        "",
        "have computed values and no human label",
        Tone.NOTE,
        (0.46, 0.08),
        False,
        True,
        True,
    )
    ABSENT = (
        "absent",
        "not one label: a model cannot learn this at all",
        "not one row",
        "have no example at all",
        Tone.BAD,
        (0.0, 0.0),
        False,
        False,
        True,
    )

    @classmethod
    def of_count(cls, count: float, floor: float) -> CoverageVerdict:
        """Return what a mere count is worth: nothing, less than the floor, or enough."""
        if not count:
            return cls.ABSENT
        return cls.THIN if count < floor else cls.TRAINABLE


class LabelFamily(StrEnum):
    """Who is behind a label; families are never added up."""

    HUMAN = "human"
    TAG = "tag"
    COMPUTED = "computed"


class Severity(StrEnum):
    """What the failure of a check is.

    Attributes
    ----------
    verdict
        The verdict on a check of this severity that does not hold.
    """

    verdict: Verdict

    def __new__(cls, word: str, verdict: Verdict) -> Severity:  # noqa: D102
        one = str.__new__(cls, word)
        one._value_, one.verdict = word, verdict
        return one

    CRITICAL = "critical", Verdict.FAIL
    WARNING = "warning", Verdict.WARN
    INFO = "info", Verdict.PASS


class Learnability(StrEnum):
    """What a fast linear model makes of a target."""

    LEARNABLE = "learnable"
    WEAK = "weak"
    NONE = "none"


class LearningVerdict(StrEnum):
    """What a trained model made of a target on held-out rows."""

    LEARNED = "learned"
    WEAK = "weak"
    STUCK = "stuck"


class RunStatus(StrEnum):
    """How far a training came."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    FINISHED = "finished"


class PinState(StrEnum):
    """How the bytes of a source stand to their pin."""

    OK = "ok"
    LOCKED = "locked"
    UNRECORDED = "unrecorded"
    OPEN = "open"
    SAMPLE = "sample"
