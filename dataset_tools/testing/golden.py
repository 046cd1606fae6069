"""Golden cases of a converter: a folder with a page and the records that it gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dataset_tools.page import Page
from dataset_tools.record import NotMine, Record, Reject, as_plain

Convert = Callable[[Page], Iterable[Record | Reject]]


def cases(folder: Path) -> list[Path]:
    """The folders below `folder` that hold a `page.txt` (or page.html …) and a `records.jsonl`, sorted."""
    return sorted(path.parent for path in folder.rglob("records.jsonl"))


def outcome(convert: Convert, page: Page) -> list[dict[str, Any]]:
    """What a converter gives for a page, as plain JSON values; `{"not_mine": …}` where it passes the page over."""
    try:
        return [as_plain(given) for given in convert(page)]
    except NotMine as error:
        return [{"not_mine": str(error)}]


def assert_golden(convert: Convert, case: Path) -> None:
    """Asserts that the page of a case gives the records of its `records.jsonl`, in order."""
    page = next(path for path in sorted(case.iterdir()) if path.stem == "page")
    expected = [json.loads(line) for line in (case / "records.jsonl").read_text("utf-8").splitlines()]
    assert outcome(convert, Page(uri=page.name, body=page.read_bytes())) == expected  # noqa: S101 - that is its job
