"""Make the page of a version: deterministic bytes, no network, no script but its own.

A content security policy in the page names the digest of each script, so that no text of the data
can ever run, and forbids every address outside the file.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.build.quarantine import browse_quarantine
from hueset.builder.loader import builder_code
from hueset.documents.verdicts import Verdict
from hueset.errors import OutputExistsError, SystemRefusedError, UsageError
from hueset.files.outputs import is_sealed, seal_page, write_outputs
from hueset.render.html import STYLE, template_environment
from hueset.render.html.words import CLASSES
from hueset.render.report.section import Material
from hueset.store import query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from hueset.documents.coverage import CoverageDocument
    from hueset.documents.gate_report import FindingEntry
    from hueset.documents.verdicts import CoverageVerdict
    from hueset.render.report.section import Section
    from hueset.store.store import StoredVersion

HERE = Path(__file__).parent
FIRST_REFUSED = 30


def write_report(
    version: StoredVersion,
    report: ModuleType | None,
    facts: Mapping[str, Any],
    to: Path,
    *,
    force: bool = False,
) -> tuple[int, list[str]]:
    """Write the page of a version by one rename; return its size in bytes and its section names.

    Parameters
    ----------
    version
        What the page is of.
    report
        The dataset's module `report` (see `hueset.builder.dataset_modules`), if it has one.
    facts
        The declared tables of facts, by file name.
    to
        The file.
    force
        Replace what somebody else wrote.

    Raises
    ------
    OutputExistsError
        The file is there, and is no such page as it was written.
    UsageError
        Its folder is not there.
    SystemRefusedError
        The file cannot be written.
    StoreError
        The version cannot be read.
    """
    own = sections_of(version, report, facts)
    page = seal_page(render_report(version, own).encode("utf-8", "backslashreplace"))
    try:
        write_outputs({to: page}, is_ours=is_sealed, force=force)
    except OutputExistsError:
        raise
    except OSError as error:
        if to.parent.is_dir():
            raise SystemRefusedError.of(error) from error
        message = f"{to} cannot be written: there is no folder {to.parent}"
        hint = "name a file in a folder that is there: --to FILE"
        raise UsageError(message, hint=hint, value=str(to)) from error
    return len(page), [section.name for section in own]


def sections_of(
    version: StoredVersion, report: ModuleType | None, facts: Mapping[str, Any]
) -> list[Section]:
    """Return the sections that the dataset's module `report` adds; none where it has none."""
    if report is None:
        return []
    with query.connect_reader([version]) as connection:
        material = Material(version, facts, connection)
        with builder_code(report.__name__, "to make its sections"):
            made: list[Section] = report.sections(material)
    return made


def render_report(version: StoredVersion, own: Sequence[Section] = ()) -> str:
    """Return the page of a version, with the dataset's own sections first."""
    coverage, manifest, gate = version.coverage, version.manifest, version.gate
    floors = coverage.floors
    dimensions = coverage.dimensions
    scripts = [(HERE / "report.js").read_text(encoding="utf-8")]
    scripts += [section.script for section in own if section.script]
    styles = [STYLE.read_text(encoding="utf-8"), (HERE / "report.css").read_text(encoding="utf-8")]
    styles += [section.style for section in own if section.style]
    return (
        template_environment([HERE])
        .get_template("report.html")
        .render(
            version=version,
            manifest=manifest,
            written_by=manifest.written_by.to_json(),
            gate=gate,
            counts=Counter(check.verdict for check in gate.checks),
            findings=_group_findings([f for f in gate.findings if f.verdict is not Verdict.PASS]),
            rows=manifest.rows,
            strips=_strips(coverage),
            coverage=coverage,
            ranked=sorted(dimensions, key=lambda one: -one.n),
            floors=floors,
            top_n=max([one.n for one in dimensions] + [floors.examples_warn * 2 if floors else 0]),
            label_sources=list(dict.fromkeys(s for one in dimensions for s in one.by_source)),
            class_words=CLASSES,
            quarantine=manifest.quarantine,
            refused_rows=manifest.refused_rows,
            refused=browse_quarantine(version, limit=FIRST_REFUSED)["rows"],
            own=own,
            data=[(s.name, _json(s.data)) for s in own if s.data is not None],
            styles=styles,
            scripts=scripts,
            digests=[_digest(script) for script in scripts],
        )
    )


def _group_findings(findings: Sequence[FindingEntry]) -> list[list[FindingEntry]]:
    """Return the findings of each check together, the order of the worst kept."""
    groups: dict[tuple[str, str], list[FindingEntry]] = {}
    for one in findings:
        groups.setdefault((one.verdict, one.check), []).append(one)
    return list(groups.values())


def _strips(coverage: CoverageDocument) -> list[tuple[str, list[tuple[str, CoverageVerdict]]]]:
    """Return the coverage as rows of cells: (what, [(name, verdict)])."""
    made = []
    if coverage.dimensions:
        made.append(("dimensions", [(d.name, d.verdict) for d in coverage.dimensions]))
    made += [
        (told.name, [(one.class_name, one.verdict) for one in told.classes])
        for told in coverage.classes
    ]
    if coverage.presence:
        made.append(("presence", [(p.name, p.verdict) for p in coverage.presence]))
    return made


def _json(value: Any) -> str:
    """Return strict JSON that can end no element and start no comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
