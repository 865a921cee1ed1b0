"""What the report of SocialFX holds, from generated files in the published form."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest

from hueset.declaration.column_types import arrow_schema
from hueset.documents.manifest import Manifest
from hueset.render.report import Material
from hueset.store.store import StoredVersion
from hueset_builders.socialfx.report import sections
from hueset_builders.socialfx.report.counts import count_version
from hueset_builders.socialfx.report.curves import _describe_frequency, effects_with_words
from tests.support.html_reader import Page
from tests.support.local_build import build, inputs
from tests.unit.builders.socialfx.socialfx_files import write_published_hub


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("published")
    told = inputs(
        "socialfx", {"hub_eq": write_published_hub(folder / "eq.parquet")}, permutations=5
    )
    built = build(told, folder)
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute('CREATE SCHEMA "socialfx"')
    for name, rows in built.tables.items():
        schema = arrow_schema(told.dataset.tables[name])
        connection.register(f"_{name}", pa.Table.from_pylist(rows, schema=schema))
        connection.execute(f'CREATE VIEW "socialfx"."{name}" AS SELECT * FROM "_{name}"')
    version = StoredVersion("socialfx", "1.0.0+test", folder)
    parameters = dict(told.parameters)
    version.__dict__["manifest"] = Manifest.model_construct(parameters=parameters)
    return Material(version, told.facts, connection)


def test_every_word_has_its_curve_and_those_given_twice_a_spread(material: Material) -> None:
    [effect] = effects_with_words(material)
    assert len(effect.words) == 765
    assert effect.spread == 304
    spread = [word for word in effect.words if 'class="spread"' in word.curve]
    assert len(spread) == 304
    assert all((word.given or 0) > 1 for word in spread)
    assert all(word.curve.count('class="mean"') == 1 for word in effect.words)


def test_words_given_most_often_come_first(material: Material) -> None:
    given = [word.given or 0 for word in effects_with_words(material)[0].words]
    assert given == sorted(given, reverse=True)
    assert given[0] > given[-1]


def test_a_published_number_is_not_called_a_count(material: Material) -> None:
    by_term = {word.term: word for word in effects_with_words(material)[0].words}
    assert by_term["warm"].given_said == "64 contributions"
    assert by_term["one0"].given_said == "1 contribution"
    assert _describe_frequency({"count": None, "published_num": 122}) == (
        "published num 122, no count of contributions"
    )


def test_the_map_places_every_word_and_writes_no_name_over_another(material: Material) -> None:
    picture = effects_with_words(material)[0].word_map
    assert picture.count("<circle") == 765
    assert 20 < picture.count("<text") < 765


def test_counts_are_those_of_the_table(material: Material) -> None:
    told = count_version(material)
    assert told.effects[0]["words"] == 765
    assert told.effects[0]["given"] == 1595
    assert told.effects[0]["enough"] == 24
    assert dict(told.steps["eq"])["1"] == 461
    assert sum(n for _, n in told.steps["eq"]) == 765
    assert told.missing == {}


def test_hostile_words_stay_text(material: Material) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    terms = pl.from_arrow(material.connection.sql('FROM "socialfx"."terms"').to_arrow_table())
    assert isinstance(terms, pl.DataFrame)
    changed = terms.with_columns(
        term=pl.when(pl.col("term") == "warm").then(pl.lit(hostile)).otherwise(pl.col("term"))
    )
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute('CREATE SCHEMA "socialfx"')
    connection.register("_terms", changed.to_arrow())
    connection.register(
        "_measures", material.connection.sql('FROM "socialfx"."measures"').to_arrow_table()
    )
    for name in ("terms", "measures"):
        connection.execute(f'CREATE VIEW "socialfx"."{name}" AS SELECT * FROM "_{name}"')
    own = sections(Material(material.version, material.facts, connection))
    page = Page("".join(str(section.body) for section in own))
    assert "img" not in page.tags
    assert page.handlers() == []
    assert hostile in page.words
