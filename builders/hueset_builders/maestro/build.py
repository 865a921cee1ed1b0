"""MAESTRO v3.0.0 as log-mel windows with the notes that sound in them.

Source: Hawthorne et al., "Enabling Factorized Piano Music Modeling and Generation with the MAESTRO
Dataset", ICLR 2019, CC BY-NC-SA 4.0. Where the recordings are not at hand, the MIDI is rendered
and every row says so.
"""

from __future__ import annotations

from hueset_builders.maestro.checks import check
from hueset_builders.maestro.passages import combine
from hueset_builders.maestro.units import build_unit, check_unit, plan_units

__all__ = ["build_unit", "check", "check_unit", "combine", "plan_units"]
