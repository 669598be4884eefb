"""A customer at a moment: what was known then, what was true then, where an id was, and what differs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import activities, definitions, moment, past_policy
from golden_record.difference import difference
from golden_record.moment import CustomerThen, customer_then
from golden_record.refresh import refresh
from hub.activity import Activity, Belonging
from hub.computed import ComputedAttribute
from hub.config import Config
from hub.errors import RejectedError
from hub.records import Attributes, RecordKey, SourceRecord, Value
from identity import echoes, store
from tests.golden_record import world
from tests.golden_record.world import end, give, person, text

RUN = uuid.uuid4()
CONFIG = world.config()


def day(number: float) -> datetime:
    return world.START + timedelta(days=number)


def save(conn: Connection, system: str, source_id: str, attributes: Attributes, number: float | None = None) -> int:
    """Store a record as intake does; gives its record id."""
    modified_at = None if number is None else day(number)
    key = RecordKey(system, "contact", source_id)
    store.save(conn, [SourceRecord(key, "person", attributes, modified_at)])
    found = sa.text("SELECT record_id FROM identity.source_record WHERE system = :system AND source_id = :source_id")
    return int(conn.execute(found, {"system": system, "source_id": source_id}).scalar_one())


def bring(conn: Connection, *who: uuid.UUID, config: Config = CONFIG) -> datetime:
    """Refresh customers; gives a moment right after."""
    refresh(conn, config, who or None, run_id=RUN)
    return moment.now(conn)


def first(seen: CustomerThen, attribute: str) -> Any:
    values = seen.attributes.get(attribute)
    return values[0].value if values else None


def at(
    conn: Connection, who: uuid.UUID, as_of: datetime | None = None, valid_at: datetime | None = None
) -> CustomerThen:
    return customer_then(conn, CONFIG, who, as_of=as_of, valid_at=valid_at)


def test_what_was_known_at_a_moment_stays(conn: Connection) -> None:
    erp = save(conn, "erp", "1", person("Ann", "Lee", "a@x.c"), 1)
    who = world.make_customer(conn, erp)
    early = bring(conn, who)
    crm = save(conn, "crm", "2", person("Ann", "Lee", "b@x.c"), 2)
    give(conn, who, crm)
    between = bring(conn, who)
    seen = {then: at(conn, who, as_of=then) for then in (early, between)}
    assert [len(seen[then].members) for then in (early, between)] == [1, 2]
    assert first(seen[early], "email") == "a@x.c"
    save(conn, "erp", "1", person("Ann", "Li", "c@x.c"), 3)
    give(conn, world.make_customer(conn), crm)
    bring(conn)
    assert {then: at(conn, who, as_of=then) for then in (early, between)} == seen
    now = at(conn, who)
    assert (first(now, "email"), len(now.members)) == ("c@x.c", 1)


def test_an_id_answers_for_every_moment(conn: Connection) -> None:
    one, two = (save(conn, "erp", str(n), person("Ann", "Lee", f"{n}@x.c"), n) for n in (1, 2))
    before = moment.now(conn)
    kept, gone = world.make_customer(conn, one), world.make_customer(conn, two)
    conn.execute(sa.text("UPDATE identity.customer SET created_at = clock_timestamp()"))
    early = bring(conn, kept, gone)
    give(conn, kept, two)
    end(conn, gone, "merged", kept)
    merged = bring(conn, kept, gone)
    after = world.make_customer(conn, two)
    give(conn, after, two)
    last = bring(conn, kept, after)
    said = {then: moment.where(conn, gone, then) for then in (early, merged, last)}
    assert [(found.status, found.current_ids) for found in said.values() if found] == [
        ("current", (gone,)), ("merged", (kept,)), ("merged", (after,))
    ]  # fmt: skip
    young = moment.where(conn, after, merged)
    assert young
    assert (young.status, young.current_ids) == ("unborn", (kept,))
    unborn = moment.where(conn, kept, before)
    assert unborn
    assert (unborn.status, unborn.current_ids) == ("unborn", ())
    assert moment.where(conn, uuid.uuid4(), last) is None
    with pytest.raises(RejectedError, match=f"was merged at .* then it was: {after}"):
        at(conn, gone)
    with pytest.raises(RejectedError, match="was given out only after"):
        at(conn, kept, as_of=before)
    with pytest.raises(RejectedError, match="No customer was ever called"):
        at(conn, uuid.uuid4())
    with pytest.raises(RejectedError, match="lies ahead"):
        at(conn, kept, as_of=datetime(2999, 1, 1, tzinfo=UTC))


def test_what_was_true_then_by_what_is_known_now(conn: Connection) -> None:
    erp = save(conn, "erp", "1", person("Ann", "Lee", "a@x.c"), 10)
    who = world.make_customer(conn, erp)
    early = bring(conn, who)
    save(conn, "erp", "1", person("Ann", "Ray", "a@x.c"), 20)  # married
    give(conn, who, save(conn, "crm", "2", {**person("Ann", "Lee"), "title": text("Dr")}, 15))
    bring(conn, who)

    def family(valid_at: datetime, as_of: datetime | None = None) -> Any:
        return first(at(conn, who, valid_at=valid_at, as_of=as_of), "family_name")

    assert family(day(12)) == "Lee"
    assert family(day(25)) == "Ray"  # two systems differ, the rules choose
    assert first(at(conn, who, valid_at=day(12)), "title") is None
    assert first(at(conn, who, valid_at=day(16)), "title") == "Dr"
    assert at(conn, who, valid_at=day(12)).silent == (RecordKey("crm", "contact", "2"),)
    assert first(at(conn, who, valid_at=day(16), as_of=early), "title") is None  # not known then
    assert family(day(25), early) == "Lee"
    assert at(conn, who, valid_at=day(5)).attributes == {}
    # A correction that comes later and is about an earlier time counts from that time on.
    save(conn, "erp", "1", person("Anna", "Ray", "a@x.c"), 11)
    assert first(at(conn, who, valid_at=day(10.5)), "given_name") == "Ann"
    assert first(at(conn, who, valid_at=day(12)), "family_name") == "Ray"


def test_a_contact_point_counts_while_its_source_says(conn: Connection) -> None:
    def state(email: str, since: float, until: float | None) -> Value:
        told: Any = {"attribute": "email", "point": email, "since": day(since).isoformat()}
        return Value({**told, **({} if until is None else {"until": day(until).isoformat()})}, None)

    states = [state("old@x.c", -100, 3), state("new@x.c", 3, None)]
    said = {**person("Ann", "Lee", "old@x.c", "new@x.c", "other@x.c"), "contact_state": states}
    who = world.make_customer(conn, save(conn, "erp", "1", said, 1))
    bring(conn, who)

    def emails(number: float) -> list[Any]:
        return sorted(str(value.value) for value in at(conn, who, valid_at=day(number)).attributes.get("email", []))

    assert emails(2) == ["old@x.c", "other@x.c"]
    assert emails(4) == ["new@x.c", "other@x.c"]
    assert emails(-5) == ["old@x.c"]  # the record is younger than that, but it says since when
    assert emails(-200) == []


def test_now_is_valid_now(conn: Connection) -> None:
    records = [
        save(conn, "erp", "1", person("Ann", "Lee", "a@x.c", "b@x.c"), 1),
        save(conn, "crm", "2", person("Anna", "Li")),
    ]
    who = world.make_customer(conn, *records)
    now = bring(conn, who)
    plain, valid = at(conn, who), at(conn, who, valid_at=now)
    assert (valid.attributes, valid.origins) == (plain.version.attributes, plain.version.origins)


def test_the_policy_of_a_moment_is_read_back_whole(conn: Connection) -> None:
    erp = save(conn, "erp", "1", {"title": text("Dr")}, 1)
    who = world.make_customer(conn, erp, save(conn, "crm", "2", {"title": text("Prof")}, 2))
    early = bring(conn)
    rules: dict[str, Any] = {
        "attributes": {"title": [{"source_priority": [["erp"], "crm"]}], "email": [{"union": {"max": 3}}]},
        "groups": {"name": ["given_name", "family_name"]},
    }
    late = bring(conn, config=world.config(**rules))
    assert [first(at(conn, who, as_of=then), "title") for then in (early, late)] == ["Prof", "Dr"]
    for then in (early, late):
        found = past_policy.policy_then(conn, then)
        assert found
        assert past_policy.restore(found).hash == found.policy_hash
    assert first(at(conn, who, as_of=early, valid_at=late), "title") == "Prof"
    found = past_policy.policy_then(conn, early)
    assert found
    broken = past_policy.PolicyThen(found.policy_hash, found.in_force_from, [*found.content[1:]])
    with pytest.raises(RejectedError, match="another version of the hub"):
        past_policy.restore(broken)
    assert past_policy.policy_then(conn, world.START) is None


def test_what_a_system_had_been_told(conn: Connection) -> None:
    who = world.make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    key = RecordKey("erp", "contact", "1")
    untold = bring(conn, who)
    moments = []
    for email in ("a@x.c", "b@x.c"):
        echoes.record_told(conn, [echoes.Told(key, "title", [Value(email, email)], echoes.now(conn))])
        moments.append(moment.now(conn))
    store.save(conn, [SourceRecord(key, "person", {**person("Ann", "Lee"), "title": text("Dr")}, day(9))])
    overwritten = bring(conn, who)
    assert at(conn, who, as_of=untold).told == ()
    told = [at(conn, who, as_of=then).told[0] for then in (*moments, overwritten)]
    assert [one.values[0].value for one in told] == ["a@x.c", "b@x.c", "b@x.c"]
    assert [one.ended for one in told] == [None, None, "changed there"]


def fact(number: int, status: str, record: str = "1", **more: Any) -> Activity:
    belongs = more.pop("belongs", Belonging("erp", "contact", source_id=record))
    return Activity(RecordKey("erp", "facts", str(number)), belongs, "order", day(-number), status=status, **more)


def test_activities_and_figures_as_they_were_known(conn: Connection) -> None:
    one, two = (save(conn, "erp", str(n), person("Ann", "Lee", f"{n}@x.c"), n) for n in (1, 2))
    kept, gone = world.make_customer(conn, one), world.make_customer(conn, two)
    definitions.enact(conn, {"open": ComputedAttribute(measure="count", status=["open"])}, {})
    mail = fact(3, "open", belongs=Belonging("erp", "contact", email="2@x.c"))
    activities.save(conn, [fact(1, "open"), fact(2, "open", "2"), mail])
    early = bring(conn, kept, gone)

    def seen(who: uuid.UUID, then: datetime | None = None) -> tuple[list[tuple[str, str | None]], Any]:
        found = at(conn, who, as_of=then or moment.now(conn)).profile
        return [(e.key.source_id, e.status) for e in found.activities.entries], found.computed

    assert seen(kept, early) == ([("1", "open")], {"open": 1})
    assert seen(gone, early) == ([("2", "open"), ("3", "open")], {"open": 2})
    activities.save(conn, [fact(1, "paid")])
    activities.delete(conn, [fact(2, "open").key])
    save(conn, "erp", "2", person("Ann", "Lee", "other@x.c"), 3)
    give(conn, kept, two)
    end(conn, gone, "merged", kept)
    bring(conn, kept, gone)
    assert seen(kept) == ([("1", "paid")], {"open": 0})
    assert seen(kept, early) == ([("1", "open")], {"open": 1})
    assert seen(gone, early) == ([("2", "open"), ("3", "open")], {"open": 2})


def test_relations_as_they_followed_from_what_was_known(conn: Connection) -> None:
    phone = {"phone": [Value("030 1112222", "+49301112222")]}
    one = save(conn, "erp", "1", {**person("Ann", "Lee"), **phone}, 1)
    two = save(conn, "erp", "2", {**person("Bob", "Lee"), **phone})
    ann, bob = world.make_customer(conn, one), world.make_customer(conn, two)
    early = bring(conn)

    def related(who: uuid.UUID, then: datetime | None = None) -> list[tuple[str, uuid.UUID]]:
        return [(relation.kind, relation.other_id) for relation in at(conn, who, as_of=then).profile.relations]

    assert (related(ann), related(bob, early)) == ([("household", bob)], [("household", ann)])
    save(conn, "erp", "1", person("Ann", "Lee"), 2)  # she has moved out
    late = bring(conn)
    assert (related(ann), related(bob), related(ann, late)) == ([], [], [])
    assert (related(ann, early), related(bob, early)) == ([("household", bob)], [("household", ann)])
    store.delete(conn, [RecordKey("erp", "contact", "2")])
    assert (related(ann, early), related(bob, early)) == ([("household", bob)], [("household", ann)])
    gone = difference(at(conn, ann, as_of=early), at(conn, ann, as_of=late)).relations
    assert [(change.name, change.after) for change in gone] == [(f"household {bob}", None)]


def test_the_difference_of_two_moments(conn: Connection) -> None:
    erp = save(conn, "erp", "1", person("Ann", "Lee", "a@x.c"), 1)
    who = world.make_customer(conn, erp)
    early = bring(conn)
    give(conn, who, save(conn, "crm", "2", {**person("Ann", "Lee", "b@x.c"), "title": text("Dr")}, 2))
    echoes.record_told(conn, [echoes.Told(RecordKey("erp", "contact", "1"), "title", text("Dr"), echoes.now(conn))])
    late = bring(conn, config=world.config(attributes={"title": ["oldest"]}))
    before, after = (at(conn, who, as_of=then) for then in (early, late))
    found = difference(before, after)
    assert {(v.attribute, v.before, v.after) for v in found.values} >= {
        ("email", (), ("b@x.c",)),
        ("title", (), ("Dr",)),
    }
    assert (found.joined, found.left) == ((RecordKey("crm", "contact", "2"),), ())
    assert [(c.name, c.after) for c in found.told] == [("erp/contact/1 title", ["Dr"])]
    assert found.policy == ("title",)
    back = difference(after, before)
    assert [(v.before, v.after) for v in back.values] == [(v.after, v.before) for v in found.values]
    assert difference(after, after).is_empty
    assert not found.is_empty
