"""Pairs by index equal pairs by a full pass, cut to the changed records; junk and other types are left out."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from identity import candidates, models_store, store
from identity.model import Model
from tests.identity.factories import record
from tests.identity.people import people

Pairs = dict[tuple[int, int], list[str]]


def collect(parts: Iterable[tuple[pa.Table, pa.Table]]) -> Pairs:
    found: Pairs = {}
    for pairs, features in parts:
        at_hand = set(features["record_id"].to_pylist())
        for row in pairs.to_pylist():
            pair = tuple(sorted((row["record_l"], row["record_r"])))
            assert pair not in found
            assert at_hand.issuperset(pair)
            found[pair] = row["match_keys"]
    return found


@pytest.fixture
def model(conn: Connection, models: list[Model]) -> Model:
    store.save(conn, [r for _, r in people(60, seed=5)])
    models_store.save(conn, models[0])
    return models[0]


def ids(conn: Connection) -> list[int]:
    return list(conn.scalars(sa.text("SELECT record_id FROM identity.source_record ORDER BY record_id")))


@pytest.mark.parametrize("chunk", [7, 20_000])
def test_an_increment_finds_the_pairs_of_a_full_run_that_touch_it(
    conn: Connection, model: Model, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_ROUND_CHUNK", chunk)
    full = collect(candidates.full(conn, model))
    assert full
    for changed in (ids(conn)[:1], ids(conn)[5:40], ids(conn)):
        found = collect(candidates.touching(conn, model, pa.array(changed, pa.int64())))
        assert found == {pair: keys for pair, keys in full.items() if set(pair) & set(changed)}


def test_a_full_run_in_parts_is_the_same(conn: Connection, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = collect(candidates.full(conn, model))
    monkeypatch.setattr(candidates, "_PAIR_CHUNK", 11)
    assert collect(candidates.full(conn, model)) == whole


def test_each_pair_names_the_kinds_that_found_it(conn: Connection, model: Model) -> None:
    keys = pa.concat_tables(candidates.read_keys(conn, "person")).to_pylist()
    by_record: dict[int, set[tuple[str, str]]] = {}
    for row in keys:
        if row["kind"] in model.key_kinds and (row["kind"], row["key"]) not in model.junk:
            by_record.setdefault(row["record_id"], set()).add((row["kind"], row["key"]))
    for (left, right), kinds in collect(candidates.full(conn, model)).items():
        assert kinds == sorted({kind for kind, _ in by_record[left] & by_record[right]})


def test_junk_brings_no_pair(conn: Connection, models: list[Model]) -> None:
    store.save(conn, [record(i, email="shared@x.org") for i in (1, 2)])
    clean = models[0].with_version(7)
    dirty = Model.from_json(clean.with_version(8).to_json())
    dirty.junk.update(dict.fromkeys((("email", "shared@x.org"), ("email_local", "shared")), 99))
    for model, expected in ((clean, 1), (dirty, 0)):
        models_store.save(conn, model)
        assert len(collect(candidates.full(conn, model))) == expected
        assert len(collect(candidates.touching(conn, model, pa.array(ids(conn))))) == expected


def test_persons_and_organisations_are_never_paired(conn: Connection, models: list[Model]) -> None:
    store.save(conn, [record(1, email="a@firm.org"), record(2, email="a@firm.org", entity_type="organisation")])
    models_store.save(conn, models[0])
    assert collect(candidates.full(conn, models[0])) == {}
    assert collect(candidates.touching(conn, models[0], pa.array(ids(conn)))) == {}


def test_keys_are_read_at_once_from_tables_that_were_filled_just_now(conn: Connection) -> None:
    """The planner takes them for empty, and must have no way to gather all keys anew for each record."""
    conn.execute(
        sa.text("""
            WITH stored AS (
                INSERT INTO identity.source_record (system, object, source_id, entity_type, attributes, content_hash,
                                                    revision)
                SELECT 'crm', 'contacts', n::text, 'person', '{}', '', n FROM generate_series(1, 4000) n
                RETURNING record_id),
            made AS (INSERT INTO identity.feature (record_id, entity_type) SELECT record_id, 'person' FROM stored)
            INSERT INTO identity.blocking_key (record_id, kind, key)
            SELECT record_id, 'email', record_id || '-' || n FROM stored, generate_series(1, 20) n""")
    )
    conn.execute(sa.text("SET LOCAL statement_timeout = '10s'"))
    assert sum(part.num_rows for part in candidates.read_keys(conn, "person")) == 80_000
