"""All commands together, in the order in which `--help` lists them."""

from hueset.cli import build, look
from hueset.cli.root import app, build_app

__all__ = ["app", "build", "build_app", "look"]
