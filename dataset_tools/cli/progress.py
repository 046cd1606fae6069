"""How far a build is: a bar on a terminal, a line every 30 seconds in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Say = Callable[[str, int, int | None], None]
_EVERY = 30.0  # seconds between two lines in a pipe
_WHAT = {"convert": "pages converted", "write": "shards written", "verify": "shards verified"}


@contextmanager
def progress(name: str, pages: Callable[[], int]) -> Iterator[Say]:
    """What a build calls with its stage, how much is done, and of how much; `pages` counts the pages, for a bar."""
    if not sys.stderr.isatty():
        yield _lines(name)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{name}: {_WHAT['convert']}", total=pages())
        total = bar.tasks[0].total

        def say(stage: str, done: int, of: int | None) -> None:
            bar.update(task, description=f"{name}: {_WHAT[stage]}", completed=done, total=total if of is None else of)

        yield say


def _lines(name: str) -> Say:
    last = time.monotonic()

    def say(stage: str, done: int, of: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            click.echo(f"{name}: {done:,}{f' of {of:,}' if of else ''} {_WHAT[stage]}", err=True)

    return say
