"""The fake Hub as a running server: in a thread of a test, or by hand."""

from __future__ import annotations

import threading
from typing import Self

import uvicorn

from tests.support.fake_hub.app import make_app
from tests.support.fake_hub.repos import Hub


class FakeHub:
    """A running server on loopback; `hub` is its state, which a test may look into and change."""

    def __init__(self, hub: Hub | None = None, port: int = 0) -> None:
        self.hub = hub or Hub()
        config = uvicorn.Config(
            make_app(self.hub),
            host="127.0.0.1",
            port=port,
            log_level="critical",
            ws="none",
            lifespan="off",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.socket = config.bind_socket()
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    @property
    def url(self) -> str:
        """The address, for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()
