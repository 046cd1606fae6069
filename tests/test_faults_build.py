"""A build that is killed, interrupted, refused by the disk or run twice leaves no package, or a whole one."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from projects import CONVERTER, DESCRIPTOR, DSTOOLS, NAME, PACKAGE, content, run, write_project

from dataset_tools import files
from dataset_tools.build import How, build
from dataset_tools.dataset import read_dataset
from dataset_tools.errors import DatasetError, PackageError, ValidationError
from dataset_tools.package import altered, read_package
from dataset_tools.validators import loadable

SLOW = CONVERTER.replace("def convert(page):", "def convert(page):\n    import time\n    time.sleep(600)")
PAGES = {f"{number:03}.txt": f"page {number} {'x' * number}\n".encode() for number in range(120)}
SPLITS = (
    DESCRIPTOR + "dstools:splits: {table: pages, by: page_uri, shares: {train: 0.5, test: 0.5}}\n"
    "dstools:shard_size: 2KB\n"
)


def project(root: Path, **other: str) -> Path:
    return write_project(root, descriptor=SPLITS, pages=PAGES, **other)


def package(root: Path) -> Path:
    return root / "dist" / PACKAGE


def faults(place: Path) -> list[str]:
    """What is wrong with a package; nothing where there is none."""
    if not os.path.lexists(place):
        return []
    found = [*altered(read_package(place)), *loadable.judge(place)]
    return [issue.message for issue in found]


@contextmanager
def started(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A real build that runs, leader of a process group as on a terminal; it ends with the block."""
    command, environment = [DSTOOLS, "build", "--workers", "2"], {**os.environ, "MARK": str(root)}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=root, env=environment, text=True, process_group=0, **pipes) as running:
        try:
            yield running
        finally:
            running.kill()


def under_way(root: Path, running: subprocess.Popen[str]) -> None:
    """Waits until the build has begun to write."""
    while not list(root.glob(f"dist/.{PACKAGE}.staging-*")):
        assert running.poll() is None
        time.sleep(0.05)


def of(root: Path) -> set[int]:
    """The processes that builds of this project have begun, by the mark in their environment."""
    mark = f"MARK={root}\0".encode()
    return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path)}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def gone(root: Path, seconds: float = 5) -> bool:
    """Whether every process of the project's builds ends in time: the server of children imports for a while first."""
    end = time.monotonic() + seconds
    while (left := of(root)) and time.monotonic() < end:
        time.sleep(0.05)
    return not left


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, built: what a killed build of it has to come to in the end."""
    root = project(tmp_path_factory.mktemp("unkilled"))
    build(read_dataset(root, NAME), How(root / "dist", 1))
    assert len(list((package(root) / "pages").iterdir())) > 4
    return root


@pytest.fixture(scope="module")
def seconds(unkilled: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a real build takes, in this moment, on this machine."""
    root, taken = project(tmp_path_factory.mktemp("timed")), []
    for _ in range(2):
        begun = time.monotonic()
        done = run("build", cwd=root)
        taken.append(time.monotonic() - begun)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(root / "dist")
        shutil.rmtree(root / ".dstools")
    return min(taken)


def killed(root: Path, after: float) -> bool:
    """Kills a build's first process after so many seconds; whether it still ran."""
    with started(root) as running:
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            running.kill()
        return running.wait() != 0


def kill_everywhere(root: Path, unkilled: Path, seconds: float, shares: list[float]) -> int:
    """Kills builds in one project after these shares of their time; how many were killed while they ran."""
    hits = 0
    for share in shares:
        hits += killed(root, share * seconds)
        assert faults(package(root)) == []
        assert gone(root, 2 + seconds), f"processes are left after a kill at {share:.1%}"
        if package(root).exists():
            assert content(package(root)) == content(package(unkilled))
            shutil.rmtree(package(root))  # so that the next build has everything to do again
        if random.random() < 0.5:
            shutil.rmtree(root / ".dstools", ignore_errors=True)
    return hits


def recovers(root: Path, unkilled: Path) -> None:
    build(read_dataset(root, NAME), How(root / "dist", 2))
    assert content(package(root)) == content(package(unkilled))
    assert {path.name for path in (root / "dist").iterdir()} == {PACKAGE, f"{PACKAGE}.report"}
    assert not list((root / ".dstools" / "cache").rglob("*.staging-*"))


def test_a_build_killed_at_any_moment_leaves_no_package_or_a_whole_one(
    tmp_path: Path, unkilled: Path, seconds: float
) -> None:
    random.seed(1)
    root = project(tmp_path)
    shares = [0.15 + 0.9 * (number + random.random()) / 20 for number in range(20)]
    hits = kill_everywhere(root, unkilled, seconds, shares)
    print(f"{hits} of 20 builds were killed while they ran")
    assert hits >= 10
    recovers(root, unkilled)


@pytest.mark.deep
@pytest.mark.timeout(7200)
def test_builds_killed_at_300_moments_and_again_while_they_recover(
    tmp_path: Path, unkilled: Path, seconds: float
) -> None:
    random.seed(2)
    hits = 0
    for number in range(150):
        root = project(tmp_path / f"{number}")
        hits += kill_everywhere(root, unkilled, seconds, [random.uniform(0.15, 1.05) for _ in range(2)])
        recovers(root, unkilled)
        shutil.rmtree(root)
    print(f"{hits} of 300 builds were killed while they ran")
    assert hits >= 200


def traced(root: Path, log: Path, inject: str) -> int:
    """A build that dies of SIGKILL in a system call; its exit code."""
    before = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=rename,renameat2,fsync", "-e", inject]
    return run("build", "--workers", "1", cwd=root, before=before, env={"MARK": str(root)}).returncode


def can_trace() -> bool:
    strace = shutil.which("strace")
    return strace is not None and subprocess.run([strace, "-qq", "true"], capture_output=True).returncode == 0


def killed_in_each_call(root: Path, unkilled: Path, tmp_path: Path, calls: list[int]) -> int:
    kills = 0
    for number in calls:
        inject = f"inject=rename,renameat2,fsync:signal=SIGKILL:when={number}"
        kills += traced(root, tmp_path / "log", inject) != 0
        assert faults(package(root)) == []
        assert gone(root)
        recovers(root, unkilled)
        shutil.rmtree(root / "dist")
        shutil.rmtree(root / ".dstools")
    return kills


@pytest.mark.skipif(not can_trace(), reason="strace is not there, or may not trace")
def test_a_build_killed_in_a_rename_or_a_sync_leaves_no_package_or_a_whole_one(tmp_path: Path, unkilled: Path) -> None:
    root = project(tmp_path / "project")
    kills = killed_in_each_call(root, unkilled, tmp_path, [2, 8, 14])
    print(f"{kills} of 3 builds were killed in a system call")
    assert kills >= 2


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not can_trace(), reason="strace is not there, or may not trace")
def test_a_build_killed_in_every_rename_and_sync_leaves_no_package_or_a_whole_one(
    tmp_path: Path, unkilled: Path
) -> None:
    root = project(tmp_path / "project")
    assert killed_in_each_call(root, unkilled, tmp_path, list(range(1, 41))) >= 20


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_ends_at_once_and_leaves_nothing(
    tmp_path: Path, seconds: float, number: int, code: int
) -> None:
    root = project(tmp_path, converter=SLOW)
    with started(root) as running:
        under_way(root, running)
        time.sleep(1)
        begun = time.monotonic()
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert time.monotonic() - begun < max(5, seconds)  # on a busy machine everything takes longer
    assert running.returncode == code
    assert "Traceback" not in said
    assert list((root / "dist").iterdir()) == []
    assert gone(root)


def test_ctrl_c_on_a_terminal_twice_ends_a_build(tmp_path: Path, seconds: float) -> None:
    root = project(tmp_path, converter=SLOW)
    with started(root) as running:
        under_way(root, running)
        for _ in range(2):
            os.killpg(running.pid, signal.SIGINT)
            time.sleep(0.1)
        running.wait(max(5, seconds))
    assert running.returncode in (130, -signal.SIGINT)
    assert gone(root)


@pytest.fixture
def old(tmp_path: Path, unkilled: Path) -> Path:
    """A project with a package, whose pages have changed since."""
    root = Path(shutil.copytree(unkilled, tmp_path / "old"))
    (root / "raw" / NAME / "000.txt").write_text("another text")
    return root


def refused(root: Path, said: str, hint: str, *args: str, **options: object) -> None:
    """A build is refused with one line and a hint, without a traceback."""
    done = run("build", *args, cwd=root, **options)  # type: ignore[arg-type]
    assert done.returncode == 1
    error, *hints = done.stderr.strip().splitlines()
    assert error.startswith("error: ")
    assert said in error
    assert hints == [f"hint: {hint}"] or hint in "\n".join(hints)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_full_disk_is_one_line_and_keeps_the_old_package(old: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "400k") as disk:
        shutil.move(old / "dist", disk / "dist")
        (old / "dist").symlink_to(disk / "dist")
        before = content(disk / "dist")
        (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - 8192))
        refused(old, "No space left on device", "free some space")
        assert content(disk / "dist") == before
        (disk / "filler").unlink()
        assert run("build", cwd=old).returncode == 0


def test_a_full_disk_below_the_cache_is_one_line_and_keeps_the_old_package(old: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "64k") as disk:
        shutil.rmtree(old / ".dstools")
        (old / ".dstools").symlink_to(disk)
        (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - 12288))
        before = content(old / "dist")
        refused(old, "No space left on device", "free some space")
        assert content(old / "dist") == before


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_file_size_limit_is_one_line_and_keeps_the_old_package(old: Path) -> None:
    before = content(old / "dist")
    shutil.rmtree(old / ".dstools")
    limited = ["prlimit", "--fsize=3000"]
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit is not there")
    refused(old, "File too large", "raise the limit", before=limited)
    assert content(old / "dist") == before


def bound_by_modes() -> list[str]:
    """The words before a command that make the modes of files hold for it, for root too."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may do everything, and setpriv is not there")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_a_read_only_dist_is_refused_before_any_page_is_converted(tmp_path: Path) -> None:
    root = project(tmp_path, converter=SLOW)
    (root / "dist").mkdir(mode=0o555)
    hint = "the folder is not yours to write in: choose another with --out"
    refused(root, "Permission denied", hint, before=bound_by_modes())


def test_a_page_that_cannot_be_read_is_counted_and_stops_the_build(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "raw" / NAME / "007.txt").chmod(0)
    said = f"1 unread of {len(PAGES)} pages; the first: {root}/raw/{NAME}/007.txt: Permission denied"
    refused(root, said, "mend it, then run the same command again", before=bound_by_modes())
    assert not package(root).exists()


def test_what_stands_where_the_package_goes_is_refused_before_any_page_is_converted(
    tmp_path: Path, unkilled: Path
) -> None:
    root = project(tmp_path, converter=SLOW)
    (root / "dist").mkdir()
    for stands in (
        lambda path: path.write_text("mine"),
        lambda path: path.symlink_to(package(unkilled)),
        lambda path: path.symlink_to(root / "nowhere"),
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
    ):
        for name in (PACKAGE, f"{PACKAGE}.report"):
            place = root / "dist" / name
            stands(place)
            if name != PACKAGE and place.is_dir() and not place.is_symlink():
                place.rmdir()  # an empty report is no obstacle
                continue
            with pytest.raises(PackageError, match="it stands where one goes"):
                build(read_dataset(root, NAME), How(root / "dist", 1))
            assert os.path.lexists(place)
            place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    assert faults(package(unkilled)) == []


def test_files_in_the_place_of_folders_are_refused(tmp_path: Path) -> None:
    for name in ("dist", ".dstools", ".dstools/cache"):
        root = project(tmp_path / name.replace("/", "_"))
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("mine")
        with pytest.raises(PackageError, match="cannot write"):
            build(read_dataset(root, NAME), How(root / "dist", 1))
        assert (root / name).read_text() == "mine"


def test_a_package_altered_by_hand_is_refused_and_kept(old: Path) -> None:
    shard = next((package(old) / "pages").iterdir())
    body = shard.read_bytes()
    for change in (
        lambda: shard.write_bytes(bytes([body[9] ^ 1]).join((body[:9], body[10:]))),
        lambda: shard.write_bytes(body[:-1]),
        lambda: shard.unlink(),
        lambda: (package(old) / "mine.txt").write_text("mine"),
        lambda: (package(old) / "schemas" / "pages.json").write_text("{}"),
        lambda: (package(old) / "datapackage.json").write_text("{}"),
        lambda: (package(old) / "README.md").unlink(),
    ):
        whole = content(package(old))
        kept = shutil.copytree(package(old), old / "kept")
        change()
        changed = content(package(old))
        assert changed != whole
        with pytest.raises(DatasetError):
            build(read_dataset(old, NAME), How(old / "dist", 1))
        assert content(package(old)) == changed
        shutil.rmtree(package(old))
        kept.rename(package(old))


def test_of_two_builds_at_once_one_is_refused_and_says_so(tmp_path: Path) -> None:
    root = project(tmp_path, converter=SLOW)
    with started(root) as running:
        under_way(root, running)
        refused(root, "another build of this dataset is running", "wait until it ends")
        assert list(root.glob(f"dist/.{PACKAGE}.staging-*")), "the build that runs keeps what it writes"
    assert gone(root)
    project(root)
    assert run("build", cwd=root).returncode == 0  # a killed build leaves no lock behind


def test_a_build_beyond_its_budget_keeps_the_old_package_and_tells_why(old: Path) -> None:
    before = content(package(old))
    (old / "raw" / NAME / "bad.txt").write_bytes(b"\xff\xfe\xff")
    descriptor = old / "schemas" / NAME / "dataset.yaml"
    descriptor.write_text(descriptor.read_text().replace("pages: 1", "pages: 0"))
    with pytest.raises(ValidationError, match="1 of 121 pages rejected"):
        build(read_dataset(old, NAME), How(old / "dist", 1))
    assert content(package(old)) == before
    report = json.loads((old / "dist" / f"{PACKAGE}.report" / "build.json").read_text())
    assert report["result"] == "refused"


def test_a_part_of_the_cache_that_is_damaged_is_made_again(old: Path, unkilled: Path) -> None:
    shutil.copytree(unkilled / "raw", old / "raw", dirs_exist_ok=True)
    for part in (old / ".dstools" / "cache").glob("*/*/*"):
        for file in part.iterdir():
            file.write_bytes(file.read_bytes()[:-1])
    shutil.rmtree(package(old))
    recovers(old, unkilled)


def test_without_an_exchange_of_folders_the_old_package_comes_back_after_a_kill(old: Path) -> None:
    # Between the two renames that replace a package where the kernel cannot exchange folders.
    whole = content(package(old))
    package(old).rename(old / "dist" / f".{PACKAGE}.staging-abc.old")
    (old / "dist" / f".{PACKAGE}.staging-abc").mkdir()
    files.sweep(package(old))
    assert content(package(old)) == whole
    assert len(list((old / "dist").iterdir())) == 2
