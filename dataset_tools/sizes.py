"""How many bytes of Arrow data each row of a table takes: known before anything is written."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Sizes = npt.NDArray[np.int64]
_OFFSET = 4


def row_sizes(table: pa.Table) -> Sizes:
    """Bytes of each row over all columns: values, and 4 bytes for the offset of each string or list."""
    return sum((_sizes(column.combine_chunks()) for column in table.columns), np.zeros(table.num_rows, np.int64))


def _sizes(array: pa.Array | pa.ChunkedArray) -> Sizes:
    if isinstance(array, pa.ChunkedArray):
        return np.concatenate([_sizes(chunk) for chunk in array.chunks]) if array.num_chunks else np.zeros(0, np.int64)
    kind = array.type
    if pa.types.is_list(kind):
        ends = np.concatenate([[0], np.cumsum(_sizes(array.flatten()))])
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        stops = np.cumsum(lengths)
        return np.asarray(ends[stops] - ends[stops - lengths] + _OFFSET, np.int64)
    if pa.types.is_struct(kind):
        return sum((_sizes(each) for each in array.flatten()), np.zeros(len(array), np.int64))
    if kind.num_buffers == 3:  # strings and binaries: validity, offsets, data
        lengths = pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False)
        return np.asarray(lengths + _OFFSET, np.int64)
    return np.full(len(array), max(1, kind.bit_width // 8), np.int64)
