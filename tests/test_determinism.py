"""The same pages, code and schema give the same bytes, wherever and however a build runs, in bounded memory."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from projects import DESCRIPTOR, DSTOOLS, NAME, PACKAGE, content, run, write_project

from dataset_tools.build import How, build
from dataset_tools.dataset import read_dataset

ROOT = Path(__file__).parents[1]
PAGES = 300
LIGHT = """
from dataset_tools.record import NotMine, Record

VERSION = "1.0.0"


def convert(page):
    if page.body.startswith(b"skip"):  # rows cost time in the verification, pages do not
        raise NotMine
    yield Record("pages", {"text": page.body.decode()})
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred invented pages."""
    folder = tmp_path_factory.mktemp("pages")
    script = ROOT / "benchmarks" / "pages.py"
    subprocess.run([sys.executable, script, folder, "--pages", str(PAGES)], check=True, capture_output=True)
    return folder


def netease(root: Path, pages: Path, chance: random.Random | None = None) -> Path:
    """A project with these pages, written in the order of their names, or shuffled."""
    shutil.copytree(ROOT / "schemas", root / "schemas")
    written = sorted(path for path in pages.rglob("*") if path.is_file())
    if chance:
        chance.shuffle(written)
    for path in written:
        place = root / "raw" / "netease" / path.relative_to(pages)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    descriptor = root / "schemas" / "netease" / "dataset.yaml"
    descriptor.write_text(descriptor.read_text().replace("shard_size: 256MB", "shard_size: 200KB"))
    return root


def package(root: Path) -> dict[str, str]:
    (place,) = (path for path in (root / "dist").iterdir() if not path.name.endswith(".report"))
    rejects = content(place.with_name(f"{place.name}.report"))["rejects.parquet"]
    return {**content(place), "rejects.parquet": rejects}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, pages: Path) -> Path:
    root = netease(tmp_path_factory.mktemp("first"), pages)
    build(read_dataset(root, "netease"), How(root / "dist", 1))
    assert len(package(root)) > 15
    return root


def test_two_workers_give_the_same_bytes(tmp_path: Path, first: Path, pages: Path) -> None:
    root = netease(tmp_path, pages)
    build(read_dataset(root, "netease"), How(root / "dist", 2))
    assert package(root) == package(first)


def test_pages_that_were_written_in_another_order_give_the_same_bytes(tmp_path: Path, first: Path, pages: Path) -> None:
    root = netease(tmp_path, pages, random.Random(5))
    names = [[entry.name for entry in os.scandir(each / "raw" / "netease")] for each in (root, first)]
    assert sorted(names[0]) == sorted(names[1])
    build(read_dataset(root, "netease"), How(root / "dist", 2))
    assert package(root) == package(first)


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4294967295", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    ],
    ids=["C", "UTF-8"],
)
def test_time_zone_hash_seed_locale_and_place_change_nothing(
    tmp_path: Path, first: Path, pages: Path, environment: dict[str, str]
) -> None:
    root = netease(tmp_path / "another" / "much deeper" / "folder", pages)
    done = run("build", "--workers", "2", cwd=root / "raw", env=environment)
    assert done.returncode == 0, done.stderr
    assert package(root) == package(first)


def test_a_warm_cache_a_cold_one_and_half_of_one_give_the_same_bytes(tmp_path: Path, first: Path) -> None:
    root = Path(shutil.copytree(first, tmp_path / "copy"))
    parts = sorted((root / ".dstools" / "cache").glob("*/*/*"))
    for part in parts[::2]:
        shutil.rmtree(part)
    for keep in (True, False):
        shutil.rmtree(root / "dist")
        if not keep:
            shutil.rmtree(root / ".dstools")
        build(read_dataset(root, "netease"), How(root / "dist", 2))
        assert package(root) == package(first)


def test_another_page_or_converter_does_change_the_bytes(tmp_path: Path, first: Path) -> None:
    root = Path(shutil.copytree(first, tmp_path / "copy"))
    page = next(path for path in sorted((root / "raw").rglob("*.txt")) if "account" in path.name)
    page.write_text(page.read_text("utf-8").replace("。", "！", 1), "utf-8")
    build(read_dataset(root, "netease"), How(root / "dist", 2))
    assert package(root) != package(first)


def light(root: Path, count: int, size: str = "256MB", rows: int = 1) -> Path:
    """A project of `count` small pages, one in `rows` of which gives a row."""
    descriptor = DESCRIPTOR + f"dstools:shard_size: {size}\n"
    root = write_project(root, converter=LIGHT, descriptor=descriptor, pages={})
    for number in range(count):
        place = root / "raw" / NAME / f"{number // 1000:03}"
        place.mkdir(exist_ok=True)
        (place / f"{number:06}").write_bytes(f"{'skip' if number % rows else ''}{number} ".encode() * 10)
    return root


def shards(root: Path) -> dict[str, str]:
    """The names of the shards by the hash of their content."""
    return {digest: path for path, digest in content(root / "dist" / PACKAGE / "pages").items()}


def test_one_page_more_of_20_000_leaves_nearly_all_shards_as_they_were(tmp_path: Path) -> None:
    root = light(tmp_path, 20_000, "4KB", rows=4)
    assert run("build", cwd=root).returncode == 0
    before = shards(root)
    (root / "raw" / NAME / "010" / "010500a").write_text("one page more")
    assert run("build", cwd=root).returncode == 0
    after = shards(root)
    changed = len(after.keys() - before.keys())
    print(f"{changed} of {len(after)} shards changed")
    assert 80 <= len(after) <= 130
    assert 1 <= changed <= 5


def peak(root: Path) -> int:
    """The peak memory, in bytes, of all processes of a build together, proportionally where they share."""
    with subprocess.Popen(
        [DSTOOLS, "build", "--workers", "2"], cwd=root, env={**os.environ, "MARK": str(root)}, stdout=subprocess.DEVNULL
    ) as running:
        most = 0
        while running.poll() is None:
            most = max(most, sum(map(proportional, of(root))))
            time.sleep(0.05)
    assert running.returncode == 0
    return most


def of(root: Path) -> list[Path]:
    mark = f"MARK={root}\0".encode()
    return [path.parent for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path)]


def proportional(process: Path) -> int:
    line = next((line for line in _read(process / "smaps_rollup").splitlines() if line.startswith(b"Pss:")), b"Pss: 0")
    return int(line.split()[1]) << 10


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.deep
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_ten_times_the_pages_take_hardly_more_memory(tmp_path: Path) -> None:
    few, many = (peak(light(tmp_path / f"{count}", count)) for count in (2_000, 20_000))
    print(f"{few >> 20} MiB for 2,000 pages, {many >> 20} MiB for 20,000")
    assert many < 1.25 * few
