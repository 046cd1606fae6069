"""The local engine: as many units at once as it has workers, on this machine."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

from dataset_tools import contain

Unit = TypeVar("Unit")
Result = TypeVar("Result")
_AHEAD = 2  # units handed out for each worker, so that none waits and none piles up
_PATIENCE = 0.2  # seconds


def run(function: Callable[[Unit], Result], units: Iterable[Unit], workers: int) -> Generator[Result]:
    """`function` of each unit, in the order of the units; the threads only wait for the children that do the work.

    Where the caller goes away, by an error or Ctrl-C, all children end before it does.
    """
    pending: deque[Future[Result]] = deque()
    ended = threading.Event()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="unit", initializer=contain.until, initargs=(ended,))
    try:
        for unit in units:
            pending.append(pool.submit(function, unit))
            if len(pending) >= workers * _AHEAD:
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


def _result(future: Future[Result]) -> Result:
    # Polars has waits go on after a signal, so that Ctrl-C is heard only between two of them.
    while not future.done():
        wait([future], _PATIENCE)
    return future.result()


def cores() -> int:
    """The cores that this process may use: by CPU affinity, and by the cgroup's quota where there is one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, _quota() or allowed))


def _quota() -> int | None:
    """Whole cores of the cgroup's CPU quota (v2: cpu.max; v1: cpu.cfs_quota_us), None without one."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").read_text().strip()
            period = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return None if quota in ("max", "-1") else max(1, int(quota) // int(period))
