"""Sources: found on this machine or fetched, checked against their pins, read by member."""

from hueset.sources.fetch import Policy
from hueset.sources.inventory import Entry, inventory
from hueset.sources.locate import Look, Where
from hueset.sources.lock import record
from hueset.sources.resolution import Resolution, resolve
from hueset.sources.resolved import Member, ResolvedSource

__all__ = [
    "Entry",
    "Look",
    "Member",
    "Policy",
    "Resolution",
    "ResolvedSource",
    "Where",
    "inventory",
    "record",
    "resolve",
]
