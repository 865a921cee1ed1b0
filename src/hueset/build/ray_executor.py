"""The same steps on Ray: this machine's cores, or a cluster that shares the store's file system.

Needs the extra `ray`. Each task asks for one core and runs with one BLAS thread, so the bytes are
those of the process pool.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.build.units import run_step
from hueset.declaration.builder_package import offer_packages, offered_packages
from hueset.errors import BuildError, HuesetError, UsageError
from hueset.threads import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hueset.build.plan import PlannedUnit
    from hueset.build.shard import Shard
    from hueset.builder import Inputs

WAKE_S = 0.5
CONNECT_S = 5.0


def run_on_ray(
    planned: Sequence[PlannedUnit],
    inputs: Inputs,
    units: Path,
    *,
    workers: int,
    address: str | None,
    done: Callable[[Shard], None],
) -> None:
    """Run the steps of all units as Ray tasks.

    Parameters
    ----------
    planned, inputs, units, done
        As in `hueset.build.executor.run_steps`.
    workers
        Cores to use where Ray is started here.
    address
        A running cluster; None starts one on this machine, and stops it at the end.

    Raises
    ------
    UsageError
        Ray is not installed, or nothing answers at the address.
    BuildError
        A step failed, or a worker was killed. Units that finished are kept.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        message = "the engine ray needs Ray, which is not installed"
        raise UsageError(message, hint='pip install "hueset[ray]"') from error
    _connect(workers, address)
    try:
        shared = ray.put((inputs, str(units), offered_packages()))
        # A killed worker is told, not tried again: its unit may be what killed it.
        step = ray.remote(num_cpus=1, max_retries=0)(_step)
        waiting = {step.remote(unit, shared): unit.unit.key for unit in planned}
        while waiting:
            finished, _ = ray.wait(list(waiting), timeout=WAKE_S)
            for reference in finished:
                done(_result(reference, waiting.pop(reference)))
    finally:
        ray.shutdown()


def _connect(workers: int, address: str | None) -> None:
    import ray

    if address and ":" in address:
        _answers(address)
    path = os.pathsep.join(entry for entry in sys.path if entry)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    environment = {**dict.fromkeys(THREADS, "1"), "PYTHONPATH": path}
    here: dict[str, Any] = {
        "num_cpus": workers,
        "include_dashboard": False,
        "_node_ip_address": "127.0.0.1",
    }
    ray.init(
        address=address or "local",
        runtime_env={"env_vars": environment},
        configure_logging=False,
        log_to_driver=False,
        **({} if address else here),
    )


def _answers(address: str) -> None:
    """Ask first whether anything listens there: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_S).close()
    except (OSError, ValueError) as error:
        message = f"no Ray cluster answers at {address}: {error}"
        raise UsageError(
            message, hint="start one with `ray start --head`", value=address
        ) from error


def _result(reference: object, key: str) -> Shard:
    import ray

    try:
        shard: Shard = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, HuesetError):
            raise error.cause from None
        raise BuildError(f"the unit {key!r} failed: {error.cause!r}") from error
    except ray.exceptions.RayError as error:
        message = f"a Ray worker died, at or near the unit {key!r}: {error}"
        hint = "if memory ran out, use fewer --workers; the next build resumes from here"
        raise BuildError(message, hint=hint) from error
    return shard


def _step(planned: PlannedUnit, shared: tuple[Inputs, str, dict[str, Path]]) -> Shard:
    inputs, units, packages = shared
    offer_packages(packages)
    return run_step(planned, inputs, Path(units))
