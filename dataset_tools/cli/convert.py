"""`dstools convert`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from dataset_tools.cli.main import printable
from dataset_tools.dataset import Dataset, find_root, read_dataset
from dataset_tools.errors import ConvertError, DatasetError, PageError
from dataset_tools.record import Record, Reject, as_plain


@click.command("convert")
@click.argument("dataset")
@click.argument("page", type=click.Path(path_type=Path))
def command(dataset: str, page: Path) -> None:
    """Show what the converter makes of one page, as JSON lines: the loop for writing a converter.

    Records go to stdout as the converter gives them; what the schema says against them, to stderr (exit 1).
    """
    from dataset_tools.converter import load
    from dataset_tools.passes.convert import convert_page
    from dataset_tools.rejects import Rejected
    from dataset_tools.sources.folder import Found, read

    described = read_dataset(find_root(Path.cwd()), dataset)
    if described.converter is None:
        raise ConvertError(f"{dataset}: the descriptor names no converter", "add dstools:converter")
    if not page.is_file():
        raise PageError(f"{page}: no such file", "name a page of raw/")
    found = Found(page.name, str(page.resolve()), page.stat().st_size)
    outcome = convert_page(0, read(found, 64 << 20), load(described.root, described.converter))
    if isinstance(outcome, Rejected):
        click.echo(json.dumps({outcome.kind: outcome.reason, "message": outcome.message}, ensure_ascii=False))
        raise SystemExit(0 if outcome.kind == "passed-over" else 1)
    for given in outcome:
        click.echo(json.dumps(as_plain(given), ensure_ascii=False))
    if faults := list(_faults(outcome, described)):
        raise DatasetError(
            "\n".join([f"{page}: the schema says against it:", *faults]), "mend the converter, or the schema"
        )


def _faults(outcome: list[Record | Reject], described: Dataset) -> Iterator[str]:
    """What the types, constraints and rules of the schema say, line by line; fields that the build fills are let be."""
    from dataset_tools.reading import read_table
    from dataset_tools.validators.table import judge

    for table, schema in described.schemas.items():
        records = [each.values for each in outcome if isinstance(each, Record) and each.table == table]
        filled = {field.name for field in schema.fields if field.fill}
        read, issues = read_table(records, schema)
        for issue in [*issues, *judge(read, schema)]:
            if issue.field not in filled:
                yield printable(f"  {table} record {issue.row}: {issue.message} (value: {issue.value})")
    for each in outcome:
        if isinstance(each, Record) and each.table not in described.schemas:
            yield printable(f"  unknown table {each.table!r}")
