"""SocialFX: words for audio effects, and the settings people chose for them.

Zheng, Seetharaman & Pardo, "SocialFX: Studying a Crowdsourced Folksonomy of Audio Effects Terms",
ACM MM 2016. Licence of the data: none stated.
"""

from hueset_builders.socialfx.build import build_unit, combine, plan_units
from hueset_builders.socialfx.checks import check
from hueset_builders.socialfx.wordmap import word_map

__all__ = ["build_unit", "check", "combine", "plan_units", "word_map"]
