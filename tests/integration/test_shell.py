"""The command line as a shell meets it: real processes, their streams, signals and exit codes."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hueset.store.store import VersionStore
from tests.support.in_process_build import build_pets, command, environment_of, tree
from tests.support.pets_project import write_pets

BUILD = ("build", "pets", "--mirror", "mirror", "--json")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one version of pets in its own store; the tests below only read it."""
    root = write_pets(tmp_path_factory.mktemp("shell") / "pets_project")
    build_pets(root, root / "artifacts")
    return root


def start(*arguments: str, cwd: Path, **options: object) -> subprocess.Popen[str]:
    environment = {**environment_of(), "PYTHONUNBUFFERED": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "hueset", *arguments],
        cwd=cwd,
        env=environment,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "--json"), "missing argument 'NAME'"),
        (("bild", "pets", "--json"), "no such command 'bild'"),
        (("build", "pets", "--wrokers", "2", "--json"), "no such option: --wrokers"),
        (("build", "pets", "--workers", "0", "--json"), "'--workers'"),
        (("list", "--out", "", "--json"), "it is empty"),
        (("build", "pets", "--source", "pets=a", "--source", "pets=b", "--json"), "twice"),
        (("build", "pets", "--mirror", "mirror", "--set", "salt=[", "--json"), "no value that"),
        (("sql", "select 1", "--seconds", "-1", "--json"), "time limit of -1"),
    ],
)
def test_a_command_that_cannot_be_understood_is_one_json_document_too(
    project: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = command(*arguments, cwd=project)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 2
    assert said in error["message"]
    assert error["hint"]
    assert f"error[{error['code']}]: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("build", "pets", "--wrokers", "2"), "did you mean --workers?"),
        (("show", "pets", "--versoin", "1"), "did you mean --version?"),
        (("bild", "pets"), "Did you mean 'build'?"),
    ],
)
def test_a_slip_of_the_fingers_is_told_with_what_was_meant(
    project: Path, arguments: tuple[str, ...], meant: str
) -> None:
    assert meant in command(*arguments, cwd=project).stderr


def test_the_other_command_s_name_builds_too(project: Path) -> None:
    done = command("build-dataset", *BUILD[1:], cwd=project)
    assert json.loads(done.stdout)["state"] == "unchanged", done.stderr
    assert "build-dataset" not in command("--help", cwd=project).stdout


@pytest.mark.parametrize("verb", ["build", "plan"])
def test_an_option_that_the_dataset_does_not_take_is_refused_by_its_name(
    project: Path, verb: str
) -> None:
    done = command(verb, *BUILD[1:], "--limit", "1", cwd=project)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["message"]) == (2, "pets takes no --limit")
    assert error["hint"] == "it has no options of its own"


def test_without_json_stdout_stays_empty_and_the_hint_says_how(project: Path) -> None:
    done = command("build", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    said = "error[E_USAGE]: missing argument 'NAME': which dataset?\nhint: name a dataset: pets\n"
    assert done.stderr == said
    bare = command(cwd=project)
    assert (bare.returncode, bare.stdout) == (2, "")
    assert "Commands:" in bare.stderr


def test_what_a_builder_prints_never_reaches_stdout(pets: Path, tmp_path: Path) -> None:
    builder = pets / "pets_builders/pets.py"
    noise = 'import os; print("hello"); os.system("echo from a child"); os.write(1, b"raw\\n")'
    edit(builder, "    rows = []", f"    {noise}\n    rows = []")
    edit(builder, "    return [Unit", '    print("planning")\n    return [Unit')
    done = command(*BUILD, "--workers", "1", "--out", str(tmp_path / "store"), cwd=pets)
    assert json.loads(done.stdout)["state"] == "built", done.stderr
    for said in ("planning", "hello", "from a child", "raw"):
        assert said in done.stderr


def test_a_reader_that_goes_away_is_no_failure_of_ours(project: Path) -> None:
    statement = "select range(20000) from pets.pets"
    process = start(
        "sql", statement, "--json", cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.read(1) == "{"
    process.stdout.close()
    assert process.wait(timeout=60) == 141, "as a shell reports a SIGPIPE"
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_screen_whose_reader_went_away_ends_the_same_way(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("list", cwd=project, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [
        (("list",), 4, "No space left"),
        (("show", "pets", "--json"), 4, "stdout cannot be written"),
        (("show", "nope", "--json"), 2, "unknown dataset"),
    ],
)
def test_a_stdout_that_cannot_be_written_is_said(
    project: Path, command: tuple[str, ...], code: int, reason: str
) -> None:
    with Path("/dev/full").open("w") as full:
        process = start(*command, cwd=project, stdout=full, stderr=subprocess.PIPE)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert reason in said
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_stderr_that_cannot_be_written_hinders_no_exit_code(project: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = start("show", "nope", cwd=project, stdout=subprocess.PIPE, stderr=full)
        process.communicate(timeout=60)
    assert process.returncode == 2


def test_a_terminal_that_is_not_utf8_still_gets_whole_documents(project: Path) -> None:
    environment = {"PYTHONIOENCODING": "ascii"}
    answer = command("sql", "select 'né😀' as x", "--json", cwd=project, **environment)
    assert json.loads(answer.stdout)["rows"] == [["né😀"]]
    screen = command("coverage", "pets", cwd=project, **environment)
    assert screen.returncode == 0
    assert "calm" in screen.stdout


def test_a_terminal_gets_colour_a_pipe_and_no_color_do_not(project: Path) -> None:
    def seen(**extra: str) -> bytes:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "hueset", "list"],
            cwd=project,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**environment_of(), "TERM": "xterm", "COLUMNS": "60", **extra},
        )
        os.close(theirs)
        read = b""
        try:
            while found := os.read(ours, 4096):
                read += found
        except OSError:
            pass  # the other end is closed: that is how a terminal says so
        os.close(ours)
        assert process.wait(timeout=60) == 0
        return read

    assert b"\x1b[33mwarn" in seen(NO_COLOR="")
    assert b"\x1b[33m" not in seen(NO_COLOR="1")
    assert "\x1b" not in command("list", cwd=project, NO_COLOR="").stdout


def test_a_pipe_gets_whole_lines_however_narrow_the_terminal(project: Path) -> None:
    plain = {key: value for key, value in environment_of().items() if key != "COLUMNS"}
    done = subprocess.run(
        [sys.executable, "-m", "hueset", "show", "pets", "--project", str(project)],
        env=plain,
        capture_output=True,
        text=True,
        check=True,
    )
    name = VersionStore(project / "artifacts").latest("pets")
    assert name is not None
    assert any(line.startswith(f"pets {name}") for line in done.stdout.splitlines())


def test_a_worker_that_is_killed_is_named_and_what_is_finished_stays(
    pets: Path, tmp_path: Path
) -> None:
    dying = (
        '    if unit.key == "b.csv":\n'
        "        import os, signal, time\n"
        "        print('from a worker', flush=True)\n"
        "        from pathlib import Path\n"
        '        units = Path(os.environ["UNITS"])\n'
        '        while not list(units.glob("*/unit.json")):\n'
        "            time.sleep(0.1)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    rows = []"
    )
    edit(pets / "pets_builders/pets.py", "    rows = []", dying)
    store = tmp_path / "store"
    done = command(
        *BUILD, "--workers", "9", "--out", str(store), cwd=pets, UNITS=str(store / "pets/_units")
    )
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (4, "E_BUILD")
    assert "from a worker" in done.stderr
    assert "a worker process died, at or near the unit 'b.csv'" in error["message"]
    assert len(list((store / "pets/_units").glob("*/unit.json"))) == 1
    assert VersionStore(store).versions("pets") == []


def test_ctrl_c_while_it_starts_says_so_without_a_traceback(project: Path) -> None:
    environment = {**environment_of(), "PYTHONUNBUFFERED": ""}
    # Stopped inside the very import that a person's Ctrl-C meets most often.
    script = (
        "import sys, os, signal, builtins\n"
        "sys.argv = ['hueset', 'list', '--json']\n"
        "import hueset.cli\n"
        "real = builtins.__import__\n"
        "def slow(name, *rest, **more):\n"
        "    if name.startswith('typer'):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = slow\n"
        "hueset.cli.hueset()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert json.loads(done.stdout)["error"]["code"] == "E_INTERRUPTED"
    assert "Traceback" not in done.stderr


def test_home_is_understood_where_the_shell_did_not_expand_it(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").symlink_to(project / "artifacts")
    done = command("list", "--out=~/mine", "--json", cwd=project, HOME=str(tmp_path))
    assert json.loads(done.stdout)["datasets"][0]["rows"] == 10


def test_a_dataset_that_does_not_exist_in_the_local_file_is_named(pets: Path) -> None:
    (pets / "hueset.local.yaml").write_text("petz: {pets: mirror/pets}\n")
    done = command("sources", "pets", "--json", cwd=pets)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 2
    assert "hueset.local.yaml:1: unknown dataset 'petz'" in error["message"]
    assert "did you mean 'pets'" in error["hint"]


RIGHTS = "-dac_override,-dac_read_search"
"""What lets root read and write whatever the mode of a file says."""


def may_only_read(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that modes bind, as they do not bind root."""
    bound = []
    if os.geteuid() == 0:
        bound = ["setpriv", f"--inh-caps={RIGHTS}", f"--bounding-set={RIGHTS}", "--"]
        if subprocess.run([*bound, "true"], check=False, capture_output=True).returncode:
            pytest.skip("root may write everywhere, and cannot give that up here")
    return subprocess.run(
        [*bound, sys.executable, "-m", "hueset", *arguments],
        cwd=cwd,
        env=environment_of(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def frozen(project: Path) -> Iterator[Path]:
    """The project while its store may only be read."""
    paths = [project / "artifacts", *(project / "artifacts").rglob("*")]
    folders = [path for path in paths if path.is_dir() and not path.is_symlink()]
    for folder in folders:
        folder.chmod(0o555)
    yield project
    for folder in folders:
        folder.chmod(0o755)


def test_a_store_that_may_only_be_read_is_verified_and_says_it_was_not_recorded(
    frozen: Path,
) -> None:
    done = may_only_read("verify", "pets", "--json", cwd=frozen)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "pass"
    assert "not recorded" in done.stderr


def test_a_build_into_a_store_that_may_only_be_read_says_so_and_changes_nothing(
    frozen: Path,
) -> None:
    store = frozen / "artifacts"
    before = tree(store)
    done = may_only_read(*BUILD, "--set", "salt=other", cwd=frozen)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (4, "E_STORE")
    assert "Permission denied" in error["message"]
    assert str(store) in error["message"]
    assert tree(store) == before


def test_a_version_is_no_place_for_a_store(project: Path) -> None:
    inside = project / "artifacts/pets/latest/x"
    done = command(
        "build", "pets", "--mirror", "mirror", "--out", str(inside), "--json", cwd=project
    )
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (2, "E_USAGE")
    assert error["hint"].endswith(str(project / "artifacts"))
    assert not inside.exists()


def test_the_next_step_runs_as_it_is_printed_from_anywhere(tmp_path: Path) -> None:
    root = write_pets(tmp_path / "pets project")
    places = ["--out", str(tmp_path / "other store"), "--project", str(root)]
    mirror = str(root / "mirror")
    built = command("build", "pets", "--mirror", mirror, *places, cwd=tmp_path)
    (line,) = re.findall(r"^next: (.*)", built.stdout, re.MULTILINE)
    steps = line.split(" · ")
    assert len(steps) == 2
    for step in steps:
        program, *words = shlex.split(step)
        assert program == "hueset"
        assert command(*words, cwd=tmp_path).returncode == 0


def test_the_next_steps_of_a_version_that_failed_name_it_and_run(tmp_path: Path) -> None:
    root = write_pets(tmp_path / "pets_project")
    edit(root / "datasets/pets/dataset.yaml", "required: [calm]", "required: [shiny]")
    places = ["--out", str(tmp_path / "store"), "--project", str(root)]
    built = command("build", "pets", "--mirror", str(root / "mirror"), *places, cwd=tmp_path)
    (name,) = VersionStore(tmp_path / "store").versions("pets")
    assert built.returncode == 1
    (line,) = re.findall(r"^next: (.*)", built.stdout, re.MULTILINE)
    for step in line.split(" · "):
        done = command(*shlex.split(step)[1:], cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert name in done.stdout
    refused = command("report", "pets", *places, "--to", "a.html", cwd=tmp_path)
    assert refused.returncode == 2
    (option,) = re.findall(r"none of them passed its gate.*`(.*)`", refused.stderr)
    given = command("report", "pets", *places, "--to", "a.html", *option.split(), cwd=tmp_path)
    assert given.returncode == 0
    ready = command("ready", "pets", *places, cwd=tmp_path)
    (verify,) = re.findall(r"`hueset (verify .*)`", ready.stdout)
    assert command(*shlex.split(verify), cwd=tmp_path).returncode == 0


def test_the_next_steps_of_the_latest_name_no_version(project: Path) -> None:
    built = command(*BUILD[:-1], cwd=project)
    assert "--version" not in built.stdout
    assert "--version" not in command("ready", "pets", cwd=project).stdout


def test_a_hint_names_the_places_that_the_command_was_given(project: Path, tmp_path: Path) -> None:
    done = command("coverage", "pets", "--out", str(tmp_path / "empty"), cwd=project)
    assert done.returncode != 0
    assert f"`build-dataset pets --out {tmp_path / 'empty'}`" in done.stderr
