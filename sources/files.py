"""Files as a system: CSV, Parquet and Excel, each picked up whole and known by its content.

A full delivery is all files that match the path, together; a delta is each file, in the order of their times.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from hub import duck
from hub.errors import RetryableError, SettingsError
from hub.feed import Feed
from hub.section import did_you_mean
from sources.declared import key_columns, mapped_columns
from sources.page import DELIVERED, Page, Request, SeenFile, Source, line_id
from sources.tabular import open_table
from sources.tabular.table import BadRow

_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")


def read(request: Request) -> Iterator[Page]:
    """Give the rows of the files that were not landed yet. Raises RetryableError where one is still being written."""
    entry = request.entry
    found = {path: _seen_file(path, request.folder) for path in _paths(request.folder, entry)}
    wanted = _new(found, request)
    if not wanted:
        return
    with duck.connect() as calculator:
        for path in wanted:
            for rows in _rows(path, found[path].name, entry, calculator):
                yield Page(rows)
    for path in wanted:
        if _seen_file(path, request.folder) != found[path]:
            raise RetryableError(
                f"The file {path.name} changed while it was read.",
                hint="Write it under another name and rename it when it is whole.",
            )
    yield Page(files=[found[path] for path in wanted], complete=entry.delivery == "full")


SOURCE = Source("files", read)


def _paths(folder: Path, entry: Feed) -> list[Path]:
    """Find the finished files that match, oldest first."""
    pattern = str(folder / (entry.path or ""))
    paths = [path for path in map(Path, glob.glob(pattern, recursive=True)) if path.is_file() and _finished(path)]
    if not paths and not glob.has_magic(pattern):
        raise SettingsError(f"There is no file {pattern}.", hint="Correct its path; it starts at hub.yaml's folder.")
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _finished(path: Path) -> bool:
    return not path.name.startswith((".", "~$")) and path.suffix.lower() not in _UNFINISHED


def _seen_file(path: Path, folder: Path) -> SeenFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        return SeenFile(os.path.relpath(path, folder), digest.hexdigest(), file.tell())


def _new(found: dict[Path, SeenFile], request: Request) -> list[Path]:
    """Choose the files to read: for a full delivery all or none, for a delta each one whose content is news."""
    if request.entry.delivery == "full":
        return [] if set(found.values()) == set(request.seen) else list(found)
    last = {file.name: file.content_hash for file in request.seen}
    contents = set(last.values())
    # The same name with another content is news even if that content was there before: A, B, then A again.
    return [
        path
        for path, file in found.items()
        if (last[file.name] != file.content_hash if file.name in last else file.content_hash not in contents)
    ]


def _rows(path: Path, origin: str, entry: Feed, calculator: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    table = open_table(path, sheet=entry.sheet, encoding=entry.encoding, delimiter=entry.delimiter)
    for column in mapped_columns(entry):
        if column not in table.header and column.partition(".")[0] not in table.header:
            raise SettingsError(
                f"{path.name} has no column '{column}'{did_you_mean(column, table.header)}.",
                hint=f"Correct it in hub.yaml; the file has: {', '.join(table.header)}.",
            )
    select = _select(table.header, entry)
    for block in table.blocks:
        if block.rows.num_rows:
            rows = block.rows.append_column(_LINE_COLUMN, block.lines)
            calculator.register("block", rows)
            found = calculator.sql(select, params={"place": line_id(origin), "origin": origin})
            yield found.to_arrow_table().cast(DELIVERED)
        if block.bad:
            yield _bad_rows(block.bad, origin)


_LINE_COLUMN = "\x1fline"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _select(header: list[str], entry: Feed) -> str:
    """Write the SELECT that turns a block into DELIVERED; a row with no cell filled is left out."""
    parts = [f"nullif(trim({_quoted(name)}::VARCHAR), '')" for name in key_columns(entry)]
    key = f"replace({' || chr(30) || '.join(parts)}, chr(0), chr(65533))"
    struct = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': {_quoted(name)}" for name in header)
    cells = ", ".join(f"{_quoted(name)}::VARCHAR" for name in header)
    line = _quoted(_LINE_COLUMN)
    return f"""
        SELECT coalesce({key}, $place || {line}) AS id, to_json({{{struct}}})::VARCHAR AS payload, false AS deleted,
            NULL::VARCHAR AS cursor, {line} AS line, NULL::VARCHAR AS problem, $origin AS origin
        FROM block WHERE {key} IS NOT NULL OR concat({cells}) <> ''
    """  # noqa: S608 - names of columns, quoted


def _bad_rows(bad: list[BadRow], origin: str) -> pa.Table:
    columns = {
        "id": [line_id(origin, row.line) for row in bad],
        "payload": [row.payload for row in bad],
        "deleted": [False] * len(bad),
        "cursor": [None] * len(bad),
        "line": [row.line for row in bad],
        "problem": [row.code for row in bad],
        "origin": [origin] * len(bad),
    }
    return pa.table(columns, schema=DELIVERED)
