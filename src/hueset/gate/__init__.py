"""The gate: nothing becomes a version's `latest` that it did not look at and let through."""

from hueset.gate.engine import begin_import
from hueset.gate.report import CheckResult, GateReport, worst_verdict
from hueset.gate.run import run_gate
from hueset.gate.suite import Expectation, Suite, load_suite, load_suites

__all__ = [
    "CheckResult",
    "Expectation",
    "GateReport",
    "Suite",
    "begin_import",
    "load_suite",
    "load_suites",
    "run_gate",
    "worst_verdict",
]
