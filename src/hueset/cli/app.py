"""All commands together, in the order in which `--help` lists them."""

from hueset.cli import annotate, build, care, learn, look, release, report, serve, start
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
