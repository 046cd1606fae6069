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
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(target)
        if "file" in system.protocol or "local" in system.protocol:
            yield Path(path)
            return
        with TemporaryDirectory(prefix="dstools-") as folder:
            yield _copied(system, path.rstrip("/"), Path(folder))
    except ImportError as error:
        raise PackageError(f"{target}: {error}", "install the library of that file system") from error
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise PackageError(f"{target}: cannot be read: {said}", "look at the URL, and at who may read it") from error


def _copied(system: Any, path: str, folder: Path) -> Path:
    if PurePosixPath(path).name != DESCRIPTOR and not system.isdir(path):
        place = folder / PurePosixPath(path).name
        system.get_file(path, str(place))
        return place
    root = path.removesuffix(DESCRIPTOR).rstrip("/")
    if system.size(f"{root}/{DESCRIPTOR}") > _MAX_DESCRIPTOR:
        raise PackageError(f"{root}/{DESCRIPTOR}: larger than a descriptor may be", "is it a Data Package?")
    system.get_file(f"{root}/{DESCRIPTOR}", str(folder / DESCRIPTOR))
    stated = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    for name in dict.fromkeys([*_named(stated), *_BESIDE]):
        if _is_below(name) and system.exists(f"{root}/{name}"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            system.get_file(f"{root}/{name}", str(folder / name))
    return folder


def _named(stated: Mapping[str, Any]) -> Iterator[str]:
    """The paths that a package names, as far as it is well-formed: what is not is found when it is judged."""
    for each in (*stated.get("resources", ()), *stated.get("dstools:files", ())):
        if isinstance(each, Mapping):
            paths = each.get("path")
            yield from (path for path in (paths if isinstance(paths, list) else [paths]) if isinstance(path, str))
            yield from (each[key] for key in ("schema", "dialect") if isinstance(each.get(key), str))
    for table in stated.get("dstools:tables", {}).values():
        if isinstance(table, Mapping) and isinstance(table.get("schema"), str):
            yield table["schema"]


def _is_below(name: str) -> bool:
    pure = PurePosixPath(name)
    return not pure.is_absolute() and ".." not in pure.parts and not is_remote(name)
