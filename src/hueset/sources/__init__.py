"""Sources: found on this machine or fetched, checked against their pins, read by member."""

from hueset.builder.source import Member, ResolvedSource
from hueset.sources.fetch import Policy
from hueset.sources.inventory import Entry, Inventory, take_inventory
from hueset.sources.locate import Look, Where
from hueset.sources.resolution import Resolution, resolve_sources
from hueset.sources.resolved_source import LocalSource

__all__ = [
    "Entry",
    "Inventory",
    "LocalSource",
    "Look",
    "Member",
    "Policy",
    "Resolution",
    "ResolvedSource",
    "Where",
    "resolve_sources",
    "take_inventory",
]
