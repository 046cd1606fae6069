"""`dstools` in a terminal and in CI: what it says, where, and with which exit code."""

from __future__ import annotations

import json
import os
import pty
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
Done = subprocess.CompletedProcess[str]


def dstools(*arguments: str, cwd: Path, **options: Any) -> Done:
    """The real command, in a process of its own."""
    command = [str(Path(sys.executable).parent / "dstools"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120, **options)


def said(done: Done) -> list[str]:
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A project made by `dstools init mine`."""
    assert dstools("init", "mine", cwd=tmp_path).returncode == 0
    return tmp_path


def test_help_takes_less_than_three_tenths_of_a_second(tmp_path: Path) -> None:
    times = []
    for _ in range(5):
        begun = time.monotonic()
        assert dstools("--help", cwd=tmp_path).returncode == 0
        times.append(time.monotonic() - begun)
    assert statistics.median(times) < 0.3


@pytest.mark.parametrize("command", ["init", "list", "schema", "convert", "build", "rejects", "validate"])
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    done = dstools(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: dstools {command}")


def test_schema_prints_a_dialect_of_a_table(mine: Path) -> None:
    done = dstools("schema", "mine", "pages", "--to", "table-schema", cwd=mine)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "pages"


def test_schema_drafts_from_a_file_outside_any_project(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,name\n1,a\n")
    done = dstools("schema", "--from", "rows.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "- name: id\n  type: integer\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["mine", "nowhere", "--to", "arrow"], 1, "error: mine: no table 'nowhere'"),
        (["mine", "pages"], 2, "either DATASET TABLE --to NAME, or --from FILE"),
        (["mine", "pages", "--from", "schemas/mine/dataset.yaml"], 2, "go without it"),
        (["--from", "schemas/mine/dataset.yaml"], 1, "no Parquet, CSV or JSON Lines by its name"),
    ],
)
def test_schema_refuses_what_it_cannot_print(mine: Path, arguments: list[str], code: int, says: str) -> None:
    done = dstools("schema", *arguments, cwd=mine)
    assert done.returncode == code
    assert says in "\n".join(said(done))


def test_init_with_a_source_then_build_works_in_an_empty_folder(tmp_path: Path) -> None:
    from datasets import load_dataset

    (tmp_path / "some" / "pages").mkdir(parents=True)
    (tmp_path / "some" / "pages" / "a.txt").write_text("First\n\nof two lines\n")
    (tmp_path / "some" / "pages" / "b.txt").write_text("Second\n")
    assert dstools("init", "mine", "--source", "some/pages", cwd=tmp_path).returncode == 0
    done = dstools("build", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("dist/mine-0.1.0\n  pages    2 accepted, 0 passed-over, 0 rejected\n")
    rows = load_dataset(str(tmp_path / "dist" / "mine-0.1.0"))["train"].to_list()
    assert rows[0] == {"page_uri": "a.txt", "title": "First", "text": "First\nof two lines"}


def test_inits_golden_case_is_what_convert_prints(mine: Path) -> None:
    case = mine / "tests" / "cases" / "mine" / "first"
    done = dstools("convert", "mine", str(case / "page.txt"), cwd=mine)
    assert done.stdout == (case / "records.jsonl").read_text()


def test_init_never_overwrites(mine: Path) -> None:
    done = dstools("init", "mine", cwd=mine)
    assert done.returncode == 1
    assert said(done)[0] == "error: schemas/mine/dataset.yaml: is there already"


def test_without_a_project_the_hint_is_init(tmp_path: Path) -> None:
    for command in (["build"], ["list"], ["rejects"]):
        done = dstools(*command, cwd=tmp_path)
        assert done.returncode == 1
        assert said(done)[1] == "hint: begin a project with: dstools init NAME"


def test_a_command_that_is_none_is_usage_and_the_nearest_is_offered(tmp_path: Path) -> None:
    done = dstools("bild", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'build'?" in done.stderr


@pytest.mark.parametrize(
    ("change", "error", "hint"),
    [
        ("version: 0.1.0|version: one", "error: schemas/mine/dataset.yaml:3:10: version 'one'", "MAJOR.MINOR.PATCH"),
        ("title: mine|titel: mine", "error: schemas/mine/dataset.yaml:4:1: unknown key 'titel'", "'title'?"),
        ("converters/mine.py:convert|netese", "error: no converter is called 'netese'", "'netease'"),
        ("converters/mine.py:convert|converters/mien.py:convert", "error: converters/mien.py: no such file", "mine.py"),
        ("mine.py:convert|mine.py:konvert", "error: converters/mine.py:konvert: the file has no such function", "def"),
        ("raw/mine|raw/other", "error: raw/other: no such file or folder", "--source PATH"),
    ],
)
def test_a_fault_of_the_descriptor_is_one_line_and_a_hint(mine: Path, change: str, error: str, hint: str) -> None:
    path = mine / "schemas" / "mine" / "dataset.yaml"
    old, new = change.split("|")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    done = dstools("build", cwd=mine)
    assert done.returncode == 1
    assert len(said(done)) == 2
    assert said(done)[0].startswith(error)
    assert said(done)[1].startswith("hint: ")
    assert hint in said(done)[1]


def test_a_converter_that_does_not_parse_is_named_with_its_line(mine: Path) -> None:
    (mine / "converters" / "mine.py").write_text("VERSION = '1'\ndef convert(page:\n")
    done = dstools("build", cwd=mine)
    assert done.returncode == 1
    assert said(done)[0].startswith(f"error: {mine}/converters/mine.py:2: ")


def test_an_empty_source_is_refused(mine: Path) -> None:
    shutil.rmtree(mine / "raw" / "mine")
    (mine / "raw" / "mine").mkdir()
    done = dstools("build", cwd=mine)
    assert done.returncode == 1
    assert said(done)[0] == "error: raw/mine: no pages there"


def test_a_package_altered_by_hand_is_refused_and_kept(mine: Path) -> None:
    assert dstools("build", cwd=mine).returncode == 0
    path = mine / "dist" / "mine-0.1.0" / "pages" / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    done = dstools("build", cwd=mine)
    assert done.returncode == 1
    assert said(done)[0].startswith(f"error: {mine}/dist/mine-0.1.0: altered by hand: pages/train-")
    assert path.read_bytes().endswith(b"x")
    done = dstools("validate", "mine", cwd=mine)
    assert done.returncode == 1
    assert done.stdout.startswith("pages/train-00000-of-00001.parquet: error: ")
    assert "[bytes]" in done.stdout


def test_json_goes_to_stdout_and_nothing_else_does(mine: Path) -> None:
    built = json.loads(dstools("build", "mine", "--format", "json", cwd=mine).stdout)
    assert built[0]["pages"]["accepted"] == 1
    assert json.loads(dstools("list", "--format", "json", cwd=mine).stdout)[0]["package"] == "dist/mine-0.1.0"
    told = json.loads(dstools("validate", "mine", "--format", "json", cwd=mine).stdout)
    assert told["valid"] is True
    assert told["tasks"][0]["stats"]["rows"] == 1
    assert dstools("rejects", "mine", "--format", "json", cwd=mine).stdout == ""


def test_rejects_are_shown_by_reason(sample: Path) -> None:
    done = dstools("rejects", "netease", "--reason", "maxLength", cwd=sample)
    assert done.stdout.startswith("maxLength        bad/long_title.txt line 3: articles.title: ")
    assert len(done.stdout.splitlines()) == 1
    done = dstools("rejects", "netease", "--reason", "maxLenght", cwd=sample)
    assert done.returncode == 1
    assert said(done)[1] == "hint: did you mean 'maxLength'?"
    rows = [json.loads(line) for line in dstools("rejects", "--format", "json", cwd=sample).stdout.splitlines()]
    assert {"page_uri", "reason", "table", "value", "kept"} <= rows[0].keys()


def test_convert_tells_what_the_schema_says_against_a_record(sample: Path) -> None:
    done = dstools("convert", "netease", "raw/netease/bad/long_title.txt", cwd=sample)
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[0])["table"] == "articles"
    assert "title breaks its constraint maxLength: 300" in done.stderr
    done = dstools("convert", "netease", "raw/netease/bad/other_site.txt", cwd=sample)
    assert done.returncode == 0
    assert list(json.loads(done.stdout)) == ["passed-over", "message"]


def test_a_page_cannot_steer_the_terminal(mine: Path) -> None:
    (mine / "raw" / "mine" / "evil\x1b[2J.txt").write_bytes(b"\x1b]0;pwned\x07 title\n" + b"x" * 400)
    (mine / "raw" / "mine" / "long.txt").write_text("\x1b[31m" + "x" * 400)
    dstools("build", "--budget", "1", cwd=mine)
    done = dstools("rejects", cwd=mine)
    assert "long-first-line" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_a_terminal_gets_a_bar_and_a_pipe_does_not(mine: Path) -> None:
    assert dstools("build", cwd=mine).stderr == ""
    shutil.rmtree(mine / "dist")
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / "dstools"), "build"]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, cwd=mine, stderr=theirs, stdout=subprocess.PIPE, env=environment) as running:
        os.close(theirs)
        shown = b""
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:
                break
            shown += read
        running.wait()
    os.close(ours)
    assert b"pages converted" in shown
    assert running.returncode == 0


def test_a_reader_that_goes_away_is_no_traceback(sample: Path) -> None:
    command = f"'{Path(sys.executable).parent / 'dstools'}' rejects netease --format json | head -c 10"
    done = subprocess.run(["bash", "-c", command], cwd=sample, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
