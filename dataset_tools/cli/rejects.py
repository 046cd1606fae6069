"""`dstools rejects`."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from dataset_tools.cli.main import printable
from dataset_tools.dataset import Dataset, every, find_root
from dataset_tools.errors import DatasetError


@click.command("rejects")
@click.argument("dataset", required=False)
@click.option("--reason", help="Only those with this reason.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where the build wrote [default: dist].")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many rows of text.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(dataset: str | None, reason: str | None, out: Path | None, limit: int, shape: str) -> None:
    """Show what the last build kept out, and why: one row for each broken rule.

    JSON has one object a line, every row of rejects.parquet.
    """
    root = find_root(Path.cwd())
    for each in every(root, (dataset,) if dataset else ()):
        _show(each, (out or root / "dist") / f"{each.folder}.report" / "rejects.parquet", reason, limit, shape)


def _show(dataset: Dataset, path: Path, reason: str | None, limit: int, shape: str) -> None:
    import pyarrow.parquet as pq

    from dataset_tools.document import nearest

    if not path.is_file():
        raise DatasetError(f"{path}: no report of a build", f"build it first: dstools build {dataset.name}")
    rows = pq.ParquetFile(path).read().to_pylist()
    reasons = sorted({row["reason"] for row in rows})
    if reason is not None and reason not in reasons:
        hint = nearest(reason, reasons) if reasons else "nothing was kept out"
        raise DatasetError(f"{dataset.name}: nothing was kept out for {reason!r}", hint)
    chosen = [row for row in rows if reason in (None, row["reason"])]
    if shape == "json":
        for row in chosen:
            click.echo(json.dumps({"dataset": dataset.name, **row}, ensure_ascii=False))
        return
    lines = [(line, len(list(same))) for line, same in groupby(map(_line, chosen))]
    for line, times in lines[:limit]:
        click.echo(printable(line + (f" × {times}" if times > 1 else "")))
    if len(lines) > limit:
        click.echo(f"… and {len(lines) - limit:,} more: --limit, or --format json", err=True)


def _line(row: dict[str, Any]) -> str:
    where = row["page_uri"] + (f" {row['place']}" if row["place"] else "")
    what = ".".join(filter(None, (row["table"], row["field"])))
    value = "" if row["value"] is None else f" — {' '.join(row['value'].split())[:60]}"
    kept = f" (kept: {row['kept']})" if row["kept"] else ""
    return f"{row['reason']:<16} {where}: {what + ': ' if what else ''}{row['message']}{value}{kept}"
