"""What a package was made from, as hashes: whether it still is what these schemas, pages and converters give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dataset_tools.converters import CONVERTERS
from dataset_tools.dataset import Dataset, read_dataset
from dataset_tools.errors import PackageError
from dataset_tools.issue import Issue
from dataset_tools.sources.folder import digest, find

KEY = "dstools:inputs"
_SAYS = {
    "schemas": "the descriptor or a table schema has changed",
    "converter": "the converter's code or options have changed",
    "pages": "pages have come, gone or changed",
}
_SHAPING = ("dstools:splits", "dstools:shard_size", "resources")


def inputs(dataset: Dataset, pages: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The SHA-256 of the schemas, of the converter, and of the `pages`: (page_uri, SHA-256) in order."""
    hashed = hashlib.sha256()
    for uri, sha256 in pages:
        hashed.update(f"{sha256} {uri}\n".encode("utf-8", "surrogatepass"))
    return {"schemas": _schemas(dataset), "converter": _converter(dataset), "pages": f"sha256:{hashed.hexdigest()}"}


def outdated(root: Path, package: Path) -> Iterator[Issue]:
    """An issue for each input that is not what the package was made from; nothing is built, and no code is run.

    Raises PackageError where there is no package of a dataset of the project.
    """
    path = package / "datapackage.json"
    try:
        descriptor = json.loads(path.read_text("utf-8"))
        name, made = descriptor["name"], descriptor[KEY]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackageError(f"{path}: not a package that dstools built", "build it again: dstools build") from error
    dataset = read_dataset(root, name)
    if dataset.version != descriptor.get("version"):
        message = f"{package} is version {descriptor.get('version')}, the descriptor {dataset.version}"
        yield Issue("outdated", message, str(path))
    now = inputs(dataset, _pages(dataset))
    for key, says in _SAYS.items():
        if made.get(key) != now[key]:
            yield Issue("outdated", f"{package}: {says} since it was built", str(path), hint=f"dstools build {name}")


def _pages(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for found in find(dataset.root, dataset.sources):
        yield found.uri, "" if found.over else digest(found)


def _schemas(dataset: Dataset) -> str:
    stated = {key: dataset.stated.get(key) for key in _SHAPING}
    return _hash([stated, {table: schema.stated for table, schema in dataset.schemas.items()}])


def _converter(dataset: Dataset) -> str:
    if dataset.converter is None:
        return _hash(None)
    use = dataset.converter.use
    files = _files(dataset.root, use)
    code = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}
    return _hash([use, dataset.converter.options, code])


def _files(root: Path, use: str) -> Iterable[Path]:
    """The files of a converter: ours and its siblings, or all Python files in the folder of a user's."""
    if use in CONVERTERS:
        return Path(__file__).parent.joinpath("converters").glob(f"*{use}*.py")
    return (root / use.partition(":")[0]).parent.rglob("*.py")


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
