"""Deleted records that still speak, and policies that take force by themselves, against PostgreSQL."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import policies, read, silence
from golden_record.policy import policy_of
from golden_record.refresh import outdated, refresh
from hub.config import Config
from hub.records import RecordKey
from identity.tables import crosswalk
from tests.golden_record.world import config, end, give, make_customer, person, save, text

KEEP: dict[str, Any] = {"deleted": {"keep_days": 30}}


def gone(conn: Connection, record_id: int, days_ago: int) -> None:
    """Delete a record and take it out of its customer, as identity does."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    conn.execute(
        sa.text("UPDATE identity.source_record SET deleted_at = :at, changed_at = :at WHERE record_id = :id"),
        {"at": at, "id": record_id},
    )
    conn.execute(
        sa.update(crosswalk)
        .where(crosswalk.c.record_id == record_id, crosswalk.c.valid_to.is_(None))
        .values(valid_to=sa.func.clock_timestamp())
    )


def titles(conn: Connection, settings: Config, *customers: uuid.UUID) -> list[str | None]:
    refresh(conn, settings, customers, run_id=None)
    found = {record.customer_id: record for record in read.customers(conn, customers)}
    return [
        found[who].attributes["title"][0].value if who in found and "title" in found[who].attributes else None  # type: ignore[misc]
        for who in customers
    ]


def test_a_last_word_stands_until_its_time_is_over(conn: Connection) -> None:
    one, two = save(conn, "erp", "1", person("Ann", "Lee"), 1), save(conn, "crm", "2", {"title": text("Dr")}, 2)
    who = make_customer(conn, one, two)
    settings = config(**KEEP)
    gone(conn, two, days_ago=10)
    assert titles(conn, config(), who) == [None]
    assert titles(conn, settings, who) == ["Dr"]
    record = read.customer(conn, who)
    assert record
    assert record.members == (RecordKey("erp", "contact", "1"),)
    assert record.origins["title"].won[0].record == RecordKey("crm", "contact", "2")
    assert silence.silence(conn, policies.due(conn, settings)) == 0
    conn.execute(
        sa.text("UPDATE identity.source_record SET deleted_at = now() - interval '31 days' WHERE record_id = :r"),
        {"r": two},
    )
    assert titles(conn, settings, who) == ["Dr"]  # by rows, never by the clock
    assert silence.silence(conn, policies.due(conn, settings)) == 1
    assert conn.scalars(sa.text("SELECT record_id FROM identity.pending_record")).all() == [one]
    assert titles(conn, settings, who) == [None]
    assert silence.silence(conn, policies.due(conn, settings)) == 0


def test_a_last_word_goes_with_its_customer_through_merge_and_unmerge(conn: Connection) -> None:
    one, two = save(conn, "erp", "1", person("Ann", "Lee"), 1), save(conn, "crm", "2", person("Anna", "Lee"), 1)
    lost = save(conn, "desk", "3", {"title": text("Dr")}, 2)
    kept, merged = make_customer(conn, one), make_customer(conn, two, lost)
    settings = config(**KEEP)
    gone(conn, lost, days_ago=1)
    assert titles(conn, settings, kept, merged) == [None, "Dr"]
    give(conn, kept, two)
    end(conn, merged, "merged", kept)
    assert titles(conn, settings, kept) == ["Dr"]
    give(conn, merged, two)
    end(conn, merged, "current")
    assert titles(conn, settings, kept, merged) == [None, "Dr"]


def test_a_customer_does_not_live_by_last_words_alone(conn: Connection) -> None:
    lost = save(conn, "desk", "3", {"title": text("Dr")}, 2)
    who = make_customer(conn, lost)
    assert titles(conn, config(**KEEP), who) == ["Dr"]
    gone(conn, lost, days_ago=1)
    assert titles(conn, config(**KEEP), who) == [None]
    assert read.customer(conn, who) is None


def test_a_policy_takes_force_by_itself_at_its_moment(conn: Connection) -> None:
    who = make_customer(
        conn, save(conn, "erp", "1", {"title": text("Dr")}, 1), save(conn, "crm", "2", {"title": text("Prof")}, 2)
    )
    soon = datetime.now(UTC) + timedelta(days=1)
    later = {"effective_from": soon.isoformat(), "attributes": {"title": "oldest"}}
    before = config(attributes={"title": "most_recent"}, upcoming=[later])
    assert titles(conn, before, who) == ["Prof"]
    refresh(conn, before, None, run_id=None)
    assert not outdated(conn, before)
    # The moment passes.
    past = {**later, "effective_from": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    after = config(attributes={"title": "most_recent"}, upcoming=[past])
    assert policy_of(before, soon).hash == policies.due(conn, after).hash
    assert outdated(conn, after)
    refresh(conn, after, None, run_id=None)
    assert titles(conn, after, who) == ["Dr"]
    declared = conn.execute(
        sa.text("SELECT policy_hash, effective_from FROM golden.policy ORDER BY in_force_from")
    ).all()
    assert [row.effective_from for row in declared] == [None, after.survivorship.upcoming[0].effective_from]
    assert [row.policy_hash for row in declared] == [policy_of(before, datetime.now(UTC)).hash, policies.in_force(conn)]
