"""A small Hub on loopback, in memory, for the real clients to run against.

It speaks the calls that `huggingface_hub` and `datasets` make when they publish and load a
dataset (classic LFS upload, no Xet), and misbehaves on request (`tests.fakehub.faults`). By hand:
`python -m tests.fakehub --port 8900`, then
`HF_ENDPOINT=http://127.0.0.1:8900 HF_TOKEN=any hueset publish NAME --repo you/NAME`.
"""

from tests.fakehub.faults import Fault, Faults
from tests.fakehub.repos import Hub, Repo, User
from tests.fakehub.serving import FakeHub

__all__ = ["FakeHub", "Fault", "Faults", "Hub", "Repo", "User"]
