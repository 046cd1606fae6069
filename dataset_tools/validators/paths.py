"""Where a path of a package leads: only files below its folder are read."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit


def unread(folder: Path, path: str) -> tuple[str, str] | None:
    """Why a path is not read, as a type of frictionless's errors and a note; None where it is. Links are resolved."""
    try:
        if urlsplit(path).scheme:
            return "scheme-error", f'"{path}" is not fetched: name it yourself'
        place = (folder / path).resolve()
        if not place.is_relative_to(folder.resolve()):
            return "source-error", f'"{path}" leads out of the package'
        if place.exists() and not place.is_file():
            return "source-error", f'"{path}" is no file'
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        return "source-error", f'"{path}" is no path of a file'
    return None
