"""CSV by Arrow's parser, block by block; ragged rows and broken bytes are set apart with their line."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from hub.errors import SettingsError
from sources.tabular.table import BadRow, Block, Table, unique_names
from sources.tabular.text_stream import BROKEN, Utf8Stream, detect_encoding, show_broken

_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 20
_SAMPLE_ROWS = 50
_BLOCK = 8 << 20
_LARGEST_ROW = 512 << 20


def open_csv(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Open a CSV file; encoding and delimiter are told from its content unless given.

    Raises SettingsError where it has no header or can't be taken apart.
    """
    encoding = encoding or detect_encoding(path)
    try:
        stream = Utf8Stream(path, encoding)
    except LookupError:
        raise SettingsError(f"There is no encoding named '{encoding}'.", hint="Try utf-8, cp1252 or utf-16.") from None
    sample = stream.read(_SAMPLE).decode("utf-8", "ignore")
    stream.close()
    delimiter = delimiter or detect_delimiter(sample)
    names, lines, size = _header(sample, delimiter)
    if not names:
        raise SettingsError(f"{path.name} has no header line.", hint="The first line must name the columns.")
    return Table(names, _blocks(path, encoding, delimiter, names, lines, size))


def detect_delimiter(sample: str) -> str:
    """Choose the delimiter that parts most of the first lines into the same number of columns, above one."""

    def fitness(delimiter: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in itertools.islice(rows, _SAMPLE_ROWS) if row)
        width, rows_of_it = widths.most_common(1)[0] if widths else (0, 0)
        return (rows_of_it / widths.total() if width > 1 else 0.0), width

    csv.field_size_limit(_LARGEST_ROW)
    return max(_DELIMITERS, key=fitness)


def _header(sample: str, delimiter: str) -> tuple[list[str], int, int]:
    """Give the names, and how many lines and bytes of UTF-8 go before the first row."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    row = next((row for row in reader if any(cell.strip() for cell in row)), [])
    before = itertools.islice(io.StringIO(sample, newline=""), reader.line_num)
    return unique_names(row), reader.line_num, sum(len(line.encode()) for line in before)


def _blocks(path: Path, encoding: str, delimiter: str, names: list[str], lines: int, skip: int) -> Iterator[Block]:
    """Read the rows; where one is longer than a block, read again with larger ones, from behind what was given."""
    done = lines
    block_size = _BLOCK
    while True:
        stream = Utf8Stream(path, encoding)
        stream.read(skip)
        stream.quotes = 0
        try:
            for block in _Parser(stream, delimiter, names, lines).blocks(block_size):
                rest = _after(block, done)
                done = max(done, *rest.lines.to_pylist()[-1:], *(bad.line for bad in rest.bad[-1:]))
                yield rest
            return
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block_size >= _LARGEST_ROW:
                raise SettingsError(
                    f"{path.name} can't be taken apart as CSV after line {done}.",
                    hint="Look for a quote that is never closed, or set delimiter and encoding.",
                ) from None
            block_size *= 8
        finally:
            stream.close()


def _after(block: Block, line: int) -> Block:
    if (not len(block.lines) or block.lines[0].as_py() > line) and all(bad.line > line for bad in block.bad[:1]):
        return block
    mask = pc.greater(block.lines, line)
    return Block(block.rows.filter(mask), block.lines.filter(mask), [bad for bad in block.bad if bad.line > line])


class _Parser:
    """Arrow's CSV parser, with the count of lines that it doesn't keep."""

    def __init__(self, stream: Utf8Stream, delimiter: str, names: list[str], lines: int) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._names = names
        self._line = lines + 1  # of the next record
        self._record = 1  # its number, as Arrow counts
        self._ragged: list[tuple[int, str]] = []  # (record, text), not yet given out

    def blocks(self, size: int) -> Iterator[Block]:
        """Give the rows in blocks of about `size` bytes. Raises ArrowInvalid where a row is longer than a block."""
        first = self._stream.read(1)
        if not first:
            return
        reader = arrow_csv.open_csv(
            pa.PythonFile(_Rest(first, self._stream), mode="r"),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=size, column_names=self._names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._set_apart,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=False
            ),
        )
        held: Block | None = None
        for batch in reader:
            if held is not None:
                yield held
            held = self._block(pa.Table.from_batches([batch]))
        if held is not None:
            yield self._with_open_quote(held)
        if self._ragged:
            yield self._block(reader.schema.empty_table(), last=True)

    def _with_open_quote(self, block: Block) -> Block:
        """Set the last row apart where a quote that is never closed made it swallow the lines behind it."""
        if self._stream.quotes % 2 == 0 or not block.rows.num_rows:
            return block
        last = block.rows.slice(block.rows.num_rows - 1)
        if _heights(last)[0].as_py() == 1:
            return block
        payload = json.dumps(last.to_pylist()[0], ensure_ascii=False)
        bad = BadRow(block.lines[-1].as_py(), "open_quote", payload)
        return Block(block.rows.slice(0, len(block.lines) - 1), block.lines[:-1], [*block.bad, bad])

    def _set_apart(self, row: Any) -> str:
        self._ragged.append((row.number, row.text))
        return "skip"

    def _block(self, rows: pa.Table, *, last: bool = False) -> Block:
        heights = _heights(rows)
        if self._ragged and (last or self._ragged[0][0] < self._record + rows.num_rows):
            lines, bad = self._lines_among_ragged(heights.to_pylist(), last=last)
        else:
            ends = pc.cumulative_sum(heights)
            lines, bad = pc.add(pc.subtract(ends, heights), self._line), []
            self._line += ends[-1].as_py() if len(ends) else 0
            self._record += rows.num_rows
        block = Block(rows, lines, bad)
        return _without_broken(block) if self._stream.broken else block

    def _lines_among_ragged(self, heights: list[int], *, last: bool) -> tuple[pa.Array, list[BadRow]]:
        lines, bad = [], []

        def take_ragged() -> None:
            while self._ragged and (last or self._ragged[0][0] == self._record):
                _, text = self._ragged.pop(0)
                bad.append(BadRow(self._line, "column_count", json.dumps(show_broken(text), ensure_ascii=False)))
                self._line += 1 + text.count("\n")
                self._record += 1

        for height in heights:
            take_ragged()
            lines.append(self._line)
            self._line += height
            self._record += 1
        take_ragged()
        return pa.array(lines, pa.int64()), bad


class _Rest:
    """A stream of which the first bytes were read already."""

    def __init__(self, first: bytes, stream: Utf8Stream) -> None:
        self._first = first
        self._stream = stream
        self.closed = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        first, self._first = self._first, b""
        return first + self._stream.read(size - len(first) if size >= 0 else size)

    def close(self) -> None:
        self.closed = True


def _heights(rows: pa.Table) -> pa.Array:
    """Count the lines of each row: one, and one for each line break inside a value."""
    heights = pa.repeat(pa.scalar(1, pa.int64()), rows.num_rows)
    for column in rows.columns:
        breaks = pc.count_substring(column, "\n")
        if pc.sum(breaks).as_py():
            heights = pc.add(heights, breaks.cast(pa.int64()).combine_chunks())
    return heights


def _without_broken(block: Block) -> Block:
    """Set rows with marked bytes apart, the bytes shown as \\xHH."""
    broken = pa.repeat(pa.scalar(False), block.rows.num_rows)
    for column in block.rows.columns:
        broken = pc.or_(broken, pc.match_substring_regex(column, BROKEN.pattern).combine_chunks())
    if not pc.any(broken).as_py():
        return block
    bad = list(block.bad)
    for line, row in zip(block.lines.filter(broken).to_pylist(), block.rows.filter(broken).to_pylist(), strict=True):
        shown = {name: show_broken(value) for name, value in row.items()}
        bad.append(BadRow(line, "broken_encoding", json.dumps(shown, ensure_ascii=False)))
    fine = pc.invert(broken)
    return Block(block.rows.filter(fine), block.lines.filter(fine), sorted(bad))
