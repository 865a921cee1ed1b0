"""The gate: nothing becomes a version's `latest` that it did not look at and let through."""

from typing import TYPE_CHECKING

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from hueset.gate.engine import begin_import
    from hueset.gate.engine_choice import choose_engine
    from hueset.gate.report import CheckResult, GateReport, worst_verdict
    from hueset.gate.run import run_gate
    from hueset.gate.suite import Expectation, Suite, load_suite, load_suites

__all__ = [
    "CheckResult",
    "Expectation",
    "GateReport",
    "Suite",
    "begin_import",
    "choose_engine",
    "load_suite",
    "load_suites",
    "run_gate",
    "worst_verdict",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "CheckResult": "report",
        "Expectation": "suite",
        "GateReport": "report",
        "Suite": "suite",
        "begin_import": "engine",
        "choose_engine": "engine_choice",
        "load_suite": "suite",
        "load_suites": "suite",
        "run_gate": "run",
        "worst_verdict": "report",
    },
)
