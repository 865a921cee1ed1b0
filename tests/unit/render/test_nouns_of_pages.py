"""Counts on pages and in reports: one is said in the singular, whatever is counted."""

from __future__ import annotations

import re
from pathlib import Path

import hueset.render.html as shared
from hueset.render import report
from hueset.render.html import template_environment
from hueset_api import page

PLURAL = re.compile(r"\}\} (rows|columns|tables|checks|files|classes|labels|entries|dimensions)\b")
HTML = [
    path
    for module in (shared, report, page)
    for path in Path(str(module.__file__)).parent.rglob("*.html")
]


def test_a_count_on_a_page_has_its_noun_in_the_right_number() -> None:
    assert len(HTML) > 10
    assert {path.name: PLURAL.findall(path.read_text()) for path in HTML} == {
        path.name: [] for path in HTML
    }
    made = template_environment([]).from_string("{{ count(1, 'table') }}, {{ count(2000, 'row') }}")
    assert made.render() == "1 table, 2,000 rows"


def test_a_name_on_a_card_wraps_and_is_not_cut() -> None:
    styles = (Path(str(shared.__file__)).parent / "hueset.css").read_text()
    rule = re.search(r"\.strips figcaption span \{([^}]*)\}", styles)
    assert rule is not None
    assert "ellipsis" not in rule[1]
