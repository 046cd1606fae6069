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
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any

from dataset_tools.errors import DatasetError, PackageError

PRELOAD = ["dataset_tools.passes.convert", "dataset_tools.passes.write", "dataset_tools.validators.rows"]
_PR_SET_PDEATHSIG = 1
_POLL = 0.2  # seconds between two looks at a child's clock
_SERVER_LOST = 255  # the exit code that multiprocessing gives where the server that children are forked from is gone
_context, _near = multiprocessing.get_context("forkserver"), multiprocessing.get_context("fork")
_run: ContextVar[threading.Event | None] = ContextVar("_run", default=None)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take: wall-clock `seconds` for a step and for the `whole`, and bytes of `memory`."""

    seconds: float = 60.0
    whole: float = 3600.0
    memory: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Died:
    """A child that gave no result: `step` is what it was at (-1: none), `reason` is time, memory or crash.

    It is not `sure` that the step is to blame where something outside may have ended the child.
    """

    step: int
    reason: str
    message: str
    sure: bool = True


class Ended(Exception):
    """The run that a child worked for has ended, so that nobody waits for its result."""


class Steps:
    """Where a child writes which step it is at, so that the parent knows it even when the child is gone."""

    def __init__(self, shared: Any) -> None:
        self._shared = shared

    def at(self, step: int) -> None:
        self._shared[1] = time.monotonic()
        self._shared[0] = float(step)


def call(function: Callable[..., Any], task: Any, limits: Limits | None = None, *, near: bool = False) -> Any:
    """`function(task, steps)` in a child of its own: its result, or Died; a DatasetError of the child is raised here.

    `function` must be importable by name. Other exceptions of the child come as RuntimeError with the child's
    traceback: a bug.

    `near`: the child is forked from this process, where nothing runs beside the caller; it costs no start-up.
    """
    limits = limits or Limits()
    context = _near if near and _is_alone() else _context
    shared = context.RawArray("d", [-1.0, time.monotonic()])
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(function, task, shared, theirs, limits.memory), daemon=True)
    child.start()
    theirs.close()
    try:
        return _watch(child, ours, shared, limits)
    finally:
        _end(child)
        ours.close()


def _is_alone() -> bool:
    """Whether a fork would find this process at rest: no threads of Python, none of libraries that keep their own."""
    return threading.active_count() == 1 and not {"polars", "pyarrow"} & sys.modules.keys()


def surely(
    function: Callable[..., Any], task: Any, said: str, hint: str, limits: Limits | None = None, *, near: bool = False
) -> Any:
    """`call` for work of our own, with no bound of memory; raises PackageError, `said` and how, where it died."""
    given = call(function, task, limits or Limits(memory=1 << 40), near=near)
    if isinstance(given, Died):
        raise PackageError(f"{said}: {given.message}", hint)
    return given


def until(ended: threading.Event) -> None:
    """From here on in this thread, `call` raises Ended, and ends its child, once the event is set."""
    _run.set(ended)


def prepare(modules: Sequence[str] = PRELOAD) -> None:
    """Starts the server that children are forked from; it imports what they need while the caller goes on."""
    _context.set_forkserver_preload(list(modules))
    forkserver.ensure_running()


def _watch(child: Any, ours: Connection, shared: Any, limits: Limits) -> Any:
    """The child's result, or Died: it ended without one, or took too long at a step or as a whole."""
    begun, ended = time.monotonic(), _run.get()
    while ended is None or not ended.is_set():
        if wait([ours, child.sentinel], _POLL):
            return _result(_sent(ours), child, int(shared[0]))
        step, since, now = int(shared[0]), shared[1], time.monotonic()
        if step >= 0 and now - since > limits.seconds:
            return Died(step, "time", "took longer than it may")
        if now - begun > limits.whole:
            return Died(-1, "time", "took longer than it may")
    raise Ended


def _sent(ours: Connection) -> tuple[str, Any] | None:
    """What the child has sent whole, None where it ended before that."""
    try:
        sent: tuple[str, Any] | None = ours.recv() if ours.poll() else None
    except (EOFError, OSError):
        return None
    return sent


def _result(sent: tuple[str, Any] | None, child: Any, step: int) -> Any:
    if sent is None:
        return _died(child, step)
    kind, value = sent
    if kind == "refused":
        raise value
    if kind == "memory":
        return Died(step, "memory", "took more memory than it may")
    if kind == "bug":
        raise RuntimeError(f"in a child process:\n{value}")
    return value


def _died(child: Any, step: int) -> Died:
    child.join()
    code = child.exitcode or 0
    how = f"signal {_signal(-code)}" if code < 0 else f"exit code {code}"
    outside = code in (-signal.SIGKILL, _SERVER_LOST)  # such as by the kernel, for the memory of others
    return Died(step, "crash", f"the process ended with {how} and no result", sure=not outside)


def _signal(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)


def _end(child: Any) -> None:
    """Ends a child and the processes that it began."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()


def _child(function: Callable[..., Any], task: Any, shared: Any, theirs: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it ends its children
    os.setpgid(0, 0)  # so that what a converter begins ends with it
    _die_with_parent()
    os.dup2(2, 1)  # what a converter prints is talk, never a result
    spare = _limit(memory)
    try:
        theirs.send(("done", function(task, Steps(shared))))
    except MemoryError as error:
        error.__traceback__ = None  # its frames hold what filled the memory
        _limit(spare)
        theirs.send(("memory", None))
    except (DatasetError, OSError) as error:
        theirs.send(("refused", error))
    except Exception:  # a bug, told whole in the parent
        theirs.send(("bug", traceback.format_exc()))


def _limit(memory: int) -> int:
    """Bounds the memory of this process, where the system can; gives the most that it could be."""
    if not sys.platform.startswith("linux"):
        return memory
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (memory if most < 0 else min(memory, most), most))
    return most


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os.killpg(0, signal.SIGKILL)
