"""What the commands print: a JSON document first, and a screen made from that same document."""

from typing import TYPE_CHECKING

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from hueset.render.terminal.build import (
        outcome_document,
        plan_document,
        print_build,
        print_plan,
    )
    from hueset.render.terminal.coverage import coverage_document, print_coverage
    from hueset.render.terminal.datasets import (
        list_document,
        print_datasets,
        print_version,
        version_document,
    )
    from hueset.render.terminal.sources import inventory_document, print_inventory
    from hueset.render.terminal.sql import answer_document, print_answer

__all__ = [
    "answer_document",
    "coverage_document",
    "inventory_document",
    "list_document",
    "outcome_document",
    "plan_document",
    "print_answer",
    "print_build",
    "print_coverage",
    "print_datasets",
    "print_inventory",
    "print_plan",
    "print_version",
    "version_document",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "outcome_document": "build",
        "plan_document": "build",
        "print_build": "build",
        "print_plan": "build",
        "coverage_document": "coverage",
        "print_coverage": "coverage",
        "list_document": "datasets",
        "print_datasets": "datasets",
        "print_version": "datasets",
        "version_document": "datasets",
        "inventory_document": "sources",
        "print_inventory": "sources",
        "answer_document": "sql",
        "print_answer": "sql",
    },
)
