"""A converter that misbehaves costs the page that it misbehaves on, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from projects import NAME, content, run, write_project

from dataset_tools.build import Built, How, build
from dataset_tools.contain import Limits
from dataset_tools.dataset import read_dataset
from dataset_tools.errors import ConvertError, PackageError

LIMITS = Limits(seconds=2.5, memory=700 << 20)
SCHEMA = """
primaryKey: [page_uri]
missingValues: []
fields:
  - {name: page_uri, dstools:fill: page.uri}
  - {name: text, constraints: {required: true}}
  - {name: count, type: integer}
  - {name: size, type: number, constraints: {minimum: 0}}
  - {name: ratio, type: number}
  - {name: at, type: datetime}
  - {name: words, type: array, dstools:items: {type: string}}
"""
CONVERTER = r"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime

from dataset_tools.record import NotMine, Record, Reject

VERSION = "1.0.0"
HELD = []


class Mute(Exception):
    def __str__(self):
        raise ValueError("no words")


def convert(page):
    with open("@LOG@", "a") as log:
        log.write(page.uri + "\n")
    return globals().get(page.uri.removesuffix(".txt").rstrip("0123456789"), plain)(page)


def plain(page):
    yield Record("pages", {"text": page.text})


def row(**values):
    return [Record("pages", {"text": "kept", **values})]


def raises(page):
    yield from plain(page)
    raise ValueError("\x1b[31mred\nlines")


def exits(page):
    sys.exit(0)


def interrupts(page):
    raise KeyboardInterrupt


def base(page):
    raise BaseException("all of it")


def mute(page):
    raise Mute


def loops(page):
    while True:
        pass


def backtracks(page):
    re.match(r"(a+)+$", "a" * 60 + "b")


def sleeps(page):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def hogs(page):
    held = []
    while True:
        held.append(bytearray(1 << 20))


def hoards(page):
    while True:
        HELD.append([0] * 100_000)


def reserves(page):
    return [Record("pages", {"text": "x" * (8 << 30)})]


def segfaults(page):
    ctypes.string_at(0)


def leaves(page):
    os._exit(0)


def aborts(page):
    os.abort()


def signals(page):
    os.kill(os.getpid(), 40)


def recurses(page):
    return recurses(page)


def overflows(page):
    sys.setrecursionlimit(1 << 30)

    class Deep:
        def __repr__(self):
            return repr(self)

    threading.stack_size(1 << 20)
    thread = threading.Thread(target=repr, args=(Deep(),))
    thread.start()
    thread.join()


def endless(page):
    while True:
        yield Record("pages", {"text": "x" * 1_000_000 + str(time.perf_counter())})


def number(page):
    yield 7


def nothing(page):
    return None


def empty(page):
    return []


def late(page):
    yield from plain(page)
    raise NotMine("after a record")


def mine(page):
    raise NotMine("of another kind")


def values(page):
    return [Record("pages", ["text"])]


def table(page):
    return [Record(["pages"], {"text": "x"})]


def spot(page):
    return [Record("pages", {"text": "x"}, place=7)]


def said(page):
    return [Reject("bad", None, table="pages")]


def reason(page):
    return [Reject(None, "why")]


def unknown(page):
    return [Record("pages", {"text": "kept"}), Record("p\udc80s", {"text": "x"})]


def field(page):
    return row(**{"colo\udc80r": "red"})


def filled(page):
    return row(page_uri="mine")


def surrogate(page):
    return row(text="a\udc80b")


def naive(page):
    return row(at=datetime(2026, 1, 1))


def nan(page):
    return row(size=float("nan"))


def ratio(page):
    return row(ratio=float("nan"))


def infinite(page):
    return row(size=float("inf"))


def huge(page):
    return row(count=10**6000)


def wide(page):
    return row(count=1 << 64)


def circle(page):
    words = []
    words.append(words)
    return row(words=words)


def odd(page):
    return row(count={(1, 2): 3})


def prints(page):
    print("hello from the converter")
    os.write(1, b"and from below it\n")
    return plain(page)


def moves(page):
    os.chdir("/")
    os.environ.clear()
    return plain(page)


def spawns(page):
    sleeper = subprocess.Popen(["sleep", "600"])
    with open(page.text.strip(), "w") as file:
        file.write(str(sleeper.pid))
    os.fork()
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    return plain(page)


def closes(page):
    os.closerange(3, 256)
    return plain(page)
"""
ERROR, GATE = ("rejected", "converter-error"), ("rejected", "type")
TIME, MEMORY, CRASH = (("rejected", reason) for reason in ("time", "memory", "crash"))
EXPECTED: dict[str, tuple[str, str] | None] = {
    **dict.fromkeys(("raises", "exits", "interrupts", "base", "mute", "recurses"), ERROR),
    **dict.fromkeys(("loops", "backtracks", "sleeps"), TIME),
    **dict.fromkeys(("hogs", "hoards", "reserves", "endless"), MEMORY),
    **dict.fromkeys(("segfaults", "leaves", "aborts", "signals", "overflows"), CRASH),
    **dict.fromkeys(("number", "nothing", "late", "values", "table", "spot", "said", "reason"), ERROR),
    **dict.fromkeys(("surrogate", "naive", "huge", "wide", "circle", "odd"), GATE),
    **{"empty": ("rejected", "no-records"), "mine": ("passed-over", "not-mine")},
    **{"unknown": ("rejected", "unknown-table"), "field": ("rejected", "unknown-field")},
    **{"filled": ("rejected", "unknown-field"), "nan": ("rejected", "minimum"), "infinite": None, "ratio": None},
    **dict.fromkeys(("prints", "moves", "spawns"), None),
}
PLAIN = [f"plain{number}" for number in range(200)]
KEPT = {*PLAIN, "unknown", *(name for name, outcome in EXPECTED.items() if outcome is None)}


def poisoned(root: Path, names: list[str]) -> Path:
    return faulty(root, {f"{name}.txt": f"the page {name}\n".encode() for name in names})


def faulty(root: Path, pages: dict[str, bytes], more: str = "") -> Path:
    """A project whose converter does what the name of the page says, and logs each page that it is run on."""
    converter = CONVERTER.replace("@LOG@", f"{root}/log") + more
    return write_project(root, converter=converter, schema=SCHEMA, pages=pages)


def made(root: Path, limits: Limits = LIMITS, workers: int = 2) -> Built:
    return build(read_dataset(root, NAME), How(root / "dist", workers, limits=limits))


def rejected(built: Built) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.ParquetFile(built.report / "rejects.parquet").read().to_pylist()
    return rows


def kept(built: Built) -> set[str]:
    files = built.place.glob("pages/*.parquet")
    uris = (uri for file in files for uri in pq.ParquetFile(file).read(["page_uri"])["page_uri"].to_pylist())
    return {str(uri).removesuffix(".txt") for uri in uris}


def converted(root: Path) -> set[str]:
    """The pages that the converter has been run on since this was last asked."""
    log = root / "log"
    pages = set(log.read_text().split()) if log.exists() else set()
    log.unlink(missing_ok=True)
    return pages


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = poisoned(tmp_path_factory.mktemp("poisoned"), [*EXPECTED, *PLAIN])
    (root / "raw" / NAME / "spawns.txt").write_text(f"{root}/spawned")
    return root


@pytest.fixture(scope="module")
def built(root: Path) -> Built:
    return made(root)


def test_each_fault_has_its_outcome_and_its_reason(built: Built) -> None:
    told = {row["page_uri"].removesuffix(".txt"): (row["kind"], row["reason"]) for row in rejected(built)}
    assert told == {name: outcome for name, outcome in EXPECTED.items() if outcome}


def test_all_other_pages_are_kept(built: Built) -> None:
    assert kept(built) == KEPT


def test_the_counts_add_up(built: Built) -> None:
    pages, records = built.counts["pages"], built.counts["records"]
    assert pages == {
        **{"listed": len(EXPECTED) + len(PLAIN), "accepted": len(KEPT), "passed-over": 1, "unread": 0},
        "rejected": len(EXPECTED) + len(PLAIN) - len(KEPT) - 1,
    }
    assert records["given"] == records["rows"] + records["rejected"]


def test_a_message_is_one_printable_line(built: Built) -> None:
    messages = {row["page_uri"]: row["message"] for row in rejected(built)}
    assert messages["raises.txt"] == "ValueError: \\x1b[31mred lines"
    assert messages["mute.txt"] == "Mute"
    assert messages["signals.txt"] == "the process ended with signal 40 and no result"
    assert all(message.isprintable() for message in messages.values())


def test_what_a_converter_begins_ends_with_it(root: Path, built: Built) -> None:
    status = Path("/proc", (root / "spawned").read_text(), "status")
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_pages_that_died_are_listed_and_not_run_again_by_a_rebuild_without_cache(root: Path, built: Built) -> None:
    died = {f"{name}.txt" for name, outcome in EXPECTED.items() if outcome in (TIME, MEMORY, CRASH)}
    listed = json.loads((built.place / "datapackage.json").read_text())["dstools:refused"]["pages"]
    assert {page["page_uri"] for page in listed} == died
    assert died <= converted(root)
    before = content(built.place)
    shutil.rmtree(root / ".dstools")
    again = made(root)
    run_again = converted(root)
    assert not run_again & died
    assert {f"{name}.txt" for name in PLAIN} <= run_again
    assert content(again.place) == before
    assert not again.written


def test_a_list_that_other_code_made_is_not_taken(tmp_path: Path) -> None:
    root = poisoned(tmp_path, ["leaves", "plain1"])
    both = {"leaves.txt", "plain1.txt"}
    made(root)
    assert converted(root) == both
    shutil.rmtree(root / ".dstools")
    made(root)
    assert converted(root) == {"plain1.txt"}
    with (root / "converters" / f"{NAME}.py").open("a") as file:
        file.write("# other code\n")
    made(root)
    assert converted(root) == both


def test_a_killed_child_is_no_proof_against_its_page(tmp_path: Path) -> None:
    # As when the kernel is short of memory and takes the child of an innocent page: it is run once more.
    more = (
        "\n\ndef victim(page):\n    path = page.text.strip()\n    if not os.path.exists(path):\n"
        "        open(path, 'w').close()\n        os.kill(os.getpid(), signal.SIGKILL)\n    return plain(page)\n"
        "\n\ndef killer(page):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    pages = {"victim.txt": f"{tmp_path}/seen".encode(), "killer.txt": b"k", "plain.txt": b"p"}
    built = made(faulty(tmp_path, pages, more))
    assert kept(built) == {"victim", "plain"}
    assert [(row["page_uri"], row["reason"]) for row in rejected(built)] == [("killer.txt", "crash")]


def test_a_page_pays_only_for_its_own_memory(tmp_path: Path) -> None:
    leak = "\n\ndef leaks(page):\n    HELD.append(bytearray(40 << 20))\n    return plain(page)\n"
    pages = {f"leaks{number:02}.txt": f"{number}".encode() for number in range(30)}
    built = made(faulty(tmp_path, pages, leak))
    assert len(kept(built)) == 30


def test_a_converter_that_dies_on_page_after_page_stops_the_build(tmp_path: Path) -> None:
    root = poisoned(tmp_path, [f"leaves{number}" for number in range(60)])
    with pytest.raises(ConvertError, match=r"died on 17 of 60 pages.*exit code 0"):
        made(root)
    assert not (root / "dist" / "demo-1.0.0").exists()


def test_a_converter_that_closes_what_it_finds_open_costs_the_pages_that_it_did_so_on(tmp_path: Path) -> None:
    built = made(poisoned(tmp_path, ["closes", "plain1", "plain2"]))
    assert kept(built) == {"plain1", "plain2"}
    assert [(row["page_uri"], row["reason"]) for row in rejected(built)] == [("closes.txt", "crash")]


def test_a_converter_that_cannot_be_loaded_stops_the_build_before_any_page(tmp_path: Path) -> None:
    for fault, said in (
        ("raise ValueError('odd')", "ValueError: odd"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import sys; sys.exit('no')", "loading it failed"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
    ):
        root = write_project(tmp_path, converter=f"VERSION = '1'\n{fault}\n", pages={"a.txt": b"a"})
        with pytest.raises((ConvertError, PackageError), match=said):
            made(root)
        assert not list((root / "dist").iterdir())


def test_what_a_converter_prints_spoils_no_result(tmp_path: Path) -> None:
    root = poisoned(tmp_path, ["prints", "plain1"])
    done = run("build", "--format", "json", cwd=root)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["pages"]["accepted"] == 2
    assert "hello from the converter" in done.stderr
    assert "and from below it" in done.stderr


def test_a_page_that_hangs_takes_its_limit_and_little_more(tmp_path: Path) -> None:
    root = poisoned(tmp_path, ["plain1", "sleeps"])
    built = made(root)
    seconds = json.loads((built.report / "build.json").read_text())["seconds"]["convert"]
    assert LIMITS.seconds <= seconds < LIMITS.seconds + 4
