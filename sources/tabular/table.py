"""A table in a file, whatever its format: a header and blocks of rows with their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa


class BadRow(NamedTuple):
    """A row that is no row of the table: where it stands, why, and what it holds (JSON)."""

    line: int
    code: str
    payload: str


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a table: `rows` has the header's columns, `lines` the line of each row in the file, from 1."""

    rows: pa.Table
    lines: pa.Array
    bad: list[BadRow]


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be read once; cells of text formats are strings, those of Parquet keep their types."""

    header: list[str]
    blocks: Iterator[Block]


def unique_names(names: list[str]) -> list[str]:
    """Trim header names, name empty ones by their place, and number doubled ones (letter case is ignored)."""
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names, start=1):
        wanted = base = " ".join(name.split()) or f"column_{place}"
        copy = 1
        while wanted.casefold() in taken:
            copy += 1
            wanted = f"{base}_{copy}"
        taken.add(wanted.casefold())
        result.append(wanted)
    return result
