"""`dstools check`: it imports only click, the YAML library and rich, so that a job can install just those."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from dataset_tools.check import Checked, check_dataset, check_file, together
from dataset_tools.cli.main import told
from dataset_tools.cli.reported import said, wanted
from dataset_tools.dataset import DESCRIPTOR, find_root, names
from dataset_tools.errors import SchemaError


@click.command("check")
@click.argument("targets", nargs=-1, metavar="[DATASET | FILE]...")
@click.option("--against", metavar="BASE", help="A folder, a package, git:REV, or hf://datasets/org/name@v1.0.0.")
@click.option("--strict", is_flag=True, help="Also what the card does not state; warnings fail.")
@click.option("--package", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Is it what these give?")
@click.option("--format", "shape", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option("--report", "reports", multiple=True, metavar="sarif=FILE|junit=FILE", help="Also write it; repeatable.")
def command(
    targets: tuple[str, ...],
    against: str | None,
    strict: bool,
    package: Path | None,
    shape: str,
    reports: tuple[str, ...],
) -> None:
    """Check descriptors: faults, what changed for readers, and whether the version says so.

    Without an argument, every dataset of the project; a FILE is any Data Package or Table Schema. Exit 0: sound;
    1: not; 2: the base or the command cannot be read.
    """
    files = wanted(reports)
    try:
        checked = together([_one(target, against, strict=strict) for target in _targets(targets)])
        if package is not None:
            checked = together([checked, _package(targets, package)])
    except SchemaError as error:
        told(error)
        raise SystemExit(2) from error
    _say(checked, shape)
    for kind, path in files:
        path.write_text(_report(kind, checked), "utf-8")
    if checked.failed or (strict and any(issue.level == "warning" for issue in checked.issues)):
        raise SystemExit(1)


def _targets(targets: Sequence[str]) -> Sequence[str]:
    if targets:
        return targets
    root = find_root(Path.cwd())
    if not (found := names(root)):
        raise SchemaError(f"{root / 'schemas'}: no dataset there", "begin one with: dstools init NAME")
    return found


def _one(target: str, against: str | None, *, strict: bool) -> Checked:
    """A dataset by its name or its dataset.yaml, or a file of the standard."""
    path = Path(target)
    ours = path.name == DESCRIPTOR and path.parent.parent.name == "schemas"
    if path.is_file() and not ours:
        if against is not None:
            hint = "name the dataset, or leave --against out"
            raise SchemaError(f"{target}: only a dataset of a project is compared", hint)
        return check_file(path, target)
    if not ours and (path.suffix or "/" in target):
        raise SchemaError(f"{target}: no such file", "name a file, or a dataset of the project")
    root = path.resolve().parents[2] if ours else find_root(Path.cwd())
    name = path.parent.name if ours else target
    return check_dataset(root, name, against, os.environ, strict=strict)


def _package(targets: Sequence[str], package: Path) -> Checked:
    from dataset_tools.inputs import outdated

    return Checked(tuple(outdated(find_root(Path.cwd()), package)), (str(package),), {})


def _say(checked: Checked, shape: str) -> None:
    if shape == "json":
        from dataset_tools.reports.json import json

        facts = {"valid": not checked.failed, "files": checked.files, "required": dict(checked.required)}
        click.echo(json(checked.issues, facts), nl=False)
        return
    said(checked.issues, shape, "dstools check")
    if shape == "text":
        click.echo(_verdict(checked), err=True)


def _verdict(checked: Checked) -> str:
    levels = [issue.level for issue in checked.issues]
    counts = [(levels.count(level), level) for level in ("error", "warning", "note")]
    said = ", ".join(f"{number} {level}{'s' if number > 1 else ''}" for number, level in counts if number)
    needed = "".join(f"; {name} needs {version} or higher" for name, version in checked.required.items())
    return f"{len(checked.files)} files: {said or 'sound'}{needed}"


def _report(kind: str, checked: Checked) -> str:
    if kind == "junit":
        from dataset_tools.reports.junit import junit

        return junit(checked.issues, checked.files, "dstools check")
    from importlib.metadata import version

    from dataset_tools.evolution.rules import CHANGE_RULES
    from dataset_tools.reports.sarif import sarif

    return sarif(checked.issues, version("dstools-dataset"), {name: rule.says for name, rule in CHANGE_RULES.items()})
