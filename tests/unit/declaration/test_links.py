"""Only addresses of the web become links, whoever wrote them."""

from __future__ import annotations

import pytest

from hueset.declaration import Source
from hueset.declaration.links import markdown_link, web_link
from hueset.declaration.yaml_lines import validate_model
from hueset.errors import DeclarationError
from tests.support.in_process_build import plan_pets
from tests.support.pets_project import write_pets

BAD = (
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "http://",
    "https://a b.org",
    'https://a.org/"onclick="x',
    "https://a.org/\njavascript:x",
    "//a.org",
)


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_address_of_the_web_is_no_link(address: str) -> None:
    assert web_link(address) is None
    assert markdown_link("name", address) == "name"


def test_an_address_of_the_web_is_one() -> None:
    assert web_link("https://a.org/x?y=1#z") == "https://a.org/x?y=1#z"
    assert markdown_link("n", "http://a.org/b_(c)") == "[n](http://a.org/b_%28c%29)"


@pytest.mark.parametrize("address", [one for one in BAD if one != "http://"])
def test_a_declaration_with_such_a_homepage_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="homepage"):
        Source(
            description="d",
            licence="MIT",
            citation="Somebody",
            homepage=address,
            mirror="m",
            pin={"unpinned": True},
        )


def test_it_is_refused_with_file_and_line(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HUESET_CACHE", str(tmp_path / "cache"))
    root = write_pets(tmp_path / "pets_project")
    path = root / "datasets/pets/dataset.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("    kind: folder", '    homepage: "javascript:x"\n    kind: folder')
    )
    with pytest.raises(DeclarationError, match=r"dataset\.yaml:\d+: sources\.pets\.homepage"):
        plan_pets(root)
    assert validate_model  # the one way in
