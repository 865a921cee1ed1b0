"""Debian's nginx as a real process, with the configuration of `docs/service.md`."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.in_process_build import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTED = re.compile(r"```nginx\n(.*?)```", re.DOTALL)


@contextmanager
def proxying(service_port: int, folder: Path) -> Iterator[str]:
    """Run nginx before a service until the block ends; yields where it answers."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("needs Debian's nginx")
    found = DOCUMENTED.search((REPO / "docs/service.md").read_text(encoding="utf-8"))
    assert found
    port = _free_port()
    server = found[1].replace("listen 80;", f"listen 127.0.0.1:{port};")
    server = server.replace("server_name data.example.org", "server_name localhost")
    server = server.replace("http://127.0.0.1:8321", f"http://127.0.0.1:{service_port}")
    folder.mkdir()
    written = folder / "nginx.conf"
    places = "".join(f"{kind}_temp_path {folder};\n" for kind in PLACES)
    written.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;\n"
        f"events {{}}\nhttp {{ access_log off;\n{places}{server}}}\n"
    )
    process = subprocess.Popen(
        [program, "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(written)],
        stderr=subprocess.PIPE,
    )
    try:
        _until_it_listens(port, process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)
        assert process.stderr is not None
        process.stderr.close()


PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(f"nginx ended: {process.stderr.read().decode()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
            continue
        return
    pytest.fail("nginx does not listen")
