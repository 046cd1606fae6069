"""Every durable write: whole or not at all, and on the disk before it has its name."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dataset_tools.errors import DatasetError, PackageError

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_HINTS = {
    errno.ENOSPC: "free some space, then run the same command again: it goes on where it stopped",
    errno.EDQUOT: "the quota is used up: free some space, then run the same command again",
    errno.EROFS: "the file system is read-only: choose another folder with --out",
    errno.EACCES: "the folder is not yours to write in: choose another with --out",
    errno.EPERM: "the folder is not yours to write in: choose another with --out",
    errno.EFBIG: "the file is larger than may be written (ulimit -f): raise the limit, then run it again",
    errno.EMFILE: "too many open files: raise the limit (ulimit -n), then run it again",
    errno.EIO: "the disk reports an error: check it before you trust what it holds",
    errno.ENAMETOOLONG: "a name is too long for the file system: shorten it",
    errno.ENOTDIR: "a file stands where a folder is needed: move it away",
    errno.EEXIST: "something else stands there: move it away",
    errno.EISDIR: "a folder stands where a file is needed: move it away",
}


@contextmanager
def writing(where: Path) -> Iterator[None]:
    """Turns the operating system's refusals into one line that names the path, the cause and the space left."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0)
        if hint is None:
            raise
        place = error.filename or where
        raise PackageError(
            f"{place}: cannot write: {os.strerror(error.errno or 0)}{_left(where, error)}", hint
        ) from error


def _left(where: Path, error: OSError) -> str:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return ""
    folder = next((each for each in (where, *where.parents) if each.exists()), Path("/"))
    return f" ({shutil.disk_usage(folder).free // 10**6:,} MB free)"


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, content: bytes | str) -> None:
    """Writes a file whole: beside it under another name, synced, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Waits until every file and folder below `folder` is on the disk."""
    for here, _, names in os.walk(folder):
        for name in names:
            sync(Path(here, name))
        sync(Path(here))


def staging(place: Path) -> Path:
    """A new, empty folder beside `place`, hidden and named after it, on the same file system."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.staging-"))
    folder.chmod(0o755)
    return folder


@contextmanager
def staged(place: Path) -> Iterator[Path]:
    """A folder beside `place` to be put there; it goes away where it was not.

    Raises PackageError where what stands at `place` is no folder, so that nothing could be put there.
    """
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise PackageError(f"{place}: no folder, but it stands where one goes", "move it away, then build again")
    folder = staging(place)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(staged: Path, place: Path) -> None:
    """Gives the staged folder its place in one step; what stood there before goes away afterwards."""
    sync_tree(staged)
    if not place.exists():
        staged.rename(place)
    elif _exchange(staged, place):
        shutil.rmtree(staged)
    else:
        old = staged.with_name(f"{staged.name}.old")
        place.rename(old)
        try:
            staged.rename(place)
        except BaseException:
            old.rename(place)
            raise
        shutil.rmtree(old)
    sync(place.parent)


def sweep(place: Path) -> None:
    """Removes what killed builds left beside `place`; what was replaced by nothing gets its name back."""
    if not place.parent.is_dir():
        return
    for left in sorted(place.parent.glob(f".{place.name}.staging-*")):
        if left.name.endswith(".old") and not place.exists():
            left.rename(place)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two folders in one step, where the kernel can (Linux renameat2)."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Holds a kernel lock on a file; raises DatasetError where another process holds it."""
    import fcntl

    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatasetError(f"{lock}: another build of this dataset is running", "wait until it ends") from error
        yield
    finally:
        os.close(handle)
