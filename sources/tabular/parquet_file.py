"""Parquet files, with the types they have; the line is the number of the row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import SettingsError
from sources.tabular.table import Block, Table, unique_names

_BLOCK_ROWS = 50_000


def open_parquet(path: Path) -> Table:
    """Open a Parquet file. Raises SettingsError where it is none."""
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid:
        raise SettingsError(
            f"{path.name} is no Parquet file.", hint="Write it again, or name it for what it is."
        ) from None
    header = unique_names(file.schema_arrow.names)
    return Table(header, _blocks(file, header))


def _blocks(file: pq.ParquetFile, header: list[str]) -> Iterator[Block]:
    line = 1
    for batch in file.iter_batches(_BLOCK_ROWS):
        rows = pa.Table.from_batches([batch]).rename_columns(header)
        yield Block(rows, pa.array(range(line, line + rows.num_rows), pa.int64()), [])
        line += rows.num_rows
