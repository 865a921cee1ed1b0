"""What a dataset's declaration may say: frozen, validated models of `datasets/<name>/dataset.yaml`.

An unknown key, a typo, a source without licence or without a pin is an error (see
`hueset.yamlfile` for how it gets its line number). Everything the engine knows of a dataset
comes from here; it knows none by name.
"""

from hueset.spec.base import (
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
from hueset.spec.coverage import ClassCoverage, Coverage, Floors, NumericCoverage, PresenceCoverage
from hueset.spec.dataset import Annotation, Dataset, Quarantine, Sample
from hueset.spec.sources import Format, MembersPin, Pin, Source
from hueset.spec.tables import Column, Table

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
