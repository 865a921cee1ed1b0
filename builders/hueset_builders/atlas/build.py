"""How the rows of `atlas` are made: labels of more of the 22 dimensions, each of a told kind.

It is built from a version of `vibe` (Buechel & Hahn 2017, Demszky et al. 2020, Maas et al. 2011)
and from word norms, readability corpora, a museum's tags and a colour survey; each reader names its
source. What a field means for a dimension is said in `mapping.yaml` and nowhere else: a reader
gives fields, the mapping makes labels of them. What needs all sources at once, equal texts, splits,
calibration, is done when they are joined.
"""

from hueset_builders.atlas.checks import check
from hueset_builders.atlas.join import combine
from hueset_builders.atlas.units import build_unit, plan_units

__all__ = ["build_unit", "check", "combine", "plan_units"]
