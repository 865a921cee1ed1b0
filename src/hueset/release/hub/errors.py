"""What can go wrong between the store and the Hub, each with what the Hub holds now."""

from __future__ import annotations

from hueset.errors import HuesetError, UsageError


class HubExtraError(UsageError, ImportError):
    """The optional libraries for the Hub are not installed."""

    code = "E_HUB_EXTRA"


class HubTokenError(UsageError, PermissionError):
    """The Hub knows no valid token for this, or the token may not do it."""

    code = "E_HUB_TOKEN"


class RefusedReleaseError(HuesetError, ValueError):
    """A version that is not published unless told so by name: failed, sample, subset, waived."""

    code = "E_REFUSED"
    exit_code = 1


class ReleasedError(UsageError):
    """The semver was released before with other content."""

    code = "E_RELEASED"


class HubError(HuesetError, ConnectionError):
    """The Hub could not be reached, or answered with an error."""

    code = "E_HUB"


class HubMovedError(HubError):
    """Somebody else pushed while a release was under way."""

    code = "E_HUB_MOVED"


class PublishedBytesError(HuesetError, ValueError):
    """What the Hub holds is not what the manifest says."""

    code = "E_PUBLISHED"
    exit_code = 3


class StoppedError(HuesetError):
    """The person stopped it."""

    code = "E_INTERRUPTED"
    exit_code = 130
