"""Write `constraints.txt`: the versions that this environment holds of all that the tests need.

    python tools/make_constraints.py && pip install -c constraints.txt -e ".[test]"

Run it in a fresh environment whose tests have passed. Names and versions alone: no address, no
local build. With `--hashes`, and `uv` installed, `constraints-hashed.txt` is written too: the same
versions with the SHA-256 of every file that each was released as, for `pip --require-hashes`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PAGE = Path(__file__).parents[1] / "constraints.txt"
HEAD = "# Written by tools/make_constraints.py: versions the tests have passed with.\n"
HASHED_PAGE = PAGE.with_name("constraints-hashed.txt")
HASHED_HEAD = (
    "# Written by tools/make_constraints.py --hashes: constraints.txt, with the SHA-256 of every\n"
    "# file each version was released as. torch is not here, see docs/trust.md.\n"
)
UNHASHED = frozenset({"torch"})
"""The build for CPUs alone is another file than the one of the same version for GPUs."""


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


def hashed(found: dict[str, str]) -> str:
    """Return the text of the file with hashes; `uv` asks the index for them.

    Raises
    ------
    CalledProcessError
        A version or its hashes cannot be had.
    """
    names = [f"{name}=={version}\n" for name, version in sorted(found.items())]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.writelines(names)
        wanted.flush()
        done = subprocess.run(
            [
                "uv",
                "pip",
                "compile",
                "--quiet",
                "--no-deps",
                "--generate-hashes",
                "--no-header",
                "--no-annotate",
                "--no-emit-index-url",
                "--python",
                sys.executable,
                wanted.name,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    lines = [line for line in done.stdout.splitlines(keepends=True) if _names_a_file(line)]
    return HASHED_HEAD + "".join(lines)


def _names_a_file(line: str) -> bool:
    """Say whether a line is a version or a hash; what says where to look is left out."""
    return re.match(r"[a-z0-9][\w.-]*==|    --hash=sha256:[0-9a-f]{64}", line) is not None


def main() -> None:
    """Write the file, or both."""
    found = closure("hueset[test]")
    PAGE.write_text(page(found, "hueset"), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(PAGE.read_text().splitlines()) - 1} packages\n")
    if "--hashes" in sys.argv[1:]:
        kept = {n: v for n, v in found.items() if n != "hueset" and n not in UNHASHED}
        HASHED_PAGE.write_text(hashed(kept), encoding="utf-8")
        sys.stdout.write(f"{HASHED_PAGE.name}: {len(kept)} packages\n")


if __name__ == "__main__":
    main()
