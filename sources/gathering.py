"""One extract, gathered in DuckDB (which spills to disk): each key once, and of those what differs from landing."""

# ruff: noqa: S608 - names of tables are made of names that hub.config has checked
from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import duckdb
import pyarrow as pa

from sources.page import Page, SeenFile, is_line_id

_BATCH_ROWS = 100_000
_PLACE = "\x1f"


def gather(pages: Iterable[Page], calculator: duckdb.DuckDBPyConnection, name: str) -> Gathered:
    """Read all pages of an extract."""
    gathered = Gathered(calculator, name)
    for page in pages:
        gathered.add(page)
    gathered.resolve_doubles()
    return gathered


class Gathered:
    """The rows of one extract, in a table of the calculator."""

    def __init__(self, calculator: duckdb.DuckDBPyConnection, name: str) -> None:
        self.name = name
        self.read = 0
        self.rows = 0
        self.complete = False
        self.cursor: str | None = None
        self.files: list[SeenFile] = []
        self._duck = calculator
        self._table = f'"delivered_{name}"'
        self._keys = f'"keys_{name}"'
        self._settled = 0
        self._duck.execute(
            f"CREATE TABLE {self._table} (seq BIGINT, id VARCHAR, payload VARCHAR, deleted BOOLEAN, cursor VARCHAR, "
            "line BIGINT, problem VARCHAR, origin VARCHAR)"
        ).fetchall()
        self._duck.execute(f"CREATE TABLE {self._keys} (id VARCHAR)").fetchall()

    def add(self, page: Page) -> None:
        """Take in a page."""
        if page.rows is not None and page.rows.num_rows:
            self._insert(page.rows, f"SELECT {self.read} + row_number() OVER (), * FROM given")
            self.read += page.rows.num_rows
        if page.keys:
            self._duck.register("given", pa.table({"id": pa.array(page.keys, pa.string())}))
            self._duck.execute(f"INSERT INTO {self._keys} SELECT id FROM given").fetchall()
        self.complete = self.complete or page.complete
        self.cursor = page.cursor or self.cursor
        self.files.extend(page.files)

    def resolve_doubles(self) -> None:
        """Keep each key once, as it was read last.

        Two different rows of one key in one file contradict each other: the earlier is kept apart under its place,
        to be quarantined. A later file, or the same key read again by a paging that overlaps, simply counts.
        """
        count = f"SELECT count(*), count(DISTINCT id) FROM {self._table}"
        total, distinct = self._duck.execute(count).fetchall()[0]
        if total != distinct:
            self._duck.execute(f"""
                UPDATE {self._table} t SET id = '{_PLACE}' || t.origin || ':' || t.line, problem = 'duplicate_key'
                FROM (
                    SELECT seq, last_value(seq) OVER w AS last_seq, last_value(payload) OVER w AS last_payload, payload
                    FROM {self._table} WHERE origin IS NOT NULL AND problem IS NULL
                    WINDOW w AS (
                        PARTITION BY origin, id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    )
                ) d
                WHERE d.seq = t.seq AND d.seq < d.last_seq AND d.payload <> d.last_payload
            """).fetchall()
            self._duck.execute(f"""
                DELETE FROM {self._table} WHERE seq NOT IN (SELECT max(seq) FROM {self._table} GROUP BY id)
            """).fetchall()
        self.rows = self._duck.execute(f"SELECT count(*) FROM {self._table}").fetchall()[0][0]

    def hashes(self) -> pa.Table:
        """Give id, hash of the row and deletion mark, to compare with landing."""
        return self._duck.sql(f"SELECT id, md5(payload) AS hash, deleted FROM {self._table}").to_arrow_table()

    def keys(self) -> pa.Table:
        """Give the ids that exist although their rows were not read."""
        return self._duck.sql(f"SELECT DISTINCT id FROM {self._keys}").to_arrow_table()

    def keep(self, ids: pa.Table) -> int:
        """Drop the rows whose id isn't among `ids`; gives the number kept."""
        self._duck.register("given", ids)
        self._duck.execute(f"DELETE FROM {self._table} WHERE id NOT IN (SELECT id FROM given)").fetchall()
        return int(self._duck.execute(f"SELECT count(*) FROM {self._table}").fetchall()[0][0])

    def add_deletions(self, gone: pa.Table, known: int, held_share: int, force: bool) -> tuple[int, int]:
        """Add vanished rows as deleted, unless more than one in `held_share` of the `known` are: (deleted, held)."""
        places = pa.array([is_line_id(row_id) for row_id in gone.column("id").to_pylist()], pa.bool_())
        self.add_settled_places(gone.filter(places))
        keys = gone.filter(pa.compute.invert(places))
        if keys.num_rows * held_share > known and not force:
            return 0, keys.num_rows
        self._insert_deleted(keys)
        return keys.num_rows, 0

    def add_settled_places(self, gone: pa.Table) -> None:
        """Add rows without a key that their file no longer has, so that their quarantine ends."""
        self._insert_deleted(gone)

    @property
    def has_changes(self) -> bool:
        """Whether anything is left to load."""
        return bool(self._duck.execute(f"SELECT count(*) FROM {self._table}").fetchall()[0][0])

    def changes(self, extracted_at: datetime) -> Iterator[pa.Table]:
        """Give what is to be loaded, in batches."""
        # A cursor of its own: dlt draws the tables of several objects in turn.
        found = self._duck.cursor().sql(
            "SELECT id, payload, deleted, cursor, line, problem, $at::TIMESTAMPTZ AS extracted_at "
            f"FROM {self._table} ORDER BY seq",
            params={"at": extracted_at.isoformat()},
        )
        for batch in found.to_arrow_reader(_BATCH_ROWS):
            yield pa.Table.from_batches([batch])

    def _insert(self, rows: pa.Table, select: str) -> None:
        self._duck.register("given", rows)
        self._duck.execute(f"INSERT INTO {self._table} {select}").fetchall()

    def _insert_deleted(self, gone: pa.Table) -> None:
        if gone.num_rows:
            self._insert(gone, "SELECT NULL, id, payload, true, NULL, line, NULL, NULL FROM given")
