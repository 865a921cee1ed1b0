"""Executors: they schedule steps and know nothing of the data.

`process` runs steps in spawned worker processes with one BLAS thread each, because more would
change the last bits of a sum. With one worker or one step it runs in this process, unless numpy was
loaded here with more.
`ray` runs the same steps as Ray tasks.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.build.ray_executor import run_on_ray
from hueset.build.unit_cache import is_complete_unit
from hueset.build.units import run_step
from hueset.declaration.builder_package import offer_packages, offered_packages
from hueset.errors import BuildError, UnknownNameError
from hueset.module_path import safe_children
from hueset.threads import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from hueset.build.plan import PlannedUnit
    from hueset.build.shard import Shard
    from hueset.builder import Inputs


WAKE_S = 0.5

ENGINES = ("process", "ray")


def check_engine(name: str) -> None:
    """Refuse an engine that does not exist."""
    if name not in ENGINES:
        raise UnknownNameError.unknown("engine", name, ENGINES)


def run_steps(
    planned: Sequence[PlannedUnit],
    inputs: Inputs,
    units: Path,
    *,
    workers: int,
    done: Callable[[Shard], None],
    engine: str = "process",
    address: str | None = None,
) -> None:
    """Run the steps of all units; `done` is called in the order in which they finish.

    Parameters
    ----------
    planned
        The units to make.
    inputs
        What they may read.
    units
        The folder in which their shards appear.
    workers
        How many run at a time.
    done
        Called with each finished shard.
    engine
        One of `ENGINES`.
    address
        Of a running Ray cluster; None starts one here.

    Raises
    ------
    BuildError
        A step failed, or a worker was killed. Units that finished are kept.
    """
    trusted = one_blas_thread()
    units.mkdir(parents=True, exist_ok=True)
    if not planned:
        return
    if engine == "ray":
        run_on_ray(planned, inputs, units, workers=workers, address=address, done=done)
        return
    if min(workers, len(planned)) <= 1 and trusted:
        for unit in planned:
            done(run_step(unit, inputs, units))
        return
    with safe_children():
        pool = ProcessPoolExecutor(
            max_workers=max(1, min(workers, len(planned))),
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(inputs, str(units), list(sys.path), offered_packages()),
        )
    try:
        waiting = {}
        for unit in _largest_first(planned, inputs):
            with _no_interrupt_for_children(), safe_children():
                try:
                    waiting[pool.submit(_step, unit)] = unit
                except BrokenProcessPool as error:
                    raise _explain_death([*waiting.values(), unit], units) from error
        _drain(waiting, units, done)
    except BaseException:
        _stop(pool, units)
        raise
    pool.shutdown()


def _largest_first(planned: Sequence[PlannedUnit], inputs: Inputs) -> list[PlannedUnit]:
    """Return units by falling size of what they read, so that no large one is left to the end."""

    def size(planned: PlannedUnit) -> int:
        sources = inputs.sources
        return sum(
            sources[name].member(member).size if member else sources[name].size
            for name, member in planned.unit.inputs
        )

    return sorted(planned, key=size, reverse=True)


def _drain(
    waiting: dict[Future[Shard], PlannedUnit], units: Path, done: Callable[[Shard], None]
) -> None:
    while waiting:
        # Woken now and then: a Ctrl-C that another thread took is seen only by a waking main one.
        finished, _ = wait(waiting, timeout=WAKE_S, return_when=FIRST_COMPLETED)
        # In the order of their start: of several that failed, always the same is told.
        for future in [one for one in waiting if one in finished]:
            unit = waiting.pop(future)
            try:
                done(future.result())
            except BrokenProcessPool as error:
                raise _explain_death([unit, *waiting.values()], units) from error


def _explain_death(lost: Sequence[PlannedUnit], units: Path) -> BuildError:
    """Return what to say of a dead worker; of the lost units the first that is not whole is named.

    One whose answer was on its way when the pool broke is lost too, and was nobody's death.
    """
    unfinished = [one for one in lost if not is_complete_unit(units / one.digest)]
    key = (unfinished or lost)[0].unit.key
    message = f"a worker process died, at or near the unit {key!r}"
    hint = "if memory ran out, use fewer --workers; the next build resumes from here"
    return BuildError(message, hint=hint)


@contextmanager
def _no_interrupt_for_children() -> Iterator[None]:
    """Hold Ctrl-C back for a moment: a process that starts in it is born deaf to it.

    It is for this process to hear, which ends its workers. Held back here, it is heard at the end.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(pool: ProcessPoolExecutor, units: Path) -> None:
    """End the workers at once, and take away the hidden folders of what they had half made."""
    processes = list((pool._processes or {}).values())
    for process in processes:
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)
    for process in processes:
        for half_made in units.glob(f".*-{process.pid}-*"):
            shutil.rmtree(half_made, ignore_errors=True)


_inputs: Inputs
_units: Path


def _start(inputs: Inputs, units: str, path: list[str], packages: dict[str, Path]) -> None:
    """Prepare a worker: the inputs are sent once, not with every unit."""
    global _inputs, _units
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path[:] = path
    offer_packages(packages)
    _inputs, _units = inputs, Path(units)


def _end_with_parent() -> None:
    """Leave no orphan behind: a worker whose build was killed ends itself."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _step(planned: PlannedUnit) -> Shard:
    return run_step(planned, _inputs, _units)
