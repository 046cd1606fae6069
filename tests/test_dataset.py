"""The descriptor of a dataset: one closed list of keys, each fault with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataset_tools.dataset import find_root, read_dataset
from dataset_tools.errors import SchemaError
from dataset_tools.splits import Splits

GOOD = "name: d\nversion: 1.0.0\nresources: [{name: t, schema: t.yaml}]\n"
TABLE = "primaryKey: [a]\nfields: [{name: a}, {name: b}]\n"


def project(root: Path, descriptor: str, **tables: str) -> Path:
    (root / "schemas" / "d").mkdir(parents=True)
    (root / "schemas" / "d" / "dataset.yaml").write_text(descriptor)
    for name, text in (tables or {"t": TABLE}).items():
        (root / "schemas" / "d" / f"{name}.yaml").write_text(text)
    return root


@pytest.mark.parametrize(
    ("descriptor", "message", "hint"),
    [
        ("name: d\nversion: 1.0.0\n", "schemas/d/dataset.yaml:1:1: no resources", "required"),
        (GOOD + "licence: x\n", "schemas/d/dataset.yaml:4:1: unknown key 'licence' in the descriptor", "'licenses'?"),
        (GOOD.replace("1.0.0", "1.10"), "schemas/d/dataset.yaml:2:10: version 1.1", "MAJOR.MINOR.PATCH"),
        (GOOD.replace("name: d", "name: e"), "schemas/d/dataset.yaml:1:7: name 'e' in the folder 'd'", "one word"),
        (GOOD.replace("t.yaml", "u.yaml"), "schemas/d/u.yaml: no such file", "check the name"),
        (GOOD.replace("t.yaml", "../t.yaml"), "schemas/d/dataset.yaml:3:31: schema '../t.yaml'", "a file beside"),
        (
            GOOD + "dstools:splits: {table: t, by: a, shares: {train: 0.5}}\n",
            "schemas/d/dataset.yaml:4:43: the shares add up to 0.5",
            "add up to 1",
        ),
        (
            GOOD + "dstools:splits: {table: t, by: a, shares: {my-test: 1.0}}\n",
            "schemas/d/dataset.yaml:4:44: split name 'my-test'",
            "no hyphen",
        ),
        (
            GOOD + "dstools:splits: {table: t, by: b, shares: {train: 1.0}}\n",
            "schemas/d/dataset.yaml:4:32: splits by 'b'",
            "a required field",
        ),
        (GOOD + "dstools:shard_size: 256\n", "schemas/d/dataset.yaml:4:21: dstools:shard_size is 256", "256MB"),
        (GOOD + "dstools:budget: {pages: 2}\n", "schemas/d/dataset.yaml:4:25: the budget for pages is 2", "0 to 1"),
        (
            GOOD + "dstools:source: https://example.org/\n",
            "schemas/d/dataset.yaml:4:17: the source 'https://example.org/'",
            "fetch them first",
        ),
    ],
)
def test_a_fault_is_refused_with_its_place_and_a_hint(tmp_path: Path, descriptor: str, message: str, hint: str) -> None:
    with pytest.raises(SchemaError) as caught:
        read_dataset(project(tmp_path, descriptor), "d")
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_a_foreign_key_to_no_table_is_refused(tmp_path: Path) -> None:
    table = "fields: [{name: a}]\nforeignKeys: [{fields: a, reference: {resource: u, fields: a}}]\n"
    with pytest.raises(SchemaError, match="table t references the table 'u'"):
        read_dataset(project(tmp_path, GOOD, t=table), "d")


def test_foreign_keys_in_a_circle_are_refused(tmp_path: Path) -> None:
    there = "fields: [{name: a, constraints: {required: true}}]\n"
    there += "foreignKeys: [{fields: a, reference: {resource: %s, fields: a}}]\n"
    descriptor = GOOD.replace("t.yaml}", "t.yaml}, {name: u, schema: u.yaml}")
    descriptor += "dstools:splits: {table: t, by: a, shares: {train: 1.0}}\n"
    with pytest.raises(SchemaError, match="t → u → t"):
        read_dataset(project(tmp_path, descriptor, t=there % "u", u=there % "t"), "d")


def test_a_missing_dataset_offers_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        read_dataset(project(tmp_path, GOOD), "dd")
    assert caught.value.hint == "did you mean 'd'?"


def test_without_schemas_anywhere_the_hint_is_init(tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        find_root(tmp_path)
    assert "dstools init" in caught.value.hint


def test_a_key_keeps_its_split_whatever_else_comes() -> None:
    splits = Splits("t", "a", 0, {"train": 0.8, "test": 0.2})
    assert [splits.of(f"{i}") for i in range(12)] == [splits.of(f"{i}") for i in range(12)]
    shares = [splits.of(f"key {i}") for i in range(20_000)]
    assert 0.78 < shares.count("train") / len(shares) < 0.82
    # Frozen: another hash would move rows of every dataset that is out.
    assert "".join(splits.of(f"{i}")[1] for i in range(24)) == "errrrerrrrrrrrererrrrrre"


def test_another_seed_is_another_split() -> None:
    first, second = (Splits("t", "a", seed, {"x": 0.5, "y": 0.5}) for seed in (0, 1))
    assert any(first.of(i) != second.of(i) for i in range(50))
