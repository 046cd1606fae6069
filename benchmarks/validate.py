"""What validation costs beside its rivals, on one core: python benchmarks/validate.py prints the tables of docs.

`--narrow ROWS` validates so many narrow rows instead, and prints the memory that it took.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# The parser that frictionless itself has: our plug-in is kept from being loaded.
PLAIN = "import sys, types; sys.modules['frictionless_dstools'] = types.ModuleType('frictionless_dstools')\n"
COMMAND = f"{PLAIN}from frictionless.__main__ import console; console()"
VERSION_2 = "https://datapackage.org/profiles/2.0/tableschema.json"
SCHEMA: dict[str, Any] = {
    "missingValues": [],
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"required": True, "minimum": 0}},
        {"name": "url", "type": "string", "constraints": {"required": True, "pattern": "https?://[!-~]+"}},
        {"name": "title", "type": "string", "constraints": {"minLength": 1, "maxLength": 200}},
        {"name": "text", "type": "string", "constraints": {"required": True, "minLength": 1, "maxLength": 5000}},
        {"name": "language", "type": "string", "constraints": {"enum": ["en", "de", "zh"]}},
        {"name": "score", "type": "number", "constraints": {"minimum": 0, "maximum": 1}},
        {"name": "words", "type": "integer", "constraints": {"minimum": 1, "maximum": 100000}},
        {"name": "published_at", "type": "datetime", "constraints": {"minimum": "2000-01-01T00:00:00Z"}},
        {"name": "day", "type": "date", "constraints": {"minimum": "2000-01-01"}},
        {"name": "seen", "type": "boolean", "constraints": {"required": True}},
        {"name": "site", "type": "string"},
    ],
}
NARROW = {"fields": [{"name": "id", "type": "integer"}, {"name": "n", "type": "integer"}], "primaryKey": ["id"]}


@click.command()
@click.option("--rows", default=200_000, show_default=True)
@click.option("--times", default=5, show_default=True, help="Runs of ours, of which the median counts.")
@click.option("--narrow", type=int, help="Validate so many rows of two integers and a primary key, and no more.")
def main(rows: int, times: int, narrow: int | None) -> None:
    """Measures `dstools validate` and what else judges the same rows."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for this process and all that it begins
    os.environ["POLARS_MAX_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        if narrow:
            _narrow(Path(folder), narrow)
        else:
            _compare(Path(folder), rows, times)


def _compare(folder: Path, rows: int, times: int) -> None:
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    table = _table(rows)
    bad = table.set_column(6, "words", pa.array([0 if row % 100 == 0 else 7 for row in range(rows)]))
    small = {"start": table.slice(0, 10), "start-bad": bad.slice(0, 10)}  # what they take is start-up
    for name, each in {"clean": table, "bad": bad, **small}.items():
        pq.write_table(each, folder / f"{name}.parquet", compression="zstd", row_group_size=32_768)
    ours = {
        name: _median(lambda name=name: _ours(folder, name), times) for name in ("start", "start-bad", "clean", "bad")
    }
    inside = _median(lambda: _inside(folder), times)
    gate = _median(lambda: _gate(folder), times)
    memory, memory_bad = _in_memory(table), _in_memory(bad)
    start, clean = _frictionless(folder, "start"), _frictionless(folder, "clean")
    here, here_bad = ours["clean"] - ours["start"], ours["bad"] - ours["start-bad"]
    click.echo("| who judges | rows/s | seconds | start-up s |\n| --- | ---: | ---: | ---: |")
    _row(f"`dstools validate`, {rows:,} clean rows in Parquet", rows, here, ours["start"])
    _row("the same, 1 % bad rows", rows, here_bad, ours["start-bad"])
    _row("`frictionless validate`, the same clean file", rows, clean - start, start)
    _row("frictionless, clean rows in memory", rows, memory)
    _row("frictionless, 1 % bad rows in memory", rows, memory_bad)
    _row("ours in process", rows, inside)
    _row("`pq.read_table` and the Pandera gate", rows, gate)
    click.echo("\n| figure | wanted | measured |\n| --- | ---: | ---: |")
    _figure("times `frictionless validate`, start-up apart", "≥ 150", (clean - start) / here)
    _figure("times `frictionless validate`, start-up included", "≥ 100", clean / ours["clean"])
    _figure("times frictionless on rows in memory", "≥ 12", memory / here)
    _figure("times that with 1 % bad rows", "≥ 8", memory_bad / here_bad)
    _figure("of the time of `pq.read_table` and the Pandera gate", "≤ 1.3", inside / gate)


def _row(who: str, rows: int, seconds: float, start: float | None = None) -> None:
    click.echo(f"| {who} | {rows / seconds:,.0f} | {seconds:.2f} | {'–' if start is None else f'{start:.2f}'} |")


def _figure(what: str, wanted: str, measured: float) -> None:
    click.echo(f"| {what} | {wanted} | {measured:.2f} |")


def _table(rows: int) -> pa.Table:
    drawn = random.Random(0)
    words = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=drawn.randint(2, 9))) for _ in range(5_000)]
    began = datetime(2020, 1, 1, tzinfo=UTC)
    moments = [began + timedelta(seconds=row) for row in range(rows)]
    return pa.table(
        {
            "id": range(rows),
            "url": [f"https://example.org/articles/{row}" for row in range(rows)],
            "title": [" ".join(drawn.choices(words, k=6)) for _ in range(rows)],
            "text": [" ".join(drawn.choices(words, k=170))[:1024].ljust(1024, ".") for _ in range(rows)],
            "language": drawn.choices(["en", "de", "zh"], k=rows),
            "score": [drawn.random() for _ in range(rows)],
            "words": [drawn.randint(1, 900) for _ in range(rows)],
            "published_at": pa.array(moments, pa.timestamp("us", "UTC")),
            "day": [date(2020, 1, 1) + timedelta(days=row % 900) for row in range(rows)],
            "seen": [row % 3 == 0 for row in range(rows)],
            "site": ["example.org"] * rows,
        }
    )


def _median(run: Callable[[], float], times: int) -> float:
    return statistics.median(run() for _ in range(times))


def _timed(*command: str | Path) -> float:
    begun = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    taken = time.monotonic() - begun
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {done.returncode}")
    return taken


def _ours(folder: Path, name: str) -> float:
    return _timed("dstools", "validate", folder / f"{name}.parquet", "--schema", folder / "schema.json")


def _frictionless(folder: Path, name: str) -> float:
    path = folder / f"{name}.parquet"
    return _timed(sys.executable, "-c", COMMAND, "validate", path, "--schema", folder / "schema.json", "--trusted")


def _inside(folder: Path) -> float:
    from dataset_tools.validators.parquet import judge_file, opened
    from dataset_tools.validators.spec import of_descriptor
    from dataset_tools.validators.tally import Tally

    begun, tally = time.monotonic(), Tally(20)
    with opened(folder / "clean.parquet", "clean.parquet") as file:
        judge_file(file, of_descriptor(SCHEMA, "clean"), tally)
    assert not tally.total  # noqa: S101 - the rows are clean
    return time.monotonic() - begun


def _gate(folder: Path) -> float:
    from dataset_tools.document import parse
    from dataset_tools.schema import parse_schema
    from dataset_tools.validators.table import judge

    schema = parse_schema(parse(json.dumps(SCHEMA), "schema.json"), "clean")
    begun = time.monotonic()
    issues = judge(pq.read_table(folder / "clean.parquet"), schema)
    assert not issues  # noqa: S101 - the rows are clean
    return time.monotonic() - begun


def _in_memory(table: pa.Table) -> float:
    from frictionless import Resource, Schema

    rows = [table.column_names, *map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))]
    resource = Resource(data=rows, schema=Schema.from_descriptor({"$schema": VERSION_2, **SCHEMA}))
    begun = time.monotonic()
    resource.validate(limit_errors=10**9)
    return time.monotonic() - begun


def _narrow(folder: Path, rows: int) -> None:
    path, step = folder / "narrow.parquet", 1_000_000
    schema = pa.schema({"id": pa.int64(), "n": pa.int64()})
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, rows, step):
            ids = np.arange(first, min(rows, first + step))
            writer.write_table(pa.table({"id": ids, "n": ids % 7}, schema=schema))
    (folder / "schema.json").write_text(json.dumps(NARROW))
    command = ["dstools", "validate", str(path), "--schema", str(folder / "schema.json")]
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = _peak(process)
    taken = time.monotonic() - begun
    if process.returncode:
        raise SystemExit("the rows are not valid")
    click.echo(f"{rows:,} rows in {taken:.1f} s ({rows / taken:,.0f} rows/s), {peak / 2**20:,.0f} MiB at most")


def _peak(process: subprocess.Popen[bytes]) -> int:
    """The most memory that a process and all that it begins take together, in bytes (Linux: PSS), until it ends."""
    most = 0
    ended = threading.Event()
    threading.Thread(target=lambda: (process.wait(), ended.set()), daemon=True).start()
    while not ended.wait(0.2):
        most = max(most, sum(_pss(each) for each in _tree(process.pid)))
    return most


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
