"""The JSON Schemas that editors complete from say what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dataset_tools.dataset import KEYS
from dataset_tools.editor import descriptor_schema, table_schema

ROOT = Path(__file__).parents[1]
SCHEMAS = {"dataset": descriptor_schema(), "table": table_schema()}
BAD = ROOT / "tests" / "cases" / "check" / "bad"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_file_in_docs_is_what_the_code_gives(name: str) -> None:
    assert json.loads((ROOT / "docs" / "json-schema" / f"{name}.json").read_text("utf-8")) == SCHEMAS[name]
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])


def test_every_key_says_what_it_is_for_and_whether_it_is_published() -> None:
    properties: dict[str, Any] = SCHEMAS["dataset"]["properties"]
    assert set(properties) == set(KEYS)
    for name, key in KEYS.items():
        assert properties[name]["description"] == f"{key.says} ({'published' if key.published else 'private'})"


@pytest.mark.parametrize("path", sorted((ROOT / "schemas" / "netease").glob("*.yaml")), ids=lambda path: path.name)
def test_the_sample_is_valid(path: Path) -> None:
    kind = "dataset" if path.stem == "dataset" else "table"
    jsonschema.validate(yaml.safe_load(path.read_text("utf-8").replace("2026-11-01", "'2026-11-01'")), SCHEMAS[kind])


@pytest.mark.parametrize(
    "name",
    [
        *("dataset-unknown-key", "dataset-unknown-dstools-key", "dataset-no-version", "dataset-card-about-unknown"),
        *("table-unknown-type", "table-unknown-key-of-field", "table-unknown-constraint", "table-rule-unknown"),
        *("table-rule-lacks-a-parameter", "table-negative-length", "table-nested-unknown-type", "table-no-fields"),
    ],
)
def test_a_misspelt_key_is_refused_in_the_editor_too(name: str) -> None:
    stated = yaml.safe_load((BAD / f"{name}.yaml").read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(stated, SCHEMAS[name.partition("-")[0]])
