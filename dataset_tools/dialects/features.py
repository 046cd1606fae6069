"""Schema → the features of a dataset card (`dataset_info.features`), as `datasets` reads them from YAML."""

from __future__ import annotations

from typing import Any

from dataset_tools.schema import Field, Schema


def features(schema: Schema) -> list[dict[str, Any]]:
    """The features in the YAML form of `datasets.Features`: a list of {name, dtype | list | struct}."""
    return [{"name": field.name, **_feature(field)} for field in schema.fields]


def _feature(field: Field) -> dict[str, Any]:
    if field.items is not None:
        inner = _feature(field.items)
        return {"list": inner["dtype"] if set(inner) == {"dtype"} else inner.get("struct", inner)}
    if field.fields:
        return {"struct": [{"name": each.name, **_feature(each)} for each in field.fields]}
    return {"dtype": field.arrow}
