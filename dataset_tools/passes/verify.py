"""Pass 4: what was written is read again: hashes, Frictionless on every row, counts that add up, loadability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from dataset_tools import contain, rejects
from dataset_tools.errors import PackageError
from dataset_tools.files import sha256
from dataset_tools.issue import Issue
from dataset_tools.package import Resource
from dataset_tools.passes.index import Index
from dataset_tools.schema import Schema


def verify_shard(task: tuple[Path, Resource, Schema], _steps: contain.Steps) -> list[Issue]:
    """In a child: what is wrong with a shard: other bytes or rows than were written, all that Frictionless finds."""
    from dataset_tools.validators.package import judge
    from dataset_tools.validators.witnesses import disagreement

    folder, resource, schema = task
    path = folder / resource.path
    if path.stat().st_size != resource.size or sha256(path) != resource.sha256:
        return [Issue("hash", f"{resource.path} is not what was written", resource.path)]
    try:
        rows, found = judge(path, schema, resource.path)
    except PackageError as error:
        return [Issue("unreadable-file", error.message, resource.path)]
    # Pandera has accepted every row that is written.
    judged = (replace(each, message=disagreement("Frictionless", "Pandera", each).message) for each in found)
    issues = [given if given.row is not None else each for given, each in zip(judged, found, strict=True)]
    if rows != resource.rows:
        issues.append(Issue("row-count", f"{resource.path} has {rows:,} rows, not {resource.rows:,}", resource.path))
    return issues


def conserved(index: Index, resources: Sequence[Resource], report: Path, listed: int) -> Iterator[str]:
    """What does not add up (law 3), from the files that were written: nothing where every page and record is there."""
    out = pl.read_parquet(report / "rejects.parquet")
    records = out.filter(pl.col("record").is_not_null()).select("page_uri", "record").n_unique()
    rows = sum(each.rows for each in resources)
    given = _records(index, out)
    if given != rows + records:
        yield f"{given:,} records came in; {rows:,} rows and {records:,} rejected records went out"
    pages = outcomes(index, out)
    if listed != sum(pages.values()):
        said = ", ".join(f"{number:,} {name}" for name, number in pages.items())
        yield f"{listed:,} pages came in; {said} went out"


def _records(index: Index, out: pl.DataFrame) -> int:
    whole = out.filter(pl.col("record").is_null()).select("page_uri").unique()
    kept = index.pages.join(whole, left_on="uri", right_on="page_uri", how="anti")
    return int(kept["records"].sum())


def outcomes(index: Index, out: pl.DataFrame) -> dict[str, int]:
    """How many pages were accepted, passed over and rejected: accepted by the index, the others by the rejects."""
    accepted = index.pages.join(index.accepted, on=["_unit", "_page"], how="semi").select(page_uri="uri")
    others = out.join(accepted, on="page_uri", how="anti")
    over = others.filter(pl.col("kind") == rejects.PASSED_OVER)["page_uri"].n_unique()
    rejected = others.filter(pl.col("kind") == rejects.REJECTED)["page_uri"].n_unique()
    return {"accepted": accepted.height, "passed-over": over, "rejected": rejected}


def reasons(out: pl.DataFrame, kind: str) -> dict[str, int]:
    """How many pages or records went out for each reason of a kind, the commonest first."""
    counted = out.filter(pl.col("kind") == kind).unique(["page_uri", "record", "reason"]).group_by("reason").len()
    return dict(counted.sort(["len", "reason"], descending=[True, False]).iter_rows())


def examples(out: pl.DataFrame) -> Mapping[str, str]:
    """One page for each reason."""
    return dict(
        out.sort("page_uri")
        .unique("reason", keep="first", maintain_order=True)
        .select("reason", "page_uri")
        .iter_rows()
    )
