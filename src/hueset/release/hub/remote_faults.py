"""What on the Hub is not as it was released."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFault:
    """One thing on the Hub that is not as it was released.

    Attributes
    ----------
    path
        The file, or `table/split` for what loading showed.
    kind
        `missing`, `size`, `sha256`, `features`, `rows`, `splits` or `load`.
    expected, found
        What was promised and what is there, as text.
    """

    path: str
    kind: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.path}: {self.kind} should be {self.expected}, is {self.found}"
