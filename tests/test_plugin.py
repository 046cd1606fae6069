"""Plain frictionless, with our plug-in beside it: Parquet is read as Arrow reads it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Detector, FrictionlessException, Package, Plugin, Resource, Schema, describe, system
from frictionless.formats import ParquetControl, ParquetParser

from frictionless_dstools import ArrowParser

FRICTIONLESS = str(Path(sys.executable).parent / "frictionless")
NOON = datetime(2031, 5, 6, 12, 30, 15, 250_000)
LINKS = pa.struct([("href", pa.string()), ("seen", pa.list_(pa.int32()))])
LINK = {"href": "/a", "seen": [1, None]}
VALUES: list[tuple[pa.DataType, list[Any]]] = [
    *((kind, [3, None, -4]) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())),
    (pa.int64(), [2**63 - 1, None]),
    (pa.uint64(), [2**64 - 1, None, 0]),
    (pa.float16(), [0.5, None]),
    (pa.float32(), [0.1, None]),
    (pa.float64(), [0.1, 1e300, float("inf"), None]),
    (pa.decimal128(38, 2), [Decimal("123456789012345678901234567890123456.78"), None]),
    (pa.decimal256(50, 3), [Decimal("-0.125"), None]),
    (pa.bool_(), [True, None, False]),
    *((kind, ["007", "", None, "x\ny"]) for kind in (pa.string(), pa.large_string(), pa.string_view())),
    (pa.dictionary(pa.int8(), pa.string()), ["red", None, "red", "blue"]),
    (pa.dictionary(pa.int32(), pa.int64()), [5, None, 5]),
    (pa.null(), [None, None]),
    (pa.binary(), [b"\x00\xff", None, b""]),
    (pa.date32(), [date(1, 1, 1), None, date(9999, 12, 31)]),
    (pa.date64(), [date(2031, 5, 6), None]),
    (pa.time32("ms"), [time(1, 2, 3, 4000), None]),
    (pa.time64("us"), [time(23, 59, 59, 999_999), None]),
    (pa.timestamp("ms"), [NOON, None]),
    (pa.timestamp("us"), [NOON, None, datetime(1, 1, 1)]),
    (pa.timestamp("ns"), [NOON, None]),
    (pa.timestamp("us", tz="UTC"), [NOON.replace(tzinfo=UTC), None]),
    (pa.timestamp("us", tz="Asia/Shanghai"), [NOON.replace(tzinfo=UTC), None]),
    (pa.duration("us"), [timedelta(days=1, microseconds=5), None]),
    (pa.list_(pa.int64()), [[1, None], [], None]),
    (pa.large_list(pa.string()), [["a", ""], [], None]),
    (pa.list_(pa.float32(), 2), [[0.5, 1.5], None]),
    (pa.struct([("a", pa.int64()), ("b", pa.string())]), [{"a": None, "b": "x"}, None]),
    (pa.list_(LINKS), [[LINK, {"href": None, "seen": None}], [], None]),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1), ("b", None)], None]),
]


def write(path: Path, table: pa.Table | dict[str, Any], **options: Any) -> Path:
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path, **options)
    return path


def column(kind: pa.DataType, values: list[Any]) -> pa.Table:
    """One column that has values in every row of the file, so that a row of a lone null is no blank row."""
    return pa.table({"number": range(len(values)), "value": pa.array(values, kind)})


def resource(path: Path, /, **stated: Any) -> Resource:
    """A Parquet file as a descriptor states it, or several of a folder."""
    folder = path if path.is_dir() else path.parent
    return Resource.from_descriptor({"name": "rows", "path": path.name, **stated}, basepath=str(folder))


def faults(checked: Resource | Package) -> list[tuple[str, str]]:
    return [(kind, note) for kind, note in checked.validate().flatten(["type", "note"])]


def command(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FRICTIONLESS, *args], cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    return write(tmp_path / "numbers.parquet", {"n": [1, None, 3], "s": ["a", "b", "c"]})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a server of files that cannot serve a part of one."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# Values


@pytest.mark.parametrize(("kind", "values"), VALUES, ids=[str(kind) for kind, _ in VALUES])
def test_every_type_is_read_as_arrow_reads_it(kind: pa.DataType, values: list[Any], tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", column(kind, values), store_schema=True)
    wanted = pq.read_table(path)["value"].to_pylist()
    rows = Resource(path="x.parquet", basepath=str(tmp_path)).read_rows()
    read = [row["value"] for row in rows]
    assert read == wanted
    assert list(map(type, read)) == list(map(type, wanted))
    assert not [error for row in rows for error in row.errors]


def test_nan_stays_a_number_and_is_no_null(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"n": [float("nan"), 1.0, None]})
    first, _, last = (row["n"] for row in resource(path).read_rows())
    assert first != first
    assert last is None


def test_the_parser_of_frictionless_reads_integers_with_a_null_as_floats_and_lists_as_arrays(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"big": [2**62 + 1, None], "list": [[1], []]})
    _, *theirs = ParquetParser(resource(path)).read_cell_stream()
    _, *ours = ArrowParser(resource(path)).read_cell_stream()
    assert theirs[0][0] != 2**62 + 1 and not isinstance(theirs[0][1], list)
    assert ours == [[2**62 + 1, [1]], [None, []]]


def test_moments_of_any_zone_are_read_in_utc(tmp_path: Path) -> None:
    last = pa.array([253_402_300_799_999_999], pa.int64()).cast(pa.timestamp("us", tz="Asia/Shanghai"))
    path = write(tmp_path / "x.parquet", {"at": last, "all": pa.ListArray.from_arrays([0, 1], last)})
    (row,) = resource(path).read_rows()
    assert row["at"] == datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert row["at"].tzname() == "UTC"
    assert row["all"] == [row["at"]]


def test_rows_come_in_order_over_batches_and_row_groups(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"n": range(3_500)}, row_group_size=1_300)
    assert [row["n"] for row in resource(path).read_rows()] == list(range(3_500))


def test_an_empty_table_is_valid_and_has_its_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", pa.table({"a": pa.array([], pa.string()), "n": pa.array([], pa.int8())}))
    table = resource(path)
    assert table.validate().valid
    assert table.schema.field_types == ["string", "integer"]


def test_a_column_that_is_there_twice_is_an_error_of_its_label(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    assert "duplicate-label" in [kind for kind, _ in faults(resource(write(tmp_path / "x.parquet", twice)))]


# Schemas


def test_without_a_schema_columns_tell_their_own_types(tmp_path: Path) -> None:
    columns = {"id": ["007", ""], "n": [1, None], "at": [NOON, None], "part": [0.5, 1.0], "tags": [["a"], []]}
    write(tmp_path / "x.parquet", columns)
    found = describe("x.parquet", basepath=str(tmp_path), type="schema")
    assert isinstance(found, Schema)
    assert found.field_types == ["string", "integer", "datetime", "number", "array"]
    assert found.missing_values == []


def test_what_a_user_says_of_fields_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"id": ["007", "NA"]})
    assert resource(path, schema={"fields": [{"name": "id", "type": "integer"}]}).read_rows()[0]["id"] == 7
    for said, wanted in (({"field_type": "any"}, "any"), ({"field_missing_values": ["NA"]}, "string")):
        given = Resource(path="x.parquet", basepath=str(tmp_path), detector=Detector(**said))
        given.infer()
        assert given.schema.field_types == [wanted]
    assert [row["id"] for row in given.read_rows()] == ["007", None]


def test_bytes_are_valid_where_the_schema_says_they_are_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"raw": pa.array([b"\xff", b"", None], pa.binary()), "n": [1, 2, 3]})
    raw = {"name": "raw", "type": "string", "constraints": {"required": True, "minLength": 1}}
    number = {"name": "n", "type": "integer"}
    plain = resource(path, schema={"fields": [raw, number]})
    ours = resource(path, schema={"fields": [{**raw, "dstools:type": "binary"}, number]})
    assert {kind for kind, _ in faults(plain)} == {"type-error", "constraint-error"}
    assert faults(ours) == [("constraint-error", 'constraint "required" is "True"')]
    assert faults(ours) == [("constraint-error", 'constraint "required" is "True"')]  # and so it stays


# Size and hash


def stated(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"}


def test_right_bytes_and_hashes_are_valid(numbers: Path) -> None:
    assert faults(resource(numbers, **stated(numbers))) == []
    md5 = hashlib.md5(numbers.read_bytes(), usedforsecurity=False).hexdigest()
    assert faults(resource(numbers, hash=md5)) == []


def test_wrong_bytes_and_hashes_are_errors(numbers: Path) -> None:
    wrong = {"bytes": 7, "hash": "sha256:" + "0" * 64}
    assert [kind for kind, _ in faults(resource(numbers, **wrong))] == ["hash-count", "byte-count"]
    assert [kind for kind, _ in faults(resource(numbers, hash="0" * 32))] == ["hash-count"]


def test_the_parser_of_frictionless_fails_right_bytes_and_passes_a_wrong_hash(numbers: Path) -> None:
    system.register("first", _Builtin())
    try:
        assert [kind for kind, _ in faults(resource(numbers, bytes=stated(numbers)["bytes"]))] == ["byte-count"]
        assert faults(resource(numbers, hash="sha256:" + "0" * 64)) == []
    finally:
        system.deregister("first")


def test_described_statistics_are_those_of_the_file(numbers: Path) -> None:
    found = describe("numbers.parquet", basepath=str(numbers.parent), stats=True).to_descriptor()
    assert {key: found[key] for key in ("bytes", "hash", "rows", "fields")} == {
        **stated(numbers),
        "rows": 3,
        "fields": 2,
    }


# Files


def test_a_resource_of_many_files_is_read_wholly_and_in_order(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.parquet", {"n": numbers}) for name, numbers in (("b", [1, 2]), ("a", [3, None]))]
    whole = b"".join(path.read_bytes() for path in paths)
    told = {"bytes": len(whole), "hash": f"sha256:{hashlib.sha256(whole).hexdigest()}"}
    many = resource(tmp_path, path=[path.name for path in paths], format="parquet", **told)
    assert [row["n"] for row in many.read_rows()] == [1, 2, 3, None]
    assert [kind for kind, _ in faults(many)] == ["blank-row"]  # and neither of its bytes nor of its hash


def test_a_file_with_other_columns_than_the_first_stops_the_reading_with_one_line(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"n": [1], "s": ["x"]})
    write(tmp_path / "b.parquet", {"s": ["x"], "n": [1]})
    many = resource(tmp_path, path=["a.parquet", "b.parquet"], format="parquet")
    assert faults(many) == [("source-error", "b.parquet has the columns ['s', 'n'], a.parquet has ['n', 's']")]
    with pytest.raises(FrictionlessException, match="source-error"):
        many.open()


def test_a_cut_file_and_one_that_is_not_there_are_source_errors(numbers: Path) -> None:
    numbers.write_bytes(numbers.read_bytes()[:-9])
    for path in (numbers, numbers.with_name("none.parquet")):
        ((kind, note),) = faults(resource(path))
        assert kind == "source-error" and "\n" not in note


def test_a_damaged_page_is_a_source_error_wherever_it_is(tmp_path: Path) -> None:
    table = pa.table({"n": range(5_000)})
    path = write(tmp_path / "x.parquet", table, row_group_size=2_500, compression="none", use_dictionary=False,
                 write_page_checksum=True)  # fmt: skip
    sound = path.read_bytes()
    for row, rows_read in ((5, None), (4_000, 3_000)):
        place = sound.index(row.to_bytes(8, "little"))
        path.write_bytes(sound[:place] + b"\xff" + sound[place + 1 :])
        damaged = resource(path, bytes=len(sound), hash=stated(path)["hash"])
        ((kind, note),) = faults(damaged)
        assert kind == "source-error" and "checksum" in note.lower()
        assert rows_read is None or 100 < damaged.stats.rows <= rows_read


def test_a_date_that_python_does_not_have_is_a_source_error(tmp_path: Path) -> None:
    for number, kind in ((10**8, pa.date32()), (253_402_300_800_000_000, pa.timestamp("us", tz="UTC"))):
        path = write(
            tmp_path / "x.parquet", {"at": pa.array([number], pa.int64() if number > 2**31 else pa.int32()).cast(kind)}
        )
        ((found, note),) = faults(resource(path))
        assert found == "source-error" and "out of range" in note


def test_a_file_on_the_web_is_read_and_measured_and_no_copy_of_it_stays(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.parquet", {"n": range(500)})
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    remote = Resource.from_descriptor({"name": "rows", "path": f"{site}/x.parquet", **stated(path)})
    assert faults(remote) == []
    assert not list(copies.iterdir())
    with remote:
        assert list(copies.iterdir())  # it is open, and not read to its end
    assert not list(copies.iterdir())


def test_a_folder_of_partitions_is_left_to_the_parser_of_frictionless(tmp_path: Path) -> None:
    pq.write_to_dataset(pa.table({"s": ["x", "y"], "part": [1, 2]}), tmp_path / "x.parquet", partition_cols=["part"])
    rows = Resource(path="x.parquet", basepath=str(tmp_path)).read_rows()
    assert [row.to_dict() for row in rows] == [{"s": "x", "part": 1}, {"s": "y", "part": 2}]


# Options of frictionless's own parser


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"columns": ["s", "n"]}, [["a", 1], ["b", None], ["c", 3]]),
        ({"filters": [["n", ">", 1]]}, [[3, "c"]]),
        ({"filters": [[["n", "=", 1]], [["s", "in", ["b"]]]]}, [[1, "a"], [None, "b"]]),
        ({"columns": ["s"], "filters": [["n", "=", 1]]}, [["a"]]),
    ],
)
def test_columns_and_filters_work_as_before(options: dict[str, Any], wanted: list[Any], numbers: Path) -> None:
    chosen = Resource(path=numbers.name, basepath=str(numbers.parent), control=ParquetControl(**options))
    assert [row.to_list() for row in chosen.read_rows()] == wanted


def test_a_chosen_column_that_is_not_there_is_a_source_error(numbers: Path) -> None:
    chosen = resource(numbers, dialect={"parquet": {"columns": ["n", "other"]}})
    assert faults(chosen) == [("source-error", "there are no columns ['other']")]


def test_a_table_is_written_as_before(tmp_path: Path) -> None:
    source = Resource(data=[["id", "name"], [1, "stone"], [2, "reed"]])
    target = source.write(path=str(tmp_path / "x.parquet"))
    assert pq.read_table(tmp_path / "x.parquet").to_pylist() == [{"id": 1, "name": "stone"}, {"id": 2, "name": "reed"}]
    with system.use_context(trusted=True):
        assert [row.to_list() for row in target.read_rows()] == [[1, "stone"], [2, "reed"]]


# The command, as a user has it


def test_the_command_finds_our_package_valid(sample: Path) -> None:
    run = command("validate", "dist/netease-1.0.0/datapackage.json", cwd=sample)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "INVALID" not in run.stdout


def test_the_command_names_a_file_that_is_not_the_one_of_the_package(sample: Path, tmp_path: Path) -> None:
    descriptor = json.loads((sample / "dist/netease-1.0.0/datapackage.json").read_text("utf-8"))
    first = descriptor["resources"][0]
    name = Path(first["path"]).name
    table = pq.read_table(sample / "dist/netease-1.0.0" / first["path"])
    write(tmp_path / name, table, compression="none")
    (tmp_path / "schema.json").write_bytes((sample / "dist/netease-1.0.0" / first["schema"]).read_bytes())
    other = {**descriptor, "resources": [{**first, "path": name, "schema": "schema.json"}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(other), "utf-8")
    run = command("validate", "datapackage.json", "--json", cwd=tmp_path)
    assert run.returncode == 1
    (task,) = json.loads(run.stdout)["tasks"]
    assert [error["type"] for error in task["errors"]] == ["hash-count", "byte-count"]


def test_the_command_judges_a_file_by_a_schema(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", {"n": [1, None, 300], "tags": [["a"], None, []]})
    fields = [{"name": "n", "type": "integer", "constraints": {"maximum": 200}}, {"name": "tags", "type": "array"}]
    (tmp_path / "s.json").write_text(json.dumps({"fields": fields, "missingValues": []}), "utf-8")
    run = command("validate", "x.parquet", "--schema", "s.json", "--json", cwd=tmp_path)
    (task,) = json.loads(run.stdout)["tasks"]
    assert [(error["type"], error.get("cell")) for error in task["errors"]] == [
        ("blank-row", None),
        ("constraint-error", "300"),
    ]


def test_the_command_extracts_what_is_there(numbers: Path) -> None:
    run = command("extract", numbers.name, "--json", cwd=numbers.parent)
    assert json.loads(run.stdout) == {"numbers": pq.read_table(numbers).to_pylist()}


# The plug-in itself


def test_to_load_the_plugin_brings_nothing_heavy() -> None:
    """And it is loaded with frictionless, before its own plug-ins."""
    said = """
import frictionless, sys
frictionless.Resource(data=[["a"], [1]]).read_rows()
assert "frictionless_dstools" in sys.modules
assert list(frictionless.system.plugins)[0] == "dstools"
print(sorted({"pyarrow", "polars", "pandas", "numpy", "fsspec", "dataset_tools"} & sys.modules.keys()))
"""
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "[]", run.stderr


@pytest.mark.parametrize("name", ["unique-keys", "categories", "rule", "member"])
def test_reports_know_the_classes_of_our_errors(name: str) -> None:
    from dataset_tools.validators.errors import ERRORS

    assert system.select_error_class(name) is ERRORS[name]


def test_errors_of_others_are_left_to_frictionless() -> None:
    assert system.select_error_class("byte-count").title == "Byte Count Error"
    with pytest.raises(FrictionlessException, match="not supported"):
        system.select_error_class("never-heard-of")


class _Builtin(Plugin):
    """Frictionless's own parser, put before ours."""

    def create_parser(self, given: Resource) -> ParquetParser | None:
        return ParquetParser(given) if given.format == "parquet" else None
