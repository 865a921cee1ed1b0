"""SocialFX: words for audio effects, and the settings people chose for them.

Zheng, Seetharaman & Pardo, "SocialFX: Studying a Crowdsourced Folksonomy of Audio Effects Terms",
ACM MM 2016. Licence of the data: none stated. Each source that was found is read, then the words
are put together.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from hueset.builder import Batch, Finding, Inputs, Reject, Unit, Verdict
from hueset.declaration.column_types import arrow_schema
from hueset.tables.rows import table_of
from hueset_builders.readers.measures import Measure, measure_table
from hueset_builders.socialfx import readers
from hueset_builders.socialfx.checks import check
from hueset_builders.socialfx.corpus import EXCERPT, Corpus, gather_rows
from hueset_builders.socialfx.measures import measure_effect
from hueset_builders.socialfx.records import Contribution, WordCurve
from hueset_builders.socialfx.terms import from_contributions, from_word_curves, relate_words
from hueset_builders.socialfx.words import alias_rows, stop_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from hueset.builder import Shards

    Row = dict[str, Any]

__all__ = ["build_unit", "check", "combine", "plan_units"]

FORMS = {
    "hub_eq": ("eq", "hub"),
    "contributions_csv": ("eq", "csv"),
    "audealize_eq": ("eq", "words"),
    "contributions_excerpt": ("eq", "csv"),
    "hub_comp": ("comp", "hub"),
    "hub_reverb": ("reverb", "hub"),
    "audealize_reverb": ("reverb", "words"),
}
"""Source → effect and form."""

EFFECTS = ("eq", "comp", "reverb")


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return one unit per source that is read.

    The excerpt is read only where no whole set of equaliser contributions was found, because it
    is a part of it.
    """
    whole = {"hub_eq", "contributions_csv"} & set(inputs.sources)
    return [
        Unit(key=name, inputs=((name, None),), payload={"effect": effect, "form": form})
        for name, (effect, form) in FORMS.items()
        if name in inputs.sources and not (name == EXCERPT and whole)
    ]


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject]:
    """Read one source into the working tables `_contributions` and `_words`."""
    source = unit.inputs[0][0]
    rows: dict[str, list[Row]] = {"_contributions": [], "_words": []}
    for read in _read(source, unit.payload["effect"], unit.payload["form"], inputs):
        match read:
            case Reject():
                yield read
            case Contribution():
                rows["_contributions"].append(
                    {"source": source, "effect": unit.payload["effect"], **vars(read)}
                )
            case WordCurve():
                rows["_words"].append(
                    {"source": source, "effect": unit.payload["effect"], **vars(read)}
                )
    for name, schema in _working_schemas().items():
        yield Batch(name, table_of(rows[name], schema))


def combine(shards: Shards, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
    """Make the tables: contributions, the filtered config, terms, aliases and measures."""
    parameters, tables = inputs.parameters, inputs.dataset.tables
    stop = stop_list(inputs.facts["stoplist.yaml"])
    corpus = gather_rows(
        shards.scan("_contributions").collect().to_dicts(),
        stop=stop,
        shares=parameters["split_shares"],
        salt=inputs.dataset.name,
    )
    yield from corpus.rejects
    words = shards.scan("_words").collect().to_dicts()
    aliases = alias_rows(inputs.facts["aliases.yaml"])
    terms: list[Row] = []
    measures: list[Measure] = []
    filtered: list[Row] = []
    for effect in EFFECTS:
        rows = corpus.complete(effect)
        curves = [word for word in words if word["effect"] == effect]
        if not rows and not curves and effect != "eq":
            continue
        if rows:
            made = from_contributions(effect, rows, min_examples=parameters["min_examples"])
        else:
            made, refused = from_word_curves(effect, curves, stop=stop)
            yield from refused
        relate_words(effect, made, count=parameters["neighbours"])
        counted, by_term = measure_effect(effect, rows, parameters, reason=_reason(corpus, effect))
        measures += counted
        for term in made:
            term["separability"] = by_term.get(term["term"])
            term["concept"] = _concept(term, aliases)
        enough = {term["term"] for term in made if term["enough_examples"]}
        filtered += [row for row in rows if row["term"] in enough]
        terms += made
        yield from _findings(effect, rows, made, counted, inputs)
    for name, content in (
        ("contributions", corpus.rows),
        ("contributions_filtered", filtered),
        ("terms", terms),
        ("aliases", _with_presence(aliases, terms)),
    ):
        yield Batch(name, table_of(content, arrow_schema(tables[name])))
    yield Batch("measures", measure_table(measures))


def _read(
    source: str, effect: str, form: str, inputs: Inputs
) -> Iterable[Contribution | WordCurve | Reject]:
    raw = inputs.sources[source].read()
    if form == "hub":
        return readers.read_hub(io.BytesIO(raw), effect, source)
    if form == "csv":
        return readers.read_csv(raw, source)
    if effect == "eq":
        names = [f"RSC_{centre}Hz_band" for centre in inputs.facts["bands.yaml"]["centres_hz"]]
        return readers.read_audealize_eq(raw, names, source)
    return readers.read_audealize_reverb(raw, source)


def _reason(corpus: Corpus, effect: str) -> str:
    excerpt = sum(row["effect"] == effect for row in corpus.rows)
    held = f"; {excerpt} of them are at hand as an excerpt" if excerpt else ""
    return f"needs the single contributions, and only curves per word were found{held}"


def _concept(term: Mapping[str, Any], aliases: Sequence[Mapping[str, str]]) -> str | None:
    spoken = (term["language"] or "").split("+")
    for alias in aliases:
        if alias["term"] == term["term"] and (spoken == [""] or alias["language"] in spoken):
            return alias["concept"]
    return None


def _with_presence(aliases: Sequence[Mapping[str, str]], terms: Sequence[Row]) -> list[Row]:
    counts = {(term["effect"], term["term"]): term["count"] for term in terms}
    return [
        {
            **alias,
            "in_terms": any((effect, alias["term"]) in counts for effect in EFFECTS),
            "eq_count": counts.get(("eq", alias["term"])),
        }
        for alias in aliases
    ]


def _findings(
    effect: str,
    rows: Sequence[Row],
    terms: Sequence[Row],
    measures: Sequence[Measure],
    inputs: Inputs,
) -> Iterator[Finding]:
    parameters = inputs.parameters
    if not rows:
        message = (
            f"{effect}: {len(terms)} published curves per word and no whole set of contributions: "
            "aggregation is `word`, what needs contributions is not measured"
        )
        yield Finding("input.aggregated_only", Verdict.WARN, message, "terms", len(terms))
    published = parameters["published_rows"].get(effect)
    found = len({row["contribution_id"] for row in rows})
    if rows and published and found < published:
        message = f"{effect}: {found} contributions of {published} published"
        yield Finding("input.contributions_missing", Verdict.WARN, message, "contributions")
    flat = [row["contribution_id"] for row in rows if effect == "eq" and not row["zscored"]]
    if flat:
        message = f"{effect}: {len(flat)} rows are not z-scored; they are flagged, not changed"
        yield Finding(
            "input.not_zscored", Verdict.WARN, message, "contributions", len(flat), tuple(flat[:10])
        )
    curves: dict[tuple[float, ...], list[str]] = {}
    for term in terms if not rows else ():
        curves.setdefault(tuple(term["mean_curve"]), []).append(term["term"])
    shared = sorted(name for names in curves.values() if len(names) > 1 for name in names)
    if shared:
        message = (
            f"{effect}: {len(shared)} of {len(terms)} words share their curve with another word; "
            f"there are {len(curves)} distinct curves"
        )
        yield Finding(
            "input.shared_curves", Verdict.WARN, message, "terms", len(shared), tuple(shared[:10])
        )
    value = {
        measure.name: measure.value for measure in measures if measure.scope.endswith("all terms")
    }
    rare = value["rare_term_share"]
    if rare is not None and rare > parameters["rare_share_warn"]:
        message = (
            f"{effect}: {rare:.1%} of the words have fewer than {parameters['rare_below']} examples"
        )
        yield Finding("input.rare_terms", Verdict.WARN, message, "terms")
    silhouette, chance = value["silhouette"], value["silhouette_chance_mean"]
    if silhouette is not None and chance is not None and silhouette <= 0:
        message = (
            f"{effect}: silhouette {silhouette:.3f} on the raw vectors (chance {chance:.3f}): "
            "the words do not part the settings"
        )
        yield Finding("input.not_separable", Verdict.WARN, message, "terms")


def _working_schemas() -> dict[str, pa.Schema]:
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    common = [("source", text), ("effect", text), ("given", text), ("language", text)]
    vector = [("names", pa.list_(text)), ("units", pa.list_(text)), ("values", pa.list_(number))]
    return {
        "_contributions": pa.schema(
            [
                *common,
                ("key", text),
                ("audio_id", text),
                ("ratings_consistency", number),
                *vector,
            ]
        ),
        "_words": pa.schema(
            [
                *common,
                ("agreement", number),
                ("num", pa.int64()),
                ("x", number),
                ("y", number),
                *vector,
            ]
        ),
    }
