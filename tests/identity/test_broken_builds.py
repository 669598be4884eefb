"""The state machine finds what it is there to find: builds that are broken on purpose don't pass it."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from hub.records import RecordKey
from identity import components, feature_store, glue, scoring, standing, store
from identity.constraints import NONE
from identity.model import Model
from identity.prepared import TABLE, frequency_table
from tests.identity.history import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def drop_constraints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clusters are made as if nobody had decided anything."""
    broken = SimpleNamespace(constraints=lambda *_, **__: NONE, TIED=standing.TIED)
    monkeypatch.setattr(components, "standing", broken)


def recompute_frequencies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Term frequencies are those of the batch at hand, not those frozen in the model."""

    def at_hand(con: duckdb.DuckDBPyConnection, _: Model, column: str) -> pa.Table:
        rows = con.sql(
            f"SELECT {column}, count(*) / (SELECT count({column}) FROM {TABLE}) FROM {TABLE}"
            f" WHERE {column} IS NOT NULL GROUP BY 1"
        ).fetchall()
        return frequency_table(column, dict(rows))

    monkeypatch.setattr(scoring, "_frequencies", at_hand)


def forget_deletions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record is marked as deleted, and nothing is resolved for it."""

    def delete(conn: Connection, keys: Iterable[RecordKey]) -> int:
        gone = sa.text("""
            UPDATE identity.source_record SET deleted_at = now()
            WHERE (system, object, source_id) = (:system, :object, :source_id) AND deleted_at IS NULL
            RETURNING record_id""")
        found = [record for key in keys for record in conn.scalars(gone, key._asdict())]
        feature_store.drop(conn, found)
        return len(found)

    monkeypatch.setattr(store, "delete", delete)


def forget_who_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value crosses the line, and only the records that changed are compared again."""
    broken = SimpleNamespace(**{name: getattr(glue.glue_words, name) for name in ("applied", "say", "revoke")})
    broken.stage_holders = lambda conn, _, name, **__: glue.stage_query(
        conn, name, "SELECT record_id FROM identity.pending_record"
    )
    monkeypatch.setattr(glue, "glue_words", broken)


@pytest.mark.parametrize("break_it", [drop_constraints, recompute_frequencies, forget_deletions, forget_who_joins])
def test_a_broken_build_is_caught(
    break_it: object, shared_engine: Engine, all_models: list[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(break_it)
    break_it(monkeypatch)
    with pytest.raises(AssertionError) as caught:
        run(shared_engine, all_models, examples=100, steps=8)
    # By the oracles, and not because the broken build fell over.
    assert caught.traceback[-1].path.name in ("history.py", "oracles.py")
