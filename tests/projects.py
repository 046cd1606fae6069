"""A small project for a test, and the real `dstools` run in it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "demo"
PACKAGE = f"{NAME}-1.0.0"
DSTOOLS = str(Path(sys.executable).parent / "dstools")
DESCRIPTOR = f"""
name: {NAME}
version: 1.0.0
dstools:source: raw/{NAME}
dstools:converter: converters/{NAME}.py:convert
dstools:budget: {{pages: 1, records: 1}}
resources: [{{name: pages, schema: pages.yaml}}]
"""
SCHEMA = """
primaryKey: [page_uri]
missingValues: []
fields:
  - {name: page_uri, dstools:fill: page.uri}
  - {name: text, constraints: {required: true}}
"""
CONVERTER = """
from dataset_tools.record import Record

VERSION = "1.0.0"


def convert(page):
    yield Record("pages", {"text": page.text})
"""


def write_project(
    root: Path,
    *,
    converter: str = CONVERTER,
    schema: str = SCHEMA,
    descriptor: str = DESCRIPTOR,
    pages: Mapping[str, bytes],
) -> Path:
    """A project whose one dataset, `demo`, has these pages; gives its root."""
    written = {f"schemas/{NAME}/dataset.yaml": descriptor, f"schemas/{NAME}/pages.yaml": schema}
    written[f"converters/{NAME}.py"] = converter
    for name, text in written.items():
        place(root / name).write_text(text, "utf-8")
    (root / "raw" / NAME).mkdir(parents=True, exist_ok=True)
    for name, body in pages.items():
        place(root / "raw" / NAME / name).write_bytes(body)
    return root


def place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def run(
    *args: str, cwd: Path, env: Mapping[str, str] | None = None, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """The real `dstools`, behind the commands of `before`, with `env` added to the environment."""
    command = [*before, DSTOOLS, *args]
    environment = {**os.environ, **(env or {})}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


def content(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file below a folder, by its path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
