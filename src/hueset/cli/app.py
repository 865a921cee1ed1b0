"""All commands together, in the order in which `--help` lists them."""

from hueset.cli import build, care, learn, look, release, start
from hueset.cli.root import app, build_app

__all__ = ["app", "build", "build_app", "care", "learn", "look", "release", "start"]
