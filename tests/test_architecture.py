"""The house as its plan says: imports point one way, and only the command line prints or exits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "dataset_tools"
# Each row may import from the rows above it, and from its own.
ROWS = [
    {"errors", "record", "issue"},
    {"backtracking", "document", "page", "patterns"},
    {"code"},
    {"rules"},
    {"schema", "splits", "keys", "hashes", "members", "files", "rejects", "sizes"},
    {"dataset", "citation", "dialects", "drafts", "reports", "reading"},
    {"places", "evolution", "bases", "standard"},
    {"package", "remote", "card", "sources", "converters", "converter", "validators", "targets"}
    | {"cache", "contain", "engines"},
    {"inputs"},
    {"passes"},
    {"build", "validate", "check", "editor", "init", "testing"},
    {"cli"},
]
PLACE = {room: number for number, row in enumerate(ROWS) for room in row}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "dataset_tools":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dataset_tools."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("dataset_tools."))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return
    assert room(path) in PLACE, "a new room: give it its place in ROWS"
    wrong = [name for name in imported(path) if PLACE[name] > PLACE[room(path)]]
    assert not wrong


def test_a_converter_sees_only_page_and_record() -> None:
    for path in (PACKAGE / "converters").glob("*.py"):
        assert set(imported(path)) <= {"page", "record", "converters"}


def test_only_the_command_line_prints_or_exits() -> None:
    for path in MODULES:
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = {func.id for func in calls if isinstance(func, ast.Name)} | {
            ast.unparse(func) for func in calls if isinstance(func, ast.Attribute)
        }
        if room(path) != "cli":
            assert not names & {"print", "exit", "sys.exit", "click.echo"}, path


def test_no_room_is_called_utils_base_or_core() -> None:
    assert not {path.stem for path in MODULES} & {"utils", "util", "base", "core", "helpers", "common"}


def test_init_files_hold_a_docstring_and_at_most_a_literal_table() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        body = ast.parse(path.read_text("utf-8")).body
        assert isinstance(body[0], ast.Expr)
        assert all(isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) for node in body[1:])
