"""Bulk export: every golden record of one moment, streamed, with the cursor from which the feed goes on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from apps.web.api.problems import problems
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from golden_record import feed, read
from golden_record.read import GoldenRecord
from hub import audit
from hub.config import Config
from hub.db import snapshot, transaction
from hub.masking import masked
from hub.records import EntityType, Part
from hub.spreadsheet import harmless

router = APIRouter(prefix="/api/v1", tags=["export"])

_BATCH = 2_000
_TYPES = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
Rows = Iterator[list[dict[str, Any]]]


@router.get(
    "/export",
    dependencies=[requires("export")],
    response_class=Response,
    responses={
        200: {
            "description": "The records. The header Hub-Cursor has the cursor of the feed at that moment.",
            "content": {name.partition(";")[0]: {"schema": {"type": "string"}} for name in _TYPES.values()},
        },
        **problems(),
    },
    summary="All golden records",
)
def export(
    request: Request,
    format: Annotated[Literal["ndjson", "csv", "parquet"], Query()] = "ndjson",
    entity_type: Annotated[EntityType | None, Query()] = None,
) -> Response:
    """Stream all golden records as they are at one moment; then follow /changes from the cursor in Hub-Cursor.

    CSV and Parquet have a column for each attribute; several values are parted by line ends, and a CSV cell that a
    spreadsheet would take for a formula begins with an apostrophe.
    """
    hub = hub_of(request)
    writers: dict[str, Callable[[Rows, list[str]], Iterator[bytes]]] = {
        "ndjson": _ndjson,
        "csv": _csv,
        "parquet": _parquet,
    }
    columns = [name for name, a in hub.config.vocabulary().items() if not a.derived]
    with transaction(hub.engine) as conn:
        audit.record(conn, who=current_principal(request).name, what="export", on=[f"export:{format}"])
        # Read before the records are: what happens in between is told twice, never not at all.
        cursor = feed.newest(conn)
    stream = writers[format](_rows(request, hub.config, entity_type), columns)
    headers = {
        "Hub-Cursor": cursor,
        "Content-Disposition": f'attachment; filename="customers.{format}"',
    }
    return StreamingResponse(stream, media_type=_TYPES[format], headers=headers)


def _rows(request: Request, config: Config, entity_type: EntityType | None) -> Rows:
    """Read batches of one moment, masked for who asks."""
    roles = current_principal(request).roles
    with snapshot(hub_of(request).engine) as conn:
        for batch in read.batches(conn, _BATCH, entity_type=entity_type):
            yield [_row(golden, config, roles) for golden in batch]


def _row(golden: GoldenRecord, config: Config, roles: frozenset[str]) -> dict[str, Any]:
    shown = masked(golden.attributes, roles, config.access)
    return {
        "customer_id": str(golden.customer_id),
        "entity_type": golden.entity_type,
        "version": golden.version,
        "valid_from": golden.valid_from.isoformat(),
        "attributes": {name: [value.value for value in values] for name, values in shown.items()},
        "records": ["/".join(key) for key in golden.members],
    }


def _ndjson(batches: Rows, _: list[str]) -> Iterator[bytes]:
    for batch in batches:
        yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in batch).encode()


def _csv(batches: Rows, columns: list[str]) -> Iterator[bytes]:
    head = ["customer_id", "entity_type", "version", "valid_from", *columns, "records"]
    yield (",".join(head) + "\r\n").encode()
    for batch in batches:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(
            [harmless(cell) if isinstance(cell, str) else cell for cell in _flat(row, columns).values()]
            for row in batch
        )
        yield text.getvalue().encode()


def _parquet(batches: Rows, columns: list[str]) -> Iterator[bytes]:
    plain = [("version", pa.int64())]
    texts = [(name, pa.string()) for name in ("valid_from", *columns, "records")]
    schema = pa.schema([("customer_id", pa.string()), ("entity_type", pa.string()), *plain, *texts])
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_pylist([_flat(row, columns) for row in batch], schema))
            yield sink.take()
    yield sink.take()


def _flat(row: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    attributes = row["attributes"]
    lead = {name: row[name] for name in ("customer_id", "entity_type", "version", "valid_from")}
    own = {name: "\n".join(map(_text, attributes[name])) if name in attributes else None for name in columns}
    return {**lead, **own, "records": "\n".join(row["records"])}


def _text(value: Part) -> str:
    return value if isinstance(value, str) else ", ".join(part for part in value.values() if part)


class _Sink(io.RawIOBase):
    """Takes what a writer writes, to be given on."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """A sink takes bytes."""
        return True

    def tell(self) -> int:
        """Bytes so far."""
        return self._size

    def write(self, data: Any) -> int:
        """Take bytes."""
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def take(self) -> bytes:
        """Give what came since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
