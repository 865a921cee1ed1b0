"""Poems with their lines and stanzas whole, and chunks that together hold every token."""

from hueset_builders.poems.build import build_unit, combine, plan_units
from hueset_builders.poems.checks import check

__all__ = ["build_unit", "check", "combine", "plan_units"]
