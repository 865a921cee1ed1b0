"""The Croissant description of a version, with its responsible-AI fields, as JSON-LD.

Croissant 1.1 (https://mlcommons.org/croissant/1.1) with the RAI vocabulary 1.0. It is written here
without a library; a test reads every record through `mlcroissant`. One record set per parquet file,
so that each file's SHA-256 is checked when its records are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hueset.declaration import COMPUTED_KINDS
from hueset.declaration.column_types import Audio, ClassOf, ListOf, Scalar, Type, parse_type
from hueset.declaration.licence_terms import split_expression
from hueset.documents.coverage import Raters
from hueset.documents.licences import licence_of
from hueset.documents.verdicts import CoverageVerdict
from hueset.release.tag import tag_of
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.documents.coverage import CoverageDocument, SourceRaters
    from hueset.documents.manifest import Manifest, TableEntry, TableFile

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification asks for, word by word."""

CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]

_TYPES = {
    "bool": "sc:Boolean",
    "string": "sc:Text",
    "large_string": "sc:Text",
    "date32": "sc:Date",
    "float16": "cr:Float16",
    "float32": "cr:Float32",
    "float64": "cr:Float64",
    **{f"int{bits}": f"cr:Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"cr:UInt{bits}" for bits in (8, 16, 32, 64)},
}


def render_croissant(manifest: Manifest, coverage: CoverageDocument, repo: str) -> dict[str, Any]:
    """Return the description.

    Parameters
    ----------
    manifest
        The version's receipt.
    coverage
        Its coverage.
    repo
        `namespace/name` on the Hub; without a namespace no URL is given.
    """
    url = f"https://huggingface.co/datasets/{repo}" if "/" in repo else None
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": manifest.dataset,
        "alternateName": manifest.title,
        "description": manifest.summary.strip(),
        "version": manifest.version,
        "url": url,
        # All of them hold together; one that only some rows carry is named here if nothing that
        # binds the others asks as much.
        "license": [_licence(name) for name in split_expression(licence_of(manifest))],
        "inLanguage": list(manifest.language),
        "keywords": list(manifest.tags),
        "citeAs": " ".join(sorted({one.citation for one in manifest.sources if one.citation})),
        "isLiveDataset": False,
        **_responsible(manifest, coverage),
        "distribution": [_file(file) for table in manifest.tables.values() for file in table.files],
        "recordSet": [
            _record_set(name, table, file)
            for name, table in manifest.tables.items()
            for file in table.files
        ],
    }
    return {key: value for key, value in made.items() if value not in (None, "", [])}


def _file(file: TableFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file.sha256,
    }


def _record_set(name: str, table: TableEntry, file: TableFile) -> dict[str, Any]:
    own = file.path.removeprefix("data/").removesuffix(".parquet")
    several = sum(one.split == file.split for one in table.files) > 1
    short = own if several else f"{name}/{file.split}"
    fields, left_out = [], []
    for column, told in table.columns.items():
        kind = _kind(parse_type(told.type))
        if kind is None:
            left_out.append(column)
            continue
        unit = f" Unit: {told.unit}." if told.unit else ""
        fields.append(
            {
                "@type": "cr:Field",
                "@id": f"{short}/{column}",
                "name": column,
                "description": f"{told.description or column}{unit}",
                **kind,
                "source": {"fileObject": {"@id": file.path}, "extract": {"column": column}},
            }
        )
    note = f" Not described here: {', '.join(left_out)} (bytes or records)." if left_out else ""
    made: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": short,
        "name": short,
        "description": f"{table.description} {file.split}, {format_count(file.rows, 'row')}.{note}",
        "field": fields,
    }
    key = [{"@id": f"{short}/{column}"} for column in table.key if column not in left_out]
    if key:
        made["key"] = key if len(key) > 1 else key[0]
    return made


def _kind(kind: Type) -> dict[str, Any] | None:
    """Return how a field of this type is described; None where Croissant has no word for it."""
    match kind:
        case Scalar(name):
            return {"dataType": _TYPES[name]} if name in _TYPES else None
        case ClassOf():
            return {"dataType": "cr:Int64"}
        case Audio():
            return {"dataType": "sc:AudioObject"}
        case ListOf():
            shape: list[int] = []
            item: Type = kind
            while isinstance(item, ListOf):
                shape.append(-1 if item.length is None else item.length)
                item = item.item
            inner = _kind(item)
            if inner is None or not isinstance(item, Scalar):
                return None
            return {**inner, "isArray": True, "arrayShape": ",".join(map(str, shape))}
        case _:
            return None


def _licence(name: str) -> str:
    """Return the address of an SPDX licence, or the name as it is."""
    spdx = re.fullmatch(r"(CC0-1\.0|CC-BY[A-Z-]*-\d\.\d|MIT|Apache-2\.0|[A-Z]+-\d[\d.]*)", name)
    return f"https://spdx.org/licenses/{name}" if spdx else name


def _responsible(manifest: Manifest, coverage: CoverageDocument) -> dict[str, Any]:
    """Return the RAI fields; each is said from numbers at hand, or left out."""
    cited = [(one.name, one.citation or "no citation") for one in manifest.sources]
    names = "; ".join(f"{name}: {citation}" for name, citation in cited)
    raters = [
        f"{where}: {told.mean:.1f} raters per label"
        for where, told in _rater_statements(coverage)
        if told.mean is not None
    ]
    spread = [
        f"{where}: raters differ by a standard deviation of {told.mean_sd:.3f}" + _scale(told)
        for where, told in _rater_statements(coverage)
        if told.mean_sd is not None
    ]
    made_by_machine = sorted(
        {k for d in coverage.dimensions for k in d.label_kinds if k in COMPUTED_KINDS}
    )
    made: dict[str, Any] = {
        "rai:dataCollection": f"Made from published sources. {names}",
        "rai:dataCollectionMissingData": "A missing value is null; so is a label that nobody gave.",
        "rai:dataImputationProtocol": "None: no value is filled in, invented or drawn at random.",
        "rai:dataPreprocessingProtocol": list(_refusal_statements(manifest)),
        "rai:dataAnnotationProtocol": list(_kinds(coverage)),
        "rai:annotationsPerItem": "; ".join(raters),
        "rai:dataAnnotationAnalysis": spread,
        "rai:machineAnnotationTools": [f"labels of the kind {kind}" for kind in made_by_machine],
        "rai:dataBiases": list(_neutral_statements(coverage)),
        "rai:dataLimitations": list(_limits(coverage)),
        "rai:dataReleaseMaintenancePlan": f"A release is a tag ({tag_of(manifest)}) that never "
        "moves; MAJOR changes rows, MINOR adds data, PATCH changes the serialisation only.",
    }
    return {key: value for key, value in made.items() if value not in ("", [])}


def _rater_statements(coverage: CoverageDocument) -> Iterator[tuple[str, Raters | SourceRaters]]:
    """Yield what is known of the raters of each dimension and source."""
    for d in coverage.dimensions:
        raters = d.raters if d.n else None
        if not raters:
            continue
        if not raters.by_source:
            yield d.name, raters
        for source, told in raters.by_source.items():
            yield f"{d.name} in {source}", told


def _scale(raters: Raters | SourceRaters) -> str:
    """Return in words the scale that a spread is measured on, where one is known."""
    if isinstance(raters, Raters) or raters.low is None or raters.high is None:
        return ""
    return f" on a scale of {raters.low:g}..{raters.high:g}"


def _refusal_statements(manifest: Manifest) -> Iterator[str]:
    for table, reasons in manifest.quarantine.items():
        for reason, count in reasons.items():
            were = "was" if count == 1 else "were"
            yield f"{format_count(count, 'row')} of {table} {were} refused: {reason}"


def _kinds(coverage: CoverageDocument) -> Iterator[str]:
    for d in coverage.dimensions:
        if d.label_kinds:
            kinds = ", ".join(f"{count:,} of kind {kind}" for kind, count in d.label_kinds.items())
            yield f"{d.name}: {kinds}"


def _neutral_statements(coverage: CoverageDocument) -> Iterator[str]:
    for d in coverage.dimensions:
        if d.n and d.neutral_band_share is not None:
            yield f"{d.name}: {d.neutral_band_share:.0%} of the labels lie within .4–.6"


def _limits(coverage: CoverageDocument) -> Iterator[str]:
    for d in coverage.dimensions:
        if d.verdict is not CoverageVerdict.TRAINABLE:
            yield f"{d.name} is {d.verdict}: {d.reason}"
    for classes in coverage.classes:
        for one in classes.classes:
            if one.verdict is not CoverageVerdict.TRAINABLE:
                rows = format_count(one.n, "row")
                yield f"{classes.name} {one.class_name} is {one.verdict}: {rows}"
