"""A YAML or JSON file that a person wrote, as values that know their line and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataset_tools.errors import SchemaError

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
Scalar = str | int | float | bool | None

_PAIR = re.compile(r"(?<!\\)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place: a scalar, a tuple of nodes, or nodes by key. Lines and columns count from 1."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    file: str
    line: int
    column: int
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def refuse(self, message: str, hint: str = "", *, key: str | None = None) -> SchemaError:
        """The error that names this place, or that of one of its keys."""
        line, column = self.keys.get(key, (self.line, self.column)) if key else (self.line, self.column)
        return SchemaError(f"{self.file}:{line}:{column}: {message}", hint).at(self.file, line, column)

    def plain(self) -> Any:
        """The value without places, as json.loads would give it."""
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value

    def mapping(self, what: str, known: Iterable[str] | None = None) -> Mapping[str, Node]:
        """The nodes by key; refuses another kind of value and, with `known`, any other key."""
        if not isinstance(self.value, Mapping):
            raise self.refuse(f"{what} is {self._kind()}", "it is a mapping of keys to values")
        if known is not None:
            for key in self.value:
                if key not in (names := list(known)):
                    raise self.refuse(f"unknown key {key!r} in {what}", nearest(key, names), key=key)
        return self.value

    def sequence(self, what: str) -> tuple[Node, ...]:
        if not isinstance(self.value, tuple):
            raise self.refuse(f"{what} is {self._kind()}", "it is a list")
        return self.value

    def text(self, what: str) -> str:
        if not isinstance(self.value, str):
            raise self.refuse(f"{what} is {self._kind()}", f"it is a string; quote it: {str(self.plain())!r}")
        return self.value

    def whole(self, what: str) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refuse(f"{what} is {self._kind()}", "it is a whole number")
        return self.value

    def number(self, what: str) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.refuse(f"{what} is {self._kind()}", "it is a number")
        return self.value

    def truth(self, what: str) -> bool:
        if not isinstance(self.value, bool):
            raise self.refuse(f"{what} is {self._kind()}", "it is true or false")
        return self.value

    def texts(self, what: str) -> tuple[str, ...]:
        """A list of strings; one string stands for a list of one (as Table Schema allows for keys)."""
        if isinstance(self.value, str):
            return (self.value,)
        return tuple(node.text(f"a value of {what}") for node in self.sequence(what))

    def choice(self, what: str, choices: Iterable[str]) -> str:
        given = self.text(what)
        if given not in (names := list(choices)):
            raise self.refuse(f"{what} is {given!r}", nearest(given, names))
        return given

    def _kind(self) -> str:
        if isinstance(self.value, Mapping):
            return "a mapping"
        return "a list" if isinstance(self.value, tuple) else repr(self.value)


def nearest(word: str, names: Iterable[str]) -> str:
    """A hint that offers the nearest of the names, or all of them where none is near."""
    names = sorted(names)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"


def read(path: Path, shown: str | None = None) -> Node:
    """The root of a YAML 1.2 (core schema) or JSON file.

    Raises SchemaError, with line and column, for what is no YAML, for a key that stands twice, for aliases and tags,
    and beyond 1 MiB or 50 levels.
    """
    name = shown or str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SchemaError(f"{name}: {size:,} bytes", f"a descriptor has at most {MAX_BYTES:,}")
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise SchemaError(f"{name}: no such file", "check the name, or begin with: dstools init NAME") from error
    except OSError as error:
        raise SchemaError(f"{name}: {error.strerror}", "make the file readable") from error
    except UnicodeDecodeError as error:
        raise SchemaError(f"{name}: not UTF-8 at byte {error.start}", "save the file as UTF-8") from error
    return parse(text, name)


def parse(text: str, name: str) -> Node:
    """The root of a YAML or JSON text; errors name it `name`. See `read`."""
    import yaml

    text = _PAIR.sub(_character, text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = yaml.parse(text, Loader=loader)
        nodes = _Reader(name, events)
        root = nodes.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = f"{name}:{line}:{column}: {error.problem or 'not YAML'}"
        raise SchemaError(said, "mend the YAML there").at(name, line, column) from error
    except yaml.YAMLError as error:
        raise SchemaError(f"{name}: {' '.join(str(error).split())}", "mend the YAML there") from error
    return root


class _Reader:
    """Builds nodes from the events of a YAML parser, without aliases and tags, to a bounded depth."""

    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name = name
        self.events = (event for event in events if type(event).__name__ not in ("StreamStartEvent", "StreamEndEvent"))

    def document(self) -> Node:
        if next(self.events, None) is None:
            raise SchemaError(f"{self.name}:1:1: the file is empty", "write a mapping of keys to values")
        root = self._node(next(self.events), 0)
        next(self.events)
        if (more := next(self.events, None)) is not None:
            raise self._refuse(more, "a second document", "one file holds one document")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event).__name__
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind == "AliasEvent":
            raise self._refuse(event, f"an alias, *{event.anchor}", "write the value out")
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise self._refuse(event, f"the tag {event.tag}", "take it away: values are plain")
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"more than {MAX_DEPTH} levels of nesting", "make it flatter")
        if kind == "ScalarEvent":
            plain = event.implicit[0] and event.tag is None
            return Node(_scalar(event.value) if plain else event.value, self.name, line, column)
        if kind == "SequenceStartEvent":
            return Node(tuple(self._items(depth)), self.name, line, column)
        return self._mapping(depth, line, column)

    def _items(self, depth: int) -> Iterator[Node]:
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            yield self._node(event, depth + 1)

    def _mapping(self, depth: int, line: int, column: int) -> Node:
        values: dict[str, Node] = {}
        places: dict[str, tuple[int, int]] = {}
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                raise self._refuse(event, "a key that is no string", "keys are plain words")
            if event.value in values:
                raise self._refuse(event, f"the key {event.value!r} stands twice", "keep one of them")
            places[event.value] = (event.start_mark.line + 1, event.start_mark.column + 1)
            values[event.value] = self._node(next(self.events), depth + 1)
        return Node(values, self.name, line, column, places)

    def _refuse(self, event: Any, message: str, hint: str) -> SchemaError:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        return SchemaError(f"{self.name}:{line}:{column}: {message}", hint).at(self.name, line, column)


def _character(pair: re.Match[str]) -> str:
    """JSON writes a character beyond the basic plane as two escapes (RFC 8259, section 7), which YAML does not know."""
    return pair[0].encode("ascii").decode("unicode-escape").encode("utf-16", "surrogatepass").decode("utf-16")


def _scalar(text: str) -> Scalar:
    """A plain scalar by the YAML 1.2 core schema: `no`, 12:30:45 and 2026-11-01 stay strings."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text
