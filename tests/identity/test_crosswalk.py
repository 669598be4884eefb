"""Customer ids last: they follow the most records, answer for ever, and say why they changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey
from identity import crosswalk

_MOMENTS = count()


def settle(
    conn: Connection, *clusters: set[int], gone: set[int] = frozenset(), entity_type: str = "person"
) -> crosswalk.Moves:
    rows = [
        {"record_id": record, "cluster_id": min(cluster), "entity_type": entity_type}
        for cluster in clusters
        for record in cluster
    ]
    changed = sorted({row["record_id"] for row in rows} | gone)
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=next(_MOMENTS))
    return crosswalk.settle(
        conn,
        pa.Table.from_pylist(rows, crosswalk.CLUSTERS),
        pa.array(changed, pa.int64()),
        at=moment,
        run_id=uuid4(),
    )


def owner(conn: Connection, record: int) -> UUID | None:
    return conn.scalar(
        sa.text("SELECT customer_id FROM identity.crosswalk WHERE record_id = :r AND valid_to IS NULL"), {"r": record}
    )


def events(conn: Connection) -> list[tuple[str, UUID, UUID | None, list[int]]]:
    rows = conn.execute(
        sa.text(
            "SELECT kind, customer_id, other_customer_id, record_ids FROM identity.identity_event ORDER BY event_id"
        )
    )
    return [(r.kind, r.customer_id, r.other_customer_id, r.record_ids) for r in rows]


def current_ids(conn: Connection, customer_id: UUID) -> tuple[UUID, ...]:
    found = crosswalk.answer(conn, customer_id)
    assert found is not None
    return found.current_ids


def test_a_new_cluster_is_a_new_customer(conn: Connection) -> None:
    moves = settle(conn, {1, 2}, {3})
    assert moves.counts == {"create": 2}
    assert owner(conn, 1) == owner(conn, 2) != owner(conn, 3)
    assert owner(conn, 1).version == 7
    assert len(moves.touched) == 2


def test_settling_the_same_again_writes_nothing(conn: Connection) -> None:
    settle(conn, {1, 2}, {3})
    before = events(conn)
    moves = settle(conn, {1, 2}, {3})
    assert moves.counts == {}
    assert events(conn) == before
    assert len(moves.touched) == 2  # their content was settled all the same


def test_a_merge_keeps_the_id_of_the_larger_part(conn: Connection) -> None:
    settle(conn, {1})
    settle(conn, {2, 3})
    small, large = owner(conn, 1), owner(conn, 2)
    moves = settle(conn, {1, 2, 3})
    assert {owner(conn, r) for r in (1, 2, 3)} == {large}
    assert moves.counts == {"merge": 1}
    assert events(conn)[-1] == ("merge", small, large, [1])
    assert crosswalk.answer(conn, small) == crosswalk.Answer(small, "person", "merged", (large,))
    assert set(moves.touched["customer_id"].to_pylist()) == {str(small), str(large)}


def test_an_equal_merge_keeps_the_oldest_id(conn: Connection) -> None:
    settle(conn, {5})
    settle(conn, {1})
    old = owner(conn, 5)
    settle(conn, {1, 5})
    assert owner(conn, 1) == old


def test_a_split_keeps_the_id_with_the_larger_part(conn: Connection) -> None:
    settle(conn, {1, 2, 3})
    before = owner(conn, 1)
    moves = settle(conn, {1}, {2, 3})
    assert owner(conn, 2) == before != owner(conn, 1)
    assert moves.counts == {"split": 1}
    assert events(conn)[-1] == ("split", before, owner(conn, 1), [1])


def test_merge_then_split_gives_the_old_ids_back(conn: Connection) -> None:
    settle(conn, {1, 2}, {3, 4, 5})
    first, second = owner(conn, 1), owner(conn, 3)
    settle(conn, {1, 2, 3, 4, 5})
    moves = settle(conn, {1, 2}, {3, 4, 5})
    assert (owner(conn, 1), owner(conn, 3)) == (first, second)
    assert moves.counts == {"revive": 1, "split": 1}
    assert crosswalk.answer(conn, first) == crosswalk.Answer(first, "person", "current", (first,))


def test_half_of_a_merged_customer_does_not_take_its_id_back(conn: Connection) -> None:
    settle(conn, {1, 2}, {3, 4, 5})
    first = owner(conn, 1)
    settle(conn, {1, 2, 3, 4, 5})
    settle(conn, {1}, {2, 3, 4, 5})
    assert owner(conn, 1) != first
    assert set(current_ids(conn, first)) == {owner(conn, 1), owner(conn, 2)}


def test_a_moved_record_is_an_event_of_both_customers(conn: Connection) -> None:
    settle(conn, {1, 2, 3}, {4, 5})
    a, b = owner(conn, 1), owner(conn, 4)
    moves = settle(conn, {1, 2}, {3, 4, 5})
    assert moves.counts == {"move": 1}
    assert events(conn)[-1] == ("move", a, b, [3])


def test_a_customer_that_falls_apart_answers_all_its_heirs(conn: Connection) -> None:
    settle(conn, {1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11})
    a, b, c = owner(conn, 1), owner(conn, 4), owner(conn, 8)
    settle(conn, {1, 4, 5, 6, 7}, {2, 3, 8, 9, 10, 11})
    assert crosswalk.answer(conn, a) == crosswalk.Answer(a, "person", "split", (c, b))


def test_the_last_record_gone_retires_and_its_return_revives(conn: Connection) -> None:
    settle(conn, {1})
    customer = owner(conn, 1)
    assert settle(conn, gone={1}).counts == {"retire": 1}
    assert crosswalk.answer(conn, customer) == crosswalk.Answer(customer, "person", "retired", ())
    assert settle(conn, {1}).counts == {"revive": 1}
    assert owner(conn, 1) == customer


def test_a_record_that_changes_its_type_leaves_a_way_to_its_new_customer(conn: Connection) -> None:
    settle(conn, {1})
    person = owner(conn, 1)
    moves = settle(conn, {1}, entity_type="organisation")
    assert owner(conn, 1) != person
    assert current_ids(conn, person) == (owner(conn, 1),)
    assert sorted(moves.touched["entity_type"].to_pylist()) == ["organisation", "person"]


def test_a_chain_of_merges_answers_the_last_survivor(conn: Connection) -> None:
    settle(conn, {1}, {2, 3}, {4, 5, 6, 7})
    first = owner(conn, 1)
    settle(conn, {1, 2, 3}, {4, 5, 6, 7})
    settle(conn, {1, 2, 3, 4, 5, 6, 7})
    assert current_ids(conn, first) == (owner(conn, 4),)
    settle(conn, {2, 3, 4, 5, 6, 7}, gone={1})
    assert current_ids(conn, first) == (owner(conn, 4),)


def test_unknown_ids_and_keys_have_no_answer(conn: Connection) -> None:
    assert crosswalk.answer(conn, uuid4()) is None
    assert crosswalk.customer_of(conn, RecordKey("erp", "partner", "1")) is None


def test_the_past_can_be_read(conn: Connection) -> None:
    settle(conn, {1, 2})
    settle(conn, {1}, {2})
    rows = conn.execute(
        sa.text("SELECT valid_from, valid_to FROM identity.crosswalk WHERE record_id = 2 ORDER BY valid_from")
    ).all()
    assert len(rows) == 2
    assert rows[0].valid_to == rows[1].valid_from
    assert rows[1].valid_to is None


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_rows_never_matters(conn: Connection, order: int) -> None:
    settle(conn, {1, 2}, {3, 4})
    a, b = owner(conn, 1), owner(conn, 3)
    assert a is not None
    assert b is not None
    settle(conn, *[{1, 3}, {2, 4}][::order])
    assert (owner(conn, 1), owner(conn, 2)) == (min(a, b), max(a, b))
