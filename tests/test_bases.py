"""BASE of `--against` is read from wherever a dataset was, and says what to do where it cannot be."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dataset_tools.bases import git as base_git
from dataset_tools.bases import hub as base_hub
from dataset_tools.bases.find import read_base
from dataset_tools.bases.published import MAX_SCHEMA
from dataset_tools.errors import SchemaError
from dataset_tools.evolution.changes import changes
from dataset_tools.evolution.versions import raised_enough, required_version

HEAVY = {"pyarrow", "polars", "pandera", "datasets", "frictionless", "numpy", "huggingface_hub", "pandas"}


def write_dataset(root: Path, version: str = "1.0.0", fields: str = "id, name", name: str = "demo") -> Path:
    folder = root / "schemas" / name
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = f"name: {name}\nversion: {version}\nresources: [{{name: t, schema: t.yaml}}]\n"
    (folder / "dataset.yaml").write_text(descriptor)
    (folder / "t.yaml").write_text("fields:\n" + "".join(f"  - {{name: {each}}}\n" for each in fields.split(", ")))
    return folder


def package(version: str = "1.0.0", **keys: object) -> dict[str, bytes]:
    """The files of a package that has no shards yet."""
    tables = {
        "t": {"schema": "schemas/t.json", "primaryKey": ["id"]},
        "u": {
            "schema": "schemas/u.json",
            "foreignKeys": [{"fields": ["of"], "reference": {"resource": "t", "fields": ["id"]}}],
        },
    }
    descriptor = {"name": "demo", "version": version, "created": "2026-11-01T00:00:00Z", "dstools:tables": tables}
    t = {"name": "t", "primaryKey": ["id"], "fields": [{"name": "id", "title": "😀"}]}
    u = {"name": "u", "fields": [{"name": "of"}]}
    files = {"datapackage.json": {**descriptor, "resources": [], **keys}, "schemas/t.json": t, "schemas/u.json": u}
    return {path: json.dumps(value).encode() for path, value in files.items()}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def refused(stated: str, root: Path, environment: dict[str, str] | None = None) -> tuple[str, str]:
    with pytest.raises(SchemaError) as caught:
        read_base(stated, root, "demo", environment or {})
    return caught.value.message, caught.value.hint


# Folders and packages


@pytest.mark.parametrize("below", ["", "schemas/demo", "schemas/demo/dataset.yaml"])
def test_a_project_a_folder_of_schemas_and_a_descriptor_are_a_base(tmp_path: Path, below: str) -> None:
    write_dataset(tmp_path)
    base = read_base(str(tmp_path / below), tmp_path, "demo", {})
    assert base is not None
    assert (base.described.version, base.described.schemas["t"].names) == ("1.0.0", ("id", "name"))
    assert base.released == base.described


def test_a_dataset_that_the_base_does_not_have_is_new(tmp_path: Path) -> None:
    write_dataset(tmp_path, name="other")
    assert read_base(str(tmp_path), tmp_path, "demo", {}) is None


def test_a_package_is_a_base_with_the_keys_over_all_files_of_a_table(tmp_path: Path) -> None:
    base = read_base(str(write(tmp_path, package())), tmp_path, "demo", {})
    assert base is not None
    assert base.described.schemas["u"].foreign_keys[0].table == "t"
    assert base.described.schemas["t"].field("id").title == "😀"
    assert base.described.stated["created"] == "2026-11-01"


def test_a_data_package_of_any_maker_is_a_base(tmp_path: Path) -> None:
    resources = [{"name": "t", "path": "t.csv", "schema": {"fields": [{"name": "id", "type": "integer"}]}}]
    descriptor = {"name": "demo", "version": "3.1.0", "resources": resources, "profile": "data-package"}
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor))
    base = read_base(str(tmp_path), tmp_path, "demo", {})
    assert base is not None
    assert base.described.schemas["t"].fields[0].type == "integer"


def test_a_folder_without_a_dataset_is_refused_with_what_would_do(tmp_path: Path) -> None:
    message, hint = refused(str(tmp_path), tmp_path)
    assert message == f"base {tmp_path}: no dataset there"
    assert "git:REV" in hint
    assert refused(str(tmp_path / "none"), tmp_path)[0].endswith(": no such folder")


def test_a_malformed_base_is_refused_by_its_own_line(tmp_path: Path) -> None:
    (write_dataset(tmp_path) / "t.yaml").write_text("fields:\n  - {name: a, type: int}\n")
    message, hint = refused(str(tmp_path), tmp_path)
    assert message == f'base {tmp_path}: schemas/demo/t.yaml:2:21: field "a" has type "int"'
    assert hint == 'Table Schema calls it "integer"'


@pytest.mark.parametrize(
    ("descriptor", "message"),
    [
        (b"[", "datapackage.json: not JSON"),
        (b"[" * 100_000, "datapackage.json: not JSON"),
        (b"[]", "datapackage.json: no JSON object"),
        (b'{"name": "../x", "dstools:tables": {}}', "name '../x'"),
        (b'{"name": "d", "version": "1.0.0", "dstools:tables": {}}', "no resources"),
        (b'{"name": "d", "dstools:tables": {"../x": {}}}', "a table called '../x'"),
        (b'{"name": "d", "dstools:tables": {"t": {"schema": "../secret.json"}}}', "the schema '../secret.json'"),
        (b'{"name": "d", "dstools:tables": {"t": {"schema": "/etc/passwd"}}}', "the schema '/etc/passwd'"),
        (b'{"name": "d", "dstools:tables": {"t": {"schema": "t.json"}}}', "holds no t.json"),
        (b'{"name": "d", "dstools:tables": {"t": 1}}', "a table called 't'"),
    ],
)
def test_a_package_that_is_none_is_refused_and_nothing_outside_it_is_read(
    tmp_path: Path, descriptor: bytes, message: str
) -> None:
    (tmp_path / "secret.json").write_text("{}")
    folder = write(tmp_path / "package", {"datapackage.json": descriptor})
    assert message in refused(str(folder), tmp_path)[0]


def test_a_link_out_of_a_package_is_not_followed(tmp_path: Path) -> None:
    folder = write(tmp_path / "package", package())
    (tmp_path / "secret.json").write_bytes((folder / "schemas" / "t.json").read_bytes())
    (folder / "schemas" / "t.json").unlink()
    (folder / "schemas" / "t.json").symlink_to("../../secret.json")
    assert "holds no schemas/t.json" in refused(str(folder), tmp_path)[0]


# Revisions of git


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "a")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
    root = tmp_path / "repository" / "project"
    write_dataset(root)
    git(root.parent, "init", "--quiet", "--initial-branch=main")
    commit(root)
    return root


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path) -> str:
    git(root, "add", "--all", ".")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "a commit")
    return git(root, "rev-parse", "HEAD")


@pytest.mark.parametrize("revision", ["main", "HEAD", "HEAD~0", "refs/heads/main"])
def test_a_revision_is_a_base_whatever_stands_in_the_working_folder(repository: Path, revision: str) -> None:
    write_dataset(repository, "9.0.0", "id")
    base = read_base(f"git:{revision}", repository, "demo", {})
    assert base is not None
    assert (base.described.version, base.described.schemas["t"].names) == ("1.0.0", ("id", "name"))


def test_two_breaking_changes_after_one_release_ask_for_one_major(repository: Path) -> None:
    git(repository, "tag", "v1.0.0")
    write_dataset(repository, "2.0.0", "id")
    commit(repository)
    folder = write_dataset(repository, "2.0.0", "number")
    base, now = read_base("git:HEAD", repository, "demo", {}), read_base(str(folder), repository, "demo", {})
    assert base is not None
    assert now is not None
    assert base.released.version == "1.0.0"
    since_base = changes(base.described, now.described)
    since_release = changes(base.released, now.described)
    assert {change.rule for change in since_base} == {"field-renamed"}
    assert required_version(base.described.version, since_base) == "3.0.0"
    assert raised_enough(base.released.version, "2.0.0", since_release)


def test_the_highest_tag_of_the_dataset_in_the_history_is_the_release(repository: Path) -> None:
    for version, tag in (("1.9.0", "v1.9.0"), ("1.10.0", "demo-v1.10.0"), ("1.11.0", "other-v1.11.0")):
        write_dataset(repository, version)
        commit(repository)
        git(repository, "tag", tag)
    git(repository, "tag", "-a", "v5.0.0", "-m", "of the software beside it")
    git(repository, "checkout", "--quiet", "-b", "aside")
    write_dataset(repository, "4.0.0")
    commit(repository)
    git(repository, "tag", "v4.0.0")
    base = read_base("git:main", repository, "demo", {})
    assert base is not None
    assert (base.described.version, base.released.version) == ("1.11.0", "1.10.0")


def test_a_release_that_cannot_be_read_any_more_still_gives_its_version(repository: Path) -> None:
    folder = write_dataset(repository, "1.1.0")
    (folder / "t.yaml").write_text("fields: []\n")
    commit(repository)
    git(repository, "tag", "v1.1.0")
    write_dataset(repository, "1.2.0")
    commit(repository)
    base = read_base("git:main", repository, "demo", {})
    assert base is not None
    assert (base.described.version, base.released.version) == ("1.2.0", "1.1.0")
    assert base.released.schemas == base.described.schemas


def test_a_hook_of_git_may_ask_too(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert read_base("git:main", repository, "demo", {}) is not None


def test_a_dataset_that_is_not_in_the_revision_is_new(repository: Path) -> None:
    write_dataset(repository, name="fresh")
    assert read_base("git:HEAD", repository, "fresh", {}) is None


def test_a_shallow_clone_says_how_to_deepen_it(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    commit(repository)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository.parent}", "shallow")
    message, hint = refused(f"git:{first}", tmp_path / "shallow" / "project")
    assert message == f"base git:{first}: git knows no commit '{first}' here"
    assert hint == "this clone is shallow: git fetch --unshallow --tags"


def test_a_revision_that_is_not_there_says_how_to_fetch_it(repository: Path) -> None:
    assert refused("git:origin/main", repository)[1] == "git fetch origin main"
    assert "check the name" in refused("git:v7.0.0", repository)[1]


@pytest.mark.parametrize("revision", ["", "--help", "--output=out", "a\nb", "main:project", "main..HEAD"])
def test_what_is_no_revision_is_never_an_option(repository: Path, revision: str) -> None:
    refused(f"git:{revision}", repository)
    assert not list(repository.rglob("out"))


def test_outside_a_repository_and_without_git_the_line_that_mends_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "folder" in refused("git:main", tmp_path)[1]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused("git:main", tmp_path) == (
        "base git:main: git is not installed",
        "install git, or give a folder as the base",
    )


def test_a_descriptor_that_is_too_large_is_not_read(repository: Path) -> None:
    (repository / "schemas" / "demo" / "t.yaml").write_text("#" * (MAX_SCHEMA + 1))
    commit(repository)
    assert "larger than" in refused("git:main", repository)[0]


def test_git_that_gives_no_answer_is_given_up(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_git, "SECONDS", 0)
    assert "no answer" in refused("git:main", repository)[0]


# The Hub

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serving(answer: Callable[[str, str | None], Answer]) -> Iterator[str]:
    """A server on this machine that answers (path, Authorization) as told: its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


HUB = "hf://datasets/org/demo@v1.0.0"
WHERE = "/datasets/org/demo/resolve/v1.0.0/"
ABSENT: Answer = (404, {"X-Error-Code": "EntryNotFound"}, b"")


def told(files: dict[str, bytes]) -> Callable[[str, str | None], Answer]:
    return lambda path, _: (200, {}, files[name]) if (name := path.removeprefix(WHERE)) in files else ABSENT


def test_a_release_on_the_hub_is_a_base_by_its_descriptors_alone(tmp_path: Path) -> None:
    asked = []

    def answer(path: str, token: str | None) -> Answer:
        asked.append((path, token))
        return told(package())(path, token)

    with serving(answer) as address:
        base = read_base(HUB, tmp_path, "demo", {"HF_ENDPOINT": f"{address}/", "HF_TOKEN": "hf_secret"})
    assert base is not None
    assert base.released.version == "1.0.0"
    assert set(base.described.schemas) == {"t", "u"}
    assert asked == [(WHERE + name, "Bearer hf_secret") for name in package()]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        ((401, {}, b""), "the Hub says 401", "HF_TOKEN=hf_…"),
        ((403, {"X-Error-Message": "gated"}, b""), "the Hub says 403: gated", "ask for access"),
        ((404, {"X-Error-Code": "RevisionNotFound"}, b""), "the Hub says 404", "the revision"),
        (ABSENT, "holds no datapackage.json", "is it a package"),
        ((429, {}, b""), "the Hub says 429", "wait a minute"),
        ((503, {}, b""), "the Hub says 503", "try again later"),
        ((200, {}, b"<html>"), "not JSON", "choose another base"),
        ((302, {"Location": "ftp://127.0.0.1/x"}, b""), "the Hub says 302", "try again later"),
        ((302, {"Location": "/again"}, b""), "the Hub says 302", "try again later"),
        ((200, {"Content-Length": "999", "Connection": "close"}, b"{}"), "997 more expected", "check the network"),
    ],
)
def test_whatever_else_the_hub_says_is_one_clear_refusal(
    tmp_path: Path, answer: Answer, message: str, hint: str
) -> None:
    with serving(lambda *_: answer) as address:
        said, advice = refused(HUB, tmp_path, {"HF_ENDPOINT": address})
    assert said.startswith(f"base {HUB}: ")
    assert message in said
    assert hint in advice


def test_a_redirect_keeps_the_token_on_its_host_and_loses_it_elsewhere(tmp_path: Path) -> None:
    tokens: dict[str, set[str | None]] = {"hub": set(), "moved": set(), "elsewhere": set()}

    def other(path: str, token: str | None) -> Answer:
        tokens["elsewhere"].add(token)
        return told(package())(path, token)

    with serving(other) as elsewhere:

        def hub(path: str, token: str | None) -> Answer:
            tokens["moved" if path.startswith("/moved") else "hub"].add(token)
            moved = path.startswith("/moved")
            return (307, {"Location": elsewhere + path[6:] if moved else f"/moved{path}"}, b"")

        with serving(hub) as address:
            assert read_base(HUB, tmp_path, "demo", {"HF_ENDPOINT": address, "HF_TOKEN": "hf_secret"})
    assert tokens == {"hub": {"Bearer hf_secret"}, "moved": {"Bearer hf_secret"}, "elsewhere": {None}}


def test_a_file_of_the_hub_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    schemas = {"schemas/t.json": b'{"a":"' + b"x" * (2 * MAX_SCHEMA) + b'"}'}
    with serving(told({**package(), **schemas})) as address:
        assert "t.json" in refused(HUB, tmp_path, {"HF_ENDPOINT": address})[0]


def test_a_hub_that_drips_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_hub, "SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                for _ in range(200):
                    connection.sendall(b" ")
                    time.sleep(0.02)

        threading.Thread(target=drip, daemon=True).start()
        message, _ = refused(HUB, tmp_path, {"HF_ENDPOINT": f"http://127.0.0.1:{server.getsockname()[1]}"})
    assert "not read in" in message


def test_a_hub_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_hub, "SECONDS", 0.2)
    done = threading.Event()

    def answer(path: str, _: str | None) -> Answer:
        done.wait(5)
        return ABSENT

    with serving(answer) as address:
        message, hint = refused(HUB, tmp_path, {"HF_ENDPOINT": address})
        done.set()
    assert "cannot be reached" in message
    assert "HF_ENDPOINT" in hint


def test_a_hub_that_is_not_there_and_an_address_that_is_none_are_refused(tmp_path: Path) -> None:
    with serving(lambda *_: ABSENT) as address:
        pass
    assert "cannot be reached" in refused(HUB, tmp_path, {"HF_ENDPOINT": address})[0]
    assert "HF_ENDPOINT is" in refused(HUB, tmp_path, {"HF_ENDPOINT": "file:///etc"})[0]
    for stated in ("hf://org/demo", "hf://datasets/", "hf://datasets/a/b/c", "hf://datasets/a/b@", "hf:a"):
        assert "no address on the Hub" in refused(stated, tmp_path)[0]


def test_a_token_that_is_none_is_not_shown(tmp_path: Path) -> None:
    message, hint = refused(HUB, tmp_path, {"HF_TOKEN": "hf_secret\nX: y"})
    assert "secret" not in message + hint


def test_a_base_is_read_and_compared_with_nothing_heavy_imported() -> None:
    code = "import sys; import dataset_tools.{0}; print(sorted({1} & set(sys.modules)))"
    rooms = ("bases.find", "bases.git", "bases.hub", "evolution.changes", "evolution.versions", "places")
    modules = ", dataset_tools.".join(rooms)
    done = subprocess.run(
        [sys.executable, "-c", code.format(modules, HEAVY)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
