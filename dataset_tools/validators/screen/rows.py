"""A screen over the rows of a table: which of them Frictionless has to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dataset_tools.validators.screen import text, typed
from dataset_tools.validators.screen.field import Field, of_categories


@dataclass(frozen=True, slots=True)
class Screen:
    """`suspect` is true for every row in which an error could be found.

    `whole` names the fields that no expression judges: each row in which they have a value is suspect.
    """

    suspect: pl.Expr
    whole: tuple[str, ...]

    def mask(self, frame: pl.DataFrame) -> pl.Series | None:
        """Which rows of a frame are suspect; None where none is."""
        found = frame.select(self.suspect.alias("suspect")).to_series()
        if not found.any():
            return None
        return found if found.len() == frame.height else found.new_from_index(0, frame.height)


def screen(fields: Sequence[Field], columns: Iterable[tuple[str, pl.DataType]], beside: Iterable[pl.Expr]) -> Screen:
    """The screen of a frame whose columns (name, type) have these fields; `beside`: what else makes a row suspect."""
    # By its place: to polars "*" and "^a|b$" name many columns, and "" names none.
    judged = [
        _Column(field, dtype, pl.nth(place))
        for place, (field, (_, dtype)) in enumerate(zip(fields, columns, strict=True))
    ]
    whole = tuple(each.field.name for each in judged if not each.sure)
    found = [suspect for each in judged for suspect in each.suspects()]
    if judged and not any(each.field.required for each in judged):
        found.append(pl.all_horizontal(each.blank for each in judged))  # a blank row is an error of its own
    return Screen(pl.any_horizontal(pl.lit(value=False), *found, *beside), whole)


def _suspects(field: Field, dtype: pl.DataType, value: pl.Expr) -> typed.Suspects:
    return text.suspects(field, value) if dtype == pl.String else typed.suspects(field, dtype, value)


class _Column:
    """A field and its column: what is blank in it, and what could be wrong."""

    def __init__(self, field: Field, dtype: pl.DataType, value: pl.Expr) -> None:
        self.field = field
        named = typed.named(field.missing, dtype, value) if field.missing else pl.lit(value=False)
        self._value, self._named = value, named
        self._given = [*_suspects(field, dtype, value)]
        if "categories" in field.stated:
            self._given += _suspects(of_categories(field), dtype, value)
        self.sure = named is not None and all(each is not None for each in self._given)

    @property
    def blank(self) -> pl.Expr:
        return self._value.is_null() if self._named is None else self._value.is_null() | self._named

    def suspects(self) -> Iterator[pl.Expr]:
        if self.field.required:
            yield self.blank
        if not self.sure:
            yield ~self.blank if self._named is not None else pl.lit(value=True)
            return
        for given in self._given:
            # Null is no answer: an expression that has none for a value leaves it to Frictionless.
            yield given.fill_null(value=True) & ~self.blank if given is not None else pl.lit(value=True)
