"""The ledger: one open entry a customer, newer over older, nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine

from destinations import cursors, ledger, parked
from destinations.operations import Change, Operation, Receipt, Target
from destinations.tables import delivery
from tests.destinations.factories import value

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def operation(customer: UUID | None = None, version: int = 1, name: str = "Roe") -> Operation:
    change = Change("lastname", "family_name", value(name), (value("old"),), "differs")
    return Operation(
        "crm", customer or uuid4(), version, "person", "update", Target("crm", "contacts", "7"), (change,), 3
    )


def store(conn: Connection, *operations: Operation) -> ledger.PlanStored:
    return ledger.store_plan(conn, "crm", [o.customer_id for o in operations], operations)


def states(conn: Connection) -> list[tuple[str, int]]:
    rows = conn.execute(sa.select(delivery.c.state, delivery.c.version).order_by(delivery.c.delivery_id))
    return [(state, version) for state, version in rows]


def test_a_claimed_entry_gives_its_operation_back(conn: Connection) -> None:
    mine = operation()
    store(conn, mine)
    [entry] = ledger.claim(conn, "crm", 10, NOW)
    assert entry.operation == mine
    assert ledger.claim(conn, "crm", 10, NOW) == []
    assert ledger.claim(conn, "erp", 10, NOW) == []


def test_a_newer_version_replaces_one_that_waits_and_never_the_reverse(conn: Connection) -> None:
    first = operation(version=2)
    store(conn, first)
    store(conn, replace(first, version=3))
    assert states(conn) == [("planned", 3)]
    store(conn, first)
    assert states(conn) == [("planned", 3)]


def test_what_is_on_its_way_is_planned_again_later(conn: Connection) -> None:
    first = operation()
    store(conn, first)
    [entry] = ledger.claim(conn, "crm", 1, NOW)
    store(conn, replace(first, version=2))
    assert states(conn) == [("sending", 1)]
    assert ledger.to_replan(conn, "crm") == [first.customer_id]
    ledger.settle(conn, [Receipt(entry.delivery_id, "applied", "7", ("lastname",))], NOW)
    assert ledger.to_replan(conn, "crm") == [first.customer_id]
    store(conn, replace(first, version=2))
    assert states(conn) == [("applied", 1), ("planned", 2)]
    assert ledger.to_replan(conn, "crm") == []


def test_an_older_version_is_never_planned_after_a_newer_was_applied(conn: Connection) -> None:
    newer = operation(version=5)
    store(conn, newer)
    [entry] = ledger.claim(conn, "crm", 1, NOW)
    ledger.settle(conn, [Receipt(entry.delivery_id, "applied", "7", ("lastname",))], NOW)
    store(conn, replace(newer, version=4))
    assert states(conn) == [("applied", 5)]


def test_applied_entries_keep_no_values(conn: Connection) -> None:
    store(conn, operation())
    [entry] = ledger.claim(conn, "crm", 1, NOW)
    ledger.settle(conn, [Receipt(entry.delivery_id, "applied", "7", ("lastname",))], NOW)
    assert conn.execute(sa.select(delivery.c.content, delivery.c.fields)).one() == (None, ["lastname"])


def test_an_entry_is_taken_back_when_nothing_differs_any_more(conn: Connection) -> None:
    mine = operation()
    store(conn, mine)
    assert ledger.store_plan(conn, "crm", [mine.customer_id], []).withdrawn == 1
    assert states(conn) == []


def test_a_refused_write_is_parked_and_not_sent_again_until_it_changes(conn: Connection) -> None:
    mine = operation()
    store(conn, mine)
    [entry] = ledger.claim(conn, "crm", 1, NOW)
    ledger.settle(conn, [Receipt(entry.delivery_id, "rejected", reason="No such " + "x" * 2000)], NOW)
    [one] = parked.parked(conn, "crm")
    assert (one.customer_id, one.fields, len(one.reason)) == (mine.customer_id, ("lastname",), ledger.REASON_LENGTH)
    store(conn, replace(mine, version=2))
    assert states(conn) == [("rejected", 1)]
    store(conn, operation(mine.customer_id, 2, "Doe"))
    assert states(conn) == [("planned", 2)]
    assert parked.counts(conn) == {"crm": {"planned": 1}}


def test_a_parked_write_can_be_sent_again(conn: Connection) -> None:
    store(conn, operation())
    [entry] = ledger.claim(conn, "crm", 1, NOW)
    ledger.settle(conn, [Receipt(entry.delivery_id, "rejected", reason="no")], NOW)
    assert parked.requeue(conn, [entry.delivery_id, entry.delivery_id + 1], by="anna") == 1
    assert len(ledger.claim(conn, "crm", 1, NOW)) == 1


def test_all_parked_writes_can_be_sent_again_at_once(conn: Connection) -> None:
    for _ in range(3):
        store(conn, operation())
    ledger.settle(
        conn, [Receipt(e.delivery_id, "rejected", reason="no") for e in ledger.claim(conn, "crm", 9, NOW)], NOW
    )
    assert parked.requeue(conn, by="anna") == 3
    assert parked.requeue(conn, by="anna") == 0
    assert len(ledger.claim(conn, "crm", 9, NOW)) == 3


def test_a_retry_waits_as_long_as_it_was_told(conn: Connection) -> None:
    store(conn, operation())
    [entry] = ledger.claim(conn, "crm", 1, NOW)
    ledger.settle(conn, [Receipt(entry.delivery_id, "retry", retry_after=30)], NOW)
    assert ledger.claim(conn, "crm", 1, NOW + timedelta(seconds=29)) == []
    assert len(ledger.claim(conn, "crm", 1, NOW + timedelta(seconds=30))) == 1


@pytest.mark.parametrize("outcome", ["moved", "unknown"])
def test_what_never_comes_right_is_parked_for_a_person(conn: Connection, outcome: str) -> None:
    store(conn, operation())
    for attempt in range(ledger.MAX_ATTEMPTS):
        later = NOW + timedelta(hours=attempt)
        if outcome == "moved" or attempt == 0:
            [entry] = ledger.claim(conn, "crm", 1, later)
        ledger.settle(conn, [Receipt(entry.delivery_id, outcome, reason="still so")], later)  # type: ignore[arg-type]  # a text that is an outcome
    assert states(conn) == [("rejected", 1)]
    assert ledger.to_replan(conn, "crm") == []


def test_a_dead_process_leaves_unknown_entries(conn: Connection) -> None:
    store(conn, operation(), operation())
    ledger.claim(conn, "crm", 1, NOW)
    assert ledger.recover(conn, "crm") == 1
    assert sorted(states(conn)) == [("planned", 1), ("unknown", 1)]
    assert len(ledger.unknown(conn, "crm", 0, 10)) == 1


def test_two_claims_at_once_share_no_entry(database: Engine) -> None:
    with database.begin() as conn:
        store(conn, *(operation() for _ in range(6)))
    with database.begin() as one, database.begin() as two:
        first = ledger.claim(one, "crm", 4, NOW)
        second = ledger.claim(two, "crm", 4, NOW)
    assert len(first) == 4
    assert len(second) == 2
    assert not {e.delivery_id for e in first} & {e.delivery_id for e in second}


def test_the_cursor_never_goes_back(conn: Connection) -> None:
    assert cursors.cursor(conn, "crm", "why") == 0
    cursors.advance(conn, "crm", 5, "why")
    cursors.advance(conn, "crm", 3, "why")
    assert (cursors.cursor(conn, "crm", "why"), cursors.cursor(conn, "erp", "why")) == (5, 0)
    assert cursors.cursor(conn, "crm", "another ground") == 0


class Ledger(RuleBasedStateMachine):
    """The ledger and one customer's record in a system, against a plain list of what has landed there."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.connection = engine.connect()
        self.outer = self.connection.begin()
        self.customer = uuid4()
        self.version = 0
        self.system: list[int] = []
        self.flying: tuple[int, int] | None = None
        self.clock = NOW

    def teardown(self) -> None:
        self.outer.rollback()
        self.connection.close()

    @rule()
    def golden_record_changes(self) -> None:
        self.version += 1
        store(self.connection, operation(self.customer, self.version, f"name {self.version}"))

    @rule()
    def planned_again(self) -> None:
        if self.customer in ledger.to_replan(self.connection, "crm"):
            store(self.connection, operation(self.customer, self.version, f"name {self.version}"))

    @precondition(lambda self: self.flying is None)
    @rule()
    def claimed(self) -> None:
        self.clock += timedelta(minutes=5)
        for entry in ledger.claim(self.connection, "crm", 1, self.clock):
            self.flying = (entry.delivery_id, entry.operation.version)

    @precondition(lambda self: self.flying is not None)
    @rule(lands=st.booleans(), answer=st.sampled_from(["applied", "killed", "retry"]))
    def sent(self, lands: bool, answer: str) -> None:
        assert self.flying
        number, version = self.flying
        self.flying = None
        if answer == "retry":
            ledger.settle(self.connection, [Receipt(number, "retry", retry_after=0)], self.clock)
            return
        if lands or answer == "applied":
            self.system.append(version)
        if answer == "applied":
            ledger.settle(self.connection, [Receipt(number, "applied", "7", ("lastname",))], self.clock)
            return
        ledger.recover(self.connection, "crm")
        [entry] = ledger.unknown(self.connection, "crm", 0, 10)
        landed = self.system[-1:] == [version]
        outcome = "applied" if landed else "retry"
        ledger.settle(self.connection, [Receipt(entry.delivery_id, outcome, "7", retry_after=0)], self.clock)  # type: ignore[arg-type]  # a text that is an outcome

    @invariant()
    def in_order_and_once(self) -> None:
        assert self.system == sorted(set(self.system))

    @invariant()
    def nothing_is_lost(self) -> None:
        waiting = states(self.connection)
        reached = self.system[-1:] == [self.version] or self.version == 0
        due = any(state != "applied" for state, _ in waiting) or ledger.to_replan(self.connection, "crm")
        assert reached or due


def test_the_ledger_as_a_machine(shared_engine: Engine) -> None:
    """Against a plain model: whatever the order of events, the last version planned lands last and none lands twice."""
    run_state_machine_as_test(
        lambda: Ledger(shared_engine),
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
