"""The real pages: scored against their gold, and what is no article never becomes one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dataset_tools.build import Built, How, build
from dataset_tools.dataset import read_dataset

ROOT = Path(__file__).parents[1]


def built(root: Path, source: Path) -> Built:
    shutil.copytree(ROOT / "schemas", root / "schemas", dirs_exist_ok=True)
    return build(read_dataset(root, "netease"), How(root / "dist", 2, (str(source),), budget=1.0))


@pytest.fixture(scope="module")
def gold(real_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("gold"), real_pages / "netease" / "text").place


def rows(package: Path, table: str) -> list[dict[str, Any]]:
    files = sorted((package / table).glob("*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def test_the_real_pages_score_as_promised(real_pages: Path, gold: Path) -> None:
    command = [sys.executable, str(real_pages / "score_netease.py"), str(gold), "--json"]
    scored = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    overall = json.loads(scored)["layouts"]["overall"]
    assert overall["found"] == overall["gold"] == 46
    assert overall["title"]["right"] >= 45
    assert overall["published_at"]["right"] >= overall["published_at"]["of"] - 1
    assert overall["author_name"]["share"] >= 0.95
    assert overall["paragraphs"]["f1"] >= 0.97
    assert overall["recommendations"]["f1"] >= 0.95
    assert overall["headlines"]["f1"] >= 0.95


def test_the_seed_page_is_read_exactly(real_pages: Path, gold: Path) -> None:
    (article,) = (row for row in rows(gold, "articles") if row["page_uri"] == "seed_000_525033cb25a98b89.txt")
    expected = json.loads((real_pages / "netease" / "gold" / "seed_000_525033cb25a98b89.json").read_text("utf-8"))
    key = article["article_id"]
    assert article["paragraphs"] == expected["paragraphs"]
    assert len(article["paragraphs"]) == 27
    assert article["published_at"] is None
    assert article["captured_at"].isoformat() == "2026-02-27T23:55:00+00:00"
    assert sum(row["article_id"] == key for row in rows(gold, "recommendations")) == 20
    assert sum(row["article_id"] == key for row in rows(gold, "headlines")) == 13


def test_no_page_of_another_site_and_no_list_page_becomes_an_article(real_pages: Path, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    shutil.copytree(real_pages / "negatives", pages / "negatives")
    shutil.copytree(real_pages / "netease" / "not_articles", pages / "not_articles")
    # One good page, so that there is a package to look into.
    shutil.copy(real_pages / "netease" / "text" / "gne_1.txt", pages / "good.txt")
    package = built(tmp_path, pages)
    assert [row["page_uri"] for row in rows(package.place, "articles")] == ["good.txt"]
    assert package.counts["pages"]["accepted"] == 1
    assert package.counts["pages"]["listed"] > 110
