"""Sources: found on this machine or fetched, checked against their pins, read by member."""

from hueset.sources.resolved import Member, ResolvedSource

__all__ = ["Member", "ResolvedSource"]
