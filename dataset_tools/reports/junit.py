"""A report in JUnit's XML, which CI servers read: a test case a file, a failure for its errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from dataset_tools.issue import Issue

# XML 1.0, section 2.2: what no document may hold, even escaped
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(issues: Sequence[Issue], checked: Sequence[str], name: str) -> str:
    """A suite with a case for each of the files `checked`, and for those that issues name beside them."""
    files = list(dict.fromkeys([*checked, *(issue.path or name for issue in issues)]))
    cases = [_case(file, [issue for issue in issues if (issue.path or name) == file], name) for file in files]
    failed = sum("<failure" in case for case in cases)
    head = f'<testsuite name={_attribute(name)} tests="{len(cases)}" failures="{failed}" errors="0" skipped="0">'
    body = "\n".join(cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{head}\n{body}\n</testsuite>\n</testsuites>\n'


def _case(file: str, issues: Sequence[Issue], name: str) -> str:
    opening = f"  <testcase classname={_attribute(name)} name={_attribute(file)}"
    errors = [issue for issue in issues if issue.level == "error"]
    others = [issue for issue in issues if issue.level != "error"]
    inner = ""
    if errors:
        inner += f"\n    <failure message={_attribute(errors[0].message)}>{_text(_lines(errors))}</failure>"
    if others:
        inner += f"\n    <system-out>{_text(_lines(others))}</system-out>"
    return f"{opening}>{inner}\n  </testcase>" if inner else f"{opening}/>"


def _lines(issues: Sequence[Issue]) -> str:
    return "\n".join(f"{issue.where}: {issue.message}" + (f" ({issue.hint})" if issue.hint else "") for issue in issues)


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("?", text), {"\n": "&#10;"})


def _text(text: str) -> str:
    return _NO_XML.sub("?", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
