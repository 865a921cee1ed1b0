"""The receipt, held against the bytes again: a thread hashes every file, and says when it did.

It never blocks a request, writes nothing to the store, and is gentle: one thread, with a pause
after every file.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import HuesetError
from hueset.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from hueset.store import Version
    from hueset.verify import Verification

LOOK_EVERY_S = 1.0
PAUSE_S = 0.01

log = logging.getLogger("hueset.api")


@dataclass(frozen=True)
class Receipt:
    """One finished check.

    Attributes
    ----------
    at
        When it was finished, seconds since the epoch.
    seconds
        How long it took.
    found
        What it found.
    """

    at: float
    seconds: float
    found: Verification


class _Stopped(Exception):  # noqa: N818 - not an error: the service ends
    pass


class Receipts:
    """Checks the versions that are served, in the background, again and again.

    Parameters
    ----------
    current
        Returns the version of each dataset that is served by default.
    recheck_s
        A version is checked again after so many seconds.
    """

    def __init__(self, current: Callable[[], list[Version]], recheck_s: float) -> None:
        self._current = current
        self.recheck_s = recheck_s
        self._done: dict[tuple[str, str, int], Receipt] = {}
        self._generation: dict[str, int] = defaultdict(int)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)

    def start(self) -> None:
        """Begin to check."""
        self._thread.start()

    def stop(self) -> None:
        """End; a check in progress is given up."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    @property
    def alive(self) -> bool:
        """Whether the check runs."""
        return self._thread.is_alive()

    def generation(self, dataset: str) -> int:
        """Return how many checks of a dataset are finished."""
        return self._generation.get(dataset, 0)

    def of(self, version: Version) -> Receipt | None:
        """Return the last check of a version; None before the first."""
        return self._done.get(_key(version))

    def told(self, version: Version) -> dict[str, Any]:
        """Return the last check as JSON."""
        receipt = self.of(version)
        if receipt is None:
            return {
                "state": "pending", "checked_at": None, "files": None, "bytes": None,
                "faults": [], "recheck_s": self.recheck_s,
            }  # fmt: skip
        found = receipt.found.to_json()
        return {
            "state": "verified" if not receipt.found.faults else "faulty",
            "checked_at": stamp(receipt.at),
            "files": found["files"],
            "bytes": found["bytes"],
            "faults": [f"{fault['path']}: {fault['kind']}" for fault in found["faults"][:20]],
            "recheck_s": self.recheck_s,
        }

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S if self._done else 0.05):
            try:
                self._round()
            except _Stopped:
                return

    def _round(self) -> None:
        for version in self._current():
            known = self.of(version)
            if known is not None and time.time() - known.at < self.recheck_s:
                continue
            key, began = _key(version), time.time()
            try:
                found = verify(version, progress=self._breathe)
            except (HuesetError, OSError, ValueError, LookupError) as error:
                # A version that vanishes while it is read: the page shows it as broken by itself.
                log.warning("check of %s %s gave up: %s", version.dataset, version.name, error)
                continue
            now = time.time()
            self._done[key] = Receipt(now, now - began, found)
            self._generation[version.dataset] += 1

    def _breathe(self, done: int, total: int) -> None:
        if self._stop.wait(PAUSE_S):
            raise _Stopped


def stamp(seconds: float) -> str:
    """Return a time as `2026-11-21T00:08:26Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _key(version: Version) -> tuple[str, str, int]:
    """Return what a check is of: a version put back by hand under its old name is another one."""
    try:
        changed = version.path.stat().st_mtime_ns
    except OSError:
        changed = 0
    return version.dataset, version.name, changed
