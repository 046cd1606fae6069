"""The build of a dataset: pages in, a package and a report out, in four passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from dataset_tools import cache, contain, files, inputs, rejects
from dataset_tools.card import card
from dataset_tools.dataset import Budget, Dataset
from dataset_tools.engines import local
from dataset_tools.errors import PackageError, PageError, ValidationError
from dataset_tools.package import (
    CARD,
    DESCRIPTOR,
    Package,
    Resource,
    altered,
    as_json,
    describe,
    files_beside,
    published_schema,
    read_package,
)
from dataset_tools.passes import convert, verify, write
from dataset_tools.passes.index import Index, index
from dataset_tools.sources import folder
from dataset_tools.validators import loadable

Say = Callable[[str, int, int | None], None]
LIBRARIES = ("pyarrow", "polars", "pandera", "frictionless", "datasets")
_LOADING = 60.0  # seconds that loading a converter may take
_UNCOUNTED = ("same-bytes",)


@dataclass(frozen=True, slots=True)
class How:
    """Where and how a build runs, which shapes no byte of it: but for `limit`, `sources` and `budget`."""

    out: Path
    workers: int
    sources: tuple[str, ...] = ()
    limit: int | None = None
    budget: float | None = None
    limits: contain.Limits = field(default_factory=contain.Limits)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gave. `place` is the package's folder; `written` is False where it already held the same bytes."""

    place: Path
    report: Path
    counts: Mapping[str, Any]
    draft: bool
    written: bool
    digest: str


def build(dataset: Dataset, how: How, say: Say = lambda stage, done, total: None) -> Built:
    """Builds a dataset's package: all of it, or nothing but the report.

    Raises PageError where pages cannot be read, ValidationError where more is rejected than the budget allows or
    nothing is left, PackageError where the package in the way was altered by hand or the disk refuses.
    """
    place = how.out / (dataset.name if how.limit is not None else dataset.folder)
    scratch = dataset.root / ".dstools"
    with files.writing(place), files.alone(scratch / f"{dataset.name}.lock"):
        files.write(scratch / ".gitignore", "*\n")
        files.sweep(place)
        files.sweep(_report(place))
        cache.sweep(scratch / "cache" / dataset.name)
        former = _former(place)
        return _Build(dataset, how, place, say).run(former, scratch / "cache" / dataset.name)


def _report(place: Path) -> Path:
    return place.with_name(f"{place.name}.report")


def _former(place: Path) -> Package | None:
    """The package that stands where the new one goes, sound; raises PackageError where it was altered by hand."""
    if not place.exists() and not place.is_symlink():
        return None
    if not (place / DESCRIPTOR).is_file():
        raise PackageError(f"{place}: no package, but it stands where one goes", "move it away, then build again")
    package = read_package(place)
    if (issue := next(altered(package), None)) is not None:
        hint = "a package is never edited: move the folder away to keep your changes, then build again"
        raise PackageError(f"{place}: altered by hand: {issue.message}", hint)
    return package


class _Build:
    """One run: its values, and its passes in order."""

    def __init__(self, dataset: Dataset, how: How, place: Path, say: Say) -> None:
        self.dataset, self.how, self.place, self.say = dataset, how, place, say
        self.sources = how.sources or dataset.sources
        self.begun = time.monotonic()
        self.seconds: dict[str, float] = {}
        contain.prepare()

    def run(self, former: Package | None, cached: Path) -> Built:
        with files.staged(_report(self.place)) as staged_report, files.staged(self.place) as staged:
            job = self._job(former, cached)
            parts, listed = self._convert(job)
            plan = self._index(parts)
            out = self._rejects(parts, plan, staged_report)
            counts = self._counts(plan, out, listed)
            beyond = _beyond(counts, self.dataset.budget)
            self._settle(beyond, counts, out, staged_report)
            resources, arrow = self._write(plan, staged)
            descriptor = self._describe(resources, arrow, staged, counts, job, out, plan.pages, draft=bool(beyond))
            self._verify(plan, resources, staged, staged_report, listed)
            self._tell(staged_report, counts, resources, "built")
            files.put(staged_report, _report(self.place))
            written = former is None or not _same(staged, self.place)
            if written:
                files.put(staged, self.place)
            digest = files.sha256(self.place / DESCRIPTOR)
            draft = bool(descriptor.get("dstools:draft"))
            return Built(self.place, _report(self.place), counts, draft, written, digest)

    def _job(self, former: Package | None, cached: Path) -> convert.Job:
        dataset = self.dataset
        if dataset.converter is None:
            raise PackageError(f"{dataset.name}: the descriptor names no converter", "add dstools:converter")
        if not self.sources:
            raise PageError(
                f"{dataset.name}: the descriptor names no source", "add dstools:source, or give --source PATH"
            )
        limits = self.how.limits
        probed = contain.call(
            convert.probe, (dataset.root, dataset.converter, dataset.schemas), replace(limits, whole=_LOADING)
        )
        if isinstance(probed, contain.Died):
            raise PackageError(
                f"{dataset.converter.use}: loading it failed: {probed.message}", "import it in Python to see"
            )
        label, digest = probed
        refused = _refused(former, label, digest)
        return convert.Job(dataset.root, dataset.converter, label, digest, dataset.schemas, cached, refused, limits)

    def _convert(self, job: convert.Job) -> tuple[list[Path], int]:
        """The parts of all units in order, and the number of pages listed."""
        with self._timed("convert"):
            found = folder.find(self.dataset.root, self.sources)
            units = convert.units(islice(found, self.how.limit))
            parts: list[Path] = []
            unread: list[tuple[str, str]] = []
            listed = 0
            with self._map(partial(convert.converted, job), units) as converted:
                for part in (part for given in converted for part in given):
                    listed += part.pages
                    unread.extend(part.unread)
                    parts.extend([part.folder] if part.folder else [])
                    self.say("convert", listed, None)
        if unread:
            first = f"{len(unread):,} unread of {listed:,} pages; the first: {unread[0][1]}"
            raise PageError(first, "mend it, then run the same command again")
        if not listed:
            raise PageError(f"{', '.join(self.sources)}: no pages there", "put pages below it, or give --source PATH")
        return parts, listed

    def _index(self, parts: Sequence[Path]) -> Index:
        with self._timed("index"):
            return index(parts, self.dataset.schemas, self.dataset.splits, self.dataset.shard_size)

    def _rejects(self, parts: Sequence[Path], plan: Index, report: Path) -> pl.DataFrame:
        """Writes rejects.parquet, in the order of the pages, and reads it back."""
        refused: dict[int, list[rejects.Rejected]] = {}
        for unit, each in plan.rejected:
            refused.setdefault(unit, []).append(each)
        twins = {each.page_uri for _, each in plan.rejected if each.reason == "same-bytes"}
        with pq.ParquetWriter(report / "rejects.parquet", rejects.SCHEMA, compression="zstd") as writer:
            for unit, part in enumerate(parts):
                rows = pl.read_parquet(part / "_rejects.parquet").filter(~pl.col("page_uri").is_in(list(twins)))
                added = pl.DataFrame(pl.from_arrow(rejects.as_table(refused.get(unit, []))))
                ordered = pl.concat([rows, added]).sort(["_page", "record"], maintain_order=True, nulls_last=False)
                writer.write_table(ordered.select(rejects.SCHEMA.names).to_arrow().cast(rejects.SCHEMA))
        return pl.read_parquet(report / "rejects.parquet")

    def _counts(self, plan: Index, out: pl.DataFrame, listed: int) -> dict[str, Any]:
        pages = verify.outcomes(plan, out)
        records = out.filter(pl.col("record").is_not_null()).select("page_uri", "record").n_unique()
        rows = sum(sum(splits.values()) for splits in plan.rows.values())
        return {
            "pages": {"listed": listed, **pages, "unread": 0},
            "records": {"given": rows + records, "rows": rows, "rejected": records},
            "reasons": {kind: verify.reasons(out, kind) for kind in (rejects.REJECTED, rejects.PASSED_OVER)},
            "empty": [f"{table}/{split}" for table, split in plan.empty],
        }

    def _settle(self, beyond: str, counts: dict[str, Any], out: pl.DataFrame, report: Path) -> None:
        """Refuses, with the report kept, where the budget is exceeded or no row is left."""
        allowed = Budget(*([self.how.budget] * 2)) if self.how.budget is not None else self.dataset.budget
        problem = _beyond(counts, allowed) if beyond else ""
        if not problem and counts["records"]["rows"]:
            return
        self._tell(report, counts, (), "refused")
        files.put(report, _report(self.place))
        first = problem or f"no row is left of {counts['pages']['listed']:,} pages"
        lines = [f"{self.dataset.name}: {first}"]
        pages = verify.examples(out)
        for reason, number in list(counts["reasons"][rejects.REJECTED].items())[:5]:
            lines.append(f"  {number:>7,}  {reason}, such as {pages[reason]}")
        command = f"dstools rejects {self.dataset.name}"
        raise ValidationError(
            "\n".join(lines), f"see them with: {command}; build a draft all the same with: --budget 1"
        )

    def _write(self, plan: Index, staged: Path) -> tuple[list[Resource], dict[str, int]]:
        with self._timed("write"):
            for table in {shard.table for shard in plan.shards}:
                (staged / table).mkdir()
            tasks = ((staged, shard, self.dataset.schemas[shard.table]) for shard in plan.shards)
            resources, arrow = [], {}
            with self._map(partial(_in_child, write.write_shard), tasks) as written:
                for resource, arrow_bytes in written:
                    resources.append(resource)
                    arrow[resource.path] = arrow_bytes
                    self.say("write", len(resources), len(plan.shards))
        return resources, arrow

    def _describe(
        self,
        resources: Sequence[Resource],
        arrow: Mapping[str, int],
        staged: Path,
        counts: Mapping[str, Any],
        job: convert.Job,
        out: pl.DataFrame,
        pages: pl.DataFrame,
        *,
        draft: bool,
    ) -> dict[str, Any]:
        """Writes the schemas, the descriptor, what stands beside it, and the card."""
        hashes = {}
        (staged / "schemas").mkdir()
        for table, schema in self.dataset.schemas.items():
            path = staged / "schemas" / f"{table}.json"
            path.write_text(as_json(published_schema(schema)), "utf-8")
            hashes[f"schemas/{table}.json"] = files.sha256(path)
        made = {
            "converter": job.label,
            "dataset_tools": version("dstools-dataset"),
            **{n: version(n) for n in LIBRARIES},
        }
        facts: dict[str, Any] = {"dstools:counts": counts, "dstools:made_with": made}
        facts[inputs.KEY] = inputs.inputs(self.dataset, pages.select("uri", "sha256").iter_rows())
        if draft:
            facts["dstools:draft"] = True
        if self.how.limit is not None:
            facts["dstools:preview"] = self.how.limit
        if died := _died(out):
            facts["dstools:refused"] = {"converter": job.label, "digest": job.digest, "pages": died}
        descriptor = describe(self.dataset, resources, hashes, facts)
        beside = files_beside(descriptor, self.dataset.schemas)
        descriptor["dstools:files"] = [_beside(staged / name, text) for name, text in beside]
        (staged / DESCRIPTOR).write_text(as_json(descriptor), "utf-8")
        (staged / CARD).write_text(card(descriptor, self.dataset.schemas, resources, arrow), "utf-8")
        return descriptor

    def _verify(self, plan: Index, resources: Sequence[Resource], staged: Path, report: Path, listed: int) -> None:
        with self._timed("verify"):
            tasks = ((staged, each, self.dataset.schemas[each.table]) for each in resources)
            wrong: list[str] = []
            with self._map(partial(_in_child, verify.verify_shard), tasks) as judged:
                for done, issues in enumerate(judged, 1):
                    wrong.extend(f"{issue.path}: {issue.message}" for issue in issues)
                    self.say("verify", done, len(resources))
            wrong.extend(verify.conserved(plan, resources, report, listed))
            wrong.extend(issue.message for issue in (*altered(read_package(staged)), *loadable.judge(staged)))
        if wrong:
            hint = "this is a fault of dataset_tools, not of your pages: please report it with the lines above"
            shown = "\n".join(f"  {line}" for line in wrong[:5])
            raise PackageError(
                f"{self.dataset.name}: what was written does not verify ({len(wrong):,} faults)\n{shown}", hint
            )

    def _tell(self, report: Path, counts: Mapping[str, Any], resources: Sequence[Resource], result: str) -> None:
        told = {
            **{"dataset": self.dataset.name, "version": self.dataset.version, "result": result, "counts": counts},
            "files": [{"path": each.path, "bytes": each.size, "rows": each.rows} for each in resources],
            "workers": self.how.workers,
            "seconds": {**self.seconds, "all": round(time.monotonic() - self.begun, 3)},
        }
        (report / "build.json").write_text(as_json(told), "utf-8")

    def _map(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> AbstractContextManager[Iterator[Any]]:
        return closing(local.run(function, tasks, self.how.workers))

    def _timed(self, name: str) -> _Timer:
        return _Timer(name, self.seconds)


class _Timer:
    def __init__(self, name: str, seconds: dict[str, float]) -> None:
        self.name, self.seconds = name, seconds

    def __enter__(self) -> None:
        self.begun = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.seconds[self.name] = round(time.monotonic() - self.begun, 3)


def _beside(path: Path, text: str) -> dict[str, Any]:
    """Writes a file that stands beside the descriptor: what the descriptor says of it."""
    path.write_text(text, "utf-8")
    return {"path": path.name, "bytes": path.stat().st_size, "hash": f"sha256:{files.sha256(path)}"}


def _in_child(function: Callable[..., Any], task: Any) -> Any:
    hint = "run the same command again: it goes on where it stopped"
    return contain.surely(function, task, "a worker process died", hint)


def _beyond(counts: Mapping[str, Any], budget: Budget) -> str:
    """What exceeds the budget, in words; empty where nothing does. Pages with the bytes of another do not count."""
    twins = sum(counts["reasons"][rejects.REJECTED].get(reason, 0) for reason in _UNCOUNTED)
    rejected = counts["pages"]["rejected"] - twins
    shares = (
        ("pages", rejected, counts["pages"]["accepted"] + rejected, budget.pages),
        ("records", counts["records"]["rejected"], counts["records"]["given"], budget.records),
    )
    said = [
        f"{out:,} of {total:,} {what} rejected ({out / total:.1%}), the budget is {share:.1%}"
        for what, out, total, share in shares
        if total and out > share * total
    ]
    return "; ".join(said)


def _died(out: pl.DataFrame) -> list[dict[str, str]]:
    found = out.filter(pl.col("reason").is_in(rejects.CONTAINED) & pl.col("record").is_null())
    return found.select("page_uri", "page_sha256", "reason", "message").sort("page_uri").to_dicts()


def _refused(former: Package | None, label: str, digest: str) -> dict[str, tuple[str, str]]:
    """The pages that died in the build of the package that stands there, by SHA-256, if the same code converts them."""
    listed = former.descriptor.get("dstools:refused", {}) if former else {}
    if (listed.get("converter"), listed.get("digest")) != (label, digest):
        return {}
    return {each["page_sha256"]: (each["reason"], each["message"]) for each in listed["pages"]}


def _same(staged: Path, place: Path) -> bool:
    return all((staged / name).read_bytes() == (place / name).read_bytes() for name in (DESCRIPTOR, CARD))
