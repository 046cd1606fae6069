"""A report as frictionless-py writes it: its readers read ours."""

from __future__ import annotations

import json as library
from collections.abc import Mapping, Sequence
from typing import Any


def frictionless(
    tasks: Sequence[Mapping[str, Any]],
    errors: Sequence[Mapping[str, Any]],
    warnings: Sequence[str],
    seconds: float,
    beside: Mapping[str, Any],
) -> str:
    """A report of `tasks` (one for each resource) and of what is wrong beside them, as indented JSON.

    The counts in `stats` are of all errors, listed or not; `beside` are keys of our own.
    """
    total = len(errors) + sum(task["stats"]["errors"] for task in tasks)
    told = sum(task["stats"]["warnings"] for task in tasks) + len(warnings)
    stats = {"tasks": len(tasks), "errors": total, "warnings": told, "seconds": round(seconds, 3)}
    report = {"valid": not total, "stats": stats, "warnings": list(warnings), "errors": list(errors)}
    return library.dumps({**report, "tasks": list(tasks), **beside}, ensure_ascii=False, indent=2) + "\n"
