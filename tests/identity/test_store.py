"""Records are stored when they change, with their features and keys, and marked pending."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import attributes_from_json
from identity import echoes, pending, store
from identity.features import feature
from identity.keys import blocking_keys
from tests.identity.factories import key, moment, record, values

ANN = record(1, given_name="ann", family_name="lee", email=["ann@lee.org", "a@b.org"], at=0)
BOB = record(2, given_name="bob", family_name="ray", phone="+4930123456", at=0)


def resolve_all(conn: Connection) -> None:
    conn.execute(sa.text("DELETE FROM identity.pending_record"))


def stored(conn: Connection, source_id: int) -> sa.Row:
    return conn.execute(
        sa.text("SELECT * FROM identity.source_record WHERE source_id = :i"), {"i": str(source_id)}
    ).one()


def keys_of(conn: Connection, source_id: int) -> list[tuple[str, str]]:
    rows = conn.execute(
        sa.text("""SELECT kind, key FROM identity.blocking_key JOIN identity.source_record USING (record_id)
                   WHERE source_id = :i ORDER BY kind COLLATE "C", key COLLATE "C" """),
        {"i": str(source_id)},
    )
    return [(row.kind, row.key) for row in rows]


def test_new_records_are_stored_pending_with_features_and_keys(conn: Connection) -> None:
    assert store.save(conn, [ANN, BOB]) == store.SaveCounts(stored=2, unchanged=0)
    assert store.counts(conn) == store.RecordCounts(live=2, deleted=0, pending=2)
    row = stored(conn, 1)
    assert attributes_from_json(row.attributes) == ANN.attributes
    assert (row.modified_at, row.content_hash) == (ANN.modified_at, ANN.content_hash)
    assert keys_of(conn, 1) == blocking_keys(feature(ANN))
    kept = conn.execute(sa.text("SELECT * FROM identity.feature WHERE record_id = :r"), {"r": row.record_id}).one()
    want = feature(ANN) | {"record_id": row.record_id, "extra": {}}
    assert kept._asdict() == want


def test_an_unchanged_record_is_left_alone(conn: Connection) -> None:
    store.save(conn, [ANN])
    resolve_all(conn)
    before = stored(conn, 1)
    assert store.save(conn, [replace(ANN, modified_at=moment(9))]) == store.SaveCounts(0, 1)
    assert stored(conn, 1) == before
    assert pending.count(conn) == 0


def test_there_and_back_again_is_two_changes(conn: Connection) -> None:
    store.save(conn, [ANN])
    first = stored(conn, 1)
    resolve_all(conn)
    store.save(conn, [record(1, given_name="anna", family_name="lee")])
    second = stored(conn, 1)
    assert store.save(conn, [ANN]).stored == 1
    third = stored(conn, 1)
    assert first.revision < second.revision < third.revision
    assert first.record_id == third.record_id
    assert first.content_hash == third.content_hash
    assert keys_of(conn, 1) == blocking_keys(feature(ANN))
    assert pending.count(conn) == 1


def test_each_attribute_keeps_the_time_of_its_own_last_change(conn: Connection) -> None:
    def micros(at: int) -> int:
        return round(moment(at).timestamp() * 1e6)

    def times(**said: str) -> dict[str, int] | None:
        store.save(conn, [record(1, **said)])
        return stored(conn, 1).attribute_times

    assert times(given_name="ann", family_name="lee", at=0) is None
    assert times(given_name="anna", family_name="lee", at=1) == {"family_name": micros(0)}
    assert times(given_name="anna", family_name="lee", gender="f", at=2) == {
        "family_name": micros(0),
        "given_name": micros(1),
    }
    assert times(given_name="ann", family_name="ray", gender="f", at=3) == {"gender": micros(2)}
    store.delete(conn, [key(1)])
    assert times(given_name="ann", family_name="lee", gender="f", at=4) == {
        "gender": micros(2),
        "given_name": micros(3),
    }


@pytest.mark.parametrize(("times", "winner"), [((1, 2), 1), ((2, 1), 0), ((1, 1), 1), ((None, 1), 1), ((1, None), 0)])
def test_of_a_repeated_key_the_newest_row_wins(
    conn: Connection, times: tuple[int | None, int | None], winner: int
) -> None:
    rows = [record(1, given_name=name, at=at) for name, at in zip(("first", "second"), times, strict=True)]
    assert store.save(conn, rows) == store.SaveCounts(stored=1, unchanged=0, repeated=1)
    assert stored(conn, 1).content_hash == rows[winner].content_hash


def test_keys_that_outlive_a_change_are_not_written_again(conn: Connection) -> None:
    def written() -> dict[tuple[str, str], str]:
        rows = conn.execute(sa.text("SELECT kind, key, ctid::text FROM identity.blocking_key"))
        return {(kind, key): place for kind, key, place in rows}

    store.save(conn, [ANN])
    before = written()
    moved = record(1, given_name="ann", family_name="lee", email=["ann@lee.org", "ann@new.org"], phone="+4930654321")
    store.save(conn, [moved])
    after = written()
    kept = before.keys() & after.keys()
    assert sorted(after) == blocking_keys(feature(moved))
    assert ("name", "ann|lee") in kept
    assert ("email", "a@b.org") not in after
    assert all(before[one] == after[one] for one in kept)
    touched = conn.execute(sa.text("SELECT kind, key FROM identity.touched_value")).all()
    assert ("email", "a@b.org") in touched
    assert not {*touched} & after.keys()


def test_a_deleted_record_loses_features_and_keys_and_is_pending(conn: Connection) -> None:
    store.save(conn, [ANN, BOB])
    resolve_all(conn)
    assert store.delete(conn, [ANN.key, key("unknown")]) == 1
    assert store.counts(conn) == store.RecordCounts(live=1, deleted=1, pending=1)
    assert keys_of(conn, 1) == []
    assert keys_of(conn, 2) != []
    assert conn.scalar(sa.text("SELECT count(*) FROM identity.feature")) == 1
    resolve_all(conn)
    assert store.delete(conn, [ANN.key]) == 0
    assert pending.count(conn) == 0


def test_a_deleted_record_that_comes_again_is_revived(conn: Connection) -> None:
    store.save(conn, [ANN])
    store.delete(conn, [ANN.key])
    resolve_all(conn)
    assert store.save(conn, [ANN]).stored == 1
    assert stored(conn, 1).deleted_at is None
    assert pending.count(conn) == 1
    assert keys_of(conn, 1) == blocking_keys(feature(ANN))


def test_the_same_id_in_another_object_is_another_record(conn: Connection) -> None:
    other = replace(ANN, key=ANN.key._replace(object="companies"), entity_type="organisation")
    assert store.save(conn, [ANN, other]).stored == 2


def test_hostile_texts_come_back_as_they_were(conn: Connection) -> None:
    texts = ['a"b', "c,d", "e\\f", "new\nline", "{brace}", "‮bidi", "NULL", "tab\there", "=cmd()", "naïve 漢字"]
    hostile = record(7, family_name="x", email=texts, loyalty_tier='gold, "plus"')
    store.save(conn, [hostile])
    assert attributes_from_json(stored(conn, 7).attributes) == hostile.attributes
    kept = conn.execute(sa.text("SELECT emails, extra FROM identity.feature")).one()
    assert kept.emails == feature(hostile)["emails"]
    assert kept.extra == json.loads(feature(hostile)["extra"]) == {"loyalty_tier": 'gold, "plus"'}
    assert set(keys_of(conn, 7)) == set(blocking_keys(feature(hostile)))


def test_an_echo_is_not_stored(conn: Connection) -> None:
    store.save(conn, [BOB])
    resolve_all(conn)
    echoes.record_told(conn, [echoes.Told(BOB.key, "given_name", values("robert"), moment(5))])
    echo = record(2, given_name="robert", family_name="ray", phone="+4930123456", at=6)
    assert store.save(conn, [echo]) == store.SaveCounts(0, 1)
    assert stored(conn, 2).content_hash == BOB.content_hash
    edit = record(2, given_name="rob", family_name="ray", phone="+4930123456", at=7)
    assert store.save(conn, [edit]).stored == 1
    assert echoes.told_of(conn, [BOB.key]) == {}


def test_deleting_a_record_forgets_what_it_was_told(conn: Connection) -> None:
    store.save(conn, [BOB])
    echoes.record_told(conn, [echoes.Told(BOB.key, "given_name", values("robert"), moment(5))])
    store.delete(conn, [BOB.key])
    assert echoes.told_of(conn, [BOB.key]) == {}


def test_an_empty_record_is_made_once_and_never_over_another(conn: Connection) -> None:
    first = store.create_empty(conn, key(9), "person")
    assert store.create_empty(conn, key(9), "person") == first
    assert stored(conn, 9).attributes == {}
    store.save(conn, [ANN])
    store.create_empty(conn, ANN.key, "person")
    assert stored(conn, 1).content_hash == ANN.content_hash
    store.delete(conn, [ANN.key])
    store.create_empty(conn, ANN.key, "person")
    assert stored(conn, 1).attributes == {}
    assert stored(conn, 1).deleted_at is None


def test_an_empty_batch_is_nothing(conn: Connection) -> None:
    assert store.save(conn, []) == store.SaveCounts(0, 0)
    assert store.delete(conn, []) == 0
