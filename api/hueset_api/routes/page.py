"""The pages: overview, dataset, static files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response

from hueset.build.quarantine import browse_quarantine
from hueset.coverage.readiness import askable_names
from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.errors import HuesetError, UsageError
from hueset.render.html import charts, words
from hueset.store import diff as differences
from hueset.store.damage import Unreadable, read_or_reason
from hueset_api import documents
from hueset_api.caching import CachedAnswer, CompleteResponse
from hueset_api.page import render
from hueset_api.parameters import DatasetName, VersionQuery
from hueset_api.problems import BrokenVersionError, problem_response
from hueset_api.routes.health import ready_document
from hueset_api.state import state_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.documents.coverage import CoverageDocument
    from hueset_api.state import ServiceState
    from hueset_api.version_index import IndexedVersion

router = APIRouter(include_in_schema=False)
assets = APIRouter(include_in_schema=False)
"""The page's own files, which are there without a store too."""

Fingerprint = Annotated[str | None, Query(max_length=64, description="Changes with the file.")]

FIRST_REFUSED = 12
MOST_CROSSED = 4


@router.get("/")
async def overview(request: Request) -> Response:
    """Show every dataset with verdict, rows, coverage and age."""
    state = state_of(request)

    async def make() -> CachedAnswer:
        return await anyio.to_thread.run_sync(_overview, state)

    return await state.cache.answer(request.scope, None, make)


@router.get("/datasets/{name}")
async def dataset(
    request: Request,
    name: DatasetName,
    version: VersionQuery = None,
    dimensions: Annotated[str, Query(max_length=2000)] = "",
    minimum: Annotated[int, Query(alias="min", ge=0, le=1_000_000_000)] = 1000,
) -> Response:
    """Show one version of a dataset; of one that cannot be read, what to do."""
    state = state_of(request)
    origin = f"{request.url.scheme}://{request.url.netloc}"

    def make() -> CachedAnswer:
        try:
            found = state.open(name, version)
        except BrokenVersionError as error:
            known = state.library.versions(name)
            return render.render_page(
                "broken.html", name=name, reason=error.message, versions=known
            )
        return _dataset(state, found, version, dimensions, minimum, origin)

    async def made() -> CachedAnswer:
        return await state.database.run(make)

    # The address of the service is part of the page, so another host name is another page.
    scope = {
        **request.scope,
        "query_string": request.scope["query_string"] + b" " + origin.encode(),
    }
    return await state.cache.answer(scope, name, made)


@assets.get("/static/{name}")
async def static(name: str, v: Fingerprint = None) -> Response:
    """Return one of the page's own files."""
    answer = render.static_files().get(name)
    return CompleteResponse(answer) if answer else problem_response(404, "no such file")


@assets.get("/favicon.ico")
async def favicon() -> Response:
    """Return the icon for those who ask without looking."""
    return CompleteResponse(render.static_files()["icon.svg"])


def _overview(state: ServiceState) -> CachedAnswer:
    told = []
    for name in state.library.datasets():
        line = documents.dataset_line(state.library, state.receipts, state.pins, name)
        if line["version"]:
            more = read_or_reason(_more_of, state, name)
            if isinstance(more, Unreadable):
                line |= {
                    "version": None,
                    "verdict": Verdict.ERROR,
                    "reason": more.reason,
                    "rows": None,
                }
            else:
                line |= more
        told.append({"strips": [], **line})
    known = {line["name"] for line in told}
    missing = [
        {"name": name, "title": state.pins.title(name) or ""}
        for name in state.pins.declared()
        if name not in known
    ]
    return render.render_page(
        "overview.html",
        here="overview",
        datasets=told,
        not_built=missing,
        total_rows=sum(line["rows"] or 0 for line in told),
    )


def _more_of(state: ServiceState, name: str) -> dict[str, Any]:
    """Return what the card of a dataset shows beside its line."""
    version = state.library.open(name).version
    return {
        "strips": _strips(version.coverage),
        "semver": version.manifest.semver,
        "receipt": state.receipts.told(version),
    }


def _strips(coverage: CoverageDocument) -> list[dict[str, Any]]:
    """Return the coverage of a card: at most three strips or bars."""
    made = []
    if coverage.dimensions:
        cells = [(d.name, d.verdict) for d in coverage.dimensions]
        made.append(_strip("dimensions", cells))
    made += [
        _strip(words.spoken_name(told.name), charts.class_cells(told.classes))
        for told in coverage.classes
    ]
    for told in coverage.presence:
        said = words.format_share(told.share)
        name = words.spoken_name(told.name)
        made.append(
            {
                "label": name,
                "said": said,
                "svg": charts.share_bar(told.share, told.verdict, f"{name} {said}"),
                "names": "",
            }
        )
    return made[:3]


def _strip(label: str, cells: list[tuple[str, CoverageVerdict]]) -> dict[str, Any]:
    good = sum(verdict.trainable for _, verdict in cells)
    said = f"{good} of {len(cells)} trainable"
    svg = charts.verdict_strip(cells, f"{label}: {said}")
    return {"label": label, "said": said, "svg": svg, "names": _names(cells)}


def _names(cells: list[tuple[str, CoverageVerdict]]) -> str:
    """Return in a line which are which: few are named, many are counted."""
    told = []
    for verdict, names in _by_verdict(cells).items():
        few = len(names) <= (4 if verdict.trainable else 2)
        word = "" if verdict.trainable else words.spoken_name(verdict)
        if few:
            told.append(f"{words.list_names(names)} {word}".strip())
        elif word:
            told.append(f"{len(names)} {word}")
    return " · ".join(told)


def _by_verdict(cells: list[tuple[str, CoverageVerdict]]) -> dict[CoverageVerdict, list[str]]:
    """Return the names of each verdict, the best verdict first."""
    found: dict[CoverageVerdict, list[str]] = {verdict: [] for verdict in CoverageVerdict}
    for name, verdict in cells:
        found[verdict].append(name)
    return {verdict: names for verdict, names in found.items() if names}


def _dataset(
    state: ServiceState,
    found: IndexedVersion,
    asked_version: str | None,
    dimensions: str,
    minimum: int,
    origin: str,
) -> CachedAnswer:
    version = found.version
    coverage, manifest = version.coverage, version.manifest
    told = documents.health_document(found, state.store, state.receipts, state.pins)
    floors = coverage.floors
    names = askable_names(coverage)
    good = [one.name for one in coverage.dimensions if one.verdict.trainable]
    good += [one.name for one in coverage.presence if one.verdict.trainable]
    good += [told.name for told in coverage.classes]
    sources = dict.fromkeys(s for d in coverage.dimensions for s in d.by_source)
    query = f"version={quote(version.name, safe='')}" if asked_version else ""
    return render.render_page(
        "dataset.html",
        h=told,
        summary=manifest.summary.strip(),
        latest=state.store.latest(version.dataset),
        coverage=coverage,
        ranked=sorted(coverage.dimensions, key=lambda d: -d.n),
        strips=[] if coverage.dimensions else _strips(coverage),
        standing=_by_verdict([(d.name, d.verdict) for d in coverage.dimensions]),
        findings=_group_findings(_with_rows(state, found)),
        floors=floors,
        class_words=words.CLASSES,
        label_sources=list(sources),
        top_n=max([d.n for d in coverage.dimensions] + [floors.examples_warn * 2 if floors else 0]),
        checks=version.gate.checks,
        refused=_first_refused(found),
        tables=manifest.tables,
        versions=_versions(state, version.dataset),
        views=state.views.links_of(version, query),
        view_broken=version.dataset in state.views.broken,
        asked_version=asked_version,
        version_and=f"&{query}" if query else "",
        asked_dimensions=dimensions,
        asked_minimum=minimum,
        placeholder=",".join(good[:2]) or (names[0] if names else "name"),
        askable=names,
        ready=_ready(state, version.dataset, dimensions, minimum, asked_version),
        origin=origin,
    )


def _ready(
    state: ServiceState, name: str, dimensions: str, minimum: int, version: str | None
) -> dict[str, Any] | None:
    if not dimensions:
        return None
    try:
        return ready_document(state, name, dimensions, minimum, None, version)
    except UsageError as error:
        return {"problem": f"{error.message}. {error.hint or ''}"}


def _with_rows(state: ServiceState, found: IndexedVersion) -> list[dict[str, Any]]:
    """Return what the gate found amiss, each finding with the first rows that it names."""
    findings = found.version.gate.findings
    rows = [None] * len(findings) if found.faults else state.finding_rows_of(found.version)
    told = [
        {**one.to_json(), "verdict": one.verdict, "shown": shown}
        for one, shown in zip(findings, rows, strict=True)
    ]
    return [one for one in told if one["verdict"] is not Verdict.PASS]


def _group_findings(findings: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the findings of each check together, the order of the worst kept."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in findings:
        groups.setdefault((one["verdict"], one["check"]), []).append(one)
    return list(groups.values())


def _first_refused(found: IndexedVersion) -> list[dict[str, Any]]:
    if found.faults or not found.version.manifest.quarantine:
        return []
    rows: list[dict[str, Any]] = browse_quarantine(found.version, limit=FIRST_REFUSED)["rows"]
    return rows


def _versions(state: ServiceState, name: str) -> list[dict[str, Any]]:
    """Return the versions, each with what it is made of that the one before it was not."""
    told: list[dict[str, Any]] = documents.version_list(state.library, name)["versions"]
    for at, line in enumerate(told):
        line["changed"], line["did"], line["before"] = "", [], ""
        older = [
            v
            for v in told[at + 1 :]
            if v["sample"] == line["sample"] and v["subset"] == line["subset"]
        ]
        if not older or Verdict.ERROR in {line["verdict"], older[0]["verdict"]}:
            continue
        try:
            now = state.library.open(name, line["version"]).version
            was = state.library.open(name, older[0]["version"]).version
            difference = differences.diff_evidence(was, now)
        except HuesetError:
            continue  # the list above says already that it cannot be read
        parts = [words.PARTS.get(part, part) for part in difference["parts"]]
        line["changed"] = ", ".join(parts) or "nothing but its words"
        line["did"] = _did(difference)
        line["before"] = older[0]["version"]
    return told


def _did(difference: Mapping[str, Any]) -> list[str]:
    """Return in a few words what a version did to rows, coverage and findings."""
    told = [
        f"{words.spoken_name(table)} {after - before:+,} rows".replace("-", "−")
        for table, (before, after) in difference["rows"].items()
    ]
    crossed = [c for c in difference["coverage"] if c["verdict"][0] != c["verdict"][1]]
    told += [
        f"{words.spoken_name(c['cell'])}: {words.spoken_name(c['verdict'][0])} → "
        f"{words.spoken_name(c['verdict'][1])}"
        for c in crossed[:MOST_CROSSED]
    ]
    if len(crossed) > MOST_CROSSED:
        told.append(f"{len(crossed) - MOST_CROSSED} more verdicts changed")
    for state, findings in difference["findings"].items():
        if findings:
            told.append(f"{len(findings)} finding{'s' if len(findings) > 1 else ''} {state}")
    return told or ["rows, coverage and findings are the same in number"]
