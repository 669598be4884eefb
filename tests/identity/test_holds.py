"""What is held stays as it is until a person, other evidence or other settings release it; the rest goes live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import RejectedError
from hub.release import ReleaseConfig
from identity import crosswalk, holds
from identity.blast_radius import PlanHeldError
from identity.suspicion import weak_bridges

_MOMENTS = count()
SMALL = ReleaseConfig(max_cluster_size=2)


def settle(
    conn: Connection, *clusters: set[int], gone: set[int] = frozenset(), release: ReleaseConfig = SMALL
) -> crosswalk.Moves:
    rows = [
        {"record_id": record, "cluster_id": min(cluster), "entity_type": "person"}
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
        release=release,
    )


def owners(conn: Connection) -> dict[int, UUID]:
    rows = conn.execute(sa.text("SELECT record_id, customer_id FROM identity.crosswalk WHERE valid_to IS NULL"))
    return {row.record_id: row.customer_id for row in rows}


def touched(moves: crosswalk.Moves) -> set[UUID]:
    return {UUID(i) for i in moves.touched["customer_id"].to_pylist()}


def test_a_customer_that_would_grow_too_large_is_held(conn: Connection) -> None:
    settle(conn, {1, 2}, {3}, {4})
    before = owners(conn)
    moves = settle(conn, {1, 2, 3}, {4, 5})
    after = owners(conn)
    assert {r: after[r] for r in (1, 2, 3)} == {r: before[r] for r in (1, 2, 3)}
    assert after[4] == after[5] == before[4]  # what is not suspicious goes live
    assert touched(moves) == {before[4]}
    (held,) = holds.listing(conn)
    assert held.reasons == ("too_large",)
    assert (held.records, set(held.customer_ids)) == (3, {before[1], before[3]})
    assert moves.waiting == 0


def test_records_that_are_new_wait_without_a_customer(conn: Connection) -> None:
    settle(conn, {1, 2})
    moves = settle(conn, {1, 2, 3})
    assert 3 not in owners(conn)
    assert (moves.waiting, holds.waiting(conn)) == (1, 1)


def test_a_whole_group_is_held_with_all_that_hangs_together(conn: Connection) -> None:
    settle(conn, {1, 2}, {3, 4})
    before = owners(conn)
    # 2 leaves for a cluster of its own, which is no danger by itself, but 1 and the two others would be three.
    settle(conn, {2}, {1, 3, 4})
    assert owners(conn) == before
    assert holds.listing(conn)[0].records == 4


def test_the_same_change_keeps_its_hold_and_another_one_replaces_it(conn: Connection) -> None:
    settle(conn, {1, 2}, {3})
    settle(conn, {1, 2, 3})
    (first,) = holds.listing(conn)
    settle(conn, {1, 2, 3})
    assert [h.hold_id for h in holds.listing(conn)] == [first.hold_id]
    settle(conn, {1, 2, 3, 4})
    (second,) = holds.listing(conn)
    assert second.hold_id != first.hold_id
    assert [h.closed_how for h in holds.listing(conn, closed=True)] == ["superseded"]


def test_when_the_danger_is_gone_all_is_touched_again(conn: Connection) -> None:
    settle(conn, {1, 2}, {3})
    before = owners(conn)
    settle(conn, {1, 2, 3})
    moves = settle(conn, {1, 2}, {3})
    assert owners(conn) == before
    assert holds.count(conn) == 0
    assert touched(moves) == set(before.values())


def test_an_approved_change_goes_live_and_counts_for_new_records_of_that_customer(conn: Connection) -> None:
    settle(conn, {1, 2}, {3})
    before = owners(conn)
    settle(conn, {1, 2, 3})
    (held,) = holds.listing(conn)
    holds.approve(conn, held.hold_id, by="anna", reason="a chain of shops")
    settle(conn, {1, 2, 3})
    assert set(owners(conn).values()) == {before[1]}
    assert holds.listing(conn, closed=True)[0].closed_how == "approved"
    reason = conn.scalar(sa.text("SELECT reason FROM identity.identity_event ORDER BY event_id DESC LIMIT 1"))
    assert reason.endswith(f"; hold #{held.hold_id} approved by anna")
    settle(conn, {1, 2, 3, 4})
    assert owners(conn)[4] == before[1]
    settle(conn, {1, 2, 3, 4}, {5})
    settle(conn, {1, 2, 3, 4, 5})
    assert owners(conn)[5] != before[1]  # another customer is another question


def test_an_approval_is_of_exactly_what_was_seen(conn: Connection) -> None:
    settle(conn, {1, 2}, {3}, {4})
    settle(conn, {1, 2, 3}, {4})
    holds.approve(conn, holds.listing(conn)[0].hold_id, by="anna", reason="")
    settle(conn, {1, 2, 3, 4})
    assert len(set(owners(conn).values())) == 3
    assert holds.count(conn) == 1


def test_a_deleted_record_leaves_a_held_customer(conn: Connection) -> None:
    settle(conn, {1, 2}, {3})
    before = owners(conn)
    settle(conn, {1, 2, 3})
    settle(conn, {1, 3, 4}, gone={2})
    assert owners(conn) == {1: before[1], 3: before[3]}
    settle(conn, {3, 4, 5}, gone={1})
    assert owners(conn) == {3: before[3]}
    assert crosswalk.answer(conn, before[1]).status == "retired"  # type: ignore[union-attr]  # an id that was given out answers


def test_what_a_customer_was_already_is_never_held(conn: Connection) -> None:
    settle(conn, {1, 2, 3}, release=ReleaseConfig())
    before = owners(conn)
    settle(conn, {1, 2, 3})
    settle(conn, {1, 2}, {3})
    assert holds.listing(conn) == holds.listing(conn, closed=True) == []
    assert owners(conn)[1] == before[1] != owners(conn)[3]


def test_only_an_open_hold_can_be_approved(conn: Connection) -> None:
    with pytest.raises(RejectedError, match="no open hold 7"):
        holds.approve(conn, 7, by="anna", reason="")


def test_a_run_that_would_change_too_many_customers_stops(conn: Connection) -> None:
    few = ReleaseConfig(max_moved_share=0.4, max_moved_least=1)
    settle(conn, {1}, {2}, {3}, {4}, {5}, release=few)
    before = owners(conn)
    nested = conn.begin_nested()
    with pytest.raises(PlanHeldError, match="3 of 5 customers") as raised:
        settle(conn, {1, 2, 3, 4}, {5}, release=few)
    nested.rollback()
    assert len(raised.value.samples) == 3
    assert set(raised.value.samples) <= {str(before[r]) for r in (1, 2, 3, 4)}
    assert owners(conn) == before
    settle(conn, {1, 2}, {3, 4}, {5}, release=few)  # two of five are no more than allowed
    assert len(set(owners(conn).values())) == 3


A, B = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("links", "certain", "found"),
    [
        ({(1, 2): 0.99, (2, 3): 0.9, (3, 4): 0.99}, [], [(2, 3)]),
        ({(1, 2): 0.99, (2, 3): 0.96, (3, 4): 0.99}, [], []),  # sure enough
        ({(1, 2): 0.99, (2, 3): 0.9, (1, 4): 0.9, (3, 4): 0.99}, [], []),  # two ways across
        ({(1, 2): 0.99, (2, 3): 0.9, (3, 4): 0.99}, [(2, 3)], []),  # certain, whatever the score
        ({(1, 2): 0.9, (2, 3): 0.99, (3, 4): 0.9}, [], []),  # a single record hangs there, no group
    ],
)
def test_weak_bridges(
    links: dict[tuple[int, int], float], certain: list[tuple[int, int]], found: list[tuple[int, int]]
) -> None:
    owner = {1: A, 2: A, 3: B, 4: B}
    assert [tuple(s.details["record_ids"]) for s in weak_bridges(1, owner, links, certain, 0.95)] == found


def test_a_bridge_within_one_customer_is_none() -> None:
    links = {(1, 2): 0.99, (2, 3): 0.9, (3, 4): 0.99}
    assert weak_bridges(1, {1: A, 2: A, 3: A, 4: A}, links, [], 0.95) == []
