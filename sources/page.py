"""What a source is asked for and what it gives: pages of rows exactly as delivered.

Every source speaks this one language, so landing, recovery and the finding of deletions are written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from hub.config import ObjectConfig, SystemConfig
from hub.feed import ActivityConfig, ConsentConfig, Feed

DELIVERED = pa.schema(
    [
        ("id", pa.string()),  # the row's key in its system, or `line_id` where it has none
        ("payload", pa.string()),  # the row as delivered, as JSON
        ("deleted", pa.bool_()),  # the system itself says that it is gone
        ("cursor", pa.string()),  # the row's place in the order of changes, where there is one
        ("line", pa.int64()),  # of a file
        ("problem", pa.string()),  # why the row could not be read (a code of sources.quarantine)
        ("origin", pa.string()),  # the file; one key may occur once in each
    ]
)

FeedKind = Literal["records", "activities", "consents"]
"""What is read of a system: its customers, what happened with them, what they allowed.

Each feed has loads and marks of its own.
"""

_LINE = "\x1f"  # begins the id of a row without a key; no key of a system holds this control character


def line_id(origin: str, line: int | str = "") -> str:
    """Name a row that has no usable key by its place; without a line, the common beginning of a file's names."""
    return f"{_LINE}{origin}:{line}"


def is_line_id(row_id: str) -> bool:
    """Tell whether `row_id` is a place and no key."""
    return row_id.startswith(_LINE)


class SeenFile(NamedTuple):
    """A file by its content."""

    name: str
    content_hash: str
    size: int


@dataclass(frozen=True, slots=True)
class Request:
    """One object of one system, from where the last finished extract left off.

    `cursor` None asks for everything. `seen` holds the files landed before.
    """

    system_name: str
    system: SystemConfig
    name: str
    entry: Feed
    cursor: str | None = None
    seen: Sequence[SeenFile] = ()
    folder: Path = field(default_factory=Path)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of an extract.

    `rows`: a table of DELIVERED. `keys`: ids that exist now, whether or not their rows come too.
    `complete`: with this page all rows and keys together are everything the system has, so what is missing was deleted.
    `cursor`: where the next extract may begin once this one is stored; the last one given holds.
    `files`: files that this extract holds whole; places in them (`line_id`) not delivered again are settled.
    """

    rows: pa.Table | None = None
    keys: Sequence[str] = ()
    complete: bool = False
    cursor: str | None = None
    files: Sequence[SeenFile] = ()


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of system: how it is read, and what its rows are where hub.yaml says nothing else."""

    kind: str
    read: Callable[[Request], Iterator[Page]]
    objects: Mapping[str, ObjectConfig] = field(default_factory=dict)
    prepare: Callable[[str, Row], Row] = lambda _object, row: row
    activities: Mapping[str, ActivityConfig] = field(default_factory=dict)
    consents: Mapping[str, ConsentConfig] = field(default_factory=dict)


def delivered(rows: Iterable[tuple[str, Row, bool]]) -> pa.Table:
    """Make a table of DELIVERED from an API's rows: (id, row, deleted). The row stays as it is, nesting included."""
    listed = list(rows)
    columns: dict[str, list[Any]] = {
        "id": [row_id for row_id, _, _ in listed],
        "payload": [_json(row) for _, row, _ in listed],
        "deleted": [deleted for _, _, deleted in listed],
    }
    empty = [None] * len(listed)
    return pa.table([columns.get(name, empty) for name in DELIVERED.names], schema=DELIVERED)


def _json(row: Row) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON can name it, UTF-8 can't hold it
        return json.dumps(row, separators=(",", ":"))
    return text
