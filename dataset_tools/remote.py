"""Files that are elsewhere (`s3://`, `hf://`, any file system of fsspec) as local ones, while they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from dataset_tools.errors import PackageError

DESCRIPTOR = "datapackage.json"
_BESIDE = ("README.md", ".huggingface.yaml", "dataset_infos.json")  # what load_dataset reads where it is there
_FILES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".parq", ".xlsx", ".gz", ".zip")  # no folders
_MAX_DESCRIPTOR = 64 << 20


def is_remote(target: str) -> bool:
    """Whether a target is a URL."""
    return "://" in target


@contextmanager
def fetched(target: str) -> Iterator[Path]:
    """The file or the package at a URL, copied into a folder that goes away; a `file://` URL is read where it is.

    Of a package its descriptor is copied, and what that names below its folder. Raises PackageError where it is not
    there, or the library for its file system is not.
    """
    with TemporaryDirectory(prefix="dstools-") as folder:
        yield _local(target, Path(folder))


def _local(target: str, folder: Path) -> Path:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(target)
        if "file" in system.protocol or "local" in system.protocol:
            return Path(path)
        return _copied(target, system, path.rstrip("/"), folder)
    except ImportError as error:
        raise PackageError(f"{target}: {error}", "install the library of that file system") from error
    except PackageError:
        raise
    except Exception as error:  # file systems of others have errors of their own
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise PackageError(f"{target}: cannot be read: {said}", "look at the URL, and at who may read it") from error


def _copied(target: str, system: Any, path: str, folder: Path) -> Path:
    """The copy of a file, or of a package, which is a folder with a descriptor, or a descriptor."""
    if not path.lower().partition("?")[0].endswith(_FILES) and system.exists(f"{path}/{DESCRIPTOR}"):
        path = f"{path}/{DESCRIPTOR}"
    place = folder / (PurePosixPath(path.partition("?")[0]).name or "file")
    if place.name == DESCRIPTOR and (system.size(path) or 0) > _MAX_DESCRIPTOR:
        raise PackageError(f"{target}: larger than a descriptor may be", "is it a Data Package?")
    system.get_file(path, str(place))
    if place.is_dir():
        raise PackageError(f"{target}: no {DESCRIPTOR} in it", "name a package, or a file")
    root = path.partition("?")[0].removesuffix(place.name).rstrip("/")
    for name in dict.fromkeys(_named(place)):
        if name != place.name and _is_below(name) and system.exists(f"{root}/{name}"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            system.get_file(f"{root}/{name}", str(folder / name))
    return place


def _named(place: Path) -> Iterator[str]:
    """The paths that a package names, as far as it is well-formed: what is not is found when it is judged."""
    if place.suffix != ".json" or place.stat().st_size > _MAX_DESCRIPTOR:
        return
    try:
        stated = json.loads(place.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        return
    tables = _of(stated, "dstools:tables")
    for each in (*_list(stated, "resources"), *_list(stated, "dstools:files"), *_values(tables)):
        for key in ("path", "schema", "dialect"):
            value = _of(each, key)
            yield from (path for path in (value if isinstance(value, list) else [value]) if isinstance(path, str))
    yield from _BESIDE if tables is not None else ()


def _of(stated: Any, key: str) -> Any:
    return stated.get(key) if isinstance(stated, Mapping) else None


def _list(stated: Any, key: str) -> list[Any]:
    return value if isinstance(value := _of(stated, key), list) else []


def _values(stated: Any) -> list[Any]:
    return list(stated.values()) if isinstance(stated, Mapping) else []


def _is_below(name: str) -> bool:
    pure = PurePosixPath(name)
    return not pure.is_absolute() and ".." not in pure.parts and not is_remote(name)
