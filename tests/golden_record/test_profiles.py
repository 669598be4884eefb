"""Figures are made anew for exactly the customers that are due, and equal a computation over all."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from golden_record import activities, definitions, profiles
from hub.activity import Activity, Belonging
from hub.computed import ComputedAttribute
from hub.records import RecordKey
from tests.golden_record import world

NOW = datetime(2026, 6, 1, tzinfo=UTC)
COMPUTED: dict[str, ComputedAttribute] = TypeAdapter(dict[str, ComputedAttribute]).validate_python(
    {
        "lifetime_value": {"measure": "sum", "of": ["order"], "currency": "EUR", "not_status": ["Cancelled"]},
        "average_order": {"measure": "average", "of": ["order"], "currency": "EUR"},
        "orders_30_days": {"measure": "count", "of": ["order"], "days": 30},
        "open_tickets": {"measure": "count", "of": ["ticket"], "status": ["open", "new"]},
        "first_contact": {"measure": "first"},
        "last_contact": {"measure": "last"},
    }
)


def fact(number: int, days_ago: float, kind: str = "order", record: str = "1", **more: Any) -> Activity:
    if "amount" in more:
        more = {"currency": "EUR", **more, "amount": Decimal(str(more["amount"]))}
    belongs = more.pop("belongs", Belonging("erp", "contact", source_id=record))
    return Activity(RecordKey("erp", "facts", str(number)), belongs, kind, NOW - timedelta(days=days_ago), **more)


def customer(conn: Connection, record: str = "1") -> uuid.UUID:
    return world.make_customer(conn, world.save(conn, "erp", record, world.person("Ann", "Lee", f"{record}@x.example")))


def refresh(conn: Connection, now: datetime = NOW) -> int:
    return profiles.refresh(conn, COMPUTED, now=now)


def test_each_measure_means_what_its_name_says(conn: Connection) -> None:
    ann = customer(conn)
    activities.save(
        conn,
        [
            fact(1, 400, amount="10.50"), fact(2, 20, amount=20), fact(3, 10, amount=99, status="cancelled"),
            fact(4, 5, amount=7, currency="USD"), fact(5, 4), fact(6, 3, "ticket", status="Open"),
            fact(7, 2, "ticket", status="solved"), fact(8, -9, amount=1000),
        ],
    )  # fmt: skip
    assert refresh(conn) == 1
    assert profiles.of(conn, [ann])[ann] == {
        "lifetime_value": 30.5,
        "average_order": 43.17,
        "orders_30_days": 4,
        "open_tickets": 1,
        "first_contact": "2025-04-27T00:00:00Z",
        "last_contact": "2026-05-30T00:00:00Z",
    }


def test_nothing_happened_gives_noughts_and_no_times(conn: Connection) -> None:
    ann = customer(conn)
    profiles.touch(conn, [ann])
    refresh(conn)
    assert profiles.of(conn, [ann])[ann] == {"lifetime_value": 0, "orders_30_days": 0, "open_tickets": 0}


def test_there_may_be_more_figures_than_a_function_takes_arguments(conn: Connection) -> None:
    ann = customer(conn)
    profiles.touch(conn, [ann])
    many = {f"figure_{number}": COMPUTED["open_tickets"] for number in range(120)}
    assert profiles.refresh(conn, many, now=NOW) == 1
    assert profiles.of(conn, [ann])[ann] == dict.fromkeys(many, 0)


def test_only_the_customers_of_changed_activities_are_due(conn: Connection) -> None:
    ann, ben = customer(conn, "1"), customer(conn, "2")
    mail = fact(3, 1, "mail", belongs=Belonging("erp", "contact", email="2@x.example"))
    activities.save(conn, [fact(1, 1, record="1"), fact(2, 1, record="2"), mail, fact(9, 1, record="unknown")])
    conn.execute(sa.text("DELETE FROM golden.profile_due"))

    def due(change: Any) -> set[uuid.UUID]:
        change()
        found = set(conn.scalars(sa.text("SELECT customer_id FROM golden.profile_due")))
        conn.execute(sa.text("DELETE FROM golden.profile_due"))
        return found

    assert due(lambda: activities.save(conn, [fact(1, 1, record="1")])) == set()
    assert due(lambda: activities.save(conn, [fact(1, 1, record="1", status="paid")])) == {ann}
    assert due(lambda: activities.save(conn, [fact(1, 1, record="2")])) == {ann, ben}  # it was given to another record
    assert due(lambda: activities.delete(conn, [fact(2, 1).key])) == {ben}
    assert due(lambda: activities.save(conn, [fact(9, 2, record="unknown")])) == set()


def test_an_address_that_a_record_has_or_was_told_makes_its_customer_due(conn: Connection) -> None:
    from identity import store
    from tests.identity.factories import record

    said = record("7", system="erp", given_name="ann", family_name="lee", email=["ann@x.example"])
    store.save(conn, [said])
    number = conn.scalar(sa.text("SELECT record_id FROM identity.source_record"))
    ann = world.make_customer(conn, number)
    values = '[{"value": "t@x.example", "standard": "t@x.example"}]'
    conn.execute(
        sa.text(
            "INSERT INTO identity.told (system, object, source_id, attribute, values, applied_at)"
            " VALUES ('erp', 'contacts', '7', 'email', CAST(:values AS jsonb), now())"
        ),
        {"values": values},
    )
    for number, email in enumerate(("ann@x.example", "t@x.example", "other@x.example")):
        conn.execute(sa.text("DELETE FROM golden.profile_due"))
        activities.save(conn, [fact(number, 1, belongs=Belonging("erp", "contacts", email=email))])
        due = set(conn.scalars(sa.text("SELECT customer_id FROM golden.profile_due")))
        assert due == (set() if email.startswith("other") else {ann})


def test_a_window_ends_by_itself(conn: Connection) -> None:
    ann = customer(conn)
    activities.save(conn, [fact(1, 29.5), fact(2, 1), fact(3, -2)])
    refresh(conn)
    counts = []
    for hours in (0, 11, 13, 40, 49, 24 * 30):
        refresh(conn, NOW + timedelta(hours=hours))
        counts.append(profiles.of(conn, [ann])[ann]["orders_30_days"])
    assert counts == [2, 2, 1, 1, 2, 1]
    assert refresh(conn, NOW + timedelta(days=30)) == 0  # computed at that moment already


def test_other_definitions_make_all_due_and_a_retired_customer_loses_its_figures(conn: Connection) -> None:
    ann, ben = customer(conn, "1"), customer(conn, "2")
    assert not definitions.enact(conn, {}, {})
    assert definitions.enact(conn, COMPUTED, {})
    profiles.touch_all(conn)
    assert not definitions.enact(conn, COMPUTED, {})
    assert refresh(conn) == 2
    assert refresh(conn) == 0
    conn.execute(sa.text("UPDATE identity.customer SET status = 'retired' WHERE customer_id = :id"), {"id": ben})
    profiles.touch(conn, [ann, ben])
    refresh(conn)
    assert set(profiles.of(conn, [ann, ben])) == {ann}
    assert definitions.enact(conn, {}, {})
    assert profiles.refresh(conn, {}) == 0
    assert profiles.of(conn, [ann]) == {}


def test_chunks_cover_everybody(conn: Connection) -> None:
    people = {customer(conn, str(number)) for number in range(7)}
    profiles.touch(conn, list(people))
    assert [profiles.refresh(conn, COMPUTED, now=NOW, chunk=3) for _ in range(4)] == [3, 3, 1, 0]
    assert set(profiles.of(conn, list(people))) == people


FACTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 60), st.sampled_from(["order", "ticket"]), st.integers(1, 3),
              st.integers(0, 50) | st.none(), st.sampled_from(["open", "Cancelled", None])),
    max_size=12,
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(FACTS, min_size=1, max_size=3))
def test_figures_step_by_step_equal_those_of_the_end(conn: Connection, rounds: list[list[Any]]) -> None:
    """The oracle adds up the activities as they stand at the end, in Python."""
    with conn.begin_nested() as inner:
        people = {str(number): customer(conn, str(number)) for number in (1, 2, 3)}
        profiles.touch_all(conn)
        stand: dict[int, Activity] = {}
        for facts in rounds:
            given = [
                fact(n, ago, kind, str(record), status=status, **({} if amount is None else {"amount": amount}))
                for n, ago, kind, record, amount, status in facts
            ]
            activities.save(conn, given)
            stand |= {int(one.key.source_id): one for one in given}
            refresh(conn)
        for record, person in people.items():
            mine = [one for one in stand.values() if one.belongs.source_id == record]
            orders = [one for one in mine if one.kind == "order"]
            paid = [one.amount for one in orders if one.amount is not None and one.status != "Cancelled"]
            found = profiles.of(conn, [person])[person]
            assert found["lifetime_value"] == sum(paid)
            assert found["orders_30_days"] == sum(one.at > NOW - timedelta(days=30) for one in orders)
            assert found["open_tickets"] == sum(one.kind == "ticket" and one.status == "open" for one in mine)
            last = max((one.at for one in mine), default=None)
            assert found.get("last_contact") == (last and last.strftime("%Y-%m-%dT%H:%M:%SZ"))
        inner.rollback()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"measure": "sum"}, "say the currency"),
        ({"measure": "count", "currency": "EUR"}, "has no currency"),
        ({"measure": "count", "days": 5_000_000}, "less than or equal to 36500"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ComputedAttribute.model_validate(entry)
