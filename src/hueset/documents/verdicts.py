"""The words that documents judge with."""

from __future__ import annotations

from enum import StrEnum


class GateVerdict(StrEnum):
    """What the gate says of a check, and of a version."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


class CoverageVerdict(StrEnum):
    """What the labels of a dimension, a class or a presence are worth."""

    TRAINABLE = "trainable"
    THIN = "thin"
    NEUTRAL = "neutral"
    POSITIVE_ONLY = "positive_only"
    COMPUTED = "computed"
    ABSENT = "absent"


class Severity(StrEnum):
    """What the failure of a check is."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


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
