"""Pages from a folder, a file or a glob: every regular file is a page; links and hidden files are passed over."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from dataset_tools.errors import PageError
from dataset_tools.page import Page

_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Found:
    """A file below a source: its page_uri, its path and size in bytes; `over` says why it is passed over unread."""

    uri: str
    path: str
    size: int
    over: str | None = None


def find(root: Path, sources: Iterable[str]) -> Iterator[Found]:
    """The pages of the sources, ordered by page_uri within each; raises PageError where a source is missing."""
    named: dict[str, str] = {}
    for source in sources:
        name = f"{quoted(os.fsencode(_last_name(source)))}/"
        if name in named:
            raise PageError(f"{source}: a source of that name is there already: {named[name]}", "rename one of the two")
        named[name] = source
    for name, source in sorted(named.items()):
        yield from _below(root, source, name if len(named) > 1 else "")


def _last_name(source: str) -> str:
    """The last part of a source that names something: of a glob, the folder that it searches."""
    return next((part for part in reversed(Path(source).parts) if not _MAGIC & set(part)), source)


def read(found: Found, most: int) -> Page:
    """The page of a file, following no link.

    At most one byte more than `most` is read. Raises PageError where the file cannot be read.
    """
    with _opened(found) as file:
        return Page(uri=found.uri, body=file.read(most + 1))


def digest(found: Found) -> str:
    """The SHA-256 of a file, in hex, following no link; raises PageError where the file cannot be read."""
    with _opened(found) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(found: Found) -> Iterator[BufferedReader]:
    try:
        handle = os.open(found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise PageError(f"{found.path}: no longer a regular file", "put the page back, then build again")
            yield file
    except OSError as error:
        raise PageError(f"{found.path}: {error.strerror}", "make the file readable, then build again") from error


def quoted(name: bytes) -> str:
    """A file name as text: UTF-8 as it stands; %, control characters and other bytes as %XX (reversible)."""
    text = name.decode("utf-8", "surrogateescape")
    return (
        "".join(_quoted(char) for char in text) if not text.isascii() or not text.isprintable() or "%" in text else text
    )


def _quoted(char: str) -> str:
    point = ord(char)
    if 0xDC80 <= point <= 0xDCFF:
        return f"%{point - 0xDC00:02X}"
    return char if char != "%" and point >= 0x20 and not 0x7F <= point <= 0x9F else _percent(char)


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8"))


def _below(root: Path, source: str, prefix: str) -> Iterator[Found]:
    path = root / source
    if path.is_dir():
        yield from _folder(os.fsencode(path), prefix)
    elif path.is_file():  # the source itself may be a link
        yield Found(f"{prefix}{quoted(os.fsencode(path.name))}", str(path.resolve()), path.stat().st_size)
    elif _MAGIC & set(source):
        yield from _glob(root, source, prefix)
    else:
        raise PageError(f"{source}: no such file or folder", "name the pages: dstools:source, or --source PATH")


def _folder(folder: bytes, prefix: str) -> Iterator[Found]:
    """Files in the order of their page_uri, one folder's names in memory at a time, however deep they are."""
    ways = [_entries(folder, prefix)]
    while ways:
        uri, entry = next(ways[-1], (None, None))
        if uri is None or entry is None:
            ways.pop()
        elif uri.endswith("/") and not entry.name.startswith(b"."):
            ways.append(_entries(entry.path, uri))
        else:
            yield _found(uri.removesuffix("/"), entry.path)


def _entries(folder: bytes, prefix: str) -> Iterator[tuple[str, os.DirEntry[bytes]]]:
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(((prefix + _ordinal(entry), entry) for entry in entries), key=lambda each: each[0])
    except OSError as error:
        raise PageError(
            f"{os.fsdecode(folder)}: {error.strerror}", "make the folder readable, then build again"
        ) from error
    return iter(ordered)


def _ordinal(entry: os.DirEntry[bytes]) -> str:
    # A folder sorts as NAME/, so that files come in the order of their whole uri.
    return quoted(entry.name) + ("/" if entry.is_dir(follow_symlinks=False) else "")


def _found(uri: str, path: bytes) -> Found:
    try:
        status = os.lstat(path)
    except OSError:  # it has vanished since it was listed: reading it says so
        return Found(uri, os.fsdecode(path), 0)
    name = uri.rpartition("/")[2]
    over = "hidden" if name.startswith(".") else _OVER.get(stat.S_IFMT(status.st_mode), "not-a-file")
    return Found(uri, os.fsdecode(path), status.st_size, over or None)


_OVER = {stat.S_IFREG: "", stat.S_IFLNK: "link"}


def _glob(root: Path, pattern: str, prefix: str) -> Iterator[Found]:
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if _MAGIC & set(part))
    base = root.joinpath(*parts[:fixed])
    matches = ((quoted(os.fsencode(path.relative_to(base))), path) for path in base.glob("/".join(parts[fixed:])))
    for uri, path in sorted(matches):
        if path.is_dir() and not path.is_symlink():
            continue
        above = path.relative_to(base).parents
        if any((base / folder).is_symlink() for folder in above):
            yield Found(prefix + uri, str(path), 0, "link")
        elif any(part.startswith(".") for part in above[0].parts):
            yield Found(prefix + uri, str(path), 0, "hidden")
        else:
            yield _found(prefix + uri, os.fsencode(path))
