"""All commands together, in the order in which `--help` lists them."""

from hueset.cli import (
    annotate,
    build,
    release,
    report,
    serve,
)
from hueset.cli import (
    init as start,
)
from hueset.cli import (
    inspect as look,
)
from hueset.cli import (
    maintenance as care,
)
from hueset.cli import (
    training as learn,
)
from hueset.cli.root import app, build_app

__all__ = [
    "annotate",
    "app",
    "build",
    "build_app",
    "care",
    "learn",
    "look",
    "release",
    "report",
    "serve",
    "start",
]
