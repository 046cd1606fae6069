"""NetEase pages → records: golden pages, invented pages, and real ones where they are at hand."""

import importlib.util
import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_tools.converters import netease
from dataset_tools.page import Page, UndecodableText
from dataset_tools.record import NotMine, Record, Reject

CASES = sorted((Path(__file__).parents[1] / "cases" / "netease").iterdir())
REAL = Path(__file__).parents[2].parent / "shared" / "pages"
SEED = REAL / "netease" / "text" / "seed_000_525033cb25a98b89.txt"
CHINA = timezone(timedelta(hours=8))
replaced_lines = st.lists(st.tuples(st.integers(0, 400), st.text(max_size=12)), max_size=6)
needs_real_pages = pytest.mark.skipif(not REAL.is_dir(), reason="the real pages are not at hand")


def _generator() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "pages.py"
    spec = importlib.util.spec_from_file_location("benchmark_pages", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generator = _generator()


def read(body: bytes) -> list[Record | Reject]:
    return list(netease.convert(Page(uri="page.txt", body=body)))


def outcomes(body: bytes) -> list[dict[str, Any]]:
    """What the converter makes of a page, as the lines of records.jsonl."""
    try:
        return [_outcome(found) for found in read(body)]
    except NotMine as reason:
        return [{"not_mine": str(reason)}]


def _outcome(found: Record | Reject) -> dict[str, Any]:
    if isinstance(found, Reject):
        return {"reject": found.reason, "message": found.message, "table": found.table, "place": found.place}
    values = {name: _json(value) for name, value in found.values.items() if value is not None}
    return {"table": found.table, "values": values, "place": found.place}


def _json(value: object) -> object:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _of_table(found: Sequence[Record | Reject], table: str) -> list[Record]:
    return [record for record in found if isinstance(record, Record) and record.table == table]


def _as_the_page_writes(time: object) -> str | None:
    return time.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if isinstance(time, datetime) else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_gives_the_records_of_its_golden_folder(case: Path) -> None:
    expected = [json.loads(line) for line in (case / "records.jsonl").read_text("utf-8").splitlines()]
    assert outcomes((case / "page.txt").read_bytes()) == expected


def test_an_invented_page_says_what_its_generator_meant() -> None:
    for sample in generator.samples(60, seed=7):
        found = read(sample.body)
        article = _of_table(found, "articles")[0].values
        assert not [reject for reject in found if isinstance(reject, Reject)], sample.name
        assert article["layout"] == sample.layout, sample.name
        assert article["title"] == sample.title, sample.name
        assert article["author_name"] == sample.author_name, sample.name
        assert article["paragraphs"] == list(sample.paragraphs), sample.name
        assert article["comment_count"] == sample.comment_count, sample.name
        assert _as_the_page_writes(article["published_at"]) == sample.published_at, sample.name
        assert _as_the_page_writes(article["captured_at"]) == sample.captured_at, sample.name
        assert len(_of_table(found, "recommendations")) == sample.recommendations, sample.name
        assert len(_of_table(found, "headlines")) == sample.headlines, sample.name


def test_a_page_says_the_same_in_wide_and_in_narrow_signs() -> None:
    for sample in generator.samples(20, seed=11):
        wide = _of_table(read(sample.body), "articles")[0].values
        narrow = _of_table(read(unicodedata.normalize("NFKC", sample.text).encode()), "articles")[0].values
        for name in ("layout", "author_name", "published_at", "captured_at", "comment_count"):
            assert wide[name] == narrow[name], sample.name
        assert narrow["text"] == unicodedata.normalize("NFKC", str(wide["text"])), sample.name


def test_one_page_more_leaves_the_pages_before_it_as_they_were() -> None:
    fewer, more = list(generator.pages(30, seed=5)), list(generator.pages(31, seed=5))
    assert more[:30] == fewer
    assert generator.sample(5, 30).body == more[30][1]


def test_the_same_seed_gives_the_same_pages_and_another_seed_others() -> None:
    assert list(generator.pages(12, seed=1)) == list(generator.pages(12, seed=1))
    assert {body for _, body in generator.pages(12, seed=1)}.isdisjoint(body for _, body in generator.pages(12, seed=2))


def test_the_bad_pages_are_refused_or_passed_over_or_break_a_rule() -> None:
    bad = dict(generator.bad_pages(0))
    assert "not_mine" in outcomes(bad["other_site.txt"])[0]
    assert "not_mine" in outcomes(bad["list_page.txt"])[0]
    assert "not_mine" in outcomes(bad["empty.txt"])[0]
    assert outcomes(bad["unknown_layout.txt"])[0]["reject"] == "unknown-layout"
    assert bad["copy_of_page_0.txt"] == generator.sample(0, 0).body
    assert len(outcomes(bad["long_title.txt"])[0]["values"]["title"]) > 300
    late = outcomes(bad["published_after_captured.txt"])[0]["values"]
    assert late["published_at"] > late["captured_at"]
    with pytest.raises(UndecodableText):
        read(bad["random.txt"])


def test_a_time_that_no_calendar_has_is_no_publish_time() -> None:
    page = (CASES[0].parent / "account_2024" / "page.txt").read_bytes().replace(b"2024-03-20", b"2024-02-31")
    assert "published_at" not in outcomes(page)[0]["values"]


def test_a_line_of_a_million_signs_is_a_paragraph_like_any_other() -> None:
    page = (CASES[0].parent / "account_2026" / "page.txt").read_text("utf-8")
    long = page.replace("二月的第一个晚上", "灯" * 1_000_000)
    assert outcomes(long.encode())[0]["values"]["char_count"] > 1_000_000


@settings(max_examples=60, deadline=None, database=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_never_an_article(body: bytes) -> None:
    with pytest.raises((NotMine, UndecodableText)):
        read(body)


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.integers(0, 39), st.lists(st.tuples(st.integers(0, 400), st.text(max_size=12)), max_size=6), st.integers(0, 400)
)
def test_a_damaged_page_never_crashes_the_converter(number: int, lines: list[tuple[int, str]], cut: int) -> None:
    page = generator.sample(3, number).text.split("\n")
    for at, line in lines:
        page[at % len(page)] = line
    outcomes("\n".join(page[: len(page) - cut % len(page)]).encode("utf-8", "replace"))


@needs_real_pages
def test_the_seed_page_is_read_to_the_letter() -> None:
    found = read(SEED.read_bytes())
    article = _of_table(found, "articles")[0].values
    gold = json.loads((REAL / "netease" / "gold" / f"{SEED.stem}.json").read_text("utf-8"))
    assert article["paragraphs"] == gold["paragraphs"]
    assert len(gold["paragraphs"]) == 27
    assert article["published_at"] is None
    assert article["captured_at"] == datetime(2026, 2, 27, 23, 55, tzinfo=UTC)
    assert len(_of_table(found, "recommendations")) == 20
    assert len(_of_table(found, "headlines")) == 13


@needs_real_pages
@pytest.mark.parametrize("folder", ["negatives/text", "netease/not_articles/text"])
def test_no_page_of_another_kind_becomes_an_article(folder: str) -> None:
    for path in sorted((REAL / folder).glob("*.txt")):
        assert not [line for line in outcomes(path.read_bytes()) if "values" in line], path.name
