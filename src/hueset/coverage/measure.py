"""The coverage contract: how many real labels each dimension has, and whether it can be trained.

A dimension is `absent` (no example), `thin` (too few), `neutral` (its labels do not vary enough to
teach anything) or `trainable`; where the kinds of label are declared also `positive_only` (tags of
one pole alone) or `computed` (see `hueset.coverage.statistics`). The numbers are computed
from the finished parquet by DuckDB, with the same statements for a build and for whoever counts a
version again (`hueset.coverage.recount`). Only a dimension named in `required` can fail a version,
and only by being absent. Classes and presence are counted by `hueset.coverage.classes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.builder import Finding
from hueset.coverage.classes import class_findings, measure_classes, measure_presence
from hueset.coverage.label_facts import describe_labels
from hueset.coverage.label_groups import (
    BINS,
    DimensionColumn,
    LabelRows,
    count_aside,
    count_not_finite,
    group_bins,
    group_labels,
    null_last,
)
from hueset.coverage.statistics import group_key, not_finite
from hueset.coverage.tables import ParquetTable, TableShape, open_tables
from hueset.declaration import LABEL_KINDS
from hueset.documents.judgements import judge_labels
from hueset.documents.verdicts import CoverageVerdict, LabelFamily, Verdict
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from hueset.coverage.tables import CoverageTables
    from hueset.declaration import Dataset, NumericCoverage
    from hueset.declaration.coverage_contract import CoverageContract

__all__ = ["coverage_findings", "judge_labels", "measure_coverage", "measure_tables"]


def measure_coverage(
    dataset: Dataset, facts: Mapping[str, Any], tables: Mapping[str, Sequence[Path]]
) -> dict[str, Any]:
    """Compute the coverage of finished tables.

    Parameters
    ----------
    dataset
        The declaration with its coverage contract.
    facts
        The declared tables of facts by file name; the list of dimensions is one of them.
    tables
        The parquet files of each table.

    Returns
    -------
    dict
        Strict JSON: `dimensions`, `classes`, `presence`. A share over nothing is null, a count
        over nothing is 0.
    """
    numeric = dataset.coverage.numeric
    entries = facts[numeric.dimensions] if numeric else []
    lift = facts[numeric.recommendations] if numeric and numeric.recommendations else {}
    parquet = {
        name: ParquetTable(files, TableShape.of_declared(dataset.tables[name]))
        for name, files in tables.items()
    }
    with open_tables(parquet, trusted=True) as opened:
        measured = measure_tables(opened, dataset.coverage, entries, lift=lift)
    return {"dataset": dataset.name, **measured}


def measure_tables(
    tables: CoverageTables,
    contract: CoverageContract,
    entries: Iterable[Mapping[str, Any]],
    *,
    lift: Mapping[str, Any],
) -> dict[str, Any]:
    """Compute the coverage of tables that lie open.

    Parameters
    ----------
    tables
        The tables.
    contract
        What is counted, and how much is enough.
    entries
        The list of dimensions.
    lift
        What would lift a dimension, by its name.
    """
    numeric = contract.numeric
    return {
        "dimensions": _measure_dimensions(tables, numeric, entries, lift) if numeric else [],
        "floors": numeric.floors.model_dump(mode="json") if numeric else None,
        "classes": [measure_classes(tables, one) for one in contract.classes],
        "presence": [measure_presence(tables, one) for one in contract.presence],
    }


def coverage_findings(dataset: Dataset, coverage: Mapping[str, Any]) -> list[Finding]:
    """Return what the contract has to say to the gate."""
    told = []
    required = dataset.coverage.numeric.required if dataset.coverage.numeric else ()
    for dimension in coverage["dimensions"]:
        name, verdict, reason = (dimension[key] for key in ("name", "verdict", "reason"))
        lacking = (
            dimension.get("judged", LabelFamily.HUMAN) != LabelFamily.HUMAN
            or verdict == CoverageVerdict.ABSENT
        )
        if lacking and name in required:
            what = "example" if verdict == CoverageVerdict.ABSENT else "human label"
            told.append(
                Finding(
                    "coverage.required_dimension_absent",
                    Verdict.FAIL,
                    f"the required dimension {name} has no {what}",
                    examples=(name,),
                )
            )
        elif CoverageVerdict.parse(verdict).needs_consent:
            told.append(
                Finding(f"coverage.{verdict}", Verdict.WARN, f"{name}: {reason}", examples=(name,))
            )
        if dimension["unknown_kind_labels"]:
            count = dimension["unknown_kind_labels"]
            told.append(
                Finding(
                    "coverage.unknown_label_kind",
                    Verdict.FAIL,
                    f"{count} labels of {name} are of no known kind ({', '.join(LABEL_KINDS)})",
                    count=count,
                    examples=(name,),
                )
            )
    absent = [d["name"] for d in coverage["dimensions"] if d["verdict"] == CoverageVerdict.ABSENT]
    absent = [name for name in absent if name not in required]
    if absent:
        count = format_count(len(coverage["dimensions"]), "dimension")
        told.append(
            Finding(
                "coverage.absent",
                Verdict.WARN,
                f"{len(absent)} of {count} have no example at all",
                count=len(absent),
                examples=tuple(absent),
            )
        )
    for classes in coverage["classes"]:
        told += class_findings(classes)
    return told


def _measure_dimensions(
    tables: CoverageTables,
    numeric: NumericCoverage,
    entries: Iterable[Mapping[str, Any]],
    lift: Mapping[str, Any],
) -> list[dict[str, Any]]:
    listed = list(entries)
    dimensions = [DimensionColumn.of(one) for one in listed]
    rows = LabelRows(tables, numeric)
    split = tables.shapes[numeric.table].split
    pooled = group_labels(rows, dimensions)
    by = {
        name: group_labels(rows, dimensions, [column]) if column else None
        for name, column in (("by_source", numeric.source), ("by_unit", numeric.unit))
    }
    bins = group_bins(rows, dimensions, [split] if split else [])
    odd = count_not_finite(rows, dimensions)
    aside = count_aside(rows, dimensions)
    facts = describe_labels(tables, numeric.labels, [one.name for one in dimensions])
    made = []
    for declared in listed:
        name = declared["name"]
        told: dict[str, Any] = {
            **declared,
            **pooled[name][()],
            **{key: _by_text(groups[name]) if groups else {} for key, groups in by.items()},
            **_judged_bins(bins[name], pooled[name][()], split=split is not None),
            **facts[name],
        }
        if odd.get(name):
            reason = f"{told['reason']}; {not_finite(odd[name])}"
            told |= {"reason": reason, "not_finite": odd[name]}
        if numeric.excluded_kinds:
            told["aside"] = aside[name]
        if name in lift:
            told["lift"] = lift[name]
        made.append(told)
    return made


def _by_text(groups: Mapping[tuple[str | None, ...], dict[str, Any]]) -> dict[str, Any]:
    """Return groups of one column by its text."""
    return {group_key(group): told for (group,), told in groups.items()}


def _judged_bins(
    groups: Mapping[tuple[str | None, ...], Mapping[str | None, Mapping[int, int]]],
    pooled: Mapping[str, Any],
    *,
    split: bool,
) -> dict[str, Any]:
    """Return the labels that are judged by split, and in 20 equal bins over 0..1."""
    judged = pooled.get("judged")
    counts = {key: families[judged] for key, families in groups.items() if judged in families}
    return {
        "by_split": {
            group_key(key[0]): sum(counts[key].values()) for key in sorted(counts, key=null_last)
        }
        if split
        else {},
        "histogram": [sum(bins.get(at, 0) for bins in counts.values()) for at in range(BINS)]
        if pooled["n"]
        else [],
    }
