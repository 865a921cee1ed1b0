"""Errors that only the Python API raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import HuesetError

if TYPE_CHECKING:
    from hueset.python_api.built_version import BuiltVersion


class GateFailedError(HuesetError, RuntimeError):
    """A version was built and did not pass its gate: it is kept, and never becomes the latest.

    Attributes
    ----------
    version
        The version, to be looked at: `error.version.gate.findings` says why.
    """

    code = "E_GATE"
    exit_code = 1
    version: BuiltVersion

    @classmethod
    def of(cls, version: BuiltVersion) -> GateFailedError:
        """Return the error for a version, with the worst that its gate found."""
        gate = version.gate
        bad = [one for one in gate.findings if not one.verdict.passes]
        first = f": {bad[0].message}" if bad else ""
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        message = f"{version.dataset} {version.name} did not pass its gate{first}{more}"
        hint = "it is kept in the store: see .version.gate.findings of this error"
        error = cls(message, hint=hint, value=gate.verdict.value)
        error.version = version
        return error
