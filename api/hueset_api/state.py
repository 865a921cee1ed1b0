"""All that one running service holds, and the few things every route does with it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation

from hueset.store.damage import read_or_reason
from hueset.store.store import VersionStore
from hueset_api import finding_rows, statistics
from hueset_api.caching import Cache, CachedAnswer, CompleteResponse, as_json
from hueset_api.database import Database
from hueset_api.integrity import IntegrityMonitor
from hueset_api.metrics import Metrics
from hueset_api.pacing import Room
from hueset_api.problems import StoreGoneError
from hueset_api.source_freshness import SourceFreshness
from hueset_api.version_index import IndexedVersion, VersionIndex
from hueset_api.view_index import ViewIndex, load_views

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from hueset.store.store import StoredVersion
    from hueset_api.settings import ServiceSettings
    from hueset_api.version_index import Stamp

KEPT_TABLES = 200
"""The statistics of so many tables are kept, and the findings of so many versions."""


@dataclass(frozen=True)
class ServiceState:
    """The parts of a service."""

    settings: ServiceSettings
    store: VersionStore
    library: VersionIndex
    receipts: IntegrityMonitor
    database: Database
    pins: SourceFreshness
    cache: Cache
    metrics: Metrics
    room: Room
    views: ViewIndex = field(default_factory=ViewIndex)
    running: set[asyncio.Task[Any]] = field(default_factory=set)
    statistics: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    finding_rows: dict[tuple[str, str], list[dict[str, Any] | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: ServiceSettings) -> ServiceState:
        """Put a service together; nothing runs yet."""
        store = VersionStore(settings.store_root)
        library: VersionIndex

        def current() -> list[StoredVersion]:
            return [found.version for found in readable_versions(library)]

        receipts = IntegrityMonitor(
            store,
            current,
            lambda version: library.glance(version),  # noqa: PLW0108 - it is made below
            settings.recheck_s,
        )
        pins = SourceFreshness(settings.project)
        library = VersionIndex(store, receipts.generation, pins.declared)

        def stamp_of(about: str | None) -> Stamp:
            return library.stamp(about) if about else library.stamp_of_all()

        return cls(
            settings=settings,
            store=store,
            library=library,
            receipts=receipts,
            database=Database(settings.query_s),
            pins=pins,
            cache=Cache(stamp_of, settings.cache_bytes),
            metrics=Metrics(),
            room=Room(settings.sending_bytes),
            views=load_views(settings.project),
        )

    def start(self) -> None:
        """Begin what runs beside the requests."""
        self.receipts.start()

    def stop(self) -> None:
        """End it; more than once does no harm."""
        self.receipts.stop()
        self.database.close()

    def require_store(self) -> None:
        """Raise where the store cannot be listed, so that nobody takes that for an empty one.

        Raises
        ------
        StoreGoneError
            Its folder is not there, or may not be read.
        """
        try:
            os.scandir(self.settings.store_root).close()
        except FileNotFoundError as error:
            message = "the store is not there"
            hint = "give it with --out DIR or HUESET_STORE; build-dataset NAME --out DIR makes one"
            raise StoreGoneError(message, hint=hint) from error
        except OSError as error:
            message = f"the store cannot be listed: {error.strerror}"
            hint = "its folder must be readable for the user the service runs as"
            raise StoreGoneError(message, hint=hint) from error

    def open(self, name: str, version: str | None = None) -> IndexedVersion:
        """Open a version; a `+` that a client turned into a space is read as meant."""
        return self.library.open(name, version.replace(" ", "+") if version else None)

    def statistics_of(self, version: StoredVersion, table: str) -> dict[str, Any]:
        """Return the statistics of a table; a version never changes, so they are made once."""
        key = (version.dataset, version.name, table)
        if key not in self.statistics:
            made = statistics.of_table(self.database, version, table)
            if len(self.statistics) >= KEPT_TABLES:
                self.statistics.clear()
            self.statistics[key] = made
        return self.statistics[key]

    def finding_rows_of(self, version: StoredVersion) -> list[dict[str, Any] | None]:
        """Return the rows behind each finding of the gate; made once too."""
        key = (version.dataset, version.name)
        if key not in self.finding_rows:
            made = finding_rows.rows_of(self.database, version, version.gate.findings)
            if len(self.finding_rows) >= KEPT_TABLES:
                self.finding_rows.clear()
            self.finding_rows[key] = made
        return self.finding_rows[key]

    async def document(
        self,
        request: Request,
        about: str | None,
        make: Callable[[], Mapping[str, Any]],
        *,
        queries: bool = False,
    ) -> CompleteResponse:
        """Answer with a JSON document, made in a worker thread once and kept.

        What `queries` the parquet waits for its turn; what does not never waits for those.
        """

        async def made() -> CachedAnswer:
            if queries:
                return await self.database.run(lambda: as_json(make()))
            return await anyio.to_thread.run_sync(lambda: as_json(make()))

        return await self.cache.answer(request.scope, about, made)


def readable_versions(library: VersionIndex) -> list[IndexedVersion]:
    """Return the version served by default of every dataset that can be read.

    Those that cannot are shown as broken wherever they are asked for.
    """
    opened = (read_or_reason(library.open, name) for name in library.datasets())
    return [found for found in opened if isinstance(found, IndexedVersion)]


def checker_lives(receipts: IntegrityMonitor) -> bool:
    """Whether the files are still being checked: without that, `verified` grows old unseen."""
    return receipts.is_alive()


def state_of(request: Request) -> ServiceState:
    """Return the state of the service that a request came to."""
    state: ServiceState = request.app.state.service
    return state


def require_store(request: Request) -> None:
    """Let no route that reads the store answer without it."""
    state_of(request).require_store()
