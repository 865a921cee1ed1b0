"""A tree of 216 emotions with their words, the classes that lead to it, and recordings of them.

The thesaurus is that of KmiDi (MIT). It is a label tree: no example of any node comes with it.
"""

from hueset_builders.emotions.build import build_unit, combine, plan_units
from hueset_builders.emotions.checks import check

__all__ = ["build_unit", "check", "combine", "plan_units"]
