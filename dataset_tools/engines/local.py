"""The local engine: as many units at once as it has workers, on this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Unit = TypeVar("Unit")
Result = TypeVar("Result")
_AHEAD = 2  # units handed out for each worker, so that none waits and none piles up


def run(function: Callable[[Unit], Result], units: Iterable[Unit], workers: int) -> Iterator[Result]:
    """`function` of each unit, in the order of the units; the threads only wait for the children that do the work."""
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="unit")
    try:
        for unit in units:
            pending.append(pool.submit(function, unit))
            if len(pending) >= workers * _AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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
