"""Files of a revision, read by the `git` executable: nothing is checked out, fetched or written."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset_tools.errors import SchemaError

SECONDS = 30
MOST_TAGS = 50  # the highest ones: a release is among the first of them
# What git sets for its hooks, with paths from another folder
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_TAG = re.compile(r"(?:[a-z0-9_]+-)?v((?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5}))\Z")


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository around a project's folder `root`."""

    root: Path

    def commit(self, revision: str) -> str:
        """The hash of the commit that a revision names; raises SchemaError with the line that fetches it."""
        self._said("rev-parse", "--git-dir")
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise SchemaError(f"no revision: {revision!r}", "a branch, a tag or a commit, such as git:origin/main")
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found.returncode:
            raise SchemaError(f"git knows no commit {revision!r} here", self._fetch(revision))
        return found.stdout.decode().strip()

    def files(self, commit: str, folder: str) -> Callable[[str, int], bytes | None]:
        """Gives the bytes of files of `folder`, a path below the project's folder, as `bases.Fetch`."""

        def fetch(path: str, most: int) -> bytes | None:
            name = f"{folder}/{path}"
            listed = self._said("--literal-pathspecs", "ls-tree", "-l", "-z", commit, "--", name)
            if not listed:
                return None
            _mode, _kind, blob, size = listed.split(b"\t", 1)[0].decode().split()
            if size == "-" or int(size) > most:
                raise SchemaError(f"{name}: no file, or one larger than {most:,} bytes", "choose another base")
            return self._said("cat-file", "blob", blob)

        return fetch

    def tags(self, commit: str, dataset: str) -> Iterator[tuple[str, str]]:
        """The versions of tags vX.Y.Z and NAME-vX.Y.Z in the commit's history, with the tags' names, highest first."""
        listed = self._said("tag", "--merged", commit, "--list", "v*", f"{dataset}-v*").decode("utf-8", "replace")
        found = [(match[1], tag) for tag in listed.splitlines() if (match := _TAG.match(tag))]
        found.sort(key=lambda each: ([int(part) for part in each[0].split(".")], each[1]), reverse=True)
        yield from ((version, f"refs/tags/{tag}") for version, tag in found[:MOST_TAGS])

    def _fetch(self, revision: str) -> str:
        if self._said("rev-parse", "--is-shallow-repository").strip() == b"true":
            return "this clone is shallow: git fetch --unshallow --tags"
        remote, _, branch = revision.partition("/")
        return f"git fetch {remote} {branch}" if branch else "git fetch --all --tags, or check the name"

    def _said(self, *arguments: str) -> bytes:
        done = self._git(*arguments)
        if done.returncode == 0:
            return done.stdout
        told = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise SchemaError(f"git says: {told or 'no'}", _hint(told, self.root))

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        inherited = {key: value for key, value in os.environ.items() if key not in _OF_HOOKS}
        settings = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        try:
            return subprocess.run(
                ["git", *arguments],
                cwd=self.root,
                env={**inherited, **settings},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise SchemaError("git is not installed", "install git, or give a folder as the base") from error
        except subprocess.TimeoutExpired as error:
            raise SchemaError(f"git gave no answer in {SECONDS} s", "run git fetch, then try again") from error


def _hint(told: str, root: Path) -> str:
    if "dubious ownership" in told:
        return f"git config --global --add safe.directory {root}"
    if "not a git repository" in told:
        return "give a folder or a package as the base, or run it inside the repository"
    return "git fsck tells more"
