"""What a build would do, worked out without doing it: version, units, what is finished already."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hueset.build.fingerprint import Fingerprint, compute_fingerprint, unit_digest
from hueset.build.import_guard import only_known_code
from hueset.build.unit_cache import is_complete_unit
from hueset.builder import Inputs
from hueset.builder.loader import planned_units
from hueset.coverage.validation import check_coverage, check_facts
from hueset.declaration.parameter import ParameterType
from hueset.errors import UnknownNameError, UsageError
from hueset.gate.suite import load_suites
from hueset.sources import resolve_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hueset.builder import Unit
    from hueset.declaration import Dataset, Parameter
    from hueset.declaration.project import Project
    from hueset.gate.suite import Suite
    from hueset.sources import Resolution, Where
    from hueset.store.store import VersionStore


@dataclass(frozen=True)
class PlannedUnit:
    """A unit with the digest that names its shard."""

    unit: Unit
    digest: str


@dataclass(frozen=True)
class BuildPlan:
    """Everything that decides a build.

    Attributes
    ----------
    dataset
        The declaration.
    inputs
        What the builder will read.
    resolution
        How the sources were found.
    fingerprint
        The digests behind the version.
    version
        `<semver>+<digest>`, or `<semver>+<kind>.<digest>` (see `hueset.store.version.KINDS`).
    units
        The units of work, in their fixed order.
    changed_parameters
        The parameters this build sets apart from the declared ones.
    suites
        What is promised of the tables.
    """

    dataset: Dataset
    inputs: Inputs
    resolution: Resolution
    fingerprint: Fingerprint
    version: str
    units: tuple[PlannedUnit, ...]
    changed_parameters: Mapping[str, Any] = field(default_factory=dict)
    suites: tuple[Suite, ...] = ()

    @property
    def sample(self) -> bool:
        """Whether this is the embedded sample."""
        return self.resolution.sample

    @property
    def subset(self) -> dict[str, Any]:
        """The parameters that choose a part of the units, where this build sets any."""
        return _subset(self.dataset, self.inputs.parameters)

    def finished(self, store: VersionStore) -> list[PlannedUnit]:
        """Return the units whose shards lie in the store already."""
        folder = store.units(self.dataset.name)
        return [unit for unit in self.units if is_complete_unit(folder / unit.digest)]

    def state(self, store: VersionStore) -> str:
        """Return `built` if exactly this version lies in the store, else `new`.

        One that lacks a file, or has one of another size, is `damaged`.
        """
        if self.version not in store.versions(self.dataset.name):
            return "new"
        return "damaged" if store.version(self.dataset.name, self.version).damage() else "built"


def make_plan(
    project: Project,
    name: str,
    where: Where,
    *,
    overrides: Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> BuildPlan:
    """Resolve the sources and work out version and units.

    What a person wrote (declaration, facts, suites, conditions of coverage) is held against itself
    first: what a build would refuse is refused before a source is fetched or hashed.

    Parameters
    ----------
    project
        The project with the declaration.
    name
        The dataset.
    where
        Where its sources may lie.
    overrides
        Parameters to set apart from the declared ones.
    progress
        Called with (source name, bytes done, bytes in all) while a source is fetched or hashed.

    Raises
    ------
    DeclarationError
        The declaration, a table of facts or a suite has a fault.
    ForeignProjectError
        The builder belongs to somebody else, and nobody named the project.
    SourceMissingError, SourceChangedError, SourceFormatError, FetchError
        A source is not what was declared; what is missing is listed whole.
    UnknownNameError
        An override names no declared parameter.
    """
    declared = project.dataset(name)
    parameters = _parameters(declared, overrides or {})
    dataset = declared.typed(parameters)
    facts = project.facts(dataset)
    check_facts(dataset, facts, project.folder(name))
    suites = load_suites(dataset, project.suites_folder(name))
    check_coverage(dataset, facts, project.folder(name))
    project.offer_builder(dataset)
    resolution = resolve_sources(dataset, where, progress=progress)
    inputs = Inputs(dataset, resolution.sources, parameters, facts)
    files = {
        path.name: path.read_bytes() for path in sorted(project.suites_folder(name).glob("*.yaml"))
    }
    with only_known_code(dataset.builder):
        planned = planned_units(dataset.builder, inputs)
    print_ = compute_fingerprint(inputs, planned, files)
    units = tuple(PlannedUnit(unit, unit_digest(unit, inputs, print_.rows)) for unit in planned)
    part = "sample." if resolution.sample else "subset." if _subset(dataset, parameters) else ""
    return BuildPlan(
        dataset=dataset,
        inputs=inputs,
        resolution=resolution,
        fingerprint=print_,
        version=f"{dataset.version}+{part}{print_.digest}",
        units=units,
        changed_parameters=_changed_parameters(dataset, parameters),
        suites=suites,
    )


def _changed_parameters(dataset: Dataset, parameters: Mapping[str, Any]) -> dict[str, Any]:
    defaults = dataset.defaults
    return {key: value for key, value in parameters.items() if defaults[key] != value}


def _subset(dataset: Dataset, parameters: Mapping[str, Any]) -> dict[str, Any]:
    changed = _changed_parameters(dataset, parameters)
    return {key: changed[key] for key in dataset.selection if key in changed}


def _parameters(dataset: Dataset, overrides: Mapping[str, Any]) -> dict[str, Any]:
    for key in overrides:
        if key not in dataset.parameters:
            raise UnknownNameError.unknown(f"parameter of {dataset.name}", key, dataset.parameters)
    given = {
        key: read_parameter(key, value, dataset.parameters[key]) for key, value in overrides.items()
    }
    merged = {**dataset.defaults, **given}
    return json.loads(json.dumps(merged, allow_nan=False))  # type: ignore[no-any-return]


def read_parameter(key: str, value: Any, declared: Parameter) -> Any:
    """Return a parameter's value if it is what the declaration allows.

    Raises
    ------
    UsageError
        It is of another type, none of the choices, or out of the range.
    """
    complaint = declared.complaint(value)
    if complaint is None:
        return declared.read_value(value)
    if isinstance(value, str) and value not in declared.choices and declared.choices:
        raise UsageError.unknown(f"value of the parameter {key}:", value, declared.choices)
    message = f"parameter {key}: {complaint}, found {value!r}"
    hint = f"the declaration says {key}: {declared.default!r}"
    if declared.value_type is ParameterType.STRING and not isinstance(value, str):
        hint += f"; quote text: --set {key}=\"'{value}'\""
    raise UsageError(message, hint=hint, value=value)
