"""What a build imports of its project, held against the fingerprint: no row by unseen code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.build.code_closure import find_code
from hueset.declaration.builder_package import offered_packages
from hueset.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = frozenset({"hueset", "hueset_api"})


@contextmanager
def only_known_code(builder: str) -> Iterator[None]:
    """Refuse what the builder's code imports meanwhile of its project, and no fingerprint knows.

    Looked at is what was not loaded before. In a process that makes units, that is everything.

    Raises
    ------
    BuildError
        A module is not part of the fingerprint: a change of it would change no version.
    """
    before = frozenset(list(sys.modules))
    yield
    # A list first: another thread may import meanwhile, as the gate's library is.
    fresh = [one for one in list(sys.modules) if one not in before and _is_of_project(one, builder)]
    if not fresh:
        return
    known = find_code(builder).modules
    unknown = sorted(name for name in fresh if name not in known and _source(name) is not None)
    if unknown:
        name = unknown[0]
        message = (
            f"{builder} imports {name} ({_source(name)}) by a way that is not to be seen in its "
            f"source: a change of that module would change no version"
        )
        top = builder.partition(".")[0]
        hint = f"import it by its name: `import {name}`"
        if name.partition(".")[0] != top:
            hint = f"move it into the package {top}, and import it from there by its name"
        raise BuildError(message, hint=hint, value=name)


def _is_of_project(name: str, builder: str) -> bool:
    """Whether a module is one of the builder's top-level package, or lies in its project."""
    own, top = builder.partition(".")[0], name.partition(".")[0]
    if top == own:
        return True
    root, source = offered_packages().get(own), _source(name)
    if root is None or source is None or top in OURS:
        return False
    installed = "site-packages" in source.parts or source.is_relative_to(sys.prefix)
    return source.is_relative_to(root) and not installed


def _source(name: str) -> Path | None:
    """Return the file of a loaded module; None where it has none."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return Path(file) if isinstance(file, str) else None
