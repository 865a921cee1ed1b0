from __future__ import annotations

from email.message import Message

import pytest

from tools.check_licences import (
    REVIEWED,
    extras,
    faults_of,
    licence_of,
    licences_of,
    main,
    may_be_used,
)


def metadata(**fields: str | list[str]) -> Message:
    told = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            told[name.replace("_", "-")] = value
    return told


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License_Expression": "MIT OR GPL-3.0-only", "License": "GPL"}, "MIT OR GPL-3.0-only"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"License": "GPLv3"}, "GPLv3"),
        ({"License": "GPLv3", "Classifier": ["License :: OSI Approved :: MIT License"]}, "GPLv3"),
        (
            {"License": "a\nlong\ntext", "Classifier": ["License :: OSI Approved :: MIT License"]},
            "MIT",
        ),
        (
            {
                "Classifier": [
                    "License :: OSI Approved :: BSD License",
                    "License :: DFSG approved",
                    "License :: OSI Approved :: GNU General Public License v2 (GPLv2)",
                ]
            },
            "BSD AND GNU General Public License v2 (GPLv2)",
        ),
        ({"License": "do as you like"}, "do as you like"),
        ({}, "unknown"),
    ],
)
def test_a_licence_is_read_from_what_says_most(fields, licence) -> None:
    assert licence_of(metadata(**fields)) == licence


@pytest.mark.parametrize(
    ("expression", "base", "extra"),
    [
        ("MIT", True, True),
        ("Apache-2.0 WITH LLVM-exception AND MIT", True, True),
        ("GPL-3.0-or-later OR MIT", True, True),
        ("MPL-2.0 AND MIT", True, True),
        ("LGPL-2.1-or-later", False, True),
        ("LGPL-3.0-only AND MIT", False, True),
        ("GPL-2.0-only", False, False),
        ("GPL-3.0-only WITH GCC-exception-3.1", False, False),
        ("AGPL-3.0-only", False, False),
        ("MIT AND (MIT OR GPL-3.0-only)", False, False),
        ("unknown", False, False),
        ("", False, False),
    ],
)
def test_no_gpl_and_lgpl_only_where_nobody_has_to_install_it(expression, base, extra) -> None:
    assert may_be_used(expression, optional=False) == base
    assert may_be_used(expression, optional=True) == extra


def test_what_does_not_go_is_named() -> None:
    licences = {"b": "GPL-3.0-only", "a": "MIT", "c": "LGPL-2.1-only"}
    assert faults_of(licences, optional=False) == ["b: GPL-3.0-only", "c: LGPL-2.1-only"]
    assert faults_of(licences, optional=True) == ["b: GPL-3.0-only"]


def test_all_that_is_installed_here_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"numpy", "duckdb", "great-expectations"} <= set(licences_of("hueset"))
    assert {"api", "test", "train"} <= set(extras())
    assert main() == 0, capsys.readouterr().out


def test_a_review_is_of_something_and_gives_its_reason() -> None:
    assert set(REVIEWED) <= set(licences_of("hueset[test]"))
    assert all(len(one.reason) > 20 for one in REVIEWED.values())
