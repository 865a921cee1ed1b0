"""Obvious cases: pairs of sentences of which nobody doubts which is more; given as data.

`datasets/<name>/cases.yaml` lists them. A pair `higher`/`lower` passes when the first is predicted
higher by more than a tenth of the labels' sd; a pair `alike` when both lie within half an sd.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from hueset.declaration import Frozen
from hueset.declaration import yaml_lines as yamlfile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MARGIN_SD = 0.1
ALIKE_SD = 0.5
PASS_RATE = 0.8


class Case(Frozen):
    """One obvious case."""

    target: str
    kind: Literal["plain", "negation", "metaphor", "synonym", "opposite_context"]
    higher: str | None = None
    lower: str | None = None
    alike: tuple[str, str] | None = None

    @model_validator(mode="after")
    def _one_pair(self) -> Case:
        pair = self.higher is not None and self.lower is not None
        if pair == (self.alike is not None):
            message = "a case has either higher and lower, or alike"
            raise ValueError(message)
        return self

    @property
    def texts(self) -> tuple[str, str]:
        """The two sentences."""
        return self.alike or (self.higher or "", self.lower or "")


class Cases(Frozen):
    """The file."""

    cases: tuple[Case, ...] = Field(min_length=1)


def read_cases(folder: Path) -> tuple[Case, ...]:
    """Return the cases in the folder of a declaration; none if it has no such file."""
    path = folder / "cases.yaml"
    if not path.is_file():
        return ()
    return yamlfile.validate_model(Cases, yamlfile.load_yaml(path)).cases


def try_cases(
    cases: Sequence[Case],
    targets: Sequence[str],
    predict: Callable[[list[str]], Mapping[str, NDArray[np.float64]]],
    sds: Mapping[str, float],
) -> list[dict[str, Any]]:
    """Return a finding for each target with cases: how many pass, by kind, and which fail.

    Parameters
    ----------
    cases
        Of any target.
    targets
        What was trained; those without a case share one finding that says so.
    predict
        Texts → target → predictions, in the unit of the label; of a class the probability.
    sds
        The sd of each target's training labels; 1 for a class.
    """
    told: list[dict[str, Any]] = []
    without = [name for name in targets if all(case.target != name for case in cases)]
    for name in targets:
        mine = [case for case in cases if case.target == name]
        if not mine:
            continue
        made = predict([text for case in mine for text in case.texts])[name]
        passed = [
            _passes(case, float(made[2 * at] - made[2 * at + 1]), sds[name])
            for at, case in enumerate(mine)
        ]
        kinds: dict[str, list[bool]] = defaultdict(list)
        for case, ok in zip(mine, passed, strict=True):
            kinds[case.kind].append(ok)
        rate = sum(passed) / len(passed)
        told.append(
            {
                "code": "cases.passed" if rate >= PASS_RATE else "cases.failed",
                "verdict": "pass" if rate >= PASS_RATE else "warn",
                "message": f"{name}: {sum(passed)} of {len(passed)} obvious cases",
                "target": name,
                "pass_rate": rate,
                "by_kind": {kind: [sum(oks), len(oks)] for kind, oks in sorted(kinds.items())},
                "failed": [
                    {"kind": case.kind, "texts": list(case.texts)}
                    for case, ok in zip(mine, passed, strict=True)
                    if not ok
                ],
            }
        )
    if without:
        message = f"no obvious case is given for {', '.join(without)}, so none was tried"
        told.append(
            {
                "code": "cases.none",
                "verdict": "warn",
                "message": message,
                "targets": without,
                "pass_rate": None,
            }
        )
    return told


def _passes(case: Case, apart: float, sd: float) -> bool:
    if case.alike is not None:
        return abs(apart) <= ALIKE_SD * sd
    return apart > MARGIN_SD * sd
