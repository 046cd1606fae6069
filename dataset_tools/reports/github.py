"""A report for GitHub Actions: annotations at the file's own line, the rest in the step summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataset_tools.issue import Issue

MOST = 10  # GitHub shows 10 annotations of each level in a step and drops the others without a word
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def commands(issues: Sequence[Issue]) -> str:
    """Workflow commands (error, warning, notice) for the first ten issues of each level."""
    shown: dict[str, int] = {}
    lines = []
    for issue in issues:
        shown[issue.level] = shown.get(issue.level, 0) + 1
        if shown[issue.level] <= MOST:
            lines.append(_command(issue))
    return "".join(f"{line}\n" for line in lines)


def summary(issues: Sequence[Issue], title: str) -> str:
    """Every issue as a Markdown table, for the file that GITHUB_STEP_SUMMARY names."""
    return "\n".join([f"### {title}", "", *_table(issues), ""])


def _table(issues: Sequence[Issue]) -> Iterator[str]:
    if not issues:
        yield "Nothing to report."
        return
    yield "| level | where | what | hint |"
    yield "| --- | --- | --- | --- |"
    for issue in issues:
        cells = (issue.level, f"`{issue.where}`", f"{issue.message} ({issue.reason})", issue.hint)
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _command(issue: Issue) -> str:
    places = {"file": issue.path, "line": issue.line, "col": issue.column, "title": issue.reason}
    given = ",".join(f"{name}={_property(str(value))}" for name, value in places.items() if value is not None)
    message = f"{issue.message}. {issue.hint}" if issue.hint else issue.message
    return f"::{_COMMANDS[issue.level]} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
