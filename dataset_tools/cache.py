"""The results of units, by a key of everything that shapes them: safe to delete at any time."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from dataset_tools.files import sha256, staged

_LIST = "part.json"


def key(parts: Iterable[str]) -> str:
    """The SHA-256 of the parts, in order, as hex."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def found(cache: Path, name: str) -> Path | None:
    """The folder of a result whose files still are what was stored, None where there is none."""
    folder = _place(cache, name)
    try:
        listed = json.loads((folder / _LIST).read_text("utf-8"))
        sound = bool(listed) and all(sha256(folder / file) == digest for file, digest in listed.items())
    except (OSError, ValueError, AttributeError):
        return None
    return folder if sound else None


def stored(cache: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """The folder of a new result, which `fill` writes; it appears whole or not at all.

    It need not be synced: a result is hashed again before it is trusted.
    """
    place = _place(cache, name)
    with staged(place) as folder:
        fill(folder)
        listed = {file.name: sha256(file) for file in sorted(folder.iterdir())}
        (folder / _LIST).write_text(json.dumps(listed), "utf-8")
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)
    return place


def sweep(cache: Path) -> None:
    """Removes what killed builds left half-written."""
    for left in cache.glob("*/.*.staging-*"):
        shutil.rmtree(left, ignore_errors=True)


def _place(cache: Path, name: str) -> Path:
    return cache / name[:2] / name
