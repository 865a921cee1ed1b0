"""The declared dataset vibe, with tiny corpora in place of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.builder import Inputs
from hueset.declaration.project import Project
from hueset.sources import pins
from tests.support.vibe_corpora import (
    EMOBANK,
    GOEMOTIONS,
    READERS,
    REPO,
    REVIEWS,
    WRITERS,
    emotions,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def project() -> Project:
    return Project(REPO)


@pytest.fixture
def make_inputs(project: Project) -> Callable[..., Inputs]:
    """Return a function that makes the inputs of a build from paths by source name."""
    declared = project.dataset("vibe")

    def make(**paths: Path) -> Inputs:
        sources = {
            name: pins.resolved_source(
                path,
                name,
                "flag",
                pins.identify_bytes(path, name, declared.sources[name], sample=True),
            )
            for name, path in paths.items()
        }
        return Inputs(declared, sources, declared.defaults, project.facts(declared))

    return make


@pytest.fixture
def tiny(tmp_path: Path) -> dict[str, Path]:
    """Write the three tiny corpora; returns their paths by source name."""
    names = "\n".join(emotions())
    write(tmp_path / "emobank", {"m.csv": EMOBANK, "r.csv": READERS, "w.csv": WRITERS})
    write(tmp_path / "goemotions", {**GOEMOTIONS, "emotions.txt": names})
    write(tmp_path / "imdb", dict(REVIEWS))
    return {
        "emobank": tmp_path / "emobank/m.csv",
        "emobank_readers": tmp_path / "emobank/r.csv",
        "emobank_writers": tmp_path / "emobank/w.csv",
        "goemotions": tmp_path / "goemotions",
        "imdb": tmp_path / "imdb",
    }
