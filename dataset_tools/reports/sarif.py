"""A report in SARIF 2.1.0 (OASIS), which code scanning reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dataset_tools.issue import Issue

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def sarif(issues: Sequence[Issue], version: str, says: Mapping[str, str]) -> str:
    """One run of dstools; `says` describes the rules by name, where something describes them."""
    rules = sorted({issue.reason for issue in issues})
    driver = {
        "name": "dstools",
        "version": version,
        "rules": [{"id": rule, "shortDescription": {"text": says.get(rule, rule)}} for rule in rules],
    }
    results = [_result(issue, rules.index(issue.reason)) for issue in issues]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _result(issue: Issue, rule: int) -> dict[str, Any]:
    message = f"{issue.message}\n{issue.hint}" if issue.hint else issue.message
    result: dict[str, Any] = {
        "ruleId": issue.reason,
        "ruleIndex": rule,
        "level": issue.level,
        "message": {"text": message},
    }
    if issue.path is not None:
        result["locations"] = [{"physicalLocation": _location(issue)}]
    return result


def _location(issue: Issue) -> dict[str, Any]:
    from urllib.parse import quote

    location: dict[str, Any] = {"artifactLocation": {"uri": quote(issue.path or "")}}
    if issue.line is not None:
        location["region"] = {"startLine": issue.line, "startColumn": issue.column or 1}
    return location
