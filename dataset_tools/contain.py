"""Disposable children with limits: what a child does, dies of or hangs in never reaches its parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import Any

from dataset_tools.errors import DatasetError

PRELOAD = ["dataset_tools.passes.convert", "dataset_tools.passes.write", "dataset_tools.validators.package"]
_PR_SET_PDEATHSIG = 1
_POLL = 0.2  # seconds between two looks at a child's clock
_context = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step of a child may take: wall-clock `seconds`, and bytes of memory for the whole child."""

    seconds: float = 60.0
    whole: float = 3600.0
    memory: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Died:
    """A child that gave no result: `step` is what it was at (-1: none), `reason` is time, memory or crash."""

    step: int
    reason: str
    message: str


class Steps:
    """Where a child writes which step it is at, so that the parent knows it even when the child is gone."""

    def __init__(self, shared: Any) -> None:
        self._shared = shared

    def at(self, step: int) -> None:
        self._shared[1] = time.monotonic()
        self._shared[0] = float(step)


def call(function: Callable[..., Any], task: Any, limits: Limits | None = None) -> Any:
    """`function(task, steps)` in a child of its own: its result, or Died; a DatasetError of the child is raised here.

    `function` must be importable by name. Other exceptions of the child come as RuntimeError with the child's
    traceback: a bug.
    """
    limits = limits or Limits()
    shared = _context.RawArray("d", [-1.0, time.monotonic()])
    ours, theirs = _context.Pipe(duplex=False)
    child = _context.Process(target=_child, args=(function, task, shared, theirs, limits.memory), daemon=True)
    child.start()
    theirs.close()
    try:
        return _result(_watch(child, ours, shared, limits), child, shared)
    finally:
        child.kill()
        child.join()
        ours.close()


def prepare() -> None:
    """Starts the server that children are forked from; it imports what they need while the caller goes on."""
    _context.set_forkserver_preload(PRELOAD)
    forkserver.ensure_running()


def _watch(child: Any, ours: Connection, shared: Any, limits: Limits) -> Any:
    """What the child sends; None where it died, the string `time` where it took too long."""
    begun = time.monotonic()
    while True:
        if ours.poll(_POLL):
            try:
                return ours.recv()
            except EOFError:
                return None
        now = time.monotonic()
        step, since = shared[0], shared[1]
        if (step >= 0 and now - since > limits.seconds) or now - begun > limits.whole:
            return "time"


def _result(sent: Any, child: Any, shared: Any) -> Any:
    step = int(shared[0])
    if sent == "time":
        return Died(step, "time", "took longer than it may")
    if sent is None:
        child.join()
        code = child.exitcode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return Died(step, "crash", f"the process ended with {how} and no result")
    kind, value = sent
    if kind == "refused":
        raise value
    if kind == "memory":
        return Died(step, "memory", "took more memory than it may")
    if kind == "bug":
        raise RuntimeError(f"in a child process:\n{value}")
    return value


def _child(function: Callable[..., Any], task: Any, shared: Any, theirs: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it ends its children
    _die_with_parent()
    os.dup2(2, 1)  # what a converter prints is talk, never a result
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    try:
        theirs.send(("done", function(task, Steps(shared))))
    except MemoryError:
        theirs.send(("memory", None))
    except (DatasetError, OSError) as error:
        theirs.send(("refused", error))
    except Exception:  # a bug, told whole in the parent
        theirs.send(("bug", traceback.format_exc()))


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
