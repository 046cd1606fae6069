r"""Patterns that every engine reads alike: parsed once, written out for Python's re, for Rust's regex and for RE2.

A pattern is a full match (Table Schema, "Field Constraints"). Accepted are characters, `.`, classes, `\d`, `\w`, `\s`
(of ASCII: `[0-9]`, `[0-9A-Za-z_]`, `[ \t\n\r\f\v]`), groups, alternation, quantifiers, and an anchor at either end,
which says what is true anyway. Refused is what engines read differently, and what takes more than linear time or much
memory: look-around, back-references, flags, possessive quantifiers, anchors inside, `\b`, and `\D`, `\W`, `\S`.

Without negation a set of ASCII is part of Unicode's: what is accepted here, a reader with Unicode's sets accepts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MAX_LENGTH = 1_000  # characters of a pattern
MAX_REPEAT = 1_000  # times, of repeats within repeats together: RE2 has this limit
MAX_SIZE = 5_000  # ranges of characters when all repeats are written out: Rust's regex takes twice as many
MAX_DEPTH = 30  # groups within groups
_MANY = 1_000  # ways to match a text that backtracking may have to try; with a loop, as often as the text is long
_FEW = 8
_SHORT = 100  # of the size of a pattern that is tried as often as the text is long

Range = tuple[int, int]
_SETS: dict[str, tuple[Range, ...]] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x09, 0x0D), (0x20, 0x20)),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_HEX = {"x": 2, "u": 4, "U": 8}
_COUNTS = re.compile(r"\{(?:([0-9]+)(,([0-9]*))?|,([0-9]+))\}")
_GROUP = re.compile(r"\((?:\?:|\?P<[A-Za-z_][A-Za-z0-9_]*>|(?!\?))")
_EXTENSION = re.compile(r"\(\?(?:<[=!]|P.|.)?")
_SET_OPERATION = re.compile(r"&&|--|~~|\|\|")
_ENGINES = "each engine reads it otherwise"


class PatternFault(ValueError):
    """What a pattern has that engines read differently, or that is no pattern: `message`, and a `hint`."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""A pattern, written out for `python` (re, with `\Z`) and `linear` (Rust's regex and RE2), both anchored.

    `calm`: backtracking takes a time that grows with the text and not faster.
    """

    python: str
    linear: str
    calm: bool

    def matches(self, text: str) -> bool:
        """Whether the whole text matches, in time linear in its length."""
        if self.calm:
            return re.match(self.python, text) is not None
        import pyarrow as pa
        import pyarrow.compute as pc

        return bool(pc.match_substring_regex(pa.scalar(text, pa.large_string()), self.linear).as_py())


@lru_cache
def read_pattern(stated: str) -> Pattern:
    """The pattern that a schema states; raises PatternFault."""
    if len(stated) > MAX_LENGTH:
        raise PatternFault(f"pattern of {len(stated):,} characters", f"at most {MAX_LENGTH:,}")
    whole = _Reader(stated).whole()
    if whole.size > MAX_SIZE or whole.times > MAX_REPEAT:
        raise PatternFault("pattern with too many repeats", f"at most {MAX_REPEAT:,}, and {MAX_SIZE:,} characters long")
    return Pattern(rf"\A(?:{whole.text})\Z", rf"\A(?:{whole.text})\z", _calm(whole))


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a pattern, written out, and what it costs.

    `size`: ranges of characters with repeats written out; `times`: how often repeats repeat each other; `ways`: how
    many a backtracking engine has to try; `loops`: unbounded repeats, a loop within a loop counts twice.
    """

    text: str
    size: int = 1
    times: int = 1
    ways: int = 1
    loops: int = 0


def _calm(part: _Part) -> bool:
    if part.loops:
        return part.loops == 1 and part.ways <= _FEW and part.size <= _SHORT
    return part.ways <= _MANY


class _Reader:
    def __init__(self, stated: str) -> None:
        self._at = 1 if stated.startswith("^") else 0
        self._stated = stated
        self._end = len(stated) - 1 if _ends_with_anchor(stated) and len(stated) > self._at else len(stated)

    def whole(self) -> _Part:
        part = self._alternatives(0)
        if self._at < self._end:
            raise self._refuse(")", r"no group is open: write \)")
        return part

    def _peek(self) -> str:
        return self._stated[self._at] if self._at < self._end else ""

    def _take(self) -> str:
        taken = self._peek()
        self._at += 1
        return taken

    def _refuse(self, what: str, hint: str, at: int | None = None) -> PatternFault:
        place = (self._at if at is None else at) + 1
        return PatternFault(f"pattern with {what!r}", f"character {place}: {hint}")

    def _alternatives(self, depth: int) -> _Part:
        parts = [self._sequence(depth)]
        while self._peek() == "|":
            self._take()
            parts.append(self._sequence(depth))
        if len(parts) == 1:
            return parts[0]
        return _Part(
            "|".join(part.text for part in parts),
            sum(part.size for part in parts),
            max(part.times for part in parts),
            sum(part.ways for part in parts),
            max(part.loops for part in parts),
        )

    def _sequence(self, depth: int) -> _Part:
        whole = _Part("", size=0)
        while self._peek() not in ("", "|", ")"):
            part = self._repeated(self._atom(depth))
            whole = _Part(
                whole.text + part.text,
                whole.size + part.size,
                max(whole.times, part.times),
                min(whole.ways * part.ways, _MANY + 1),
                whole.loops + part.loops,
            )
        return whole

    def _atom(self, depth: int) -> _Part:
        here = self._peek()
        if here == "(":
            return self._group(depth)
        if here == "[":
            return self._class()
        if here in "^$":
            raise self._refuse(here, rf"a pattern is a full match: no anchor inside; for the character, \{here}")
        if here in "*+?{":
            raise self._refuse(here, rf"there is nothing to repeat; for the character, \{here}")
        if here == ".":
            self._take()
            return _Part(r"[^\x0a]", size=2)
        ranges = self._ranges(negated=False)
        return _Part(_written(ranges), size=len(ranges))

    def _group(self, depth: int) -> _Part:
        opened = self._at
        if depth == MAX_DEPTH:
            raise self._refuse("(", f"more than {MAX_DEPTH} groups within groups")
        if not (found := _GROUP.match(self._stated, self._at, self._end)):
            begun = _EXTENSION.match(self._stated, self._at, self._end)
            hint = f"no look-around, back-reference or flag: {_ENGINES}"
            raise self._refuse(begun[0] if begun else "(", hint)
        self._at = found.end()
        inner = self._alternatives(depth + 1)
        if self._take() != ")":
            raise self._refuse("(", r"the group does not end: add ), or write \(", opened)
        return _Part(f"(?:{inner.text})", inner.size, inner.times, inner.ways, inner.loops)

    def _repeated(self, part: _Part) -> _Part:
        here = self._at
        if (times := self._times()) is None:
            return part
        if self._peek() == "?":
            self._take()  # lazy or greedy: a full match is the same
        if self._peek() in ("*", "+", "?") or _COUNTS.match(self._stated, self._at, self._end):
            double = self._stated[here : self._at + 1]
            raise self._refuse(double, "one quantifier at a time, and no possessive ones: (?:…)", here)
        least, most = times
        return _Part(
            f"(?:{part.text}){_quantifier(least, most)}",
            part.size * max(1, least if most is None else most),
            part.times * max(1, least if most is None else most),
            _ways(part, least, most),
            _loops(part, most),
        )

    def _times(self) -> tuple[int, int | None] | None:
        """The least and the most of a quantifier that stands here."""
        here = self._at
        if (simple := self._peek()) and simple in "*+?":
            self._take()
            return int(simple == "+"), 1 if simple == "?" else None
        if self._peek() != "{":
            return None
        if not (found := _COUNTS.match(self._stated, self._at, self._end)):
            raise self._refuse("{", r"it is no quantifier; for the character, \{")
        self._at = found.end()
        if any(len(digits or "") > 4 for digits in found.groups()):
            raise self._refuse(found[0], f"at most {MAX_REPEAT:,} times", here)
        least = int(found[1] or 0)
        most = int(found[4]) if found[4] else int(found[3]) if found[3] else None if found[2] else least
        if least > MAX_REPEAT or (most or 0) > MAX_REPEAT:
            raise self._refuse(found[0], f"at most {MAX_REPEAT:,} times", here)
        if most is not None and least > most:
            raise self._refuse(found[0], "the smaller number comes first", here)
        return least, most

    def _class(self) -> _Part:
        opened = self._at
        self._take()
        if negated := self._peek() == "^":
            self._take()
        ranges: list[Range] = []
        while not (self._peek() == "]" and ranges):
            if not self._peek():
                raise self._refuse("[", r"the class does not end: add ], or write \[", opened)
            ranges += self._span(negated)
        self._take()
        merged = _merged(ranges)
        size = len(merged) + negated
        return _Part(f"[{'^' * negated}{''.join(map(_span_text, merged))}]", size=size)

    def _span(self, negated: bool) -> tuple[Range, ...]:
        """What one item of a class stands for: a character, a range or a set."""
        here = self._at
        if operation := _SET_OPERATION.match(self._stated, self._at, self._end):
            raise self._refuse(operation[0], f"in a class {_ENGINES}: write it once, with \\")
        if self._peek() == "[":
            raise self._refuse("[", r"in a class, write \[")
        low = self._ranges(negated)
        if self._stated[self._at : self._at + 1] != "-" or self._stated[self._at + 1 : self._at + 2] == "]":
            return low
        if _SET_OPERATION.match(self._stated, self._at, self._end) or self._stated[self._at + 1 : self._at + 2] == "[":
            raise self._refuse(self._stated[self._at : self._at + 2], f"in a class {_ENGINES}: write \\-")
        self._take()
        if not self._peek():
            return low  # the class does not end, as its caller says
        high = self._ranges(negated)
        if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1] or low > high:
            raise self._refuse(self._stated[here : self._at], r"it is no range; for the character, \-", here)
        return ((low[0][0], high[0][0]),)

    def _ranges(self, negated: bool) -> tuple[Range, ...]:
        """The characters that one character or escape stands for."""
        here = self._at
        if (taken := self._take()) != "\\":
            return self._one(ord(taken), here)
        escaped = self._take()
        if escaped in _SETS and escaped:
            if negated:
                raise self._refuse(f"[^…\\{escaped}…]", f"{_ENGINES}: list the characters", here)
            return _SETS[escaped]
        if escaped in _CONTROLS:
            return self._one(ord(_CONTROLS[escaped]), here)
        if escaped in _HEX:
            digits = self._stated[self._at : min(self._at + _HEX[escaped], self._end)]
            if not re.fullmatch(rf"[0-9A-Fa-f]{{{_HEX[escaped]}}}", digits):
                raise self._refuse(f"\\{escaped}", f"{_HEX[escaped]} hexadecimal digits follow it", here)
            self._at += len(digits)
            return self._one(int(digits, 16), here)
        if not escaped or (escaped.isascii() and escaped.isalnum()):
            raise self._refuse(f"\\{escaped}", _escape_hint(escaped), here)
        return self._one(ord(escaped), here)

    def _one(self, point: int, here: int) -> tuple[Range, ...]:
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise self._refuse(f"U+{point:04X}", "it is no character", here)
        return ((point, point),)


def _ends_with_anchor(stated: str) -> bool:
    """Whether a pattern ends with `$`, and not with `\\$`; in a class that is left open another fault is found."""
    escapes = len(stated) - 1 - len(stated[:-1].rstrip("\\"))
    return stated.endswith("$") and escapes % 2 == 0


def _escape_hint(escaped: str) -> str:
    if escaped in "AZz" and escaped:
        return "a pattern is a full match: take the anchor away"
    if escaped in "bBDWSdws" and escaped:
        return f"{_ENGINES}: list the characters, such as [^0-9]"
    if escaped.isdigit():
        return f"no look-around or back-reference: {_ENGINES}"
    return f"{_ENGINES}; for the backslash, \\\\" if escaped else "for the backslash, \\\\"


def _quantifier(least: int, most: int | None) -> str:
    return f"{{{least},{'' if most is None else most}}}"


def _ways(part: _Part, least: int, most: int | None) -> int:
    if most is None:
        return part.ways
    ways = 0
    for times in range(least, most + 1):
        ways = min(ways + part.ways**times, _MANY + 1)
    return ways


def _loops(part: _Part, most: int | None) -> int:
    if most is None:
        return 1 if part.loops == 0 and part.ways == 1 else 2
    return part.loops * max(1, min(most, 2))


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _written(ranges: tuple[Range, ...]) -> str:
    (low, high), *more = ranges
    if low == high and not more:
        return _character(low)
    return f"[{''.join(map(_span_text, ranges))}]"


def _span_text(span: Range) -> str:
    low, high = span
    return _character(low) if low == high else f"{_character(low)}-{_character(high)}"


def _character(point: int) -> str:
    """A character as every engine writes it, outside a class and in it."""
    character = chr(point)
    if point >= 0x80 or character.isalnum() or character in "_<> ":
        return character
    return f"\\{character}" if character.isprintable() else f"\\x{point:02x}"
