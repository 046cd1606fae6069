"""In a child: the keys of all tables, over all their resources: what stands twice, and what is nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataset_tools import contain, hashes
from dataset_tools.validators.keying import path_of, room_for_keys
from dataset_tools.validators.parquet import UNREADABLE, cells_of, opened
from dataset_tools.validators.spec import Key
from dataset_tools.validators.tally import HEADER, Tally
from dataset_tools.validators.work import Work

Broken = tuple[Key, str]  # a key and what is wrong with it


def judge_keys(works: Sequence[Work], _steps: contain.Steps) -> dict[int, Tally]:
    """The errors of keys in each resource that has some, by its number."""
    broken: dict[int, dict[int, list[Broken]]] = defaultdict(lambda: defaultdict(list))
    tallies: dict[int, Tally] = {}
    for table in dict.fromkeys(work.table for work in works):
        resources = [work for work in works if work.table == table]
        for number, key in enumerate(resources[0].keys):
            for work, row, said in _broken(works, resources, number, key):
                tally = tallies.setdefault(work.number, Tally(work.how.most))
                kind = (key.kind, ",".join(key.fields), "")
                tally.counts[kind] += 1
                if tally.counts[kind] <= tally.most:
                    broken[work.number][row].append((key, said))
    for work in works:
        if rows := broken.get(work.number):
            tallies[work.number].kept += [error.to_descriptor() for error in _errors(work, rows)]
    return tallies


def _broken(works: Sequence[Work], resources: Sequence[Work], number: int, key: Key) -> Iterator[tuple[Work, int, str]]:
    """Each row of a table that breaks a key: its resource, its number there, and what is wrong."""
    if key.kind == "reference":
        return
    files = _files(resources, number)
    scratch = resources[0].how.scratch
    with room_for_keys(scratch), TemporaryDirectory(dir=scratch) as folder:
        if key.kind != "foreign-key":
            for place, earlier in hashes.repeated([path for _, path in files], Path(folder)):
                work, first = files[place.file][0], files[earlier.file][0]
                where = f" of {first.place}" if first is not work else ""
                yield work, place.row, f"the same as in the row at position {earlier.row}{where}"
            return
        parents = [work for work in works if work.table == key.table]
        known = _references(parents, key)
        if parents and not known:
            return  # nothing could be read of it, which is an error of its own
        for place in hashes.absent([path for _, path in files], known, Path(folder)):
            yield files[place.file][0], place.row, f'not found in the lookup table "{key.table}"'


def _files(resources: Sequence[Work], number: int) -> list[tuple[Work, Path]]:
    found = ((work, path_of(work.how.scratch, work.number, number)) for work in resources)
    return [(work, path) for work, path in found if path.is_file()]


def _references(parents: Sequence[Work], key: Key) -> list[Path]:
    wanted = Key("reference", key.references)
    return [path for _, path in _files(parents, parents[0].keys.index(wanted))] if parents else []


def _errors(work: Work, rows: Mapping[int, list[Broken]]) -> Iterator[Any]:
    for (row, broken), (names, cells) in zip(sorted(rows.items()), _rows(work, sorted(rows)), strict=True):
        for key, said in broken:
            yield _error(key, said, row, names, cells)


def _error(key: Key, said: str, row: int, names: Sequence[str], cells: Sequence[Any]) -> Any:
    from frictionless import errors

    from dataset_tools.validators.errors import UniqueKeysError

    written = ["" if cell is None else str(cell) for cell in cells]
    values = dict(zip_longest(names, written[: len(names)], fillvalue=""))  # a row of text may have fewer cells
    about: dict[str, Any] = {"cells": written, "row_number": row}
    if key.kind == "primary-key":
        return errors.PrimaryKeyError(note=said, **about)
    if key.kind == "unique-keys":
        return UniqueKeysError(note=said, field_name=",".join(key.fields), **about)
    if key.kind == "unique-error":
        (name,) = key.fields
        place = list(names).index(name) + 1
        return errors.UniqueError(note=said, cell=values[name], field_name=name, field_number=place, **about)
    found = [values[name] for name in key.fields]
    fields, references = ", ".join(key.fields), ", ".join(key.references)
    about |= {"field_names": list(key.fields), "field_cells": found}
    about |= {"reference_name": key.table, "reference_field_names": list(key.references)}
    note = f'for "{fields}": values "{", ".join(found)}" {said} as "{references}"'
    return errors.ForeignKeyError(note=note, **about)


def _rows(work: Work, numbers: Sequence[int]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The names of the fields and the cells of the rows with these numbers, rising."""
    from dataset_tools.validators.rows import paired

    if work.format not in ("parquet", "parq"):
        from dataset_tools.validators.foreign import cells_of_table

        yield from cells_of_table(work, numbers)
        return
    before = 0
    assert work.spec is not None  # noqa: S101 - it has keys
    wanted = [number - HEADER - 1 for number in numbers]
    for path in work.paths:
        with opened(work.folder / path, path) as file:
            names = tuple(paired(work.spec, file.schema_arrow.names))
            here = [row - before for row in wanted if before <= row < before + file.metadata.num_rows]
            for cells in _cells(file, here):
                yield names, cells
            before += file.metadata.num_rows


def _cells(file: Any, rows: Sequence[int]) -> list[list[Any]]:
    """The cells of rows that break a key; blank ones where they can't be read, which is an error of its own."""
    try:
        return list(islice(cells_of(file, rows), len(rows)))
    except UNREADABLE:
        return [[] for _ in rows]
