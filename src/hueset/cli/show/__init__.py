"""What the commands print: a JSON document first, and a screen made from that same document."""

from hueset.cli.show.building import outcome, outcome_document, plan, plan_document
from hueset.cli.show.covering import coverage, coverage_document
from hueset.cli.show.listing import list_document, listing, version, version_document
from hueset.cli.show.querying import answer, answer_document
from hueset.cli.show.stock import inventory, inventory_document

__all__ = [
    "answer",
    "answer_document",
    "coverage",
    "coverage_document",
    "inventory",
    "inventory_document",
    "list_document",
    "listing",
    "outcome",
    "outcome_document",
    "plan",
    "plan_document",
    "version",
    "version_document",
]
