"""Documentation is true: its tables are the code's, its commands run."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from dataset_tools.cli.main import COMMANDS
from dataset_tools.dataset import KEYS
from dataset_tools.rejects import REASONS
from dataset_tools.rules import RULES

ROOT = Path(__file__).parents[1]
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def rows(path: Path, marker: str) -> list[list[str]]:
    after = path.read_text("utf-8").split(f"<!-- {marker}:")[1]
    table = re.findall(r"^\| (`.*) \|$", after.split("\n\n")[1], re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in table]


def test_the_descriptor_page_lists_every_key_as_the_code_does() -> None:
    listed = rows(ROOT / "docs" / "descriptor.md", "keys")
    assert listed == [[f"`{name}`", "yes" if key.published else "no", key.says] for name, key in KEYS.items()]


def test_the_rejects_page_lists_every_reason_as_the_code_does() -> None:
    assert rows(ROOT / "docs" / "rejects.md", "reasons") == [[f"`{name}`", says] for name, says in REASONS.items()]


def test_the_descriptor_page_shows_every_rule() -> None:
    text = (ROOT / "docs" / "descriptor.md").read_text("utf-8")
    assert set(re.findall(r"`\{rule: (\w+)", text)) == set(RULES)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_a_command_that_is_shown_is_a_command(path: Path) -> None:
    for command in re.findall(r"\bdstools ([a-z]+)", path.read_text("utf-8")):
        assert command in COMMANDS


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_a_link_leads_to_a_file(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")):
        assert (path.parent / link).exists(), link


def test_the_readmes_commands_for_a_project_of_ones_own_run(tmp_path: Path) -> None:
    (tmp_path / "some" / "pages").mkdir(parents=True)
    (tmp_path / "some" / "pages" / "a.txt").write_text("A page\n\nof two lines\n")
    text = (ROOT / "README.md").read_text("utf-8")
    block = re.findall(r"```console\n(.*?)```", text, re.DOTALL)[1]
    for line in block.strip().splitlines():
        command = shlex.split(line, comments=True)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stderr)


def test_the_converters_page_shows_a_converter_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataset_tools.converter import load
    from dataset_tools.dataset import Converter
    from dataset_tools.page import Page

    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "converters.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "converters").mkdir()
    (tmp_path / "converters" / "recipes.py").write_text(blocks[0])
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = load(tmp_path, Converter("converters/recipes.py:convert", {}))
    (record,) = loaded.function(Page(uri="a", body=b"Recipe: tea\nboil\nwait"))
    assert loaded.label == "recipes 1.0.0"
    assert record.values == {"title": "tea", "steps": ["boil", "wait"]}  # type: ignore[union-attr]
    compile(blocks[1], "docs/converters.md", "exec")
