"""`dstools schema`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dataset_tools.dataset import Dataset, find_root, read_dataset
from dataset_tools.document import nearest
from dataset_tools.errors import SchemaError
from dataset_tools.schema import Schema


def _arrow(schema: Schema, _dataset: Dataset) -> str:
    from dataset_tools.dialects.arrow import arrow_schema

    return str(arrow_schema(schema).to_string(truncate_metadata=False, element_size_limit=1 << 20)) + "\n"


def _pandera(schema: Schema, _dataset: Dataset) -> str:
    """pandera's own YAML, then as comments the checks, which are functions: pandera writes none of them."""
    import warnings

    from dataset_tools.dialects.pandera import pandera_schema

    made = pandera_schema(schema)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # one for each check that is a function
        text = str(made.to_yaml())
    checks = [check.name for column in made.columns.values() for check in column.checks]
    checks += [check.name for check in made.checks]
    return text + "".join(f"# check: {name}\n" for name in checks)


def _frictionless(schema: Schema, _dataset: Dataset) -> str:
    from dataset_tools.dialects.frictionless import frictionless_schema

    return _json(frictionless_schema(schema))


def _features(schema: Schema, _dataset: Dataset) -> str:
    import yaml

    from dataset_tools.dialects.features import features

    told = {"dataset_info": {"features": features(schema)}}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)


def _croissant(schema: Schema, dataset: Dataset) -> str:
    from dataset_tools.dialects.croissant import croissant

    return _json(croissant({**dataset.stated, "resources": []}, {schema.table: schema}))


def _table_schema(schema: Schema, _dataset: Dataset) -> str:
    from dataset_tools.package import published_schema

    return _json(published_schema(schema))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


DIALECTS: dict[str, Callable[[Schema, Dataset], str]] = {
    "arrow": _arrow,
    "pandera": _pandera,
    "frictionless": _frictionless,
    "features": _features,
    "croissant": _croissant,
    "table-schema": _table_schema,
}


@click.command("schema")
@click.argument("dataset", required=False)
@click.argument("table", required=False)
@click.option("--to", "name", type=click.Choice(list(DIALECTS)), help="The dialect to print.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Draft a schema from this Parquet, CSV or JSON Lines file.",
)
@click.option("--editor", type=click.Choice(["dataset", "table"]), help="The JSON Schema that editors complete from.")
def command(dataset: str | None, table: str | None, name: str | None, file: Path | None, editor: str | None) -> None:
    """Print a table's schema in the words of a library, or draft one from a file.

    Both go to stdout: dstools schema netease articles --to arrow, dstools schema --from rows.parquet.
    """
    if editor is not None:
        from dataset_tools.editor import descriptor_schema, table_schema

        click.echo(_json(descriptor_schema() if editor == "dataset" else table_schema()), nl=False)
        return
    if file is not None:
        if dataset or name:
            raise click.UsageError("--from FILE drafts a schema: DATASET, TABLE and --to go without it")
        from dataset_tools.drafts.schema import draft

        click.echo(draft(file), nl=False)
        return
    if not (dataset and table and name):
        raise click.UsageError("either DATASET TABLE --to NAME, or --from FILE")
    described = read_dataset(find_root(Path.cwd()), dataset)
    if table not in described.schemas:
        raise SchemaError(f"{dataset}: no table {table!r}", nearest(table, described.schemas))
    click.echo(DIALECTS[name](described.schemas[table], described), nl=False)
