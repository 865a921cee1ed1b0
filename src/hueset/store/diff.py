"""What changed between two versions: schema, rows by key, coverage, sources, gate, quarantine."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hueset.documents.licences import licence_of
from hueset.documents.metadata import metadata_changes, metadata_of
from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.tables.class_names import manifest_types, select_named
from hueset.tables.sql import Limits, add_parquet_view, open_database, scanning
from hueset.tables.sql import quote_identifier as _name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from hueset.documents.coverage import CoverageDocument
    from hueset.documents.gate_report import GateReportDocument
    from hueset.documents.manifest import Manifest
    from hueset.store.store import StoredVersion

    Refused = Mapping[str, Mapping[str, int]]

EXAMPLES = 5


NOTHING = (0, CoverageVerdict.ABSENT)
"""What there is of a cell in a version that does not have it."""


def diff_versions(old: StoredVersion, new: StoredVersion) -> dict[str, Any]:
    """Compare two versions of a dataset.

    Returns
    -------
    dict
        Strict JSON: `tables` (schema, rows added, removed and changed with example keys, columns
        that changed), `coverage` (cells whose count or verdict moved), `sources`, `parameters`,
        `findings` (new and gone), `quarantine`, `parts` (which parts of the fingerprint differ),
        `licence` (of the whole, before and after), `metadata` (what is said otherwise, in words).

    Raises
    ------
    StoreError
        One of them is damaged.
    """
    old.require_whole()
    new.require_whole()
    names = list(dict.fromkeys([*old.manifest.tables, *new.manifest.tables]))
    told = diff_evidence(old, new)
    return {
        "dataset": new.dataset,
        "old": old.name,
        "new": new.name,
        "parts": told["parts"],
        "verdict": told["verdict"],
        "tables": {name: _table(old, new, name) for name in names},
        **{
            part: told[part]
            for part in ("licence", "metadata", "coverage", "sources", "parameters", "findings")
        },
        "quarantine": told["quarantine"],
    }


def diff_evidence(old: StoredVersion, new: StoredVersion) -> dict[str, Any]:
    """Compare what two versions say of themselves; no row is read.

    Returns
    -------
    dict
        As `diff`, but in place of `tables` it has `rows`: before and after, of each table whose
        number of rows differs.
    """
    before, after = old.manifest, new.manifest
    rows = {
        name: [one.tables[name].rows if name in one.tables else 0 for one in (before, after)]
        for name in dict.fromkeys([*before.tables, *after.tables])
    }
    return {
        "parts": [
            part
            for part, digest in after.fingerprint.items()
            if before.fingerprint.get(part) != digest
        ],
        "verdict": [before.verdict, after.verdict],
        "licence": [licence_of(before), licence_of(after)],
        "metadata": metadata_changes(metadata_of(before), metadata_of(after)),
        "rows": {name: counts for name, counts in rows.items() if counts[0] != counts[1]},
        "coverage": _coverage(old.coverage, new.coverage),
        "sources": _sources(before, after),
        "parameters": {
            key: [before.parameters.get(key), after.parameters.get(key)]
            for key in sorted({*before.parameters, *after.parameters})
            if before.parameters.get(key) != after.parameters.get(key)
        },
        "findings": _findings(old.gate, new.gate),
        "quarantine": _quarantine(before.quarantine, after.quarantine),
    }


def _table(old: StoredVersion, new: StoredVersion, name: str) -> dict[str, Any]:
    before = old.manifest.tables.get(name)
    after = new.manifest.tables.get(name)
    if after is None:
        return {"state": "removed", "rows": before.rows if before else 0}
    if before is None:
        return {"state": "added", "rows": after.rows}
    was, now = before.columns, after.columns
    schema = {
        "added": [c for c in now if c not in was],
        "removed": [c for c in was if c not in now],
        "retyped": {
            c: [was[c].type, now[c].type] for c in now if c in was and was[c].type != now[c].type
        },
    }
    told: dict[str, Any] = {
        "state": "same",
        "rows": [before.rows, after.rows],
        "splits": [before.splits, after.splits],
        "schema": schema,
        "added": 0,
        "removed": 0,
        "changed": 0,
        "columns": {},
        "examples": {},
    }
    if before.content == after.content:
        return told
    told["state"] = "changed"
    shared = [c for c in now if c in was and c not in schema["retyped"]]
    if before.key != after.key or not set(after.key) <= set(shared):
        # No row of one version can be found in the other.
        return {**told, "state": "rekeyed", "key": [list(before.key), list(after.key)]}
    return {**told, **_rows(old, new, name, list(after.key), shared)}


def _rows(
    old: StoredVersion, new: StoredVersion, name: str, key: list[str], shared: list[str]
) -> dict[str, Any]:
    sides = {"old_rows": old, "new_rows": new}
    files = {label: version.files(name) for label, version in sides.items()}
    with (
        scanning(f"the table {name} of {old.name} or {new.name}"),
        TemporaryDirectory() as spill,
        open_database(chain(*files.values()), limits=Limits(spill=Path(spill))) as con,
    ):
        for label, paths in files.items():
            types = manifest_types(sides[label].manifest.tables[name])
            add_parquet_view(con, paths, label, select=select_named(types))
        return _rows_of(con, key, [c for c in shared if c not in key])


def _rows_of(con: duckdb.DuckDBPyConnection, key: list[str], values: list[str]) -> dict[str, Any]:
    on = " AND ".join(f"o.{_name(k)} = n.{_name(k)}" for k in key)
    moved = {c: f"o.{_name(c)} IS DISTINCT FROM n.{_name(c)}" for c in values}
    differs = " OR ".join(moved.values()) or "false"
    shown = " || ' / ' || ".join(f"n.{_name(k)}::VARCHAR" for k in key)
    order = ", ".join(f"n.{_name(k)}" for k in key)
    gone = _missing(con, "old_rows", "new_rows", key)
    come = _missing(con, "new_rows", "old_rows", key)
    joined = f"old_rows o JOIN new_rows n ON {on}"
    counts = ", ".join(
        ["count(*) FILTER (WHERE " + differs + ")"]
        + [f"count(*) FILTER (WHERE {one})" for one in moved.values()]
    )
    changed, *by_column = _one(con, f"SELECT {counts} FROM {joined}")
    examples = con.execute(
        f"SELECT {shown} FROM {joined} WHERE {differs} ORDER BY {order} LIMIT {EXAMPLES}"
    ).fetchall()
    return {
        "added": come[0],
        "removed": gone[0],
        "changed": changed,
        "columns": {c: n for c, n in zip(values, by_column, strict=True) if n},
        "examples": {
            "added": come[1],
            "removed": gone[1],
            "changed": [row[0] for row in examples],
        },
    }


def _missing(
    con: duckdb.DuckDBPyConnection, left: str, right: str, key: list[str]
) -> tuple[int, list[str]]:
    """Return how many keys of `left` are not in `right`, and the first of them."""
    on = " AND ".join(f"l.{_name(k)} = r.{_name(k)}" for k in key)
    shown = " || ' / ' || ".join(f"l.{_name(k)}::VARCHAR" for k in key)
    order = ", ".join(f"l.{_name(k)}" for k in key)
    source = f"{left} l ANTI JOIN {right} r ON {on}"
    count = _one(con, f"SELECT count(*) FROM {source}")[0]
    rows = con.execute(f"SELECT {shown} FROM {source} ORDER BY {order} LIMIT {EXAMPLES}").fetchall()
    return count, [row[0] for row in rows]


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = con.execute(sql).fetchone()
    return tuple(row) if row else ()


def _coverage(old: CoverageDocument, new: CoverageDocument) -> list[dict[str, Any]]:
    """Return every cell that moved, the ones that crossed a floor first."""
    was, now = dict(_cells(old)), dict(_cells(new))
    moved = [
        {
            "cell": cell,
            "n": [was.get(cell, NOTHING)[0], now.get(cell, NOTHING)[0]],
            "verdict": [was.get(cell, NOTHING)[1], now.get(cell, NOTHING)[1]],
        }
        for cell in dict.fromkeys([*was, *now])
        if was.get(cell) != now.get(cell)
    ]
    return sorted(moved, key=lambda m: m["verdict"][0] == m["verdict"][1])


def _cells(coverage: CoverageDocument) -> list[tuple[str, tuple[int, str]]]:
    made: list[tuple[str, tuple[int, str]]] = []
    for d in coverage.dimensions:
        made.append((d.name, (d.n, d.verdict)))
        made += [
            (f"{d.name} from {source}", (told.n, told.verdict))
            for source, told in d.by_source.items()
        ]
    for classes in coverage.classes:
        made += [
            (f"{classes.name}: {one.class_name}", (one.n, one.verdict or "no class"))
            for one in [*classes.classes, *classes.outcomes]
        ]
    made += [(p.name, (p.present, p.verdict)) for p in coverage.presence]
    return made


def _sources(before: Manifest, after: Manifest) -> dict[str, list[str]]:
    was = {s.name: s.digest for s in before.sources}
    now = {s.name: s.digest for s in after.sources}
    return {
        "added": sorted(set(now) - set(was)),
        "removed": sorted(set(was) - set(now)),
        "changed": sorted(name for name in was if name in now and was[name] != now[name]),
    }


def _findings(old: GateReportDocument, new: GateReportDocument) -> dict[str, list[Any]]:
    was = {(f.check, f.message): f for f in old.findings if f.verdict is not Verdict.PASS}
    now = {(f.check, f.message): f for f in new.findings if f.verdict is not Verdict.PASS}
    return {
        "new": [f.to_json() for key, f in now.items() if key not in was],
        "gone": [f.to_json() for key, f in was.items() if key not in now],
    }


def _quarantine(was: Refused, now: Refused) -> dict[str, list[int]]:
    cells = {
        f"{table}: {reason}"
        for quarantine in (was, now)
        for table, reasons in quarantine.items()
        for reason in reasons
    }
    moved = {}
    for cell in sorted(cells):
        table, reason = cell.split(": ", 1)
        counts = [q.get(table, {}).get(reason, 0) for q in (was, now)]
        if counts[0] != counts[1]:
            moved[cell] = counts
    return moved
