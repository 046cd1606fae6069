"""The beginning of a dataset: the smallest descriptor, a schema, a converter and a golden case."""

from __future__ import annotations

from pathlib import Path

from dataset_tools import files
from dataset_tools.errors import SchemaError
from dataset_tools.schema import NAME

_DESCRIPTOR = """\
# Every key is described in docs/descriptor.md of dataset_tools.
name: {name}
version: 0.1.0
title: {name}
dstools:source: {source}
dstools:converter: converters/{name}.py:convert
resources: [{{name: pages, schema: pages.yaml}}]
"""
_SCHEMA = """\
# A Table Schema (https://datapackage.org/standard/table-schema/), the single source of every type and rule.
description: One row for each page.
primaryKey: [page_uri]
missingValues: []
fields:
  - name: page_uri
    type: string
    description: Path of the page below its source.
    dstools:fill: page.uri
  - name: title
    type: string
    description: The first line of the page.
    constraints: {required: true, minLength: 1, maxLength: 300}
  - name: text
    type: string
    description: The lines of the page that are not blank.
    constraints: {required: true, minLength: 1}
"""
_CONVERTER = '''\
"""Pages of {name} → records."""

from collections.abc import Iterator

from dataset_tools.page import Page
from dataset_tools.record import NotMine, Record, Reject

VERSION = "0.1.0"  # raise it when what the converter gives changes


def convert(page: Page) -> Iterator[Record | Reject]:
    """The records that a page gives; what the page does not state is left out, never guessed."""
    lines = [line.strip() for line in page.text.splitlines() if line.strip()]
    if not lines:
        raise NotMine("the page is blank")  # passed over and counted
    if len(lines[0]) > 300:
        yield Reject("long-first-line", f"the first line has {{len(lines[0])}} characters")  # refuses the page
        return
    yield Record("pages", {{"title": lines[0], "text": "\\n".join(lines)}}, place="line 1")
'''
_PAGE = """\
A lighthouse opens its doors

On the first day of spring the old lighthouse opens for visitors.
The stairs have 118 steps.
"""
_RECORD = (
    '{"table": "pages", "values": {"title": "A lighthouse opens its doors", "text": "A lighthouse opens its doors\\n'
    'On the first day of spring the old lighthouse opens for visitors.\\nThe stairs have 118 steps."}, '
    '"place": "line 1"}\n'
)


def init(root: Path, name: str, source: str | None) -> list[Path]:
    """Writes a dataset's first files below `root` and gives their paths; raises SchemaError where one is in the way.

    Without `source`, pages are read from raw/NAME, where the page of the golden case is put too.
    """
    if not NAME.match(name):
        raise SchemaError(f"the name {name!r}", "lower-case letters, digits and _, beginning with a letter")
    if source is not None and not Path(source).exists():
        raise SchemaError(f"{source}: no such file or folder", "name the folder that your pages are in")
    wanted = {
        f"schemas/{name}/dataset.yaml": _DESCRIPTOR.format(name=name, source=_source(root, name, source)),
        f"schemas/{name}/pages.yaml": _SCHEMA,
        f"converters/{name}.py": _CONVERTER.format(name=name),
        f"tests/cases/{name}/first/page.txt": _PAGE,
        f"tests/cases/{name}/first/records.jsonl": _RECORD,
    }
    if source is None:
        wanted[f"raw/{name}/lighthouse.txt"] = _PAGE
    for path in wanted:
        if (root / path).exists():
            raise SchemaError(f"{path}: is there already", "choose another name, or go on with: dstools build")
    with files.writing(root):
        for path, content in wanted.items():
            files.write(root / path, content)
    return [root / path for path in wanted]


def _source(root: Path, name: str, source: str | None) -> str:
    if source is None:
        return f"raw/{name}"
    place = Path(source).resolve()
    shown = place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
