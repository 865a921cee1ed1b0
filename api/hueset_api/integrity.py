"""The receipt, held against the bytes again: a thread hashes every file, and says when it did.

It never blocks a request, writes nothing to the store, and is gentle: one thread, with a pause
after every file. No damage and no fault of the machine ends it: what it could not check it says.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from hueset.errors import sentence_of
from hueset.store.verify import verify_in_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from hueset.store.store import StoredVersion, VersionStore
    from hueset.store.verify import Verification

LOOK_EVERY_S = 1.0
PAUSE_S = 0.01

log = logging.getLogger("hueset.api")


class IntegrityState(StrEnum):
    """What is known of the files of a version."""

    VERIFIED = "verified"
    PENDING = "pending"
    """They are being hashed, for the first time or because one of them was written since."""
    FAULTY = "faulty"
    UNCHECKED = "unchecked"
    """They could not be checked, or what checks them is dead."""


@dataclass(frozen=True)
class Receipt:
    """One check, finished or given up.

    Attributes
    ----------
    at
        When it ended, seconds since the epoch.
    ended_s
        The same on the clock that only goes forward.
    seconds
        How long it took.
    found
        What it found; None where it was given up.
    reason
        Why it was given up.
    glance
        What the files looked like when it began; other files are not those that were checked.
    """

    at: float
    ended_s: float
    seconds: float
    found: Verification | None
    reason: str | None
    glance: object


class _CheckInterrupted(Exception):  # noqa: N818 - not an error: the service ends
    pass


class IntegrityMonitor:
    """Checks the versions that are served, in the background, again and again.

    Parameters
    ----------
    store
        The store; it is only read.
    current
        Returns the version of each dataset that is served by default.
    glance
        Returns what tells, without reading them, that a version's files are still the same.
    recheck_s
        A version is checked again after so many seconds.
    """

    def __init__(
        self,
        store: VersionStore,
        current: Callable[[], list[StoredVersion]],
        glance: Callable[[StoredVersion], object],
        recheck_s: float,
    ) -> None:
        self._store = store
        self._current = current
        self._glance = glance
        self.recheck_s = recheck_s
        self._done: dict[tuple[str, str], Receipt] = {}
        self._generation: dict[str, int] = defaultdict(int)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)
        self._passed_s: float | None = None
        self._started = False

    def start(self) -> None:
        """Begin to check; where no thread can be had, every version says that none does."""
        self._started = True
        try:
            self._thread.start()
        except RuntimeError as error:
            log.error("nothing checks the files: %s", error)

    def stop(self) -> None:
        """End; a check in progress is given up."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def is_alive(self) -> bool:
        """Whether the thread that checks runs, or was not asked to run yet."""
        return not self._started or self._thread.is_alive()

    @property
    def last_pass_age_s(self) -> float | None:
        """Seconds since every version was last looked through; None before the first time."""
        return None if self._passed_s is None else time.monotonic() - self._passed_s

    def generation(self, dataset: str) -> int:
        """Return a number that changes when what is known of a dataset's files changes."""
        number = self._generation.get(dataset, 0)
        return number if self.is_alive() else -number - 1

    def of(self, version: StoredVersion) -> Receipt | None:
        """Return the last check of the files as they are now; None where there is none."""
        known = self._done.get((version.dataset, version.name))
        return known if known is not None and known.glance == self._glance(version) else None

    def faults(self, version: StoredVersion) -> list[str]:
        """Return, in words, what the last check found, or why there was none."""
        told = self.told(version)
        return [*told["faults"], *([told["reason"]] if told["reason"] else [])]

    def told(self, version: StoredVersion) -> dict[str, Any]:
        """Return the last check as JSON."""
        receipt = self.of(version)
        state, reason = self._state(receipt)
        told: dict[str, Any] = {
            "state": state,
            "checked_at": None,
            "files": None,
            "bytes": None,
            "faults": [],
            "remarks": [],
            "reason": reason,
            "recheck_s": self.recheck_s,
        }
        if receipt is None or receipt.found is None:
            return told
        found = receipt.found
        return told | {
            "checked_at": format_stamp(receipt.at),
            "files": found.files,
            "bytes": found.bytes,
            "faults": [f"{fault.path}: {fault.kind}" for fault in found.faults[:20]],
            "remarks": list(found.remarks[:20]),
        }

    def _state(self, receipt: Receipt | None) -> tuple[IntegrityState, str | None]:
        if receipt is not None and receipt.found is not None and receipt.found.faults:
            return IntegrityState.FAULTY, None
        if not self.is_alive():
            return IntegrityState.UNCHECKED, "what checks the files has ended: restart the service"
        if receipt is None:
            return IntegrityState.PENDING, None
        if receipt.found is None:
            return IntegrityState.UNCHECKED, f"its files could not be checked: {receipt.reason}"
        return IntegrityState.VERIFIED, None

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S if self._done else 0.05):
            try:
                self._round()
            except _CheckInterrupted:
                return
            except Exception as error:
                # Whatever it is, a check that ended for ever would be worse than one more round.
                log.warning("a round of checks gave up: %s", sentence_of(error), exc_info=error)
            else:
                self._passed_s = time.monotonic()

    def _round(self) -> None:
        for version in self._current():
            key = (version.dataset, version.name)
            glance, known = self._glance(version), self._done.get(key)
            if known is not None and known.glance == glance and not self._is_due(known):
                continue
            receipt = self._checked(version, glance)
            self._done[key] = receipt
            if known is None or known.reason is None or known.reason != receipt.reason:
                self._generation[version.dataset] += 1

    def _is_due(self, known: Receipt) -> bool:
        """Whether to check again: after the time for it, or after a check that was given up."""
        after = self.recheck_s if known.found is not None else LOOK_EVERY_S
        return time.monotonic() - known.ended_s >= after

    def _checked(self, version: StoredVersion, glance: object) -> Receipt:
        began, found, reason = time.monotonic(), None, None
        try:
            found = verify_in_store(self._store, version, progress=self._breathe)
        except _CheckInterrupted:
            raise
        except Exception as error:  # no fault of one version may end the checks of the others
            log.warning("check of %s %s gave up", version.dataset, version.name, exc_info=error)
            reason = sentence_of(error, self._store.root)
        ended = time.monotonic()
        return Receipt(time.time(), ended, ended - began, found, reason, glance)

    def _breathe(self, done: int, total: int) -> None:
        if self._stop.wait(PAUSE_S):
            raise _CheckInterrupted


def format_stamp(seconds: float) -> str:
    """Return a time as `2026-11-21T00:08:26Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
