"""The lines of a NetEase dump, each with a key in which full-width and half-width signs are one."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

TIME = r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?"

_CHINA = timezone(timedelta(hours=8))  # pages state no zone; NetEase writes China Standard Time
_NARROW = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " ", "\xa0": " "}
_WIDE = re.compile(r"[\uff01-\uff5e\u3000\xa0]")
_WHITE = " \t\r\f\v\u3000\xa0\u2028\u2029\u200b\ufeff"
_LONGEST_FRAME_LINE = 300
_NUMBER = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,4})?) *(万|亿)?$")
_SCALE = {"": 1, "万": 10_000, "亿": 100_000_000}


class Line(NamedTuple):
    """A line, not blank. `key` is as long as `text`, but that of a long line is its beginning and an ellipsis."""

    number: int
    text: str
    key: str
    opens: bool  # stands after a blank line
    is_item: bool  # stood in a list: the dump wrote a bullet before it

    @property
    def place(self) -> str:
        return f"line {self.number}"


class Refused(Exception):
    """A NetEase article that cannot be read for sure: `reason` in kebab-case, and where."""

    def __init__(self, reason: str, message: str, place: str | None = None) -> None:
        super().__init__(reason, message, place)
        self.reason, self.message, self.place = reason, message, place


def read_lines(text: str) -> list[Line]:
    """The lines of `text` that are not blank, without outer white space and without the bullets of lists."""
    lines: list[Line] = []
    opens = True
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(_WHITE)
        is_item = line.startswith("•") and raw[0].isspace()
        line = line[1:].lstrip(_WHITE) if is_item else line
        if line:
            lines.append(Line(number, line, fold(line), opens, is_item))
        opens = not line
    return lines


def fold(text: str) -> str:
    """`text` with full-width ASCII and white space made narrow, sign for sign."""
    if len(text) > _LONGEST_FRAME_LINE:
        return fold(text[:40]) + "…"
    return _WIDE.sub(lambda sign: _NARROW[sign[0]], text)


def hit(
    lines: Sequence[Line], pattern: re.Pattern[str], start: int = 0, stop: int | None = None
) -> tuple[int, re.Match[str]] | None:
    """The first line from `start` to before `stop` whose key begins with `pattern`: its index and the match."""
    match = pattern.match
    for i in range(start, len(lines) if stop is None else min(stop, len(lines))):
        found = match(lines[i].key)
        if found:
            return i, found
    return None


def find(lines: Sequence[Line], pattern: re.Pattern[str], start: int = 0, stop: int | None = None) -> int | None:
    """The index that `hit` would give."""
    found = hit(lines, pattern, start, stop)
    return found[0] if found else None


def first(*indices: int | None) -> int | None:
    """The smallest index that is there."""
    return min((i for i in indices if i is not None), default=None)


def instant(text: str) -> datetime | None:
    """A time of the page as UTC, None where there is no such day or hour."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_CHINA).astimezone(UTC)
    except ValueError:
        return None


def count(text: str) -> int | None:
    """A number as the page counts, 1.2万 being 12,000; None where it does not come to a whole number."""
    found = _NUMBER.match(text)
    if not found:
        return None
    value = Decimal(found[1]) * _SCALE[found[2] or ""]
    return int(value) if value == value.to_integral_value() and value < 10**15 else None


def squeezed(text: str) -> str:
    """`text` without white space, to compare by."""
    return "".join(text.split())
