"""Write `constraints.txt`: the versions that this environment holds of all that the tests need.

    python tools/make_constraints.py && pip install -c constraints.txt -e ".[test]"

Run it in a fresh environment whose tests have passed. Names and versions alone: no address, no
local build.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PAGE = Path(__file__).parents[1] / "constraints.txt"
HEAD = "# Written by tools/make_constraints.py: versions the tests have passed with.\n"


def closure(wanted: str) -> dict[str, str]:
    """Return name → public version of what a requirement needs and this environment holds.

    A requirement whose marker does not hold here (another system, another extra) is left out.

    Raises
    ------
    PackageNotFoundError
        The requirement itself is not installed.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(wanted)]
    distribution(waiting[0].name)
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            held = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = Version(held.version).public
        for line in held.requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in (extras or {""})
            ):
                waiting.append(needed)
    return found


def page(found: dict[str, str], leave_out: str) -> str:
    """Return the file's text, sorted by name."""
    return HEAD + "".join(f"{n}=={v}\n" for n, v in sorted(found.items()) if n != leave_out)


if __name__ == "__main__":
    PAGE.write_text(page(closure("hueset[test]"), "hueset"), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(PAGE.read_text().splitlines()) - 1} packages\n")
