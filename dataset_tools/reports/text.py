"""A report for a terminal: an issue a line, its hint below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataset_tools.issue import Issue


def text(issues: Sequence[Issue]) -> str:
    """`PLACE: LEVEL: MESSAGE` for each issue; a hint stands indented on the next line."""
    return "".join(f"{line}\n" for issue in issues for line in _lines(issue))


def _lines(issue: Issue) -> Iterator[str]:
    yield f"{issue.where}: {issue.level}: {issue.message} [{issue.reason}]"
    if issue.hint:
        yield f"  hint: {issue.hint}"
