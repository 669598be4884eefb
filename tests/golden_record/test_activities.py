"""Activities are facts beside source records: versions are added, and a customer's timeline follows its records."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from golden_record import activities, timeline
from hub.activity import Activity, Belonging
from hub.errors import RejectedError
from hub.records import RecordKey
from identity.store import SaveCounts
from identity.tables import told
from tests.golden_record import world

START = datetime(2026, 1, 1, tzinfo=UTC)


def order(number: int, record: str = "1", *, day: int = 0, system: str = "erp", **more: Any) -> Activity:
    belongs = more.pop("belongs", Belonging(system, "contact", source_id=record))
    return Activity(
        RecordKey(system, "orders", str(number)),
        belongs,
        more.pop("kind", "order"),
        START + timedelta(days=day),
        **more,
    )


def numbers(conn: Connection, customer: uuid.UUID, **asked: Any) -> list[str]:
    return [entry.key.source_id for entry in timeline.page(conn, customer, **asked).entries]


def versions(conn: Connection, number: int) -> list[tuple[int, str | None, bool]]:
    rows = conn.execute(
        sa.text("SELECT version, status, valid_to IS NULL FROM golden.activity WHERE source_id = :id ORDER BY version"),
        {"id": str(number)},
    )
    return [tuple(row) for row in rows]


def test_a_correction_is_a_new_version_and_the_same_again_is_nothing(conn: Connection) -> None:
    assert activities.save(conn, [order(1, status="open")]) == SaveCounts(1, 0, 0)
    assert activities.save(conn, [order(1, status="open")]) == SaveCounts(0, 1, 0)
    assert activities.save(conn, [order(1, status="x"), order(1, status="done")]) == SaveCounts(1, 0, 1)
    assert versions(conn, 1) == [(1, "open", False), (2, "done", True)]
    assert activities.delete(conn, [order(1).key, order(9).key]) == 1
    assert activities.delete(conn, [order(1).key]) == 0
    activities.save(conn, [order(1, status="done")])
    assert versions(conn, 1) == [(1, "open", False), (2, "done", False), (3, "done", True)]
    times = conn.execute(sa.text("SELECT valid_from, valid_to FROM golden.activity ORDER BY version")).all()
    assert all(later.valid_from >= earlier.valid_to for earlier, later in pairwise(times))


def test_the_timeline_is_newest_first_whatever_came_late(conn: Connection) -> None:
    record = world.save(conn, "erp", "1", world.person("Ann", "Lee"))
    customer = world.make_customer(conn, record)
    activities.save(conn, [order(1, day=3), order(2, day=1)])
    activities.save(conn, [order(3, day=2, amount=Decimal("12.50"), currency="EUR", attributes={"channel": "web"})])
    assert numbers(conn, customer) == ["1", "3", "2"]
    late = timeline.page(conn, customer).entries[1]
    assert (late.amount, late.currency, late.attributes) == (Decimal("12.50"), "EUR", {"channel": "web"})
    assert late.record == RecordKey("erp", "contact", "1")


def test_an_activity_before_its_record_shows_once_that_is_there(conn: Connection) -> None:
    activities.save(conn, [order(1, "later")])
    customer = world.make_customer(conn, world.save(conn, "erp", "1", world.person("Ann", "Lee")))
    assert numbers(conn, customer) == []
    world.give(conn, customer, world.save(conn, "erp", "later", world.person("Ann", "Lee")))
    assert numbers(conn, customer) == ["1"]


def test_a_mail_is_found_by_the_address_that_a_record_says_or_was_told(conn: Connection) -> None:
    record = world.save(conn, "erp", "1", world.person("Ann", "Lee", "Ann@x.example"))
    other = world.save(conn, "crm", "1", world.person("Ann", "Lee", "ann@x.example"))
    customer = world.make_customer(conn, record, other)
    mails = [
        order(i, belongs=Belonging(system, "contact", email=email))
        for i, (system, email) in enumerate(
            [("erp", "ann@x.example"), ("erp", "told@x.example"), ("desk", "ann@x.example"), ("erp", "else@x.example")]
        )
    ]
    activities.save(conn, mails)
    assert numbers(conn, customer) == ["0"]
    values = [{"value": "told@x.example", "standard": "told@x.example"}]
    key = {"system": "erp", "object": "contact", "source_id": "1", "attribute": "email"}
    conn.execute(sa.insert(told).values(**key, values=values, applied_at=START))
    assert numbers(conn, customer) == ["1", "0"]


def test_activities_follow_a_split_and_come_back(conn: Connection) -> None:
    left = world.save(conn, "erp", "1", world.person("Ann", "Lee"))
    right = world.save(conn, "erp", "2", world.person("Ann", "Lee"))
    one, two = world.make_customer(conn, left), world.make_customer(conn, right)
    activities.save(conn, [order(1, "1"), order(2, "2", day=1)])
    before = conn.execute(sa.text("SELECT * FROM golden.activity ORDER BY source_id")).all()
    apart = numbers(conn, one), numbers(conn, two)
    world.give(conn, one, right)
    assert (numbers(conn, one), numbers(conn, two)) == (["2", "1"], [])
    world.give(conn, two, right)
    assert (numbers(conn, one), numbers(conn, two)) == apart == (["1"], ["2"])
    assert conn.execute(sa.text("SELECT * FROM golden.activity ORDER BY source_id")).all() == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(0, 4), max_size=14), size=st.integers(1, 5))
def test_the_pages_together_are_the_timeline(conn: Connection, days: list[int], size: int) -> None:
    with conn.begin_nested() as inner:
        customer = world.make_customer(conn, world.save(conn, "erp", "1", world.person("Ann", "Lee")))
        activities.save(conn, [order(i, day=day) for i, day in enumerate(days)])
        seen: list[str] = []
        before: str | None = None
        while True:
            page = timeline.page(conn, customer, limit=size, before=before)
            seen += [entry.key.source_id for entry in page.entries]
            before = page.before
            if before is None:
                break
            # What is added on the way moves nothing.
            activities.save(conn, [order(1000 + len(seen), day=99)])
        expected = sorted(((day, str(i)) for i, day in enumerate(days)), reverse=True)
        assert seen == [number for _, number in expected]
        inner.rollback()


def test_a_place_that_no_page_gave_is_refused(conn: Connection) -> None:
    for place in ("x", "2026-01-01~a~b~c", "~~~"):
        with pytest.raises(RejectedError, match="no place"):
            timeline.page(conn, uuid.uuid4(), before=place)


def test_a_customers_activities_are_found_by_index(conn: Connection) -> None:
    mail = [order(i, belongs=Belonging("erp", "contact", email=f"{i}@x.example")) for i in range(1000, 3000)]
    activities.save(conn, [*(order(i, str(i)) for i in range(1000)), *mail])
    world.make_customer(conn, world.save(conn, "erp", "1", world.person("Ann", "Lee", "ann@x.example")))
    conn.execute(sa.text("ANALYZE golden.activity"))
    conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
    values = {"id": uuid.uuid4(), "limit": 1, "at": None, "system": None, "object": None, "source_id": None}
    values |= {"until": None, "then": world.START}
    for query, more in ((timeline._PAGE, ""), (timeline._PAGE_THEN, "_past")):
        plan = "\n".join(conn.scalars(sa.text(f"EXPLAIN {query}"), values))
        for index in ("ix_activity_record", "ix_activity_email"):
            assert f"{index} " in plan
            assert f"{index}{more} " in plan
        assert "Seq Scan on" not in plan
