"""Start the fake Hub by hand."""

from __future__ import annotations

import argparse
import time

from tests.support.fake_hub.repos import Hub
from tests.support.fake_hub.serving import FakeHub


def main() -> None:
    """Serve until interrupted; every token is accepted, and may write everywhere."""
    words = argparse.ArgumentParser(prog="python -m tests.support.fake_hub", description=__doc__)
    words.add_argument("--port", type=int, default=8900)
    words.add_argument("--part-bytes", type=int, default=5 * 2**20, help="LFS parts of this size.")
    words.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="CALL:KIND[:STATUS]",
        help="e.g. commit:lose_answer, tag:status:503, lfs-put:drop_body; each happens once",
    )
    given = words.parse_args()
    hub = Hub(part_bytes=given.part_bytes)
    for text in given.fault:
        call, kind, *status = text.split(":")
        hub.faults.add(call, kind, status=int(status[0]) if status else 503)
    with FakeHub(hub, given.port) as running:
        print(f"a Hub in memory on {running.url}; it forgets everything when it stops")
        print(f"try: HF_ENDPOINT={running.url} HF_TOKEN=any hueset publish NAME --repo you/NAME")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
