"""What a file's columns hold: the first rows, and counts over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sources.standardise.text import readable
from sources.tabular import open_table

ROWS = 100_000
"""Rows that a proposal looks at; a key may still be found doubled further down."""

LOOK = 1_000
"""Distinct values of a column whose shape is looked at, spread over the rows."""


@dataclass(frozen=True)
class Sampled:
    """A column: its name, its place from 0, and its texts, "" where a row says nothing."""

    name: str
    place: int
    texts: list[str] = field(repr=False)
    nested: bool = False

    @cached_property
    def counts(self) -> Counter[str]:
        """Count each text."""
        return Counter(text for text in self.texts if text)

    @property
    def filled(self) -> int:
        """Count the rows that say something."""
        return self.counts.total()

    @property
    def fill(self) -> float:
        """Give the share of rows that say something."""
        return self.filled / len(self.texts) if self.texts else 0.0

    @property
    def variety(self) -> float:
        """Give the share of distinct texts among the filled: 1 where no text comes twice."""
        return len(self.counts) / self.filled if self.filled else 0.0

    @cached_property
    def look(self) -> list[str]:
        """Give up to LOOK distinct texts from all over the rows."""
        distinct = list(self.counts)
        return distinct[:: max(1, len(distinct) // LOOK)][:LOOK]


@dataclass(frozen=True)
class Sample:
    """The first rows of a file by column."""

    path: Path
    rows: int
    columns: list[Sampled]
    whole: bool


def take(path: Path) -> Sample:
    """Read the first rows of a file. Raises SettingsError where it is no table."""
    table = open_table(path)
    texts: list[list[str]] = [[] for _ in table.header]
    nested = [False] * len(table.header)
    rows, whole = 0, True
    for block in table.blocks:
        part = block.rows.slice(0, ROWS - rows)
        whole = part.num_rows == block.rows.num_rows
        rows += part.num_rows
        for i, column in enumerate(part.columns):
            nested[i] = nested[i] or pa.types.is_nested(column.type)
            texts[i].extend(_texts(column))
        if not whole:
            break
    columns = [Sampled(name, i, texts[i], nested[i]) for i, name in enumerate(table.header)]
    return Sample(path, rows, columns, whole)


def _texts(column: pa.ChunkedArray) -> Iterator[str]:
    """Give a column's values as cleaned texts; a whole number without its ".0"."""
    if pa.types.is_nested(column.type):
        yield from ("" if value is None else str(value) for value in column.to_pylist())
        return
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_boolean(column.type) or not pa.types.is_string(column.type):
        column = (
            pc.cast(column, pa.string()) if not pa.types.is_binary(column.type) else pa.nulls(len(column), pa.string())
        )
    for value in column.to_pylist():
        yield readable(value.removesuffix(".0")) if value else ""
