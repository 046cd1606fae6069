"""What a build costs: python benchmarks/build.py [--pages 1000 --pages 10000] [--workers 2] prints a table."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]


@click.command()
@click.option("--pages", "sizes", type=int, multiple=True, default=(100, 1000, 10_000), show_default=True)
@click.option("--workers", type=int, default=2, show_default=True)
def main(sizes: tuple[int, ...], workers: int) -> None:
    """Builds invented NetEase pages, from a cold cache and again from a warm one."""
    click.echo("| pages | rows | cache | convert s | index s | write s | verify s | all s | pages/s |")
    click.echo("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            shutil.copytree(ROOT / "schemas", root / "schemas")
            generate = [sys.executable, ROOT / "benchmarks" / "pages.py", root / "raw" / "netease", "--no-bad"]
            subprocess.run([*generate, "--pages", str(size)], check=True, stdout=subprocess.DEVNULL)
            for cache in ("cold", "warm"):
                shutil.rmtree(root / "dist", ignore_errors=True)
                click.echo(_row(root, size, cache, workers))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    click.echo(f"\nThe largest process took {peak:,.0f} MiB.")


def _row(root: Path, size: int, cache: str, workers: int) -> str:
    begun = time.monotonic()
    subprocess.run(["dstools", "build", "--workers", str(workers)], cwd=root, check=True, stdout=subprocess.DEVNULL)
    taken = time.monotonic() - begun
    told = json.loads((root / "dist" / "netease-1.0.0.report" / "build.json").read_text("utf-8"))
    seconds = " | ".join(f"{told['seconds'][stage]:.1f}" for stage in ("convert", "index", "write", "verify"))
    rows = told["counts"]["records"]["rows"]
    return f"| {size:,} | {rows:,} | {cache} | {seconds} | {taken:.1f} | {size / taken:,.0f} |"


if __name__ == "__main__":
    main()
