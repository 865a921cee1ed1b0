"""What a dataset's declaration may say: frozen, validated models of `datasets/<name>/dataset.yaml`.

An unknown key, a typo, a source without licence or without a pin is an error (see
`hueset.declaration.yaml_lines` for how it gets its line number). Everything the engine knows of a
dataset comes from here; it knows none by name.
"""

from typing import TYPE_CHECKING

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
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
        CoverageContract,
        Floors,
        NumericCoverage,
        PresenceCoverage,
    )
    from hueset.declaration.dataset import Annotation, Dataset, Quarantine, Sample
    from hueset.declaration.parameter import Parameter, ParameterType
    from hueset.declaration.source import Format, MembersPin, Pin, Source
    from hueset.declaration.table import Column, TableDeclaration

__all__ = [
    "COMPUTED_KINDS",
    "HUMAN_KINDS",
    "LABEL_KINDS",
    "SPLITS",
    "Annotation",
    "ClassCoverage",
    "Column",
    "CoverageContract",
    "Dataset",
    "Floors",
    "Format",
    "Frozen",
    "MembersPin",
    "Name",
    "NumericCoverage",
    "Parameter",
    "ParameterType",
    "Pin",
    "PresenceCoverage",
    "Quarantine",
    "Sample",
    "Semver",
    "Sha256",
    "Share",
    "Source",
    "TableDeclaration",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "COMPUTED_KINDS": "base",
        "HUMAN_KINDS": "base",
        "LABEL_KINDS": "base",
        "SPLITS": "base",
        "Frozen": "base",
        "Name": "base",
        "Semver": "base",
        "Sha256": "base",
        "Share": "base",
        "ClassCoverage": "coverage_contract",
        "CoverageContract": "coverage_contract",
        "Floors": "coverage_contract",
        "NumericCoverage": "coverage_contract",
        "PresenceCoverage": "coverage_contract",
        "Annotation": "dataset",
        "Dataset": "dataset",
        "Quarantine": "dataset",
        "Sample": "dataset",
        "Parameter": "parameter",
        "ParameterType": "parameter",
        "Format": "source",
        "MembersPin": "source",
        "Pin": "source",
        "Source": "source",
        "Column": "table",
        "TableDeclaration": "table",
    },
)
