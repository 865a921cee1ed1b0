"""What a dataset's declaration may say: frozen, validated models of `datasets/<name>/dataset.yaml`.

An unknown key, a typo, a source without licence or without a pin is an error (see
`hueset.declaration.yaml_lines` for how it gets its line number). Everything the engine knows of a
dataset comes from here; it knows none by name.
"""

from hueset.declaration.base import (
    COMPUTED_KINDS,
    HUMAN_KINDS,
    LABEL_KINDS,
    SPLITS,
    Frozen,
    Name,
    Semver,
    Sha256,
    Share,
)
from hueset.declaration.coverage_contract import (
    ClassCoverage,
    Coverage,
    Floors,
    NumericCoverage,
    PresenceCoverage,
)
from hueset.declaration.dataset import Annotation, Dataset, Quarantine, Sample
from hueset.declaration.source import Format, MembersPin, Pin, Source
from hueset.declaration.table import Column, Table

__all__ = [
    "COMPUTED_KINDS",
    "HUMAN_KINDS",
    "LABEL_KINDS",
    "SPLITS",
    "Annotation",
    "ClassCoverage",
    "Column",
    "Coverage",
    "Dataset",
    "Floors",
    "Format",
    "Frozen",
    "MembersPin",
    "Name",
    "NumericCoverage",
    "Pin",
    "PresenceCoverage",
    "Quarantine",
    "Sample",
    "Semver",
    "Sha256",
    "Share",
    "Source",
    "Table",
]
