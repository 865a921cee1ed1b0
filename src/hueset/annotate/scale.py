"""The one scale on which people are asked: seven steps between the poles of a dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.declaration import Annotation, Dataset, NumericCoverage
    from hueset.declaration.project import Project

LOW, MIDDLE, HIGH = 1, 4, 7


def require_annotatable_dimension(project: Project, name: str, dimension: str) -> Mapping[str, Any]:
    """Return the declared dimension that people are asked about.

    Raises
    ------
    UnknownNameError
        There is no such dimension.
    UsageError
        It is an angle, which no scale between two poles can hold.
    """
    dataset = project.dataset(name)
    _, numeric = annotation_contract(dataset)
    declared: dict[str, Mapping[str, Any]] = {
        one["name"]: one for one in project.facts(dataset)[numeric.dimensions]
    }
    if dimension not in declared:
        raise UnknownNameError.unknown(f"dimension of {name}", dimension, declared)
    if declared[dimension].get("circular"):
        message = f"{dimension} is an angle: a scale between two poles cannot hold it"
        raise UsageError(message, hint="ask for another dimension", value=dimension)
    return declared[dimension]


def annotation_contract(dataset: Dataset) -> tuple[Annotation, NumericCoverage]:
    """Return what a declaration says of annotation; raises `UsageError` where it says nothing."""
    if dataset.annotation is None or dataset.coverage.numeric is None:
        message = f"{dataset.name} does not declare which texts people may be asked about"
        raise UsageError(message, hint="declare `annotation:` and `coverage: numeric:`")
    return dataset.annotation, dataset.coverage.numeric


def scale_anchors(dimension: Mapping[str, Any]) -> dict[str, str]:
    """Return the question and the ends of the scale in plain words."""
    return {
        "dimension": dimension["name"],
        "question": str(dimension["description"]),
        "low_end": f"{LOW} = {dimension['low']}",
        "middle": f"{MIDDLE} = neither, or as much of one as of the other",
        "high_end": f"{HIGH} = {dimension['high']}",
    }
