"""Pages are hostile: whatever bytes and names they have, each has an outcome, and none is opened that is no page."""

from __future__ import annotations

import os
import random
import resource
import shutil
import socket
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import DESCRIPTOR, NAME, run, write_project

from dataset_tools import contain
from dataset_tools.build import Built, How, build
from dataset_tools.dataset import read_dataset
from dataset_tools.errors import PageError
from dataset_tools.init import init
from dataset_tools.passes.convert import MAX_PAGE, Job, Unit, convert_unit
from dataset_tools.sources.folder import Found, find, quoted, read

ROOT = Path(__file__).parents[1]
NAMES = {
    "invalid": b"\xff\xfe.txt",
    "newline": b"a\nb.txt",
    "percent": b"100%.txt",
    "encoded": b"%FF%FE.txt",
    "hyphen": b"-rf",
    "composed": unicodedata.normalize("NFC", "é.txt").encode(),
    "decomposed": unicodedata.normalize("NFD", "é.txt").encode(),
    "longest": b"n" * 251 + b".txt",
    "right to left": "\u202etxt.exe".encode(),
    "control": b"\x1b[31m\x7f.txt",
    "space": b" ",
    "backslash": b"a\\b",
}
DEEP = 1100  # folders within each other: more than Python's limit of recursion


def reasons(built: Built) -> dict[str, tuple[str, str]]:
    rows = pq.ParquetFile(built.report / "rejects.parquet").read().to_pylist()
    return {row["page_uri"]: (row["kind"], row["reason"]) for row in rows}


def accepted(built: Built) -> list[str]:
    files = sorted(built.place.glob("pages/*.parquet"))
    return [uri for file in files for uri in pq.ParquetFile(file).read(["page_uri"])["page_uri"].to_pylist()]


def made(root: Path, name: str = NAME) -> Built:
    return build(read_dataset(root, name), How(root / "dist", 2))


def noise(seed: int) -> list[bytes]:
    """300 bodies: noise, damaged samples, and texts that are nearly text."""
    chance = random.Random(seed)
    samples = [path.read_bytes() for path in sorted((ROOT / "raw" / "netease").glob("*.txt"))]
    bodies = [
        b"",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff\xd8\x00",
        b"<meta charset=punycode>\n\xff",
        b"\r\r\n",
    ]
    while len(bodies) < 300:
        sample = bytearray(chance.choice(samples))
        for _ in range(chance.choice((1, 3, 30))):
            sample[chance.randrange(len(sample))] = chance.randrange(256)
        cut = chance.randrange(len(sample))
        bodies.append(chance.choice((chance.randbytes(cut % 4096), bytes(sample), bytes(sample[:cut]))))
    return bodies


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with netease and an init dataset, and the same noise for both."""
    root = tmp_path_factory.mktemp("noisy")
    shutil.copytree(ROOT / "schemas", root / "schemas")
    (root / "raw" / "netease").mkdir(parents=True)
    init(root, NAME, None)
    for number, body in enumerate(noise(7)):
        for name in ("netease", NAME):
            (root / "raw" / name / f"{number:03}").write_bytes(body)
    return root


@pytest.mark.parametrize("name", ["netease", NAME])
def test_any_bytes_give_each_page_an_outcome(noisy: Path, name: str) -> None:
    descriptor = noisy / "schemas" / name / "dataset.yaml"
    lines = [line for line in descriptor.read_text().splitlines() if not line.startswith("dstools:budget")]
    descriptor.write_text("\n".join([*lines, "dstools:budget: {pages: 1, records: 1}"]))
    built = made(noisy, name)
    counts = built.counts["pages"]
    listed = 300 + (name == NAME)
    assert counts["listed"] == listed == sum(counts[key] for key in ("accepted", "passed-over", "rejected"))
    assert counts["unread"] == 0
    whole = {uri for uri, (_, reason) in reasons(built).items() if reason in ("undecodable", "not-mine", "same-bytes")}
    assert whole
    assert not {reason for _, reason in reasons(built).values()} & {"converter-error", "crash", "time", "memory"}
    descriptor.write_text(descriptor.read_text().replace("{pages: 1, records: 1}", "{pages: 0.01, records: 1}"))
    done = run("build", name, cwd=noisy)
    assert done.returncode == 1
    assert "the budget is 1.0%" in done.stderr


def named(root: Path) -> dict[str, bytes]:
    """Writes a page for each name; gives the names that the file system took."""
    raw = os.fsencode(root / "raw" / NAME)
    taken = {}
    for what, name in NAMES.items():
        try:
            Path(os.fsdecode(raw + b"/" + name)).write_text(what)
        except OSError:  # macOS takes UTF-8 only
            continue
        taken[what] = name
    return taken


def test_file_names_of_all_kinds_are_pages_of_their_own(tmp_path: Path) -> None:
    root = write_project(tmp_path, pages={})
    taken = named(root)
    assert len(taken) > 8
    found = accepted(built := made(root))
    assert built.counts["pages"]["accepted"] == len(taken)
    assert {unquote_to_bytes(uri) for uri in found} == set(taken.values())
    assert all(uri.isprintable() or "\u202e" in uri for uri in found)
    done = run("build", "--format", "json", cwd=root)
    assert done.returncode == 0, done.stderr


def test_links_and_what_is_no_file_are_passed_over_counted_and_never_opened(tmp_path: Path) -> None:
    root = write_project(tmp_path, pages={"page": b"a page", ".hidden": b"hidden", ".git/page": b"hidden"})
    raw, outside = root / "raw" / NAME, tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (raw / "link").symlink_to(outside / "secret")
    (raw / "folder").symlink_to(outside)
    (raw / "nowhere").symlink_to(outside / "nowhere")
    (raw / "circle").symlink_to(raw)
    os.mkfifo(raw / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(raw)  # a socket's path is at most 107 bytes
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
        before = (outside / "secret").stat().st_atime_ns
        built = made(root)  # a fifo that is opened for reading would hang
    assert accepted(built) == ["page"]
    over = {uri: reason for uri, (kind, reason) in reasons(built).items() if kind == "passed-over"}
    assert over == {
        **dict.fromkeys(("link", "folder", "nowhere", "circle"), "link"),
        **dict.fromkeys(("fifo", "socket"), "not-a-file"),
        **dict.fromkeys((".hidden", ".git"), "hidden"),
    }
    assert built.counts["pages"]["listed"] == 9
    assert (outside / "secret").stat().st_atime_ns == before


def test_a_glob_passes_over_what_lies_behind_links_and_in_hidden_folders(tmp_path: Path) -> None:
    root = write_project(tmp_path, pages={"a/page": b"1", ".b/page": b"2"})
    (root / "raw" / NAME / "c").symlink_to(root / "raw" / NAME / "a")
    found = {each.uri: each.over for each in find(root, [f"raw/{NAME}/*/page"])}
    assert found == {"a/page": None, ".b/page": "hidden", "c/page": "link"}


def test_a_source_may_itself_be_a_link(tmp_path: Path) -> None:
    root = write_project(tmp_path, pages={"page": b"1"})
    (root / "folder").symlink_to(root / "raw" / NAME)
    (root / "file").symlink_to(root / "raw" / NAME / "page")
    assert [read(each, 9).body for source in ("folder", "file") for each in find(root, [source])] == [b"1", b"1"]


@pytest.fixture
def abyss(tmp_path: Path) -> Iterator[Path]:
    """A project for folders that go deeper than `shutil.rmtree` can."""
    yield write_project(tmp_path, pages={"z": b"shallow"})
    subprocess.run(["rm", "-rf", tmp_path / "raw"], check=True)


def test_folders_may_be_deeper_than_python_can_recurse(abyss: Path) -> None:
    here = os.open(abyss / "raw" / NAME, os.O_RDONLY)
    for _ in range(DEEP):
        os.mkdir("a", dir_fd=here)
        here, above = os.open("a", os.O_RDONLY, dir_fd=here), here
        os.close(above)
    with os.fdopen(os.open("page", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
        file.write("deep")
    os.close(here)
    assert [each.uri for each in find(abyss, [f"raw/{NAME}"])] == ["a/" * DEEP + "page", "z"]
    assert accepted(made(abyss)) == ["a/" * DEEP + "page", "z"]


def test_a_path_that_is_too_long_to_open_is_one_line(abyss: Path) -> None:
    here = os.open(abyss / "raw" / NAME, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("n" * 250, dir_fd=here)
        here, above = os.open("n" * 250, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    with pytest.raises(PageError, match="File name too long"):
        list(find(abyss, [f"raw/{NAME}"]))


@given(st.lists(st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & set(b"\0/")), unique=True))
def test_page_uris_are_reversible_and_never_collide(names: list[bytes]) -> None:
    uris = [quoted(name) for name in names]
    assert [unquote_to_bytes(uri) for uri in uris] == names
    assert len(set(uris)) == len(names)
    assert all(uri.encode("utf-8") for uri in uris)
    assert not any(unicodedata.category(char) == "Cc" for uri in uris for char in uri)


def test_pages_come_in_the_order_of_their_uri_whatever_the_folders(tmp_path: Path) -> None:
    chance = random.Random(3)
    pieces = ["a", "b", "a.b", "a b", "a-b", "é", "%", "z!", "ab", "0"]
    pages = {"/".join(chance.choices(pieces, k=chance.randint(1, 4))) + f"{number}": b"" for number in range(300)}
    uris = [each.uri for each in find(write_project(tmp_path, pages=pages), [f"raw/{NAME}"])]
    assert uris == sorted(uris)
    assert len(uris) == len(set(uris)) == 300


def test_a_page_beyond_the_limit_is_too_large_and_is_never_in_memory(tmp_path: Path) -> None:
    root = write_project(tmp_path, pages={"small": b"small"})
    for name, size in (("just", MAX_PAGE + 1), ("huge", 256 << 20)):
        with (root / "raw" / NAME / name).open("wb") as file:
            file.truncate(size)
    unit = Unit(tuple(find(root, [f"raw/{NAME}"])))
    grown = contain.call(_growth, (job_of(root), unit))
    assert grown < 32 << 20
    built = made(root)
    assert reasons(built) == {"huge": ("rejected", "too-large"), "just": ("rejected", "too-large")}
    assert accepted(built) == ["small"]


def job_of(root: Path) -> Job:
    dataset = read_dataset(root, NAME)
    assert dataset.converter
    return Job(root, dataset.converter, f"{NAME} 1.0.0", "its digest", dataset.schemas, root / "cache")


def _growth(task: tuple[Job, Unit], steps: contain.Steps) -> int:
    """By how many bytes the peak memory of a child grows while it converts a unit for the second time."""
    job, unit = task
    small = Unit(tuple(found for found in unit.pages if found.size < 100))
    convert_unit((job, small, {}), steps)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    convert_unit((job, unit, {}), steps)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10


def test_a_page_that_vanishes_between_listing_and_reading_is_unread(tmp_path: Path) -> None:
    root = write_project(tmp_path, pages={"a": b"a", "b": b"b", "large": b""})
    with (root / "raw" / NAME / "large").open("wb") as file:
        file.truncate(MAX_PAGE + 1)
    listed = tuple(find(root, [f"raw/{NAME}"]))
    for page in ("b", "large"):
        (root / "raw" / NAME / page).unlink()
    part = contain.call(convert_unit, (job_of(root), Unit(listed), {}))
    assert [uri for uri, _ in part.unread] == ["b", "large"]
    assert all("No such file or directory" in message for _, message in part.unread)
    assert part.folder is None


def test_a_page_that_has_become_a_link_or_a_fifo_since_it_was_listed_is_unread(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "fifo"):
        with pytest.raises(PageError):
            read(Found(name, str(tmp_path / name), 6), 100)


def test_a_source_without_pages_is_refused(tmp_path: Path) -> None:
    for descriptor, said in (
        (DESCRIPTOR, "no pages there"),
        (DESCRIPTOR.replace(f"raw/{NAME}", "raw/nowhere"), "no such file or folder"),
        (DESCRIPTOR.replace(f"raw/{NAME}", "raw/*.txt"), "no pages there"),
    ):
        root = write_project(tmp_path, descriptor=descriptor, pages={})
        with pytest.raises(PageError, match=said):
            made(root)
