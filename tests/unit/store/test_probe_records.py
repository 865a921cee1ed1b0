"""The last probe of a version: on its card, in the service's health, and demanded by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.errors import UnprobedError
from hueset.release.card import render_documents
from hueset.store.probe_records import demand_probe, last_probe
from hueset.store.summary import ProbeSummary, summarize_probe
from hueset_api.documents import health_document
from hueset_api.integrity import IntegrityMonitor
from hueset_api.source_freshness import SourceFreshness
from hueset_api.version_index import VersionIndex
from tests.support.in_process_build import command

if TYPE_CHECKING:
    from tests.support.hub_sessions import Zoo

BODY = {
    "task": "pets",
    "dataset": "zoo",
    "rows": 320,
    "targets": [
        {
            "target": "mood",
            "by": "features",
            "n": 300,
            "groups": 40,
            "metric": "auc",
            "value": 0.71,
            "p_value": 0.005,
            "verdict": "learnable",
            "why": "auc 0.710",
        },
        {
            "target": "size",
            "by": "features",
            "n": 3,
            "groups": 3,
            "metric": "auc",
            "value": None,
            "p_value": None,
            "verdict": None,
            "why": "3 rows with a label, 40 are needed",
        },
    ],
    "leakage": [],
    "findings": [
        {
            "code": "probe.leak_perfect",
            "verdict": "warn",
            "by": "source",
            "message": "mood: source alone tells it, auc 1.000",
            "target": "mood",
        }
    ],
}


def test_the_last_probe_is_the_one_that_counts_and_without_any_it_can_be_demanded(
    zoo: Zoo,
) -> None:
    assert last_probe(zoo.store, zoo.new) is None
    with pytest.raises(UnprobedError, match="never probed") as caught:
        demand_probe(zoo.store, zoo.new)
    assert f"hueset probe zoo --version {zoo.new.name}" in str(caught.value.hint)
    zoo.store.record(zoo.new, "probe", {**BODY, "rows": 10})
    zoo.store.record(zoo.new, "probe", BODY)
    assert demand_probe(zoo.store, zoo.new).rows == 320
    assert last_probe(zoo.store, zoo.old) is None


def test_the_card_says_what_was_probed_and_nothing_before(zoo: Zoo) -> None:
    before = render_documents(zoo.project, zoo.new, None)["README.md"]
    zoo.store.record(zoo.new, "probe", BODY)
    after = render_documents(zoo.project, zoo.new, None)["README.md"]
    assert "## Can it be learned?" not in before
    assert "| mood | 300 | auc | 0.710 | 0.005 | learnable |" in after
    assert "| size | 3 | auc | – | – | not measured: 3 rows with a label, 40 are needed |" in after
    assert "- **warn** mood: source alone tells it, auc 1.000" in after


def test_the_service_says_it_in_the_health_of_the_version(zoo: Zoo) -> None:
    library = VersionIndex(zoo.store, lambda name: 0)
    found = library.open("zoo")
    told = IntegrityMonitor(zoo.store, list, str, 60.0), SourceFreshness(zoo.project)
    assert health_document(found, zoo.store, *told)["probe"] is None
    zoo.store.record(found.version, "probe", BODY)
    made = health_document(found, zoo.store, *told)["probe"]
    assert ProbeSummary.model_validate(made).targets[0].verdict == "learnable"
    assert made == summarize_probe(demand_probe(zoo.store, found.version)).to_json()


def test_publishing_can_demand_a_probe(zoo: Zoo) -> None:
    done = command(
        "publish", "zoo", "--require-probe", "--dry-run", *zoo.arguments, cwd=zoo.project.root
    )
    assert done.returncode == 1
    assert "E_UNPROBED" in done.stderr
