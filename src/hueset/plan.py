"""What a build would do, worked out without doing it: version, units, what is finished already."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hueset.builder import Inputs
from hueset.errors import BuildError, UnknownNameError
from hueset.fingerprint import Fingerprint, fingerprint, unit_digest
from hueset.sources import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from hueset.builder import Unit
    from hueset.project import Project
    from hueset.sources import Resolution, Where
    from hueset.spec import Dataset
    from hueset.store import Store


@dataclass(frozen=True)
class PlannedUnit:
    """A unit with the digest that names its shard."""

    unit: Unit
    digest: str


@dataclass(frozen=True)
class Plan:
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
        `<semver>+<digest>`, or `<semver>+sample.<digest>`.
    units
        The units of work, in their fixed order.
    changed_parameters
        The parameters this build sets apart from the declared ones.
    suites
        The bytes of each suite file, by file name.
    """

    dataset: Dataset
    inputs: Inputs
    resolution: Resolution
    fingerprint: Fingerprint
    version: str
    units: tuple[PlannedUnit, ...]
    changed_parameters: Mapping[str, Any] = field(default_factory=dict)
    suites: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def sample(self) -> bool:
        """Whether this is the embedded sample."""
        return self.resolution.sample

    def finished(self, store: Store) -> list[PlannedUnit]:
        """Return the units whose shards lie in the store already."""
        return [unit for unit in self.units if store.has_unit(self.dataset.name, unit.digest)]

    def state(self, store: Store) -> str:
        """Return `built` if exactly this version lies in the store, else `new`."""
        return "built" if self.version in store.versions(self.dataset.name) else "new"


def make_plan(
    project: Project,
    name: str,
    where: Where,
    *,
    overrides: Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Plan:
    """Resolve the sources and work out version and units.

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
    SourceMissingError, SourceChangedError, SourceFormatError, FetchError
        A source is not what was declared; what is missing is listed whole.
    UnknownNameError
        An override names no declared parameter.
    """
    declared = project.dataset(name)
    parameters = _parameters(declared, overrides or {})
    dataset = declared.typed(parameters)
    resolution = resolve(dataset, where, progress=progress)
    inputs = Inputs(dataset, resolution.sources, parameters, project.facts(dataset))
    suites = {
        path.name: path.read_bytes() for path in sorted(project.suites_folder(name).glob("*.yaml"))
    }
    print_ = fingerprint(inputs, suites)
    digest = f"sample.{print_.digest}" if resolution.sample else print_.digest
    units = tuple(
        PlannedUnit(unit, unit_digest(unit, inputs, print_.rows))
        for unit in load_builder(dataset.builder).plan_units(inputs)
    )
    repeated = _repeated([planned.unit.key for planned in units])
    if repeated or not units:
        fault = f"plans the unit {repeated!r} twice" if repeated else "plans no unit of work"
        message = f"{dataset.builder} {fault}"
        raise BuildError(message, hint="look at its plan_units and at the source")
    return Plan(
        dataset=dataset,
        inputs=inputs,
        resolution=resolution,
        fingerprint=print_,
        version=f"{dataset.version}+{digest}",
        units=units,
        changed_parameters={
            key: value for key, value in parameters.items() if dataset.parameters[key] != value
        },
        suites=suites,
    )


def load_builder(module: str) -> ModuleType:
    """Import a builder by the name its declaration gives."""
    return importlib.import_module(module)


def _parameters(dataset: Dataset, overrides: Mapping[str, Any]) -> dict[str, Any]:
    for key in overrides:
        if key not in dataset.parameters:
            raise UnknownNameError.unknown(f"parameter of {dataset.name}", key, dataset.parameters)
    merged = {**dataset.parameters, **overrides}
    return json.loads(json.dumps(merged, allow_nan=False))  # type: ignore[no-any-return]


def _repeated(keys: list[str]) -> str | None:
    return next((key for key, count in Counter(keys).items() if count > 1), None)
