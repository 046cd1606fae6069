"""Every type of column against every type in the card, with ordinary values."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from loadable_packages import MOMENT

COLUMNS: dict[str, pa.Array] = {
    "null": pa.nulls(2),
    "bool": pa.array([True, None]),
    "int8": pa.array([100, None], pa.int8()),
    "int32": pa.array([-70_000, None], pa.int32()),
    "int64": pa.array([2**60 + 1, None]),
    "uint16": pa.array([60_000, None], pa.uint16()),
    "uint64": pa.array([2**63 + 1, None], pa.uint64()),
    "float16": pa.array([1.5, None], pa.float16()),
    "float32": pa.array([1.5, None], pa.float32()),
    "float64": pa.array([1.5, None]),
    "string": pa.array(["word", None]),
    "large_string": pa.array(["word", None], pa.large_string()),
    "string_view": pa.array(["word", None], pa.string_view()),
    "binary": pa.array([b"\xff\xfe", None]),
    "large_binary": pa.array([b"\xff\xfe", None], pa.large_binary()),
    "fixed_size_binary[3]": pa.array([b"\xff\xfe\xfd", None], pa.binary(3)),
    "date32": pa.array([MOMENT.date(), None], pa.date32()),
    "date64": pa.array([MOMENT.date(), None], pa.date64()),
    "time32[s]": pa.array([MOMENT.time(), None], pa.time64("us")).cast(pa.time32("s"), safe=False),
    "time64[us]": pa.array([MOMENT.time(), None], pa.time64("us")),
    "timestamp[s]": pa.array([MOMENT, None], pa.timestamp("us")).cast(pa.timestamp("s"), safe=False),
    "timestamp[us]": pa.array([MOMENT, None], pa.timestamp("us")),
    "timestamp[ns]": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns")),
    "timestamp[us, tz=UTC]": pa.array([MOMENT, None], pa.timestamp("us", "UTC")),
    "timestamp[us, tz=Europe/Paris]": pa.array([MOMENT, None], pa.timestamp("us", "Europe/Paris")),
    "duration[s]": pa.array([90, None], pa.duration("s")),
    "duration[us]": pa.array([90_000_001, None], pa.duration("us")),
    "decimal128(5, 2)": pa.array([Decimal("1.25"), None], pa.decimal128(5, 2)),
    "decimal128(21, 2)": pa.array([Decimal("1.25"), None], pa.decimal128(21, 2)),
    "decimal256(40, 4)": pa.array([Decimal("1.2345"), None], pa.decimal256(40, 4)),
    "json": pa.array(["[1]", None], pa.json_()),
}
KINDS: dict[str, dict[str, Any]] = {
    **{name: {"dtype": name} for name in COLUMNS},
    "list": {"list": "int64"},
    "large_list": {"large_list": "int64"},
    "fixed list": {"list": "int64", "length": 2},
    "longer fixed list": {"list": "int64", "length": 3},
    "struct": {"struct": [{"name": "a", "dtype": "int64"}]},
}
SOURCES: dict[str, pa.Array] = {
    **COLUMNS,
    "dictionary": pa.array(["word", None]).dictionary_encode(),
    "list": pa.array([[1, 2], None], pa.list_(pa.int32())),
    "long list": pa.array([[1, 2, 3], None], pa.list_(pa.int64())),
    "large_list": pa.array([[1], None], pa.large_list(pa.int64())),
    "fixed list": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
    "struct": pa.array([{"a": 1}, None]),
    "map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
}
PAIRS = {f"{source} as {kind}": (source, kind) for source in SOURCES for kind in KINDS}
LUCKY = {  # refused, although these very values would pass
    "list as fixed list",
    "long list as longer fixed list",
    "json as fixed_size_binary[3]",
    "decimal128(21, 2) as decimal128(5, 2)",
    "int32 as float16",
    "uint16 as float16",
    *(
        f"{real} as {decimal}"
        for real in ("float32", "float64")
        for decimal in COLUMNS
        if decimal.startswith("decimal")
    ),
}


def pairs_that_datasets_refuses(folder: str) -> set[str]:
    from datasets import Features
    from datasets.table import table_cast

    rows = pq.read_table(Path(folder) / "people" / "train-00000-of-00001.parquet")
    schemas = {kind: Features._from_yaml_list([{"name": "c", **KINDS[kind]}]).arrow_schema for kind in KINDS}
    columns = {pair: pa.table({"c": rows[pair]}) for pair in PAIRS}
    return {
        pair
        for pair, (_, kind) in PAIRS.items()
        if fails(lambda pair=pair, kind=kind: table_cast(columns[pair], schemas[kind]))
    }


def fails(action: Callable[[], object]) -> bool:
    try:
        action()
    except Exception:
        return True
    return False
