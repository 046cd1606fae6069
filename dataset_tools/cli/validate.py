"""`dstools validate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_tools.cli.main import printable
from dataset_tools.cli.reported import said, wanted
from dataset_tools.errors import DatasetError, PackageError

if TYPE_CHECKING:
    from dataset_tools.validate import Verdict
    from dataset_tools.validators.work import Found


@click.command("validate")
@click.argument("path")
@click.option("--schema", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Of a file.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Files at once [default: the cores that may be used].")
@click.option("--fail-fast", is_flag=True, help="Stop after the first error.")
@click.option("--limit-errors", type=click.IntRange(1), default=20, show_default=True, help="Of each rule of a file.")
@click.option("--format", "shape", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option("--report", "reports", multiple=True, metavar="sarif=FILE|junit=FILE", help="Also write it; repeatable.")
def command(
    path: str,
    schema: Path | None,
    workers: int | None,
    fail_fast: bool,
    limit_errors: int,
    shape: str,
    reports: tuple[str, ...],
) -> None:
    """Judge a package or a file: hashes, every row by Frictionless, keys over all files, and loadability.

    PATH is a package (its folder or its datapackage.json), a file (CSV, JSON Lines, Parquet, …; .gz too), the URL of
    one (s3://, hf://, …), or a dataset of this project. --format json is frictionless's own report.
    """
    files = wanted(reports)
    target = _target(path)
    from dataset_tools.engines.local import cores
    from dataset_tools.validate import validate

    verdict = validate(target, schema, workers=workers or cores(), most=limit_errors, first=fail_fast)
    if shape == "json":
        click.echo(_json(verdict), nl=False)
    else:
        said(verdict.issues, shape, "dstools validate")
    for kind, place in files:
        place.write_text(_report(kind, verdict), "utf-8")
    if shape == "text":
        for line in _notes(verdict):
            click.echo(printable(line), err=True)
    if not verdict.valid:
        listed = len(verdict.errors) + sum(len(each.errors) for each in verdict.found)
        more = f" ({listed:,} of them above)" if listed < verdict.total and shape == "text" else ""
        raise PackageError(f"{target}: {_number(verdict.total, 'error')}{more}", "mend the data, or ask who made it")
    if shape == "text":
        files_of = _number(len(verdict.found), "file")
        click.echo(f"{printable(target)}: valid: {_number(verdict.rows, 'row')} in {files_of}")


def _target(path: str) -> str:
    """A path or a URL if there is one, else the package of the project's dataset of that name."""
    if "://" in path or Path(path).exists():
        return path
    if "/" in path or Path(path).suffix:
        raise PackageError(f"{path}: no such file or folder", "look at its name; a package is built by: dstools build")
    from dataset_tools.dataset import find_root, names, read_dataset

    try:
        root = find_root(Path.cwd())
    except DatasetError as error:
        raise PackageError(f"{path}: no such file or folder", "name a package, or a file") from error
    if path not in names(root):
        raise PackageError(f"{path}: no such file, and no dataset of that name", "dstools list shows the datasets")
    return str(root / "dist" / read_dataset(root, path).folder)


def _notes(verdict: Verdict) -> Iterator[str]:
    for each in verdict.found:
        yield from (f"{each.place}: {line}" for line in _warnings(each))
    if verdict.unjudged:
        yield f"not judged, because they name code: {', '.join(verdict.unjudged)}"


def _warnings(found: Found) -> Iterator[str]:
    yield from found.warnings
    for (type, field, rule), number in found.counts.items():
        if (more := number - found.most) > 0:
            about = " ".join(part for part in (type, rule, f'at "{field}"' if field else "") if part)
            yield f"{more:,} more of: {about}"


def _json(verdict: Verdict) -> str:
    from dataset_tools.reports.frictionless import frictionless

    tasks = [_task(each) for each in verdict.found]
    package = verdict.package
    beside: dict[str, Any] = {}
    if package is not None:
        about = {"name": package.name, "version": package.version, "draft": package.draft}
        beside = {"dstools:package": {**about, "unjudged": list(verdict.unjudged)}}
    return frictionless(tasks, verdict.errors, [], verdict.seconds, beside)


def _task(found: Found) -> Mapping[str, Any]:
    """A resource as a task of frictionless's report."""
    warnings = list(_warnings(found))
    return {
        **{"name": found.name, "type": found.type, "valid": not found.total, "place": found.place},
        **{"labels": list(found.labels)},
        "stats": {"errors": found.total, "warnings": len(warnings), **found.stats},
        **{"warnings": warnings, "errors": list(found.errors)},
    }


def _report(kind: str, verdict: Verdict) -> str:
    places = [each.place for each in verdict.found] or [verdict.target]
    if kind == "junit":
        from dataset_tools.reports.junit import junit

        return junit(verdict.issues, places, "dstools validate")
    from importlib.metadata import version

    from dataset_tools.reports.sarif import sarif

    return sarif(verdict.issues, version("dstools-dataset"), {})


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
