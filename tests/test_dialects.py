"""Each dialect of the sample's schemas is what was looked at, and its own library reads it.

A golden file is made by `dstools schema netease TABLE --to NAME > tests/cases/dialects/netease/TABLE.NAME`.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataset_tools.cli.schema import DIALECTS
from dataset_tools.dataset import Dataset, read_dataset
from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.dialects.pandera import pandera_schema

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "cases" / "dialects" / "netease"
TABLES = ("articles", "recommendations", "headlines")


@pytest.fixture(scope="module")
def netease() -> Dataset:
    return read_dataset(ROOT, "netease")


def golden(table: str, name: str) -> str:
    return (CASES / f"{table}.{name}").read_text("utf-8")


def test_every_dialect_of_every_table_has_a_golden_file(netease: Dataset) -> None:
    assert set(netease.schemas) == set(TABLES)
    assert {path.name for path in CASES.iterdir()} == {f"{table}.{name}" for table in TABLES for name in DIALECTS}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_what_was_looked_at(netease: Dataset, table: str, name: str) -> None:
    assert DIALECTS[name](netease.schemas[table], netease) == golden(table, name)


@pytest.mark.parametrize("table", TABLES)
def test_arrow_names_every_type_and_what_may_be_null(netease: Dataset, table: str) -> None:
    text = golden(table, "arrow")
    for field in arrow_schema(netease.schemas[table]):
        null = "" if field.nullable else " not null"
        assert f"\n{field.name}: {field.type}{null}\n" in f"\n{text}"
        assert f"'{field.metadata[b'description'].decode()}'" in text


@pytest.mark.parametrize("table", TABLES)
def test_pandera_loads_its_yaml_with_the_same_columns(netease: Dataset, table: str) -> None:
    import pandera.polars as pandera

    loaded = pandera.DataFrameSchema.from_yaml(golden(table, "pandera"))
    ours = pandera_schema(netease.schemas[table])
    assert {name: (column.dtype, column.nullable) for name, column in loaded.columns.items()} == {
        name: (column.dtype, column.nullable) for name, column in ours.columns.items()
    }
    assert (loaded.strict, loaded.ordered, loaded.name) == (ours.strict, ours.ordered, ours.name)


@pytest.mark.parametrize("table", TABLES)
def test_pandera_names_every_check_that_its_yaml_cannot_hold(netease: Dataset, table: str) -> None:
    checks = [line.removeprefix("# check: ") for line in golden(table, "pandera").splitlines() if line[0] == "#"]
    ours = pandera_schema(netease.schemas[table])
    made = [*(check for column in ours.columns.values() for check in column.checks), *ours.checks]
    assert checks == [check.name for check in made]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["frictionless", "table-schema"])
def test_frictionless_loads_its_descriptor_without_an_error(netease: Dataset, table: str, name: str) -> None:
    import frictionless

    descriptor = json.loads(golden(table, name))
    assert frictionless.Schema.validate_descriptor(descriptor).valid
    schema = frictionless.Schema.from_descriptor(descriptor)
    assert schema.field_names == list(netease.schemas[table].names)
    assert [field.required for field in schema.fields] == [field.required for field in netease.schemas[table].fields]


@pytest.mark.parametrize("table", TABLES)
def test_datasets_loads_the_features_with_the_schemas_types(netease: Dataset, table: str) -> None:
    from datasets import Features

    listed = yaml.safe_load(golden(table, "features"))["dataset_info"]["features"]
    assert Features._from_yaml_list(listed) == Features.from_arrow_schema(arrow_schema(netease.schemas[table]))


@pytest.mark.parametrize("table", TABLES)
def test_mlcroissant_loads_the_table_with_its_fields(
    netease: Dataset, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    mlcroissant: Any = pytest.importorskip("mlcroissant", reason="pip install '.[test]'")
    with caplog.at_level(logging.CRITICAL):
        loaded = mlcroissant.Dataset(json.loads(golden(table, "croissant")))
    (records,) = loaded.metadata.record_sets
    assert [field.name for field in records.fields] == list(netease.schemas[table].names)
    assert records.description == netease.schemas[table].description
