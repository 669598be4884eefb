"""Consents are facts of source records; what holds for a customer is the most restrictive of them, whoever is merged.

The oracle is plain Python over the statements as given: it knows nothing of voices in SQL.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from golden_record import consent_due, consents, effective_consents
from hub.activity import Belonging
from hub.consent import EVERY_PURPOSE, Consent
from hub.records import RecordKey, Value
from identity.store import SaveCounts
from identity.tables import source_record
from tests.golden_record import world

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=100)
Line = tuple[str, str, str]  # purpose, channel, contact point
OURS = "anna@x.de"


def said(number: int, status: str, record: str = "1", *, day: int | None = 0, **more: Any) -> Consent:
    """A statement of the CRM on a record's e-mail."""
    system = more.pop("system", "crm")
    return Consent(
        RecordKey(more.pop("by", system), "subscriptions", str(number)),
        more.pop("belongs", Belonging(system, "contact", source_id=record)),
        more.pop("purpose", "newsletter"),
        more.pop("channel", "email"),
        status,  # type: ignore[arg-type]
        more.pop("point", OURS),
        at=None if day is None else START + timedelta(days=day),
        **more,
    )


def states(conn: Connection, customer: uuid.UUID, now: datetime = NOW) -> dict[Line, str]:
    found = effective_consents.of(conn, [customer], now=now).get(customer, [])
    return {(one.purpose, one.channel, one.point): one.state for one in found}


def one(conn: Connection, customer: uuid.UUID, now: datetime = NOW) -> str:
    (state,) = states(conn, customer, now).values()
    return state


def anna(conn: Connection, *records: tuple[str, str]) -> uuid.UUID:
    ids = [world.save(conn, system, number, world.person("Anna", "Abel", OURS)) for system, number in records]
    return world.make_customer(conn, *ids)


def test_facts_are_added_and_never_changed(conn: Connection) -> None:
    assert consents.save(conn, [said(1, "granted")]) == SaveCounts(1, 0, 0)
    assert consents.save(conn, [said(1, "granted")]) == SaveCounts(0, 1, 0)
    assert consents.save(conn, [said(1, "unknown"), said(1, "withdrawn", day=2)]) == SaveCounts(1, 0, 1)
    assert consents.delete(conn, [said(1, "granted").key, said(9, "granted").key]) == 1
    assert consents.delete(conn, [said(1, "granted").key]) == 0
    assert consents.count(conn) == 0
    rows = conn.execute(
        sa.text("SELECT version, status, in_force, valid_to IS NULL AS open FROM golden.consent ORDER BY version")
    )
    assert [tuple(row) for row in rows] == [
        (1, "granted", "granted", False),
        (2, "withdrawn", "withdrawn", False),
        (3, "unknown", "withdrawn", True),
    ]


def test_one_voice_may_change_its_mind_and_silence_after_no_is_no(conn: Connection) -> None:
    customer = anna(conn, ("crm", "1"))
    consents.save(conn, [said(1, "withdrawn", day=1), said(2, "granted", day=2)])
    assert one(conn, customer) == "granted"
    consents.save(conn, [said(3, "withdrawn", day=3)])
    assert one(conn, customer) == "withdrawn"
    consents.save(conn, [said(4, "unknown", day=4)])
    assert one(conn, customer) == "withdrawn"
    consents.save(conn, [said(5, "granted", day=5)])
    assert one(conn, customer) == "granted"
    consents.save(conn, [said(6, "unknown", day=6)])
    assert one(conn, customer) == "unknown"
    consents.save(conn, [said(7, "granted", day=7), said(8, "withdrawn", day=7)])
    assert one(conn, customer) == "withdrawn"  # at one time the stricter


def test_no_later_grant_elsewhere_outweighs_a_withdrawal(conn: Connection) -> None:
    customer = anna(conn, ("crm", "1"), ("erp", "7"))
    consents.save(conn, [said(1, "withdrawn", day=1), said(2, "granted", "7", system="erp", day=50)])
    assert one(conn, customer) == "withdrawn"
    (found,) = effective_consents.of(conn, [customer], now=NOW)[customer]
    assert (found.evidence, found.since) == (RecordKey("crm", "subscriptions", "1"), START + timedelta(days=1))


def test_grants_end_and_do_not_begin_before_their_time(conn: Connection) -> None:
    customer = anna(conn, ("crm", "1"))
    consents.save(conn, [said(1, "granted", day=10, ends_at=START + timedelta(days=20))])
    assert states(conn, customer, START + timedelta(days=9)) == {}
    assert one(conn, customer, START + timedelta(days=10)) == "granted"
    assert one(conn, customer, START + timedelta(days=20)) == "expired"


def test_a_statement_without_a_contact_point_is_about_the_records_own(conn: Connection) -> None:
    home = {"street": "weg 1", "city": "bonn"}
    one_record = world.save(conn, "crm", "1", world.person("Anna", "Abel", OURS, "a@work.de"))
    other = world.person("Anna", "Abel", "else@x.de") | {"address": [Value({"street": "Weg 1"}, home)]}
    two = world.save(conn, "erp", "7", other)
    customer = world.make_customer(conn, one_record, two)
    consents.save(conn, [said(1, "granted", point=None), said(2, "withdrawn", "7", system="erp", point=None)])
    consents.save(conn, [said(3, "granted", "7", system="erp", point=None, channel="post")])
    assert states(conn, customer) == {
        ("newsletter", "email", OURS): "granted",
        ("newsletter", "email", "a@work.de"): "granted",
        ("newsletter", "email", "else@x.de"): "withdrawn",
        ("newsletter", "post", '{"city":"bonn","street":"weg 1"}'): "granted",
    }


def test_no_to_every_purpose_is_no_to_each(conn: Connection) -> None:
    customer = anna(conn, ("crm", "1"), ("erp", "7"))
    consents.save(conn, [said(1, "granted"), said(2, "granted", "7", system="erp", purpose="offers")])
    consents.save(conn, [said(3, "withdrawn", purpose=EVERY_PURPOSE)])
    assert set(states(conn, customer).values()) == {"withdrawn"}
    consents.save(conn, [said(3, "granted", purpose=EVERY_PURPOSE, day=9)])
    assert states(conn, customer) == {
        ("newsletter", "email", OURS): "granted",
        ("offers", "email", OURS): "granted",
    }  # that no is taken back; by itself it allows nothing


def test_what_was_withdrawn_outlives_its_record(conn: Connection) -> None:
    gone = world.save(conn, "crm", "1", world.person("Anna", "Abel", OURS))
    stays = world.save(conn, "erp", "7", world.person("Anna", "Abel", OURS))
    customer = world.make_customer(conn, gone, stays)
    consents.save(conn, [said(1, "withdrawn"), said(2, "granted", "7", system="erp")])
    world.give(conn, world.make_customer(conn), gone)
    conn.execute(
        sa.update(source_record).where(source_record.c.record_id == gone).values(deleted_at=sa.func.clock_timestamp())
    )
    assert one(conn, customer) == "withdrawn"
    (statement,) = [s for s in effective_consents.statements(conn, customer) if s.status == "withdrawn"]
    assert statement.record is None


def test_who_may_be_concerned_is_noted_by_record_address_point_and_clock(conn: Connection) -> None:
    def due() -> set[uuid.UUID]:
        return set(conn.scalars(sa.text("DELETE FROM golden.consent_due RETURNING customer_id")))

    customer = anna(conn, ("crm", "1"))
    consents.save(conn, [said(1, "granted", ends_at=NOW)])
    assert due() == {customer}
    consents.save(conn, [said(1, "granted", ends_at=NOW)])
    assert due() == set()
    consent_due.tick(conn, NOW - timedelta(days=1))
    assert due() == set()
    consent_due.tick(conn, NOW)
    assert due() == {customer}
    consent_due.tick(conn, NOW + timedelta(days=1))
    assert due() == set()
    consents.delete(conn, [said(1, "granted").key])
    assert due() == {customer}


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_grants_at_one_time_the_one_that_ends_first_counts_in_the_view_too(conn: Connection, first: int) -> None:
    customer = anna(conn, ("crm", "1"))
    ends = [START + timedelta(days=50), None]
    consents.save(conn, [said(first, "granted", ends_at=ends[0]), said(1 - first, "granted", ends_at=ends[1])])
    now: datetime = conn.execute(sa.text("SELECT now()")).scalar_one()
    (line,) = effective_consents.of(conn, [customer], now=now)[customer]
    assert (line.state, line.evidence.source_id) == ("expired", str(first))
    (row,) = conn.execute(sa.text("SELECT * FROM analytics.consents")).mappings()
    told = {name: getattr(line, name) for name in ("point_kind", "point", "purpose", "channel", "state", "since")}
    assert dict(row) == {"customer_id": customer, **told, **line.evidence._asdict()}


# The law. Two sides of two records each, any statements of three systems on them.

STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "record": st.sampled_from(["a1", "a2", "b1", "b2"]),
            "by": st.sampled_from(["crm", "erp"]),
            "status": st.sampled_from(["granted", "withdrawn", "unknown"]),
            "day": st.integers(0, 6),
            "purpose": st.sampled_from(["newsletter", "offers", EVERY_PURPOSE]),
            "point": st.sampled_from([OURS, "b@x.de", None]),
            "ends": st.sampled_from([None, 50, 150]),
        }
    ),
    max_size=9,
)
OWN = {"a1": [OURS], "a2": ["b@x.de"], "b1": [OURS, "b@x.de"], "b2": []}


def expected(statements: Iterable[Mapping[str, Any]], records: set[str]) -> dict[Line, str]:
    """The rule of docs/consent.md, word by word."""
    voices: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for s in statements:
        for point in [s["point"]] if s["point"] else OWN[s["record"]]:
            if s["record"] in records:
                voices.setdefault((s["purpose"], point, s["by"], s["record"]), []).append(s)
    strict = {"withdrawn": 0, "unknown": 1, "granted": 2}
    lines: dict[tuple[str, str], set[str]] = {}
    for (purpose, point, _, _), spoken in voices.items():
        state = "unknown"
        for s in sorted(spoken, key=lambda s: (s["day"], -strict[s["status"]], -(s["ends"] or 1000))):
            if s["status"] == "unknown":
                state = "withdrawn" if state == "withdrawn" else "unknown"
            else:
                state = "expired" if s["status"] == "granted" and s["ends"] == 50 else s["status"]
        lines.setdefault((purpose, point), set()).add(state)
    order = ["withdrawn", "granted", "expired", "unknown"]
    found = {line: min(said, key=order.index) for line, said in lines.items()}
    for (purpose, point), state in list(found.items()):
        if purpose == EVERY_PURPOSE:
            if state != "withdrawn":
                del found[purpose, point]
                continue
            found |= {line: "withdrawn" for line in found if line[1] == point}
    return {(purpose, "email", point): state for (purpose, point), state in found.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATEMENTS)
def test_a_merge_never_widens_and_an_unmerge_restores(conn: Connection, statements: list[dict[str, Any]]) -> None:
    with conn.begin_nested() as nested:
        ids = {name: world.save(conn, "crm", name, world.person("A", "B", *emails)) for name, emails in OWN.items()}
        left = world.make_customer(conn, ids["a1"], ids["a2"])
        right = world.make_customer(conn, ids["b1"], ids["b2"])
        facts = [
            said(n, s["status"], s["record"], by=s["by"], day=s["day"], purpose=s["purpose"], point=s["point"],
                 ends_at=START + timedelta(days=s["ends"]) if s["ends"] else None)
            for n, s in enumerate(statements)
        ]  # fmt: skip
        # A shuffle by status: the order of arrival tells nothing.
        consents.save(conn, sorted(facts, key=lambda fact: fact.status))
        before = states(conn, left), states(conn, right)
        assert before == (expected(statements, {"a1", "a2"}), expected(statements, {"b1", "b2"}))
        world.give(conn, left, ids["b1"], ids["b2"])
        merged = states(conn, left)
        assert merged == expected(statements, set(OWN))
        assert merged.keys() == before[0].keys() | before[1].keys()
        for line, state in merged.items():
            sides = {side[line] for side in before if line in side}
            if state == "granted":
                assert "granted" in sides
                assert "withdrawn" not in sides
            if "withdrawn" in sides:
                assert state == "withdrawn"
        view = conn.execute(
            sa.text("SELECT purpose, channel, point, state FROM analytics.consents WHERE customer_id = :id"),
            {"id": left},
        )
        now = datetime.now(UTC)
        assert {tuple(row[:3]): row.state for row in view} == states(conn, left, now)
        world.give(conn, right, ids["b1"], ids["b2"])
        assert (states(conn, left), states(conn, right)) == before
        nested.rollback()
