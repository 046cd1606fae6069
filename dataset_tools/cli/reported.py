"""What `check` and `validate` say of issues, and where: the terminal, GitHub, files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from dataset_tools.cli.main import printable
from dataset_tools.issue import Issue

_REPORTS = ("sarif", "junit")


def wanted(reports: Sequence[str]) -> list[tuple[str, Path]]:
    """The reports that --report asks for: their kinds and files."""
    return [_wanted(report) for report in reports]


def _wanted(report: str) -> tuple[str, Path]:
    kind, _, path = report.partition("=")
    if kind not in _REPORTS or not path:
        raise click.UsageError(f"--report {report}: it is sarif=FILE or junit=FILE")
    return kind, Path(path)


def said(issues: Sequence[Issue], shape: str, title: str) -> None:
    """Says the issues as text, or as GitHub Actions reads them."""
    if shape == "github":
        from dataset_tools.reports.github import commands, summary

        click.echo(commands(issues), nl=False)
        if place := os.environ.get("GITHUB_STEP_SUMMARY"):
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(summary(issues, title))
    else:
        from dataset_tools.reports.text import text

        click.echo(printable(text(issues)), nl=False)
