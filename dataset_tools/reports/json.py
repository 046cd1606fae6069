"""A report for programs: the issues as a JSON object."""

from __future__ import annotations

import json as library
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dataset_tools.issue import Issue


def json(issues: Sequence[Issue], facts: Mapping[str, Any]) -> str:
    """`{...facts, "issues": [...]}`, indented."""
    return library.dumps({**facts, "issues": [asdict(issue) for issue in issues]}, ensure_ascii=False, indent=2) + "\n"
