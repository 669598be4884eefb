"""What stewards enter, against PostgreSQL: it wins, it ends, and it goes with its record."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import pins, read
from golden_record.refresh import refresh
from hub.errors import RejectedError
from hub.records import RecordKey, Value
from tests.golden_record.world import config, end, give, make_customer, person, save, text

ERP, CRM = RecordKey("erp", "contact", "1"), RecordKey("crm", "contact", "2")


def titled(title: str) -> Any:
    return {**person("Ann", "Lee"), "title": text(title)}


def pin(conn: Connection, value: str, key: RecordKey = ERP, kind: Any = "pin", **more: Any) -> int:
    return pins.enter(conn, config(), (kind, key, "title", Value(value, value.lower())), by="anna", reason="r", **more)


def title(conn: Connection, *customers: uuid.UUID) -> tuple[Any, str | None]:
    refresh(conn, config(), customers, run_id=None)
    found = read.customer(conn, customers[0])
    assert found
    values = found.attributes.get("title", [])
    return (values[0].value, found.origins["title"].won[0].rule) if values else (None, None)


def test_a_pin_wins_says_who_and_ends(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", titled("Dr"), 1), save(conn, "crm", "2", titled("Dr"), 1))
    number = pin(conn, "Prof")
    assert conn.scalar(sa.text("SELECT count(*) FROM identity.pending_record")) == 1
    assert title(conn, who) == ("Prof", "pinned")
    record = read.customer(conn, who)
    assert record
    assert record.members == (CRM, ERP)
    assert record.origins["title"].won[0].record == RecordKey("steward", "pin", str(number))
    [entry] = pins.standing(conn, [who])
    assert (entry.by, entry.reason, entry.customer_id, entry.record) == ("anna", "r", who, ERP)
    pins.revoke(conn, number, by="bob", reason="wrong")
    assert title(conn, who) == ("Dr", "agreed")
    assert pins.standing(conn) == []
    with pytest.raises(RejectedError, match=f"stands by the number {number}"):
        pins.revoke(conn, number, by="bob", reason="again")


def test_a_pin_goes_with_its_record_through_merge_and_split(conn: Connection) -> None:
    one, two = save(conn, "erp", "1", titled("Dr"), 1), save(conn, "crm", "2", titled("Sir"), 2)
    kept, gone = make_customer(conn, one), make_customer(conn, two)
    pin(conn, "Prof", CRM)
    assert title(conn, kept, gone) == ("Dr", "only_value")
    assert title(conn, gone) == ("Prof", "pinned")
    give(conn, kept, two)
    end(conn, gone, "merged", kept)
    assert title(conn, kept, gone) == ("Prof", "pinned")
    give(conn, gone, two)
    end(conn, gone, "current")
    assert title(conn, kept, gone) == ("Dr", "only_value")
    assert title(conn, gone) == ("Prof", "pinned")


def test_a_pin_may_hold_until_the_source_changes(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", titled("Dr"), 1))
    pin(conn, "Prof", lifetime="source")
    save(conn, "erp", "1", {**titled("Dr"), "gender": text("f")}, 2)
    assert title(conn, who) == ("Prof", "pinned")
    save(conn, "erp", "1", titled("Sir"), 3)
    assert title(conn, who) == ("Sir", "only_value")


def test_a_pin_may_hold_until_a_date(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", titled("Dr"), 1))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    number = pin(conn, "Prof", until=tomorrow)
    assert pins.expire(conn) == 0
    assert title(conn, who) == ("Prof", "pinned")
    conn.execute(sa.text("UPDATE golden.pin SET until = now() - interval '1 day'"))
    assert pins.expire(conn) == 1
    assert pins.expire(conn) == 0
    assert title(conn, who) == ("Dr", "only_value")
    assert pins.standing(conn) == []
    assert number


def test_exclusions_and_values_beside_the_sources(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", titled("Dr"), 9))
    pin(conn, "DR", kind="exclude")
    assert title(conn, who) == (None, None)
    pin(conn, "Prof", kind="value")
    assert title(conn, who) == ("Prof", "only_value")
    found = read.customer(conn, who)
    assert found
    assert [(lost.value, lost.rule) for lost in found.origins["title"].lost] == [("Dr", "excluded")]


def test_an_entry_about_a_deleted_record_sleeps(conn: Connection) -> None:
    gone = save(conn, "crm", "2", titled("Sir"), 1)
    who = make_customer(conn, save(conn, "erp", "1", titled("Dr"), 1), gone)
    pin(conn, "Prof", CRM)
    conn.execute(sa.text("UPDATE identity.source_record SET deleted_at = now() WHERE record_id = :id"), {"id": gone})
    assert title(conn, who) == ("Dr", "only_value")
    assert [entry.customer_id for entry in pins.standing(conn)] == [None]
    with pytest.raises(RejectedError, match="was deleted in its system"):
        pin(conn, "Prof", CRM)


@pytest.mark.parametrize(
    ("attribute", "reason", "until", "says"),
    [
        ("titel", "r", None, "did you mean 'title'"),
        ("legal_form", "r", None, "A person has no attribute 'legal_form'"),
        ("given_name_root", "r", None, "no attribute"),
        ("title", "  ", None, "Say why"),
        ("title", "r", datetime(2020, 1, 1, tzinfo=UTC), "over already"),
    ],
)
def test_wrong_entries_are_refused(
    conn: Connection, attribute: str, reason: str, until: datetime | None, says: str
) -> None:
    make_customer(conn, save(conn, "erp", "1", titled("Dr"), 1))
    entry: Any = ("pin", ERP, attribute, Value("x", "x"))
    with pytest.raises(RejectedError, match=says):
        pins.enter(conn, config(), entry, by="anna", reason=reason, until=until)
