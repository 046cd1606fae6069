"""`dstools validate` as a user sees it: what is found, what is said, what is never done, and at what cost."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Package, Report

from dataset_tools.errors import PackageError
from dataset_tools.validate import Verdict, validate

DSTOOLS = str(Path(sys.executable).parent / "dstools")
Done = subprocess.CompletedProcess[str]
Keyed = list[tuple[str, str, int]]  # resource, type, row


def dstools(*arguments: str | Path, cwd: Path, **environment: str) -> Done:
    command = [DSTOOLS, "validate", *map(str, arguments)]
    given = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, check=False, timeout=120)


def table(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows), "utf-8"
    )
    return path


def described(folder: Path, *resources: dict[str, Any], **beside: Any) -> Path:
    """A package whose descriptor has these resources."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "datapackage.json").write_text(json.dumps({"name": "p", **beside, "resources": list(resources)}), "utf-8")
    return folder


def schema(*fields: str | dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A Table Schema: a field is given whole, or as NAME:TYPE."""
    named = [
        dict(zip(("name", "type"), each.split(":"), strict=True)) if isinstance(each, str) else each for each in fields
    ]
    return {"fields": named, **keys}


def as_file(path: Path, stated: Any) -> Path:
    path.write_text(json.dumps(stated), "utf-8")
    return path


def told(verdict: Verdict) -> Keyed:
    """The errors of rows: their resource, type and row."""
    return sorted((each.name, error["type"], error["rowNumber"]) for each in verdict.found for error in each.errors)


def types(verdict: Verdict) -> list[str]:
    found = [error["type"] for each in verdict.found for error in each.errors]
    return sorted([*found, *(error["type"] for error in verdict.errors)])


def frictionless(folder: Path) -> Keyed:
    """What frictionless itself says of the rows of a package."""
    report = Package(str(folder / "datapackage.json")).validate(limit_errors=10**9)
    assert not report.errors
    return sorted((task.name, error.type, error.row_number) for task in report.tasks for error in task.errors)


@pytest.fixture
def ages(tmp_path: Path) -> Path:
    """A package of one table, with fifty values that are no integer and five that are too small."""
    rows: list[Sequence[Any]] = [["id", "age"], *([number, "old" if number < 50 else 1] for number in range(55))]
    table(tmp_path / "ages" / "ages.csv", rows)
    age = {"name": "age", "type": "integer", "constraints": {"minimum": 2}}
    return described(tmp_path / "ages", {"name": "ages", "path": "ages.csv", "schema": schema("id:integer", age)})


class _Counting(SimpleHTTPRequestHandler):
    def parse_request(self) -> bool:
        parsed = super().parse_request()
        self.server.asked.append(getattr(self, "path", ""))  # type: ignore[attr-defined]
        return parsed

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def web(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    """A server of the folder `web`, which notes what it is asked for."""
    (tmp_path / "web").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Counting, directory=str(tmp_path / "web")))
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def asked(web: ThreadingHTTPServer) -> list[str]:
    return web.asked  # type: ignore[attr-defined,no-any-return]


def url(web: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{web.server_address[1]}/{path}"


# What is said


def test_a_sound_package_is_one_sentence_and_exit_code_0(sample: Path) -> None:
    done = dstools("dist/netease-1.0.0", cwd=sample)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("dist/netease-1.0.0: valid: ")
    assert done.stdout.count("\n") == 1


def test_a_dataset_of_the_project_is_named_without_its_path(sample: Path) -> None:
    assert dstools("netease", cwd=sample).returncode == 0


def test_errors_are_a_line_each_and_the_last_lines_say_how_many_and_what_to_do(ages: Path) -> None:
    done = dstools(".", "--limit-errors", "2", cwd=ages)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line.rpartition(" ")[2] for line in lines] == ["[type]", "[type]", "[minimum]", "[minimum]"]
    assert "ages.csv: 48 more of: type-error" in done.stderr
    assert "ages.csv: 3 more of: constraint-error minimum" in done.stderr
    assert done.stderr.splitlines()[-2:] == [
        "error: .: 55 errors (4 of them above)",
        "hint: mend the data, or ask who made it",
    ]


def test_json_is_a_report_that_frictionless_reads_and_counts_every_error(ages: Path) -> None:
    done = dstools(".", "--format", "json", "--limit-errors", "3", cwd=ages)
    stated = json.loads(done.stdout)
    report = Report.from_descriptor(stated)
    assert (report.valid, report.stats["errors"], done.returncode) == (False, 55, 1)
    assert [len(task.errors) for task in report.tasks] == [6]
    assert report.tasks[0].stats["errors"] == 55
    assert report.tasks[0].stats["rows"] == 55
    assert report.to_descriptor()["tasks"] == stated["tasks"]
    assert Package(str(ages / "datapackage.json")).validate(limit_errors=100).stats["errors"] == 55


def test_json_with_errors_of_our_own_types_is_read_by_frictionless(sample: Path, tmp_path: Path) -> None:
    folder = copied(sample, tmp_path)
    (folder / "extra.txt").write_text("more")
    rewritten(folder, "articles/train", lambda rows: rows.rename_columns([*rows.column_names[:-1], "other"]))
    done = dstools(folder, "--format", "json", cwd=tmp_path)
    report = Report.from_descriptor(json.loads(done.stdout))
    found = [error.type for error in report.errors] + [error.type for task in report.tasks for error in task.errors]
    assert {"package-file", "columns"} <= set(found)
    assert len(found) == report.stats["errors"]


def test_github_is_told_ten_errors_and_the_summary_has_the_rest(ages: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    done = dstools(".", "--format", "github", cwd=ages, GITHUB_STEP_SUMMARY=str(summary))
    assert done.stdout.count("::error file=ages.csv") == 10
    assert summary.read_text().count("| error |") == 25


def test_sarif_and_junit_are_written_beside_any_format(ages: Path, tmp_path: Path) -> None:
    reports = ("--report", f"sarif={tmp_path / 'r.sarif'}", "--report", f"junit={tmp_path / 'r.xml'}")
    done = dstools(".", "--format", "json", *reports, cwd=ages)
    (run,) = json.loads((tmp_path / "r.sarif").read_text())["runs"]
    suite = ElementTree.fromstring((tmp_path / "r.xml").read_text())[0]  # noqa: S314 - our own file
    assert json.loads(done.stdout)["stats"]["errors"] == 55
    assert {each["ruleId"] for each in run["results"]} == {"type", "minimum"}
    assert len(run["results"]) == 25
    assert {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]} == {
        "ages.csv"
    }
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--limit-errors", "0"], ["--report", "sarif"], ["--nope"]])
def test_a_wrong_option_is_exit_code_2(arguments: list[str], ages: Path) -> None:
    assert dstools(".", *arguments, cwd=ages).returncode == 2


def test_what_data_says_can_not_steer_a_terminal(tmp_path: Path) -> None:
    table(tmp_path / "t.csv", [["a"], ["\x1b[31mred"]])
    given = as_file(tmp_path / "s.json", schema("a:integer"))
    done = dstools("t.csv", "--schema", given, cwd=tmp_path)
    assert "\x1b" not in done.stdout + done.stderr
    assert done.returncode == 1


# Where reading stops


def test_fail_fast_reads_no_later_row_group_and_no_later_file(tmp_path: Path) -> None:
    """Both are damaged, which would be an error of its own."""
    rows = pa.table({"id": pa.array([-1, *range(40_000)])})
    damaged = tmp_path / "p" / "a.parquet"
    damaged.parent.mkdir()
    pq.write_table(rows, damaged, row_group_size=20_000, compression="none", use_dictionary=False)
    last = pq.read_metadata(damaged).row_group(2).column(0)
    overwrite(damaged, last.data_page_offset, last.total_compressed_size)
    (tmp_path / "p" / "b.parquet").write_bytes(b"no Parquet")
    positive = schema({"name": "id", "type": "integer", "constraints": {"minimum": 0}})
    described(tmp_path / "p", *({"name": n, "path": f"{n}.parquet", "schema": positive} for n in "ab"))
    assert types(validate(tmp_path / "p", first=True)) == ["constraint-error"]
    assert types(validate(tmp_path / "p")) == ["constraint-error", "source-error", "source-error"]


def test_fail_fast_says_nothing_of_hash_rows_or_keys_that_it_has_not_seen_whole(tmp_path: Path) -> None:
    body = table(tmp_path / "p" / "t.csv", [["id"], ["no"], *([number] for number in range(30_000))]).read_bytes()
    about = {"bytes": len(body), "hash": hashlib.md5(body, usedforsecurity=False).hexdigest(), "rows": 30_001}
    child = {"fields": "id", "reference": {"resource": "t", "fields": "id"}}
    table(tmp_path / "p" / "u.csv", [["id"], [29_999]])
    described(
        tmp_path / "p",
        {"name": "u", "path": "u.csv", "schema": schema("id:integer", foreignKeys=[child])},
        {"name": "t", "path": "t.csv", "schema": schema("id:integer"), **about},
    )
    assert types(validate(tmp_path / "p", first=True)) == ["type-error"]
    assert types(validate(tmp_path / "p")) == ["type-error"]


def test_fail_fast_finds_a_wrong_hash_of_sound_rows(tmp_path: Path) -> None:
    table(tmp_path / "p" / "t.csv", [["id"], [1]])
    described(tmp_path / "p", {"name": "t", "path": "t.csv", "hash": "0" * 32})
    assert types(validate(tmp_path / "p", first=True)) == ["hash-count"]


# What can't be judged


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


UNREADABLE: dict[str, tuple[Callable[[Path], Any], list[str], str]] = {
    "no such file": (lambda _: None, ["no.csv"], "no.csv: no such file or folder"),
    "no such name": (lambda _: None, ["no"], "no: no such file or folder"),
    "a folder without a descriptor": (lambda root: (root / "d").mkdir(), ["d"], "d/datapackage.json: no such file"),
    "broken JSON": (
        lambda root: (root / "datapackage.json").write_text("{"),
        ["."],
        "datapackage.json: cannot be read: Expecting property name",
    ),
    "a descriptor that is a list": (
        lambda root: (root / "datapackage.json").write_text("[]"),
        ["."],
        "datapackage.json: not a Data Package",
    ),
    "a descriptor that is no text": (
        lambda root: (root / "datapackage.json").write_bytes(b"\xff\xfe\x00"),
        ["."],
        "datapackage.json: cannot be read: 'utf-8' codec",
    ),
    "a descriptor of 10,000 levels": (
        lambda root: (root / "datapackage.json").write_text('{"resources":' + "[" * 10_000 + "]" * 10_000 + "}"),
        ["."],
        "datapackage.json: cannot be read: maximum recursion depth",
    ),
    "a descriptor of 400 levels": (
        lambda root: (root / "datapackage.json").write_text('{"resources":' + "[" * 400 + "]" * 400 + "}"),
        ["."],
        "datapackage.json: more than 50 levels of nesting",
    ),
    "a number of 5,000 digits": (
        lambda root: (root / "datapackage.json").write_text('{"resources": [{"bytes": ' + "9" * 5_000 + "}]}"),
        ["."],
        "datapackage.json: cannot be read: Exceeds the limit",
    ),
    "a broken schema": (
        lambda root: (root / "s.json").write_text("{"),
        ["t.csv", "--schema", "s.json"],
        "s.json: cannot be read",
    ),
    "a schema that is a list": (
        lambda root: (root / "s.json").write_text("[]"),
        ["t.csv", "--schema", "s.json"],
        "s.json: not a Table Schema",
    ),
    "a schema for a package": (
        lambda root: (described(root), as_file(root / "s.json", schema("a:string"))),
        [".", "--schema", "s.json"],
        ".: a package has schemas of its own",
    ),
    "an unknown format": (
        lambda root: (root / "t.dat").write_text("1"),
        ["t.dat"],
        't.dat: not judged: its format is "dat"',
    ),
    "a pattern that explodes": (
        lambda root: as_file(
            root / "s.json", schema({"name": "a", "type": "string", "constraints": {"pattern": "(a+)+$"}})
        ),
        ["t.csv", "--schema", "s.json"],
        'the pattern of field "a" can take for ever',
    ),
}


@pytest.mark.parametrize("case", UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_not_be_judged_is_one_line_and_a_hint(
    case: tuple[Callable[[Path], Any], list[str], str], tmp_path: Path
) -> None:
    make, arguments, said = case
    table(tmp_path / "t.csv", [["a"], ["aaaa"]])
    make(tmp_path)
    done = dstools(*arguments, cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (1, "", 2)
    assert lines[0].startswith(f"error: {said}")
    assert lines[1].startswith("hint: ")


DAMAGED: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "an empty file": (lambda root: (root / "e.csv").write_text(""), "e.csv", "source-error"),
    "a binary file called .csv": (
        lambda root: (root / "b.csv").write_bytes(bytes(range(256)) * 9),
        "b.csv",
        "encoding-error",
    ),
    "a cut .gz": (
        lambda root: ((root / "c.csv.gz").write_bytes(gzip.compress(os.urandom(9_000).hex().encode()))
        and _truncated(root / "c.csv.gz")),
        "c.csv.gz",
        "source-error",
    ),
    "a cut Parquet file": (
        lambda root: (pq.write_table(pa.table({"a": [1]}), root / "c.parquet"), _truncated(root / "c.parquet")),
        "c.parquet",
        "source-error",
    ),
    "a .zip that is none": (lambda root: (root / "z.csv.zip").write_text("no"), "z.csv.zip", "compression-error"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_one_error_in_the_report(
    case: tuple[Callable[[Path], Any], str, str], tmp_path: Path
) -> None:
    make, name, type = case
    make(tmp_path)
    done = dstools(name, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{name}: error: ")
    assert done.stdout.rstrip().endswith(f"[{type}]")
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_a_schema_that_is_none_is_an_error_as_frictionless_says_it(tmp_path: Path) -> None:
    table(tmp_path / "t.csv", [["a"], [1]])
    given = as_file(tmp_path / "s.json", {"title": "no fields"})
    assert types(validate(tmp_path / "t.csv", given)) == ["schema-error"]


def test_a_table_in_json_is_judged_where_a_schema_says_so_and_said_to_be_unread_where_none_does(tmp_path: Path) -> None:
    as_file(tmp_path / "t.json", [{"a": 1}, {"a": "x"}])
    bare = dstools("t.json", cwd=tmp_path)
    assert "its rows are judged by a --schema" in bare.stderr
    if find_spec("ijson") is not None:
        assert told(validate(tmp_path / "t.json", as_file(tmp_path / "s.json", schema("a:integer")))) == [
            ("t.json", "type-error", 3)
        ]


def test_a_descriptor_of_one_resource_is_judged_as_a_package_of_it(tmp_path: Path) -> None:
    table(tmp_path / "t.csv", [["a"], ["x"]])
    stated = {"name": "t", "path": "t.csv", "schema": schema("a:integer")}
    assert told(validate(as_file(tmp_path / "t.resource.json", stated))) == [("t", "type-error", 2)]


def test_a_reader_that_dies_is_an_error_of_its_file_and_not_the_end(tmp_path: Path) -> None:
    """The child is killed from outside, as the kernel does where memory is short."""
    table(tmp_path / "t.csv", [["a", "b"], *([number, "x"] for number in range(400_000))])
    command = [DSTOOLS, "validate", "t.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (readers := children(running.pid)):
            time.sleep(0.01)
        for reader in readers:
            os.kill(reader, signal.SIGKILL)
        said, beside = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "its reader died: the process ended with signal SIGKILL" in said
    assert "Traceback" not in beside
    assert "more of" not in beside


def children(*parents: int) -> list[int]:
    """The processes of these parents."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc on this system")
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(place.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent in parents:
            found.append(int(place.parent.name))
    return found


# Files that are not as promised


def copied(sample: Path, root: Path) -> Path:
    """A copy of our package, to be altered."""
    shutil.copytree(sample / "dist" / "netease-1.0.0", root / "package")
    return root / "package"


def shard(folder: Path, start: str) -> Path:
    return min(folder.glob(f"{start}-*.parquet"))


def rewritten(folder: Path, start: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    """A shard with other content, and a descriptor that says so."""
    place = shard(folder, start)
    rows = change(pq.read_table(place))
    pq.write_table(rows, place, row_group_size=7)
    stated = json.loads((folder / "datapackage.json").read_text())
    for each in stated["resources"]:
        if folder / each["path"] == place:
            body = place.read_bytes()
            each |= {"bytes": len(body), "hash": f"sha256:{hashlib.sha256(body).hexdigest()}"}
            each["dstools:rows"] = rows.num_rows
    as_file(folder / "datapackage.json", stated)
    return place


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * length)


def _one_byte(folder: Path) -> None:
    place = shard(folder, "articles/train")
    body = bytearray(place.read_bytes())
    body[100] ^= 1
    place.write_bytes(body)


def _longer(folder: Path) -> None:
    with shard(folder, "articles/train").open("ab") as file:
        file.write(b"more")


def _rows(folder: Path) -> None:
    stated = json.loads((folder / "datapackage.json").read_text())
    stated["resources"][0]["dstools:rows"] += 1
    as_file(folder / "datapackage.json", stated)


OURS: dict[str, tuple[Callable[[Path], Any], set[str]]] = {
    "another byte": (_one_byte, {"hash-count"}),
    "more bytes": (_longer, {"byte-count", "hash-count"}),
    "other rows": (_rows, {"row-count"}),
    "a shard is missing": (lambda folder: shard(folder, "articles/train").unlink(), {"package-file"}),
    "a card is missing": (lambda folder: (folder / "README.md").unlink(), {"package-file"}),
    "a file too many": (lambda folder: (folder / "more").write_text("1"), {"package-file"}),
    "a column is missing": (
        lambda folder: rewritten(folder, "articles/train", lambda rows: rows.drop_columns(rows.column_names[-1:])),
        {"columns"},
    ),
    "a column too many": (
        lambda folder: rewritten(
            folder, "articles/train", lambda rows: rows.append_column("more", pa.nulls(len(rows)))
        ),
        {"columns"},
    ),
    "another order of columns": (
        lambda folder: rewritten(folder, "articles/train", lambda rows: rows.select(rows.column_names[::-1])),
        {"columns"},
    ),
    "another type of a column": (
        lambda folder: rewritten(
            folder, "articles/train", lambda rows: rows.set_column(0, rows.column_names[0], pa.array(range(len(rows))))
        ),
        {"columns"},
    ),
    "a row twice": (
        lambda folder: rewritten(folder, "articles/train", lambda rows: pa.concat_tables([rows, rows.slice(0, 1)])),
        {"primary-key"},
    ),
}


@pytest.mark.parametrize("case", OURS.values(), ids=OURS)
def test_a_package_of_ours_that_is_not_as_it_says_is_invalid(
    case: tuple[Callable[[Path], Any], set[str]], sample: Path, tmp_path: Path
) -> None:
    change, wanted = case
    folder = copied(sample, tmp_path)
    change(folder)
    assert wanted <= set(types(validate(folder))) <= wanted | {"loadable", "foreign-key"}


def test_a_key_that_stands_in_two_shards_of_ours_is_told_with_both_rows(sample: Path, tmp_path: Path) -> None:
    folder = copied(sample, tmp_path)
    first = pq.read_table(shard(folder, "articles/train"))
    rewritten(folder, "articles/validation", lambda rows: pa.concat_tables([rows, first.slice(2, 1).cast(rows.schema)]))
    rows = pq.read_metadata(shard(folder, "articles/validation")).num_rows
    (error,) = [e for each in validate(folder).found for e in each.errors if e["type"] == "primary-key"]
    assert error["rowNumber"] == rows + 1
    assert (
        f"the same as in the row at position 4 of {shard(folder, 'articles/train').relative_to(folder)}"
        in error["note"]
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("promised", "wanted"),
    [
        ({"bytes": 1}, ["byte-count"]),
        ({"hash": "0" * 32}, ["hash-count"]),
        ({"hash": "md5:" + "0" * 32}, ["hash-count"]),
        ({"hash": "sha256:" + "0" * 64}, ["hash-count"]),
        ({"rows": 9}, ["row-count"]),
        ({"fields": 9}, ["field-count"]),
        ({"rows": 2, "fields": 1}, []),
    ],
    ids=str,
)
def test_a_foreign_file_that_is_not_as_promised_is_invalid_as_frictionless_says(
    promised: dict[str, Any], wanted: list[str], kind: str, tmp_path: Path
) -> None:
    table(tmp_path / "t.csv", [["a"], [1], [2]])
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "t.parquet")
    described(tmp_path, {"name": "t", "path": f"t.{kind}", "schema": schema("a:integer"), **promised})
    report = Package(str(tmp_path / "datapackage.json")).validate()
    assert types(validate(tmp_path)) == wanted == [error.type for task in report.tasks for error in task.errors]


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"], ["b", "a"], ["a", "x"]], ids=",".join)
def test_foreign_parquet_with_other_columns_than_its_schema_is_judged_as_frictionless_judges_it(
    names: list[str], tmp_path: Path
) -> None:
    pq.write_table(pa.table({name: [1, 2] for name in names}), tmp_path / "t.parquet")
    described(tmp_path, {"name": "t", "path": "t.parquet", "schema": schema("a:integer", "b:string")})
    report = Package(str(tmp_path / "datapackage.json")).validate()
    wanted = sorted(error.type for task in report.tasks for error in task.errors)
    assert types(validate(tmp_path)) == wanted != []


def test_a_resource_whose_file_is_missing_is_an_error_and_the_others_are_judged(tmp_path: Path) -> None:
    table(tmp_path / "t.csv", [["a"], ["x"]])
    described(
        tmp_path,
        *({"name": kind, "path": f"no.{kind}", "schema": schema("a:integer")} for kind in ("csv", "parquet")),
        {"name": "t", "path": "t.csv", "schema": schema("a:integer")},
    )
    verdict = validate(tmp_path)
    assert [[error["type"] for error in each.errors] for each in verdict.found] == [
        ["scheme-error"],
        ["source-error"],
        ["type-error"],
    ]


# Keys


def keyed(folder: Path, kind: str, tables: dict[str, tuple[dict[str, Any], Sequence[Sequence[Any]]]]) -> Path:
    """A package of tables, each of a schema and rows below a header, as CSV or as Parquet of small row groups."""
    resources = []
    for name, (stated, rows) in tables.items():
        if kind == "csv":
            table(folder / f"{name}.csv", rows)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            columns = zip(*rows[1:], strict=True)
            typed = {label: pa.array(column) for label, column in zip(rows[0], columns, strict=True)}
            pq.write_table(pa.table(typed), folder / f"{name}.parquet", row_group_size=2)
        resources.append({"name": name, "path": f"{name}.{kind}", "schema": stated})
    return described(folder, *resources)


def references(fields: Any, resource: str, others: Any) -> dict[str, Any]:
    return {"fields": fields, "reference": {"resource": resource, "fields": others}}


_UNIQUE = {"name": "a", "type": "integer", "constraints": {"unique": True}}
_REQUIRED = {"constraints": {"required": True}}
KEYS: dict[str, tuple[dict[str, tuple[dict[str, Any], list[list[Any]]]], Keyed]] = {
    "a primary key twice": (
        {"t": (schema("a:integer", primaryKey="a"), [["a"], [1], [2], [3], [1], [2]])},
        [("t", "primary-key", 5), ("t", "primary-key", 6)],
    ),
    "a primary key of two fields": (
        {"t": (schema("a:integer", "b:string", primaryKey=["a", "b"]), [["a", "b"], [1, "x"], [1, "y"], [1, "x"]])},
        [("t", "primary-key", 4)],
    ),
    "a unique field, null twice": (
        {"t": (schema(_UNIQUE, "b:integer"), [["a", "b"], [1, 1], [None, 2], [None, 3], [1, 4]])},
        [("t", "unique-error", 5)],
    ),
    "a foreign key to another table": (
        {
            "t": (schema("a:integer", foreignKeys=[references("a", "u", "b")]), [["a"], [1], [9], [2]]),
            "u": (schema("b:integer"), [["b"], [1], [2], [3]]),
        },
        [("t", "foreign-key", 3)],
    ),
    "a foreign key within a table": (
        {
            "t": (
                schema("a:integer", "b:integer", foreignKeys=[references("b", "", "a")]),
                [["a", "b"], [1, None], [2, 1], [3, 7], [4, 5], [5, 4]],
            )
        },
        [("t", "foreign-key", 4)],
    ),
    "a foreign key of two fields": (
        {
            "t": (
                schema("a:integer", "b:string", foreignKeys=[references(["a", "b"], "u", ["c", "d"])]),
                [["a", "b"], [1, "x"], [1, "y"]],
            ),
            "u": (schema("c:integer", "d:string"), [["c", "d"], [1, "x"], [2, "y"]]),
        },
        [("t", "foreign-key", 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("case", KEYS.values(), ids=KEYS)
def test_what_breaks_a_key_is_told_by_its_row_as_frictionless_tells_it(
    case: tuple[dict[str, Any], Keyed], kind: str, tmp_path: Path
) -> None:
    tables, wanted = case
    folder = keyed(tmp_path / "p", kind, tables)
    assert told(validate(folder)) == wanted == frictionless(folder)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_unique_key_stands_once_and_a_null_in_it_excuses(kind: str, tmp_path: Path) -> None:
    stated = schema("a:integer", "b:string", uniqueKeys=[["a", "b"]])
    rows = [["a", "b"], [1, "x"], [1, None], [1, None], [1, "x"], [2, "x"]]
    assert told(validate(keyed(tmp_path, kind, {"t": (stated, rows)}))) == [("t", "unique-keys", 5)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_part_of_a_primary_key_that_is_null_is_an_error_of_its_field(kind: str, tmp_path: Path) -> None:
    stated = schema("a:integer", "b:string", primaryKey=["a", "b"])
    folder = keyed(tmp_path, kind, {"t": (stated, [["a", "b"], [1, None], [2, "x"]])})
    assert told(validate(folder)) == [("t", "constraint-error", 2)]


def test_a_foreign_key_to_a_table_that_is_not_there_is_an_error_of_its_resource(tmp_path: Path) -> None:
    stated = schema("a:integer", foreignKeys=[references("a", "nowhere", "b")])
    assert types(validate(keyed(tmp_path, "csv", {"t": (stated, [["a"], [1]])}))) == ["resource-error"]


@pytest.mark.parametrize(
    ("type", "cells"), [("integer", ["1", "01", " 1", "+1", "2"]), ("number", ["1", "1.0", "01", "1e0", "2"])]
)
def test_texts_that_are_the_same_number_are_the_same_key_as_for_frictionless(
    type: str, cells: list[str], tmp_path: Path
) -> None:
    folder = keyed(tmp_path, "csv", {"t": (schema(f"a:{type}", "b:integer", primaryKey="a"),
                                           [["a", "b"], *([cell, 1] for cell in cells)])})  # fmt: skip
    found = told(validate(folder))
    assert found == frictionless(folder)
    assert [row for _, kind, row in found if kind == "primary-key"] != []


def test_a_key_is_judged_over_all_the_files_of_a_resource(tmp_path: Path) -> None:
    for name, numbers in (("a", [1, 2, 3]), ("b", [4, 2, 5])):
        pq.write_table(pa.table({"id": numbers}), tmp_path / f"{name}.parquet", row_group_size=1)
    stated = schema("id:integer", primaryKey="id")
    described(tmp_path, {"name": "t", "path": ["a.parquet", "b.parquet"], "schema": stated})
    assert told(validate(tmp_path)) == [("t", "primary-key", 6)]


def test_a_key_error_is_listed_so_often_and_counted_always(tmp_path: Path) -> None:
    rows = [["a"], *([1] for _ in range(50))]
    folder = keyed(tmp_path, "csv", {"t": (schema("a:integer", primaryKey="a"), rows)})
    verdict = validate(folder, most=3)
    assert (len(told(verdict)), verdict.total) == (3, 49)


def test_a_parquet_file_is_judged_by_a_schema_of_ours(tmp_path: Path) -> None:
    stated = schema(
        {"name": "a", "type": "integer", **_REQUIRED, "dstools:type": "int32"},
        {"name": "b", "type": "string"},
        primaryKey=["a"],
        missingValues=[],
    )
    given = as_file(tmp_path / "s.json", stated)
    pq.write_table(pa.table({"a": pa.array([1, 1], "int32"), "b": ["x", "y"]}), tmp_path / "t.parquet")
    assert {"columns"} == set(types(validate(tmp_path / "t.parquet", given)))
    typed = pa.schema([pa.field("a", "int32", nullable=False), pa.field("b", "string")])
    pq.write_table(pa.table({"a": [1, 1], "b": ["x", "y"]}, typed), tmp_path / "t.parquet")
    assert types(validate(tmp_path / "t.parquet", given)) == ["primary-key"]


def test_compressed_csv_is_judged_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a\n1\nx\n"))
    given = as_file(tmp_path / "s.json", schema("a:integer"))
    assert told(validate(tmp_path / "t.csv.gz", given)) == [("t.csv.gz", "type-error", 3)]


# Packages that mean harm


HOSTILE: dict[str, Callable[[str], dict[str, Any]]] = {
    "a path above": lambda _: {"path": "../secret.csv"},
    "a path above, further down": lambda _: {"path": "inner/../../secret.csv"},
    "an absolute path": lambda _: {"path": "/etc/hosts", "format": "csv"},
    "one path of two": lambda _: {"path": ["sound.csv", "../secret.csv"]},
    "a second path": lambda _: {"path": "sound.csv", "extrapaths": ["../secret.csv"]},
    "a link out of the package": lambda _: {"path": "link.csv"},
    "a file in a linked folder": lambda _: {"path": "linked/secret.csv"},
    "a loop of links": lambda _: {"path": "loop.csv"},
    "a linked schema": lambda _: {"path": "sound.csv", "schema": "link.json"},
    "a linked dialect": lambda _: {"path": "sound.csv", "dialect": "link.json"},
    "a schema above": lambda _: {"path": "sound.csv", "schema": "../secret.json"},
    "a file: URL": lambda _: {"path": "file:///etc/hosts", "format": "csv"},
    "a folder": lambda _: {"path": "inner"},
    "a pipe": lambda _: {"path": "pipe.csv"},
    "a path on the web": lambda web: {"path": f"{web}x.csv"},
    "JSON on the web": lambda web: {"path": f"{web}x.json"},
    "Parquet on the web": lambda web: {"path": f"{web}x.parquet", "schema": schema("a:integer")},
    "a path on the web without slashes": lambda web: {"path": web.replace("//", "") + "x.json"},
    "the url of version 0": lambda web: {"url": f"{web}x.json"},
    "a schema on the web": lambda web: {"path": "sound.csv", "schema": f"{web}s.json"},
    "a dialect on the web": lambda web: {"path": "sound.csv", "dialect": f"{web}d.json"},
    "a profile on the web": lambda web: {"path": "sound.csv", "profile": f"{web}p.json"},
    "profiles on the web": lambda web: {"path": "sound.csv", "profiles": [f"{web}p.json"]},
    "a scheme that fetches": lambda web: {"path": "sound.csv", "scheme": "http"},
    "a scheme of a store": lambda _: {"path": "sound.csv", "scheme": "s3"},
    "a database": lambda _: {"path": "sqlite:///x.db", "format": "sql"},
    "a database as a file": lambda _: {"path": "sound.csv", "format": "sql", "type": "table"},
    "sheets on the web": lambda _: {"path": "sound.csv", "format": "gsheets", "type": "table"},
    "a portal": lambda _: {"path": "sound.csv", "format": "ckan", "type": "table"},
    "code": lambda _: {"path": "code.py", "format": "python", "type": "table"},
    "a frame in memory": lambda _: {"path": "sound.csv", "format": "pandas"},
    "a pattern that explodes": lambda _: {
        "path": "sound.csv",
        "schema": schema({"name": "a", "type": "string", "constraints": {"pattern": "(a+)+$"}}),
    },
    "a number without end": lambda _: {"path": "sound.csv", "bytes": 10**400},
    "a path that no file has": lambda _: {"path": "a\0.csv"},
}  # fmt: skip


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder beside which are secrets, and in which are ways to them."""
    folder = tmp_path / "trap"
    (folder / "inner").mkdir(parents=True)
    table(folder / "sound.csv", [["a"], ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]])
    table(tmp_path / "secret.csv", [["a"], ["SECRET"]])
    as_file(tmp_path / "secret.json", schema("SECRET:integer"))
    (folder / "code.py").write_text("from pathlib import Path\nPath(__file__).with_name('executed').touch()\n")
    os.mkfifo(folder / "pipe.csv")
    for link, target in (("link.csv", "../secret.csv"), ("link.json", "../secret.json"), ("linked", "..")):
        (folder / link).symlink_to(target)
    (folder / "loop.csv").symlink_to("loop.csv")
    return folder


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_package_that_means_harm_is_invalid_and_reads_nothing_else(
    make: Callable[[str], dict[str, Any]], trap: Path, web: ThreadingHTTPServer, tmp_path: Path
) -> None:
    for name, text in (("x.csv", "a\n1\n"), ("x.json", "[]"), ("s.json", "{}"), ("d.json", "{}"), ("p.json", "{}")):
        (tmp_path / "web" / name).write_text(text)
    described(trap, {"name": "harm", **make(url(web, ""))})
    try:
        verdict = validate(trap)
    except PackageError as error:
        said = str(error)
    else:
        said = f"{verdict.issues}"
        assert not verdict.valid
    assert "SECRET" not in said
    assert asked(web) == []
    assert not (trap / "executed").exists()


def test_a_profile_of_the_standard_is_known_and_not_fetched(tmp_path: Path) -> None:
    standard = "https://specs.frictionlessdata.io/schemas/data-package.json"
    table(tmp_path / "t.csv", [["a"], [1]])
    begun = time.monotonic()
    stated = {"profile": "tabular-data-resource", "schema": schema("a:integer")}
    described(tmp_path, {"name": "t", "path": "t.csv", **stated}, profile=standard)
    assert validate(tmp_path).valid
    assert time.monotonic() - begun < 10


def test_a_resource_that_is_a_package_is_not_followed(trap: Path, web: ThreadingHTTPServer, tmp_path: Path) -> None:
    inner = {"name": "inner", "path": url(web, "x.csv")}
    described(trap / "inner", inner)
    held = {"name": "held", "data": {"resources": [inner]}}
    described(trap, {"name": "file", "path": "inner/datapackage.json"}, held)
    done = dstools(trap, cwd=tmp_path)
    assert (done.returncode, asked(web)) == (0, [])
    assert done.stderr.count("a package of its own, which is not followed to its data") == 2


def test_a_resource_that_is_away_leaves_the_others_to_be_judged(trap: Path) -> None:
    described(
        trap,
        {"name": "away", "path": "../secret.csv"},
        {"name": "near", "path": "sound.csv", "schema": schema("a:integer")},
    )
    assert types(validate(trap)) == ["source-error", "type-error"]


def test_a_file_that_is_a_link_is_judged_where_the_caller_names_it(tmp_path: Path) -> None:
    table(tmp_path / "store" / "blob.csv", [["a"], ["x"]])
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "t.csv").symlink_to("../store/blob.csv")
    given = as_file(tmp_path / "s.json", schema("a:integer"))
    assert types(validate(tmp_path / "here" / "t.csv", given)) == ["type-error"]


# URLs


def test_a_file_url_is_read_where_it_is(ages: Path) -> None:
    assert validate(ages.as_uri()).total == 55
    assert validate((ages / "datapackage.json").as_uri()).total == 55


@pytest.mark.skipif(find_spec("aiohttp") is None, reason="fsspec reads http with aiohttp")
def test_a_package_and_a_file_on_the_web_are_judged_as_local_ones(
    ages: Path, web: ThreadingHTTPServer, tmp_path: Path
) -> None:
    shutil.copytree(ages, tmp_path / "web" / "ages")
    given = as_file(tmp_path / "s.json", schema("id:integer", "age:integer"))
    left = set(Path(tempfile.gettempdir()).glob("dstools-*"))
    for name in ("ages", "ages/", "ages/datapackage.json"):
        verdict = validate(url(web, name))
        assert (verdict.total, types(verdict)[-1], verdict.target) == (55, "type-error", url(web, name))
    verdict = validate(url(web, "ages/ages.csv?token=1"), given)
    assert (verdict.total, verdict.found[0].place) == (50, url(web, "ages/ages.csv?token=1"))
    assert set(Path(tempfile.gettempdir()).glob("dstools-*")) <= left


def test_a_package_of_ours_is_judged_on_any_file_system(sample: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(sample / "dist" / "netease-1.0.0"), "/netease", recursive=True)
    try:
        assert validate("memory://netease").issues == ()
    finally:
        store.rm("/netease", recursive=True)


MISSING = {
    "a file on the web": "{web}no.csv",
    "a package on the web": "{web}no",
    "a file of this machine": "file:///nowhere/no.csv",
    "a file system that nobody knows": "nobody://x/y.csv",
    "a server that is not there": "http://127.0.0.1:9/no.csv",
}


@pytest.mark.parametrize("place", MISSING.values(), ids=MISSING)
def test_a_url_of_nothing_is_one_line_and_a_hint(place: str, web: ThreadingHTTPServer, tmp_path: Path) -> None:
    done = dstools(place.format(web=url(web, "")), cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (1, "", 2)
    assert (lines[0][:7], lines[1][:6]) == ("error: ", "hint: ")


@pytest.mark.skipif(find_spec("s3fs") is not None, reason="s3fs is installed")
def test_a_file_system_whose_library_is_missing_is_named(tmp_path: Path) -> None:
    done = dstools("s3://bucket/key.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert "s3fs" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1] == "hint: install the library of that file system"


# What it costs


def test_nothing_is_left_in_the_folder_for_temporary_files(ages: Path, trap: Path, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    for target in (ages, trap, tmp_path / "no"):
        dstools(target, cwd=tmp_path, TMPDIR=str(tmp_path / "temporary"))
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_temporary_folder_that_is_full_is_no_fault_of_the_data(name: str, tmp_path: Path) -> None:
    """Files of at most 40 kB stand for a full disk: keys of 5,000 rows take 120 kB."""
    rows = [[number, "x"] for number in range(5_000)]
    table(tmp_path / "t.csv", [["a", "b"], *rows])
    pq.write_table(pa.table({"a": range(5_000), "b": ["x"] * 5_000}), tmp_path / "t.parquet")
    given = as_file(tmp_path / "s.json", schema("a:integer", "b:string", primaryKey="a"))
    command = ["bash", "-c", 'trap "" XFSZ; ulimit -f 40; exec "$@"', "-", DSTOOLS, "validate", name, "--schema", given]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "the keys do not fit" in done.stderr
    assert "hint: name a larger folder: TMPDIR=" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def peak(*arguments: str | Path, cwd: Path) -> int:
    """The most memory in kB that the command and its children held, each at its own highest."""
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc on this system")
    highest: dict[int, int] = {}
    with subprocess.Popen([DSTOOLS, "validate", *map(str, arguments)], cwd=cwd, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as running:  # fmt: skip
        while running.poll() is None:
            family = [running.pid, *(servers := children(running.pid)), *children(*servers)]
            for each in family:
                try:
                    status = Path(f"/proc/{each}/status").read_text()
                except OSError:
                    continue
                if "VmHWM:" in status:  # one that has ended has none any more
                    highest[each] = int(status.partition("VmHWM:")[2].split()[0])
            time.sleep(0.02)
    return max(highest.values())


@pytest.mark.parametrize("bad", [False, True], ids=["sound", "every row bad"])
def test_memory_does_not_grow_with_the_file(bad: bool, tmp_path: Path) -> None:
    sizes = (10_000, 30_000) if bad else (100_000, 800_000)
    minimum = {"name": "id", "type": "integer", "constraints": {"minimum": sizes[1] if bad else 0}}
    given = as_file(tmp_path / "s.json", schema(minimum, "text:string", primaryKey="id"))
    peaks = []
    for size in sizes:
        with pq.ParquetWriter(tmp_path / f"{size}.parquet", pa.schema({"id": "int64", "text": "string"})) as writer:
            for start in range(0, size, 10_000):
                numbers = range(start, start + 10_000)
                writer.write_table(pa.table({"id": numbers, "text": [f"{number:>50}" for number in numbers]}))
        peaks.append(peak(f"{size}.parquet", "--schema", given, cwd=tmp_path))
    assert peaks[1] < peaks[0] + 100_000
    assert peaks[1] < 600_000
