"""A Parquet file's footer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.fault import cause, issue_at


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file's footer, and where the file is: its path relative to the package."""

    path: str
    footer: Any

    @property
    def rows(self) -> int:
        return sum(group.num_rows for group in self.groups)

    @property
    def groups(self) -> list[Any]:
        return [self.footer.row_group(at) for at in range(self.footer.num_row_groups)]

    @property
    def schema(self) -> Any:
        return self.footer.schema.to_arrow_schema()

    def extremes(self, column: str) -> list[tuple[int, int] | None]:
        """The least and the greatest integer of a column by row group; None where the footer does not say."""
        return [_extremes(group, column) for group in self.groups]


def read_shard(name: str, path: Path, config: str) -> Shard | Issue:
    if path.suffix != ".parquet":
        return issue_at("not-parquet", name, "not named as a Parquet file", config)
    try:
        return Shard(name, pq.read_metadata(path))
    except (pa.ArrowException, OSError) as error:
        return issue_at("unreadable-file", name, cause(error).replace(str(path), name), config)


def _extremes(group: Any, column: str) -> tuple[int, int] | None:
    chunks = [group.column(at) for at in range(group.num_columns)]
    for chunk in chunks:
        if chunk.path_in_schema == column and (statistics := chunk.statistics) is not None:
            if statistics.has_min_max:
                return int(statistics.min), int(statistics.max)
            if statistics.null_count == chunk.num_values:
                return 0, 0
    return None
