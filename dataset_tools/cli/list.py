"""`dstools list`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dataset_tools.dataset import Dataset, every, find_root


@click.command("list")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(shape: str) -> None:
    """List the project's datasets, their tables, and whether each is built."""
    root = find_root(Path.cwd())
    told = [_told(dataset) for dataset in every(root, ())]
    if shape == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in told:
        click.echo(
            f"{each['dataset']} {each['version']}  {', '.join(each['tables'])}  {each['package'] or 'not built'}"
        )
    if not told:
        click.echo("no datasets yet: begin one with dstools init NAME", err=True)


def _told(dataset: Dataset) -> dict[str, Any]:
    place = dataset.root / "dist" / dataset.folder
    built = f"dist/{dataset.folder}" if (place / "datapackage.json").is_file() else None
    return {"dataset": dataset.name, "version": dataset.version, "tables": list(dataset.schemas), "package": built}
