"""Screens show text from data as it is: what looks like markup is neither read nor swallowed."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hueset.build.quarantine import browse_quarantine, replay_quarantine
from hueset.render import terminal as show
from hueset.render.terminal import maintenance as caring
from hueset.sources import Where, take_inventory
from hueset.store.diff import diff_versions
from hueset.store.store import VersionStore
from tests.support.in_process_build import Silent, build_pets, plan_pets
from tests.support.pets_project import repin, write_pets

ODD = "[/odd]"


def edit(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Any]]:
    """Each screen of a project that is full of square brackets, with what it prints."""
    base = tmp_path_factory.mktemp("odd")
    root = write_pets(base / f"a{ODD[:2]}b]" / "pets_project")
    declaration = root / "datasets/pets/dataset.yaml"
    edit(
        declaration,
        ("title: Pets", f"title: '{ODD}'"),
        ("summary: Ten pets, to test the engine with.", f"summary: '{ODD} ten'"),
        ("licence: CC0-1.0\n    citation", f"licence: '{ODD} in own words'\n    citation"),
        ("values: [cat, dog]", f"values: [cat, '{ODD}']"),
        ("{salt: s}", f"{{salt: '{ODD}'}}"),
        (
            "quarantine:",
            f"  classes:\n  - {{name: kinds, table: pets, column: kind, classes: [cat, "
            f"'{ODD}', '{ODD}2']}}\n  presence:\n  - {{name: calmness, table: pets, by: kind, "
            "present: calm > 0}\nquarantine:",
        ),
    )
    edit(root / "datasets/pets/dimensions.yaml", ("group: looks", f"group: '{ODD}'"))
    edit(root / "mirror/pets/a.csv", ("dog", ODD), ("rex,[/odd],0.9", f"{ODD},{ODD},9"))
    edit(root / "mirror/pets/b.csv", ("dog", ODD))
    edit(
        root / "pets_builders/pets.py",
        ("calm_out_of_range", ODD),
        (
            "    rows = []",
            "    from hueset.builder import Finding\n"
            f"    yield Finding('x.y', 'warn', '{ODD}', examples=('{ODD}',))\n    rows = []",
        ),
    )
    repin(root)
    store = VersionStore(root / "artifacts")
    first = build_pets(root, store.root)
    edit(root / "mirror/pets/a.csv", ("ida", f"{ODD}3"))
    edit(declaration, (f"{{salt: '{ODD}'}}", f"{{salt: '{ODD}x'}}"))
    repin(root)
    second = build_pets(root, store.root)
    project, plan = plan_pets(root, salt=f"{ODD}y")
    where = Where(project_root=root, dataset_dir=project.folder("pets"), mirror=root / "mirror")
    stock = take_inventory(plan.dataset, where)
    version = second.version
    return {
        "outcome": (show.print_build, show.outcome_document(second, store)),
        "plan": (show.print_plan, show.plan_document(plan, store)),
        "list": (show.print_datasets, show.list_document(project, store)),
        "show": (show.print_version, show.version_document(store, version)),
        "coverage": (show.print_coverage, show.coverage_document(store, version)),
        "sources": (show.print_inventory, show.inventory_document(plan.dataset, stock, store)),
        "diff": (caring.print_difference, diff_versions(first.version, version)),
        "quarantine": (caring.print_quarantine, {**browse_quarantine(version), "opened": True}),
        "replay": (caring.print_replay, replay_quarantine(plan, store, version, Silent())),
        "sql": (show.print_answer, {"columns": [ODD], "rows": [[ODD]], "more": False}),
        "gc": (
            caring.print_gc,
            {
                "garbage": [{"dataset": "pets", "kind": "units", "bytes": 1, "path": ODD}],
                "left": {"pets": ODD},
                "removed": False,
                "bytes": 1,
            },
        ),
    }


@pytest.mark.parametrize("width", [60, 110])
@pytest.mark.parametrize(
    "name",
    [
        "outcome",
        "plan",
        "list",
        "show",
        "coverage",
        "sources",
        "diff",
        "quarantine",
        "replay",
        "sql",
        "gc",
    ],
)
def test_square_brackets_of_the_data_are_printed_as_they_are(
    odd: dict[str, tuple[Any, Any]], name: str, width: int
) -> None:
    screen, document = odd[name]
    console = Console(file=io.StringIO(), width=width, soft_wrap=True)
    screen(console, document)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert ODD in shown.replace("\n", "")


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, VersionStore]:
    """A build whose every unit finds many faults of the same few checks."""
    root = write_pets(tmp_path_factory.mktemp("alike") / "pets_project")
    edit(
        root / "pets_builders/pets.py",
        (
            "    rows = []",
            "    from hueset.builder import Finding\n"
            "    for at in range(40):\n"
            "        yield Finding('input.worn', 'warn', f'{unit.key}: worn {at}', count=at)\n"
            "        yield Finding(f'input.odd{at % 20}', 'warn', f'{unit.key}: odd {at}')\n"
            "    rows = []",
        ),
    )
    store = VersionStore(root / "artifacts")
    return build_pets(root, store.root), store


def printed(screen: Any, document: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=110, soft_wrap=True)
    screen(console, document)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def test_findings_of_one_check_are_one_line_of_the_summary(alike: tuple[Any, VersionStore]) -> None:
    done, store = alike
    lines = printed(show.print_build, show.outcome_document(done, store))
    (head,) = [at for at, line in enumerate(lines) if line.startswith("  findings:")]
    assert lines[head] == "  findings: 161, the worst 6 of 22 kinds"
    told = lines[head + 1 : head + 7]
    (worn,) = [line for line in told if "worn" in line]
    assert worn.strip() == "warn a.csv: worn 39 (and 79 more like this)"
    assert len(lines) <= 24


def test_where_all_kinds_of_findings_are_shown_only_their_number_is_said(tmp_path: Path) -> None:
    root = write_pets(tmp_path / "pets_project")
    store = VersionStore(root / "artifacts")
    lines = printed(show.print_build, show.outcome_document(build_pets(root, store.root), store))
    assert [line for line in lines if "findings" in line] == ["  findings: 1"]


def test_one_version_shows_each_check_once(alike: tuple[Any, VersionStore]) -> None:
    done, store = alike
    lines = printed(show.print_version, show.version_document(store, done.version))
    told = [line for line in lines if line.startswith("  warn ")]
    assert told[0] == "  warn a.csv: worn 39 (and 79 more like this)"
    assert len(told) == 12
    assert "  10 more kinds: --json, or `hueset report`" in lines
    gate = done.version.gate.summary.splitlines()
    assert gate[1] == "warn: a.csv: worn 39 (and 79 more like this)"
    assert sum("worn" in line for line in gate) == 1
