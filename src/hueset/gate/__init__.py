"""The gate: nothing becomes a version's `latest` that it did not look at and let through."""

from hueset.gate.gx import warm
from hueset.gate.run import run_gate
from hueset.gate.suite import Expectation, Suite, load_suite, load_suites
from hueset.gate.verdict import CheckResult, GateReport, worst

__all__ = [
    "CheckResult",
    "Expectation",
    "GateReport",
    "Suite",
    "load_suite",
    "load_suites",
    "run_gate",
    "warm",
    "worst",
]
