"""How the rows of `vibe` are made: real human labels of mood for English text, from three corpora.

Sources: EmoBank (Buechel & Hahn 2017, ratings), GoEmotions (Demszky et al. 2020, emotion classes)
and the Large Movie Review Dataset (Maas et al. 2011, stars). One unit reads one corpus whole, makes
its text readable and merges texts that occur more than once in it. What needs all three, equal
texts across corpora, splits and standardised values, is done when they are joined.
"""

from hueset_builders.vibe.checks import check
from hueset_builders.vibe.join import combine
from hueset_builders.vibe.units import build_unit, plan_units

__all__ = ["build_unit", "check", "combine", "plan_units"]
