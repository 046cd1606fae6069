"""Patterns that backtracking reads for ever are told from those that it reads in bounded time."""

from __future__ import annotations

import time

import pytest

from dataset_tools.backtracking import explodes

ORDINARY = [
    *(r"[0-9a-f]{64}", r"https?://.+", r"[a-z]+(-[a-z]+)*", r"(\d{1,3}\.){3}\d{1,3}", r".*foo.*", r"[^,]*(,[^,]*)*"),
    *(r"[a-z0-9]+(\.[a-z0-9]+)*@[a-z0-9]+(\.[a-z0-9]+)+", r"-?\d+(\.\d+)?([eE][+-]?\d+)?", r"([0-9a-z]+\.)*[a-z]+"),
    *(r"[A-Z][a-z]+( [A-Z][a-z]+)*", r"https?://[a-z0-9.-]+(/[a-z0-9._~/-]*)?(\?.*)?", r"(ab|ac|ad)*", "x" * 1000),
]


@pytest.mark.parametrize("pattern", ORDINARY)
def test_an_ordinary_pattern_does_not_explode(pattern: str) -> None:
    assert not explodes(pattern)


@pytest.mark.parametrize("pattern", [r"(a+)+", r"(.*)*x", r"(a|aa)+b", r"(x+x+)+y", r"(\w+\s?)*b", r"(.*a){20}b"])
def test_a_loop_that_reads_one_text_in_two_ways_explodes(pattern: str) -> None:
    assert explodes(pattern)


@pytest.mark.parametrize("pattern", ["[a-z]*" * 166, "(a|b)" * 200, "(a?b?c?)*" * 100, "[ab]{1,9}" * 100])
def test_any_pattern_is_judged_within_a_second(pattern: str) -> None:
    begun = time.monotonic()
    explodes(pattern)
    assert time.monotonic() - begun < 1
