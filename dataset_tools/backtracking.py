"""Whether a regular expression can take exponential time in an engine that backtracks (ReDoS).

It can if its automaton has a loop that reads one text in two ways. The automaton is Glushkov's: a state for each set of
characters in the pattern. Two ways are found where a loop's edge is there twice, or where two states that read a common
character lead into each other's loop. Repeats of at least ten count as loops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

Ranges = tuple[tuple[int, int], ...]
Pair = tuple[int, int]
_LAST = 0x10FFFF
_MANY = 10  # times, from which on a bounded repeat is as bad as a loop
_MOST = 50_000  # edges between pairs of states: a pattern with more is held for one that explodes
_SETS: dict[str, Ranges] = {
    "CATEGORY_DIGIT": ((48, 57),),
    "CATEGORY_WORD": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "CATEGORY_SPACE": ((9, 13), (32, 32)),
}


@dataclass(slots=True)
class _Automaton:
    """`reads`: the characters of each state; `follows`: the states after each; `twice`: a loop's edge was there."""

    reads: list[Ranges] = field(default_factory=list)
    follows: dict[int, set[int]] = field(default_factory=dict)
    twice: bool = False

    def state(self, ranges: Ranges) -> int:
        self.reads.append(ranges)
        self.follows[len(self.reads) - 1] = set()
        return len(self.reads) - 1


@dataclass(frozen=True, slots=True)
class _Part:
    """Of a part of the pattern: the states that it can begin and end with, and whether it can be empty."""

    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    empty: bool = True


def explodes(pattern: str) -> bool:
    """Whether backtracking can take a time that grows exponentially with the text; `pattern` compiles in `re`."""
    automaton = _Automaton()
    _sequence(automaton, re._parser.parse(pattern))  # type: ignore[attr-defined]
    return automaton.twice or _ambiguous(automaton)


def _sequence(automaton: _Automaton, items: Iterable[Any]) -> _Part:
    whole = _Part()
    for operation, argument in items:
        part = _part(automaton, str(operation), argument)
        for state in whole.last:
            automaton.follows[state] |= part.first
        whole = _Part(
            whole.first | part.first if whole.empty else whole.first,
            whole.last | part.last if part.empty else part.last,
            whole.empty and part.empty,
        )
    return whole


def _part(automaton: _Automaton, operation: str, argument: Any) -> _Part:
    if operation in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, body = argument
        return _repeat(automaton, least, int(most), _sequence(automaton, body))
    if operation == "SUBPATTERN":
        return _sequence(automaton, argument[-1])
    if operation == "BRANCH":
        parts = [_sequence(automaton, each) for each in argument[1]]
        first, last = (frozenset().union(*(getattr(p, name) for p in parts)) for name in ("first", "last"))
        return _Part(first, last, any(part.empty for part in parts))
    if operation == "AT":
        return _Part()
    state = frozenset([automaton.state(tuple(_ranges(operation, argument)))])
    return _Part(state, state, empty=False)


def _repeat(automaton: _Automaton, least: int, most: int, body: _Part) -> _Part:
    if most >= _MANY:
        for state in body.last:
            automaton.twice |= bool(automaton.follows[state] & body.first)
            automaton.follows[state] |= body.first
    return _Part(body.first, body.last, body.empty or least == 0)


def _ranges(operation: str, argument: Any) -> Iterator[tuple[int, int]]:
    if operation == "LITERAL":
        yield argument, argument
    elif operation == "RANGE":
        yield argument
    elif operation == "CATEGORY":
        yield from _SETS.get(str(argument), ((0, _LAST),))
    elif operation == "IN" and str(argument[0][0]) != "NEGATE":
        for each, inner in argument:
            yield from _ranges(str(each), inner)
    elif operation == "IN":
        yield from _without(sorted(r for each, inner in argument[1:] for r in _ranges(str(each), inner)))
    elif operation == "NOT_LITERAL":
        yield from _without([(argument, argument)])
    else:
        yield 0, _LAST


def _without(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin = 0
    for low, high in ranges:
        if low > begin:
            yield begin, low - 1
        begin = max(begin, high + 1)
    if begin <= _LAST:
        yield begin, _LAST


def _ambiguous(automaton: _Automaton) -> bool:
    """Whether two different states can be reached from one state by a common text, and lead back to it by another."""
    after: dict[Pair, set[Pair]] = {}
    waiting = [(state, state) for state in automaton.follows]
    edges = 0
    while waiting:
        pair = waiting.pop()
        if pair not in after:
            after[pair] = set(islice(_pairs(automaton, pair), _MOST))
            edges += len(after[pair])
            waiting += after[pair]
        if edges >= _MOST:
            return True
    return any(_mixed(loop) for loop in _loops(after))


def _mixed(loop: Iterable[Pair]) -> bool:
    """Whether a loop of pairs has one of a single state, and one of two."""
    return len({one == other for one, other in loop}) == 2


def _pairs(automaton: _Automaton, pair: Pair) -> Iterator[Pair]:
    for one in automaton.follows[pair[0]]:
        for other in automaton.follows[pair[1]]:
            if one == other or _overlap(automaton.reads[one], automaton.reads[other]):
                yield min(one, other), max(one, other)


def _overlap(one: Ranges, other: Ranges) -> bool:
    return any(low <= end and begin <= high for low, high in one for begin, end in other)


def _loops(after: Mapping[Pair, Iterable[Pair]]) -> Iterator[list[Pair]]:
    """The strongly connected components of a graph (Kosaraju), without recursion."""
    before: dict[Pair, list[Pair]] = {}
    for pair, following in after.items():
        for each in following:
            before.setdefault(each, []).append(pair)
    seen: set[Pair] = set()
    for pair in reversed(_finished(after)):
        component = _reach(pair, before, seen)
        if component:
            yield component


def _finished(after: Mapping[Pair, Iterable[Pair]]) -> list[Pair]:
    """The pairs in the order in which a search in depth leaves them."""
    seen: set[Pair] = set()
    order: list[Pair] = []
    for start in after:
        waiting = [(start, iter([start]))]
        while waiting:
            pair, following = waiting[-1]
            step = next((each for each in following if each not in seen), None)
            if step is not None:
                seen.add(step)
                waiting.append((step, iter(after[step])))
            else:
                waiting.pop()
                if waiting:
                    order.append(pair)
    return order


def _reach(start: Pair, edges: Mapping[Pair, Iterable[Pair]], seen: set[Pair]) -> list[Pair]:
    found = [] if start in seen else [start]
    seen.add(start)
    for pair in found:  # grows while it is read
        fresh = [each for each in edges.get(pair, ()) if each not in seen]
        seen.update(fresh)
        found += dict.fromkeys(fresh)
    return found
