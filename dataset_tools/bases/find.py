"""BASE of `--against`: what a dataset was, read from a folder, a package, a revision of git, or the Hub."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_tools.bases.published import MAX_SCHEMA, PACKAGE, Fetch, Published, read_descriptor, read_package
from dataset_tools.dataset import DESCRIPTOR
from dataset_tools.errors import SchemaError

if TYPE_CHECKING:
    from dataset_tools.bases.git import Repository


@dataclass(frozen=True, slots=True)
class Base:
    """`described` is what BASE holds; `released` is the last released version there, from which versions are counted.

    The two differ only for git, where a tag names the release and BASE may have gone on since.
    """

    shown: str
    described: Published
    released: Published


def read_base(stated: str, root: Path, name: str, environment: Mapping[str, str]) -> Base | None:
    """What BASE holds of the dataset `name` of the project at `root`; None where it has no such dataset.

    BASE is a project, a folder schemas/NAME, a package (a folder with datapackage.json), git:REV, or
    hf://datasets/ORG/NAME@REV; a folder is meant from the working folder. `environment` gives HF_ENDPOINT and HF_TOKEN.
    Raises SchemaError where it cannot be read: that is a matter of the command's use, not of the dataset.
    """
    try:
        if stated.startswith("git:"):
            return _revision(stated, root, name)
        held = _hub(stated, environment) if stated.startswith("hf:") else _folder(Path(stated), name)
    except SchemaError as error:
        raise SchemaError(f"base {stated}: {error.message}", error.hint) from error
    return Base(stated, held, held) if held else None


def _folder(place: Path, name: str) -> Published | None:
    folder = place.parent if place.name in (DESCRIPTOR, PACKAGE) else place
    if (folder / DESCRIPTOR).is_file():
        return read_descriptor(_files(folder))
    if (folder / PACKAGE).is_file():
        return read_package(_files(folder, own=False))
    if (folder / "schemas").is_dir():
        return read_descriptor(_files(folder / "schemas" / name))
    hint = "a project, a folder with dataset.yaml, a package, git:REV, or hf://datasets/ORG/NAME@REV"
    raise SchemaError("no dataset there" if folder.is_dir() else "no such folder", hint)


def _files(folder: Path, *, own: bool = True) -> Fetch:
    """The files of a folder; of one that is not our own, none that a link leads to outside of it."""

    def fetch(path: str, most: int) -> bytes | None:
        place = folder / path
        if not place.is_file() or not (own or place.resolve().is_relative_to(folder.resolve())):
            return None
        try:
            with place.open("rb") as file:
                return file.read(most + 1)
        except OSError as error:
            raise SchemaError(f"{place}: {error.strerror}", "make the file readable") from error

    return fetch


def _hub(stated: str, environment: Mapping[str, str]) -> Published | None:
    from dataset_tools.bases.hub import hub_files

    return read_package(hub_files(stated, environment))


def _revision(stated: str, root: Path, name: str) -> Base | None:
    from dataset_tools.bases.git import Repository

    repository = Repository(root)
    commit = repository.commit(stated.removeprefix("git:"))
    described = read_descriptor(repository.files(commit, f"schemas/{name}"))
    if described is None:
        return None
    return Base(stated, described, _released(repository, commit, described))


def _released(repository: Repository, commit: str, described: Published) -> Published:
    """The dataset at the highest tag whose descriptor states the tag's version: such a tag is a release of it.

    Where the descriptor of that tag cannot be read any more, its version is counted from what BASE holds.
    """
    for version, tag in repository.tags(commit, described.name):
        files = repository.files(tag, f"schemas/{described.name}")
        if _version(files) == version:
            try:
                return read_descriptor(files) or described
            except SchemaError:
                return replace(described, version=version)
    return described


def _version(fetch: Fetch) -> str | None:
    text = fetch(DESCRIPTOR, MAX_SCHEMA) or b""
    found = re.search(rb"^version: *[\"']?([0-9.]+)", text, re.MULTILINE)
    return found[1].decode() if found else None
