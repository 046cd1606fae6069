"""The test data of frictionless-py, from its source distribution: dstools finds in it what frictionless finds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from frictionless import FrictionlessException, Package, Resource, Schema
from frictionless.resources import TableResource

from dataset_tools import contain
from dataset_tools.errors import DatasetError
from dataset_tools.validate import validate

DSTOOLS = Path(sys.executable).parent / "dstools"
EVERY = 10**9
LARGE = 1_500_000  # bytes, or so many columns: frictionless takes long for these
JSON_READERS = all(find_spec(name) for name in ("ijson", "jsonlines"))  # frictionless[json]
SLOW = ("wide.csv",)
SUFFIXES = (*(".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".yaml", ".parquet", ".parq", ".csv.gz", ".csv.zip"),)
TABLES = (
    *("table.csv", "invalid.csv", "table-reverse.csv", "table-limits.csv", "table.tsv", "table.json"),
    *("table.keyed.json", "table.jsonl", "table.ndjson", "table.csv.gz", "table.csv.zip", "table.parquet"),
    *("capital-valid.csv", "capital-invalid.csv", "countries.csv", "duplicate-column.csv", "duplicate-rows.csv"),
    *("structure-errors.csv", "schema-errors.csv", "unique-field.csv", "blank-headers.csv", "without-rows.csv"),
    *("empty.csv", "analysis-data.csv", "sync-schema.csv"),
)

_REQUIRED = "the fields of a primary key are required (Table Schema v2, primaryKey)"
_NOT_FOLLOWED = "an inquiry is not followed to other data: nothing is read that the caller did not name"
_NOT_FETCHED = "its data is on the web, and is not fetched: frictionless is not asked"
_NO_OBJECT = "a schema that is no object is refused in one line; frictionless says it in a report"
# Everything that dstools says otherwise, and why. Beside these, for which the data has no example: a pattern is a full
# match; uniqueKeys and categories are judged; a path is unsafe if it leads out of the package, links resolved.
DIFFERENCES = {
    "capital.inquiry-example.yaml": _NOT_FOLLOWED,
    "capital.inquiry.yaml": _NOT_FOLLOWED,
    "inquiry.json": _NOT_FOLLOWED,
    "inquiry.yaml": _NOT_FOLLOWED,
    "package-with-pipeline-multiple-tables-to-write.json": _NOT_FETCHED,
    "package-with-pipeline.json": _NOT_FETCHED,
    "countries.csv by schema-valid-pk-array.json": _REQUIRED,
    "schema-errors.csv by schema-valid-pk-array.json": _REQUIRED,
    **{f"{table} by schema-invalid-wrong-type.json": _NO_OBJECT for table in TABLES},
}
Said = tuple[Counter[tuple[Any, ...]], list[tuple[Any, ...]]]  # errors, and what was read of each resource


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `data` of the source distribution of the frictionless that is installed."""
    folder = tmp_path_factory.mktemp("frictionless")
    wanted = f"frictionless=={version('frictionless')}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "frictionless", wanted]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"pip download {wanted}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        inner = [each for each in files if each.isfile() and each.name.split("/")[1:2] == ["data"]]
        files.extractall(folder, inner, filter="data")
    (found,) = folder.glob("*/data")
    return found


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What children do is done here: thousands of them would take long."""
    monkeypatch.setattr(contain, "call", _here)


def _here(function: Any, task: Any, _limits: Any = None, **_how: bool) -> Any:
    return function(task, contain.Steps([0.0, 0.0]))


def test_every_table_and_descriptor_gives_the_errors_that_frictionless_gives(data: Path, at_once: None) -> None:
    names = [str(path.relative_to(data)) for path in sorted(_files(data))]
    assert len(names) > 250
    assert _differing((name, data / name, None) for name in names) == _expected(names)


def test_every_table_by_every_schema_gives_the_errors_that_frictionless_gives(data: Path, at_once: None) -> None:
    readable = [table for table in TABLES if JSON_READERS or "json" not in table]
    pairs = {f"{table} by {each.name}": (data / table, each) for each in _schemas(data) for table in readable}
    assert len(pairs) > 600
    assert _differing((name, *pair) for name, pair in pairs.items()) == _expected(pairs)


def test_a_required_key_is_all_that_is_added_where_a_primary_key_is_null(data: Path, at_once: None) -> None:
    table, schema = data / "countries.csv", data / "schema-valid-pk-array.json"
    (theirs, _), (ours, _) = _theirs(table, schema), _ours(table, schema)
    assert theirs - ours == Counter()
    assert {kind for kind, *_ in ours - theirs} == {"constraint-error"}


@pytest.mark.parametrize("name", [name for name, reason in DIFFERENCES.items() if reason == _NOT_FETCHED])
def test_data_on_the_web_is_an_error_and_is_not_fetched(name: str, data: Path, at_once: None) -> None:
    ours, _ = _ours(data / name, None)
    assert "scheme-error" in {kind for kind, *_ in ours}


@pytest.mark.parametrize(
    "arguments",
    [
        *(["table.csv"], ["invalid.csv"], ["table.csv.gz"], ["countries.csv"], ["empty.csv"], ["table.tsv"]),
        *(["package.json"], ["datapackage.json"], ["multipart.package.json"], ["package/datapackage.json"]),
        ["invalid.csv", "--schema", "schema-valid.json"],
        ["unique-field.csv", "--schema", "unique-field.json"],
        ["table.parquet", "--schema", "schema-reverse.json"],
    ],
    ids=" ".join,
)
def test_the_command_says_what_frictionless_says(arguments: list[str], data: Path) -> None:
    command = [DSTOOLS, "validate", *arguments, "--format", "json", "--limit-errors", "1000000"]
    done = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False, timeout=60)
    report = json.loads(done.stdout)
    tasks = report["tasks"]
    said = (
        Counter(_key(error) for error in [*report["errors"], *(error for task in tasks for error in task["errors"])]),
        [_read(task["stats"], task["labels"]) for task in tasks],
    )
    assert said == _theirs(data / arguments[0], data / arguments[2] if arguments[1:] else None)
    assert done.returncode == (1 if said[0] else 0)


def test_nothing_of_the_data_is_changed_or_left_over(data: Path, at_once: None, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data / "package", copy)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    validate(copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def _files(data: Path) -> Iterator[Path]:
    for path in data.rglob("*"):
        known = path.is_file() and path.name.endswith(SUFFIXES) and "cassettes" not in path.parts
        if known and path.stat().st_size < LARGE and path.name not in SLOW:
            yield path


def _schemas(data: Path) -> list[Path]:
    found = [each for each in data.glob("*schema*") if each.suffix in (".json", ".yaml")]
    return sorted(each for each in found if ".package." not in each.name and "resource" not in each.name)


def _expected(names: Iterable[str]) -> set[str]:
    return DIFFERENCES.keys() & set(names)


def _differing(cases: Iterable[tuple[str, Path, Path | None]]) -> set[str]:
    return {name for name, path, schema in cases if _is_differing(name, path, schema)}


def _is_differing(name: str, path: Path, schema: Path | None) -> bool:
    if DIFFERENCES.get(name) == _NOT_FETCHED:
        return True
    theirs, ours = _theirs(path, schema), _ours(path, schema)
    if theirs[0] == ours[0] and (theirs[1] == ours[1] or theirs[0]):  # a schema's own errors are in a task or beside it
        return False
    if name not in DIFFERENCES:
        print(name, *(f"{who}: {dict(each)}" for who, each in (("theirs", theirs[0]), ("ours", ours[0]))), sep="\n  ")
    return True


def _theirs(path: Path, schema: Path | None) -> Said:
    """What frictionless says; a schema is given as what it states, since frictionless refuses an absolute path."""
    try:
        report = _subject(path, schema).validate(limit_errors=EVERY).to_descriptor()
    except FrictionlessException as error:
        return Counter(_key(each.to_descriptor()) for each in error.to_errors()), []
    except AttributeError:  # a schema that is a list
        return Counter(), [("a bug",)]
    tasks = report["tasks"]
    errors = [*report["errors"], *(error for task in tasks for error in task["errors"])]
    return Counter(map(_key, errors)), [_read(task["stats"], task["labels"]) for task in tasks]


def _subject(path: Path, schema: Path | None) -> Resource | Package:
    if schema is not None:
        stated = Schema.from_descriptor(yaml.safe_load(schema.read_text("utf-8")))
        return TableResource(path=path.name, basepath=str(path.parent), schema=stated)
    if path.suffix in (".json", ".yaml") and _is_package(path):
        return Package.from_descriptor(str(path))
    return Resource(path=path.name, basepath=str(path.parent))


def _is_package(path: Path) -> bool:
    try:
        stated = yaml.safe_load(path.read_text("utf-8"))
    except (ValueError, yaml.YAMLError):
        return False
    return isinstance(stated, dict) and "resources" in stated


def _ours(path: Path, schema: Path | None) -> Said:
    try:
        verdict = validate(path, schema, most=EVERY)
    except DatasetError:
        return Counter(), [("refused",)]
    errors = Counter(
        _key(error) for error in [*verdict.errors, *(error for each in verdict.found for error in each.errors)]
    )
    assert errors.total() == verdict.total
    return errors, [_read(each.stats, each.labels) for each in verdict.found]


def _key(error: dict[str, Any]) -> tuple[Any, ...]:
    field = error.get("fieldName") or ",".join(error.get("fieldNames", ())) or error.get("label")
    return error["type"], error.get("rowNumber"), field, error.get("fieldNumber")


def _read(stats: Any, labels: Iterable[str]) -> tuple[Any, ...]:
    return stats.get("rows"), stats.get("fields"), tuple(labels)
