"""`dstools validate`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from dataset_tools.cli.main import printable
from dataset_tools.dataset import find_root, names, read_dataset
from dataset_tools.errors import DatasetError, PackageError

_SHOWN = 20


@click.command("validate")
@click.argument("package")
@click.option("--workers", type=click.IntRange(1, 1024), help="Files at once [default: the cores that may be used].")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(package: str, workers: int | None, shape: str) -> None:
    """Judge a package: hashes, every row by Frictionless, keys over all files, and whether load_dataset reads it.

    PACKAGE is a folder, or the name of a dataset of this project.
    """
    folder = _folder(package)
    from dataset_tools import contain

    contain.prepare()  # before the imports below, which take as long
    from dataset_tools.engines.local import cores
    from dataset_tools.validate import validate

    verdict = validate(folder, workers or cores())
    told = {
        **{"package": str(folder), "name": verdict.package.name, "version": verdict.package.version},
        **{"valid": not verdict.issues, "draft": verdict.package.draft, "files": len(verdict.package.resources)},
        **{"rows": verdict.rows, "unjudged": verdict.unjudged, "issues": [asdict(issue) for issue in verdict.issues]},
    }
    if shape == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif verdict.issues:
        for issue in verdict.issues[:_SHOWN]:
            where = f"{issue.path or folder}" + (f" row {issue.row}" if issue.row is not None else "")
            click.echo(printable(f"{issue.reason:<16} {where}: {issue.message}"))
    else:
        click.echo(f"{folder}: valid: {verdict.rows:,} rows in {len(verdict.package.resources):,} files")
    if verdict.unjudged and shape == "text":
        click.echo(f"not judged, because they name code: {', '.join(verdict.unjudged)}", err=True)
    if verdict.issues:
        more = f" (the first {_SHOWN} above)" if len(verdict.issues) > _SHOWN and shape == "text" else ""
        raise PackageError(f"{folder}: {len(verdict.issues):,} issues{more}", "build it again, or ask who made it")


def _folder(package: str) -> Path:
    """A path if it exists, else the package of the project's dataset of that name."""
    if Path(package).exists():
        return Path(package)
    if "/" in package:
        raise PackageError(f"{package}: no such folder", "is it built? dstools list")
    try:
        root = find_root(Path.cwd())
    except DatasetError as error:
        raise PackageError(f"{package}: no such folder", "name the folder of a package") from error
    if package not in names(root):
        raise PackageError(f"{package}: no such folder, and no dataset of that name", "dstools list shows the datasets")
    return root / "dist" / read_dataset(root, package).folder
