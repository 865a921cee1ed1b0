"""What `import hueset` costs and offers: names, loaded one by one when they are asked for."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest

import hueset
from hueset.errors import ELSEWHERE, HuesetError
from tests.support.in_process_build import environment_of


def loaded_by(code: str) -> set[str]:
    """Return the modules that are loaded after some code, in a fresh interpreter."""
    told = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", told],
        env=environment_of(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def test_the_import_loads_two_modules_and_nothing_heavy() -> None:
    before, after = loaded_by(""), loaded_by("import hueset; dir(hueset); hueset.__version__")
    assert {name for name in after if name.startswith("hueset")} == {
        "hueset",
        "hueset.lazy_exports",
    }
    allowed = sys.stdlib_module_names
    assert {
        name for name in after - before if name.partition(".")[0] not in {*allowed, "hueset"}
    } == set()


def test_a_store_is_opened_without_a_library_for_tables() -> None:
    loaded = loaded_by("import hueset; hueset.open_store('/nowhere'); hueset.build; hueset.errors")
    heavy = {"duckdb", "polars", "pandas", "pyarrow", "torch", "datasets", "great_expectations"}
    assert heavy & loaded == set()


def test_every_public_name_is_there_and_no_other_is_shown() -> None:
    assert dir(hueset) == sorted(hueset.__all__)
    for name in hueset.__all__:
        assert getattr(hueset, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'open_stor'"):
        _ = hueset.open_stor


def test_the_package_of_builds_is_the_function_that_builds() -> None:
    import hueset.build.run  # which binds the package to the name
    from hueset.python_api.build import build

    assert callable(hueset.build)
    assert hueset.build.__wrapped__ is build
    assert hueset.build.run.run_build.__module__ == "hueset.build.run"


def test_every_error_is_a_name_of_hueset_errors() -> None:
    import hueset.python_api.errors
    import hueset.release.hub.errors
    import hueset.training.errors

    def family(kind: type[HuesetError]) -> set[type[HuesetError]]:
        below = {one for child in kind.__subclasses__() for one in family(child)}
        return below | {kind}

    ours = {one for one in family(HuesetError) if one.__module__.partition(".")[0] == "hueset"}
    assert len(ours) > 40
    for kind in ours:
        assert getattr(hueset.errors, kind.__name__) is kind
    assert set(ELSEWHERE) == {k.__name__ for k in ours if k.__module__ != "hueset.errors"}


def test_an_error_of_the_gate_survives_pickling() -> None:
    error = hueset.errors.GateFailedError("it did not pass", hint="look", value="fail")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.hint) == (type(error), "E_GATE", "look")
