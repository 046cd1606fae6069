"""`dstools build`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dataset_tools.cli.main import printable
from dataset_tools.cli.progress import progress
from dataset_tools.dataset import Dataset, every, find_root
from dataset_tools.errors import SchemaError


@click.command("build")
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("--source", "sources", multiple=True, metavar="PATH", help="Pages from here, in place of dstools:source.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where NAME-VERSION/ goes [default: dist]."
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Units at once [default: the cores that may be used].")
@click.option("--limit", type=click.IntRange(1), help="Only the first N pages, into .dstools/preview/NAME/.")
@click.option(
    "--budget", type=click.FloatRange(0, 1), help="Share that may be rejected; beyond the descriptor's own: a draft."
)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    datasets: tuple[str, ...],
    sources: tuple[str, ...],
    out: Path | None,
    workers: int | None,
    limit: int | None,
    budget: float | None,
    shape: str,
) -> None:
    """Build datasets: raw pages in, typed, checked and split packages out.

    Without DATASET, every dataset of the project. A package appears in dist/ whole or not at all.
    """
    root = find_root(Path.cwd())
    chosen = list(every(root, datasets))
    if not chosen:
        raise SchemaError(f"{root / 'schemas'}: no dataset there", "begin one with: dstools init NAME")
    if limit is not None and out is not None:
        raise click.UsageError("--limit builds into .dstools/preview/, so --out has no place beside it")
    given = tuple(str(Path(source).absolute()) for source in sources)
    told = [_build(dataset, given, out, workers, limit, budget, shape) for dataset in chosen]
    if shape == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _build(
    dataset: Dataset,
    sources: tuple[str, ...],
    out: Path | None,
    workers: int | None,
    limit: int | None,
    budget: float | None,
    shape: str,
) -> dict[str, Any]:
    from dataset_tools import contain

    contain.prepare()  # before the imports below, which take as long
    from dataset_tools.build import How, build
    from dataset_tools.engines.local import cores
    from dataset_tools.sources.folder import find

    place = dataset.root / ".dstools" / "preview" if limit is not None else out or dataset.root / "dist"
    how = How(place.absolute(), workers or cores(), sources, limit, budget)
    with progress(dataset.name, lambda: sum(1 for _ in find(dataset.root, sources or dataset.sources))) as say:
        built = build(dataset, how, say)
    told = {
        **{
            "dataset": dataset.name,
            "version": dataset.version,
            "package": str(built.place),
            "report": str(built.report),
        },
        **{"digest": built.digest, "written": built.written, "draft": built.draft, **built.counts},
    }
    if shape == "text":
        click.echo(printable(_text(told)))
    return told


def _text(told: dict[str, Any]) -> str:
    pages, records = told["pages"], told["records"]
    draft = " (a draft: beyond its budget, not for publication)" if told["draft"] else ""
    lines = [
        f"{_shown(told['package'])}{draft}{'' if told['written'] else ': as it was, nothing written'}",
        f"  pages    {', '.join(f'{pages[key]:,} {key}' for key in ('accepted', 'passed-over', 'rejected'))}",
        f"  records  {records['rows']:,} rows, {records['rejected']:,} rejected",
    ]
    if told["empty"]:
        lines.append(f"  left out {', '.join(told['empty'])}: no row fell to it")
    reasons = [f"{number:,} {name}" for counted in told["reasons"].values() for name, number in counted.items()]
    if reasons:
        lines.append(f"  why      {', '.join(reasons[:6])}")
        lines.append(f"  see      dstools rejects {told['dataset']}")
    lines.append(f'  load     load_dataset("{_shown(told["package"])}")')
    return "\n".join(lines)


def _shown(path: str) -> str:
    here = Path(path)
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else path
