"""`dstools init`."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_tools.dataset import find_root
from dataset_tools.errors import SchemaError
from dataset_tools.init import init


@click.command("init")
@click.argument("name")
@click.option("--source", metavar="PATH", help="Where your pages are [default: raw/NAME, with one sample page].")
def command(name: str, source: str | None) -> None:
    """Begin a dataset: a descriptor, a table schema, a converter and a golden case.

    In a folder without schemas/ above it, a new project begins here.
    """
    root = _root()
    for path in init(root, name, source):
        click.echo(f"wrote {path.relative_to(root)}")
    click.echo(f"next: dstools build {name}")


def _root() -> Path:
    try:
        return find_root(Path.cwd())
    except SchemaError:
        return Path.cwd()
