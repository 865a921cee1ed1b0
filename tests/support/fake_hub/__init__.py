"""A small Hub on loopback, in memory, for the real clients to run against.

It speaks the calls that `huggingface_hub` and `datasets` make when they publish and load a
dataset (classic LFS upload, no Xet), and misbehaves on request (`tests.support.fake_hub.faults`).
By hand: `python -m tests.support.fake_hub --port 8900`, then
`HF_ENDPOINT=http://127.0.0.1:8900 HF_TOKEN=any hueset publish NAME --repo you/NAME`.
"""

from tests.support.fake_hub.faults import Fault, Faults
from tests.support.fake_hub.repos import Hub, Repo, User
from tests.support.fake_hub.serving import FakeHub

__all__ = ["FakeHub", "Fault", "Faults", "Hub", "Repo", "User"]
