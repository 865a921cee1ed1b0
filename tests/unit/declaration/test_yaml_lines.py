import itertools
from pathlib import Path

import pytest

from hueset.declaration import Dataset
from hueset.declaration import yaml_lines as yamlfile
from hueset.errors import DeclarationError


def declared(pets: Path, old: str, new: str) -> None:
    path = pets / "datasets/pets/dataset.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def validate(pets: Path) -> Dataset:
    return yamlfile.validate_model(Dataset, yamlfile.load_yaml(pets / "datasets/pets/dataset.yaml"))


def line_of(pets: Path, text: str) -> int:
    lines = (pets / "datasets/pets/dataset.yaml").read_text().splitlines()
    return next(at for at, line in enumerate(lines, 1) if text in line)


def test_a_valid_declaration_is_read(pets: Path) -> None:
    assert validate(pets).tables["pets"].key == ("name",)


def test_an_unknown_key_names_file_line_and_the_nearest_known_word(pets: Path) -> None:
    declared(pets, "licence: CC0-1.0\n    citation", "lisence: CC0-1.0\n    citation")
    with pytest.raises(DeclarationError) as caught:
        validate(pets)
    where = f"dataset.yaml:{line_of(pets, 'lisence')}"
    assert where in caught.value.message
    assert "did you mean 'licence'" in (caught.value.hint or "")


def test_a_source_without_licence_is_an_error(pets: Path) -> None:
    declared(pets, "    licence: CC0-1.0\n    citation", "    citation")
    with pytest.raises(DeclarationError, match=r"sources\.pets\.licence: the key is missing"):
        validate(pets)


def test_a_source_without_a_pin_is_an_error(pets: Path) -> None:
    text = (pets / "datasets/pets/dataset.yaml").read_text()
    start, end = text.index("    pin:"), text.index("    dimensions:")
    (pets / "datasets/pets/dataset.yaml").write_text(text[:start] + text[end:])
    with pytest.raises(DeclarationError, match=r"sources\.pets\.pin: the key is missing"):
        validate(pets)


def test_a_pin_that_says_two_things_is_an_error(pets: Path) -> None:
    declared(pets, "    pin:\n", "    pin:\n      pin_on_first_fetch: true\n")
    with pytest.raises(DeclarationError, match="exactly one of"):
        validate(pets)


def test_a_key_given_twice_is_an_error(pets: Path) -> None:
    declared(pets, "title: Pets\n", "title: Pets\ntitle: Cats\n")
    with pytest.raises(DeclarationError, match="'title' is given twice"):
        validate(pets)


def test_a_key_column_that_is_not_declared_is_an_error(pets: Path) -> None:
    declared(pets, "key: [name]", "key: [nmae]")
    with pytest.raises(DeclarationError, match="'nmae'"):
        validate(pets)


def test_a_column_type_with_a_typo_names_the_nearest(pets: Path) -> None:
    declared(pets, "calm: {type: float64", "calm: {type: flaot64")
    with pytest.raises(DeclarationError, match="flaot64"):
        validate(pets)


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\nb: [1, 2\nc: 3\n")
    with pytest.raises(DeclarationError, match=r"x\.yaml:\d"):
        yamlfile.load_yaml(path)


def test_aliases_that_stand_for_too_much_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in itertools.pairwise("abcdefghi"):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    path = tmp_path / "x.yaml"
    path.write_text("\n".join(lines))
    with pytest.raises(DeclarationError, match=r"x\.yaml:1: its aliases .* stand for 490,329,064"):
        yamlfile.load_yaml(path)
    path.write_text(lines[0] + "\n? *a\n: b\n")
    with pytest.raises(DeclarationError, match=r"x\.yaml:1: a list or mapping cannot be a key"):
        yamlfile.load_yaml(path)
    path.write_text("\n".join(lines[:3]))
    assert len(yamlfile.load_yaml(path).data["c"]) == 9
