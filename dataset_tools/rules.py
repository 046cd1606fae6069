"""Row rules that a schema can name: each a polars expression and a plain predicate that agree.

To add one, write a function that takes the names and parameters of the rule and gives a `Rule`, and add it to RULES. A
rule is not judged on a row in which one of its fields is null (but for `requires`, which asks about nulls).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_tools import code
from dataset_tools.errors import SchemaError

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """`fields`: the first is the one that a report names; `says`: the promise in words."""

    name: str
    fields: tuple[str, ...]
    says: str
    expression: Callable[[], pl.Expr]
    predicate: Callable[[Row], bool]
    given: tuple[tuple[str, str], ...] = ()
    code: tuple[Path, str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Closures can't be pickled; names and parameters can.
        if self.code is not None:
            return users, (*self.code, dict(self.given), self.fields)
        return make, (self.name, dict(self.given))


def make(name: str, given: Mapping[str, str]) -> Rule:
    """The rule `name` of RULES with its parameters; raises TypeError where they are not its own."""
    return replace(RULES[name](**given), given=tuple(given.items()))


def users(root: Path, use: str, given: Mapping[str, str], fields: tuple[str, ...]) -> Rule:
    """A rule of the project at `root`: `use` names a function that takes the parameters and gives a Rule.

    Its code is imported when the rule is first judged, and never for a package that somebody else made.
    """
    stated = tuple(given.items())
    return Rule(
        use.rpartition(":")[2],
        fields,
        f"{use} holds for {', '.join(fields)}",
        lambda: _users(root, use, stated).expression(),
        lambda row: _holds(_users(root, use, stated).predicate, row, fields),
        given=stated,
        code=(root, use),
    )


def _holds(predicate: Callable[[Row], bool], row: Row, fields: tuple[str, ...]) -> bool:
    """What a predicate says; where it does not expect a null, the rule is not judged, as with polars."""
    try:
        return predicate(row)
    except TypeError:
        if any(row[name] is None for name in fields):
            return True
        raise


@cache
def _users(root: Path, use: str, given: tuple[tuple[str, str], ...]) -> Rule:
    function = code.load(root, use, SchemaError)[1]
    try:
        made = function(**dict(given))
    except TypeError as error:
        raise SchemaError(f"{use}: {error}", "its parameters are the keys of the rule in the schema") from error
    if not isinstance(made, Rule):
        raise SchemaError(f"{use}: it gave a {type(made).__name__}", "a rule is a dataset_tools.rules.Rule")
    return made


def joined(field: str, of: str, by: str = "\n") -> Rule:
    """The string `field` equals the strings of the list `of`, joined by `by`; a null among them breaks it."""
    return _where_known(
        Rule(
            "joined",
            (field, of),
            f"{field} equals {of} joined by {by!r}",
            lambda: _polars().col(field).eq_missing(_polars().col(of).list.join(by, ignore_nulls=False)),
            lambda row: None not in row[of] and row[field] == by.join(row[of]),
        )
    )


def length(field: str, of: str) -> Rule:
    """The integer `field` is the length of `of`: characters (code points) of a string."""
    return _where_known(
        Rule(
            "length",
            (field, of),
            f"{field} is the number of characters of {of}",
            lambda: _polars().col(field) == _polars().col(of).str.len_chars().cast(_polars().Int64),
            lambda row: bool(row[field] == len(row[of])),
        )
    )


def before(field: str, other: str) -> Rule:
    """`field` is not later (not larger) than `other`; NaN is neither."""
    return _where_known(
        Rule(
            "before",
            (field, other),
            f"{field} is not after {other}",
            lambda: (_polars().col(field) <= _polars().col(other)) & ~_nan(field, other),
            lambda row: bool(row[field] <= row[other]),
        )
    )


def after(field: str, other: str) -> Rule:
    """`field` is not earlier (not smaller) than `other`; NaN is neither."""
    return _where_known(
        Rule(
            "after",
            (field, other),
            f"{field} is not before {other}",
            lambda: (_polars().col(field) >= _polars().col(other)) & ~_nan(field, other),
            lambda row: bool(row[field] >= row[other]),
        )
    )


def equals(field: str, other: str) -> Rule:
    """`field` equals `other`; NaN equals nothing."""
    return _where_known(
        Rule(
            "equals",
            (field, other),
            f"{field} equals {other}",
            lambda: (_polars().col(field) == _polars().col(other)) & ~_nan(field, other),
            lambda row: bool(row[field] == row[other]),
        )
    )


def requires(field: str, other: str) -> Rule:
    """Where `field` is stated, `other` is stated too."""
    return Rule(
        "requires",
        (field, other),
        f"{field} is stated only with {other}",
        lambda: _polars().col(field).is_null() | _polars().col(other).is_not_null(),
        lambda row: row[field] is None or row[other] is not None,
    )


RULES: dict[str, Callable[..., Rule]] = {
    "joined": joined,
    "length": length,
    "before": before,
    "after": after,
    "equals": equals,
    "requires": requires,
}


def _where_known(rule: Rule) -> Rule:
    def expression() -> pl.Expr:
        import polars as pl

        unknown: pl.Expr = pl.any_horizontal(pl.col(name).is_null() for name in rule.fields)
        return unknown | rule.expression()

    def predicate(row: Row) -> bool:
        return any(row[name] is None for name in rule.fields) or rule.predicate(row)

    return Rule(rule.name, rule.fields, rule.says, expression, predicate)


def _nan(*fields: str) -> Any:
    """Whether one of the fields is NaN, which polars holds for the largest number and equal to itself."""
    import polars.selectors as choose

    floats = choose.by_name(*fields) & choose.float()  # none of them, where the fields are no floats
    return _polars().any_horizontal(_polars().lit(False), floats.is_nan())


def _polars() -> Any:
    import polars

    return polars
