"""A wrong folder is told with what lies in it, and with the folder that was meant."""

import shutil
import zipfile
from pathlib import Path

import pytest

from hueset.errors import SourceFormatError
from hueset_builders.chromatic.build import plan_units
from hueset_builders.chromatic.folder_hints import _above
from tests.support.chromatic_corpora import copy_sample, inputs_of
from tests.support.in_process_build import REPO, command


def refused(folder):
    with pytest.raises(SourceFormatError) as caught:
        list(plan_units(inputs_of(folder)))
    return caught.value


@pytest.fixture
def clone(tmp_path):
    """A clone as its authors lay it out, with an older song beside the corpus."""
    root = tmp_path / "white"
    copy_sample(root / "packages/extraction/staged_raw_material")
    copy_sample(root / "history/staged_raw_material", "01_01")
    (root / "README.md").write_text("songs")
    return root


def test_the_folder_of_a_clone_is_told_with_the_corpora_in_it(clone):
    error = refused(clone)
    assert f"{clone}: the source 'corpus' holds no song: expected folders AA_TT" in error.message
    assert error.message.endswith("found history/, packages/, README.md")
    corpus = clone / "packages/extraction/staged_raw_material"
    assert error.hint.startswith(f"did you mean --source corpus={corpus} (3 songs) or ")
    assert error.hint.endswith(f"{clone / 'history/staged_raw_material'} (1 song)?")


@pytest.mark.parametrize("inner", ["01_01", "01_01/stems"])
def test_a_songs_own_folder_is_told_with_the_folder_above(clone, inner):
    corpus = clone / "packages/extraction/staged_raw_material"
    (corpus / "01_01/stems").mkdir()
    shutil.copyfile(corpus / "01_01/01_01.lrc", corpus / "01_01/stems/a.lrc")
    assert refused(corpus / inner).hint == f"did you mean --source corpus={corpus} (3 songs)?"


def test_a_folder_with_no_song_anywhere_says_how_to_get_the_corpus(tmp_path):
    folder = tmp_path / "a/b/c/lyrics"
    folder.mkdir(parents=True)
    for name in ("a.lrc", "b.lrc", "c.lrc", "d.lrc", "e.lrc", "f.lrc"):
        (folder / name).write_text("[00:01.00]\nla\n")
    error = refused(folder)
    assert error.message.endswith("found a.lrc, b.lrc, c.lrc, d.lrc and 2 more")
    assert error.hint.startswith("Clone github.com/brotherclone/white")


def test_an_archive_is_told_with_the_folder_inside_it(clone, tmp_path):
    made = tmp_path / "white.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for path in sorted(clone.rglob("*.yml")):
            archive.write(path, f"top/{path.relative_to(clone)}")
        archive.writestr("other/notes.txt", "nothing")
    assert refused(made).hint.startswith(
        "unpack it and give the folder top/packages/extraction/staged_raw_material (3 songs) or"
    )


def test_the_command_ends_as_for_any_other_source_that_is_wrong(clone, tmp_path):
    done = command(
        "build",
        "chromatic",
        "--source",
        f"corpus={clone}",
        "--out",
        str(tmp_path / "store"),
        cwd=REPO,
    )
    assert done.returncode == 3
    assert "error[E_SOURCE_FORMAT]" in done.stderr
    assert "did you mean --source corpus=" in done.stderr


def test_a_neighbour_that_may_not_be_read_hides_nothing(tmp_path, monkeypatch):
    """As `Path.is_file` does for everybody but root, in a folder of somebody else."""

    def refused(self, **_options):
        raise PermissionError(13, "Permission denied", str(self))

    song = tmp_path / "corpus/01_01"
    song.mkdir(parents=True)
    (song / "01_01.yml").write_text("a: 1")
    (tmp_path / "corpus/other").mkdir()
    monkeypatch.setattr(Path, "is_file", refused)
    assert next(_above(song)) == (tmp_path / "corpus", 1)
