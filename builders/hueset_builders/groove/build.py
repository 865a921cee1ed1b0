"""The Groove MIDI Dataset as performances, bars and hits, each hit with its microtiming.

Source: Gillick, Roberts, Engel, Eck, Bamman, "Learning to Groove with Inverse Sequence
Transformations", ICML 2019, CC BY 4.0. 1,150 performances on an electronic kit, played to a
metronome, so that the distance of a hit from the grid is what the drummer did.
"""

from __future__ import annotations

from hueset_builders.groove.checks import check
from hueset_builders.groove.units import build_unit, plan_units

__all__ = ["build_unit", "check", "plan_units"]
