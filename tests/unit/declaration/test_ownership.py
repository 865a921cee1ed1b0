"""A project that is met on the way up is used only if it is one's own."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from hueset.declaration.ownership import reason_to_refuse
from hueset.declaration.project import find_project
from hueset.errors import ForeignProjectError, HuesetError
from hueset_api.settings import project_here

REPO = Path(__file__).parents[3]
SOMEBODY = 54_321


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project" / "deep").mkdir(parents=True)
    (tmp_path / "project" / "catalog.yaml").write_text("datasets: []\n")
    return tmp_path / "project"


@pytest.fixture
def as_uid(monkeypatch: pytest.MonkeyPatch):
    """Run as another user than the one the files belong to."""

    def become(uid: int, sudo: str | None = None) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: uid)
        monkeypatch.delenv("SUDO_UID", raising=False)
        if sudo is not None:
            monkeypatch.setenv("SUDO_UID", sudo)

    return become


def test_one_of_somebody_else_is_refused_and_the_hint_says_how_to_trust_it(root, as_uid) -> None:
    as_uid(os.geteuid() + 1)
    with pytest.raises(ForeignProjectError, match=r"on the way up, and .* belongs to") as caught:
        find_project(start=root / "deep")
    error = caught.value
    assert (error.code, error.exit_code) == ("E_FOREIGN_PROJECT", 2)
    assert isinstance(error, HuesetError) and isinstance(error, PermissionError)
    assert f"--project {root}" in str(error.hint)
    assert f"HUESET_PROJECT={root}" in str(error.hint)


def test_naming_it_is_trusting_it(root, as_uid, monkeypatch: pytest.MonkeyPatch) -> None:
    as_uid(os.geteuid() + 1)
    assert find_project(root).root == root
    monkeypatch.setenv("HUESET_PROJECT", str(root))
    assert find_project(start=root / "deep").root == root


@pytest.mark.parametrize("name", [".", "catalog.yaml", "hueset.local.yaml"])
def test_what_everybody_may_write_is_nobodys_own(root: Path, name: str) -> None:
    path = root / name
    path.touch()
    assert find_project(start=root / "deep").root == root
    path.chmod(path.stat().st_mode | 0o002)
    with pytest.raises(ForeignProjectError, match="may be written by everybody"):
        find_project(start=root / "deep")


def test_a_group_may_share_one(root: Path) -> None:
    root.chmod(0o775)
    assert find_project(start=root / "deep").root == root


def states(**uids: int):
    """Return a path that answers with owners of our choosing."""

    def state(uid: int, mode: int):
        return lambda: SimpleNamespace(st_uid=uid, st_mode=mode)

    return SimpleNamespace(
        lstat=state(uids["link"], 0o120777), stat=state(uids["target"], 0o100644)
    )


def test_a_link_and_what_it_leads_to_must_both_be_ones_own(as_uid) -> None:
    as_uid(1000)
    assert reason_to_refuse(states(link=1000, target=1000)) is None
    assert "uid 54321" in str(reason_to_refuse(states(link=1000, target=SOMEBODY)))
    assert "uid 54321" in str(reason_to_refuse(states(link=SOMEBODY, target=1000)))


@pytest.mark.parametrize(
    ("uid", "sudo", "owner", "trusted"),
    [
        (0, None, 0, True),
        (0, None, 1000, False),
        (0, "1000", 1000, True),
        (0, "1000", 0, True),
        (0, "1000", 1001, False),
        (0, "", 1000, False),
        (0, "-1", 1000, False),
        (1000, "1001", 1001, False),  # nobody but root is called by sudo
        (1000, None, 0, False),
    ],
)
def test_root_trusts_its_own_and_those_of_who_called_sudo(as_uid, uid, sudo, owner, trusted):
    as_uid(uid, sudo)
    assert (reason_to_refuse(states(link=owner, target=owner)) is None) == trusted


def test_the_code_that_is_running_needs_no_owner(as_uid, tmp_path: Path) -> None:
    as_uid(SOMEBODY)
    assert find_project(start=REPO / "docs").root == REPO
    assert find_project(start=tmp_path).root == REPO


def test_a_builder_that_everybody_may_write_is_not_run(pets: Path) -> None:
    for package in ("pets_builders", "pets_builders/__init__.py", "pets_builders/pets.py"):
        path = pets / package
        before = path.stat().st_mode
        path.chmod(before | 0o002)
        up = find_project(start=pets / "mirror")
        with pytest.raises(ForeignProjectError, match="may be written by everybody"):
            up.offer_builder(up.dataset("pets"))
        find_project(pets).offer_builder(up.dataset("pets"))
        path.chmod(before)


def test_a_service_does_not_pass_over_it_in_silence(root, as_uid, monkeypatch) -> None:
    monkeypatch.chdir(root / "deep")
    as_uid(os.geteuid() + 1)
    with pytest.raises(ForeignProjectError):
        project_here()
