"""Versions and changes against PostgreSQL: what is written, what is not, and what can be read back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import outbox, read
from golden_record.refresh import RefreshReport, outdated, refresh
from golden_record.tables import change, golden_record, policy
from hub.records import RecordKey
from tests.golden_record.world import config, end, give, make_customer, person, save, text

RUN = uuid.uuid4()


def run(conn: Connection, *touched: uuid.UUID, **survivorship: Any) -> RefreshReport:
    return refresh(conn, config(**survivorship), touched, run_id=RUN)


def kinds(conn: Connection) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(c.kind, c.version, c.attributes) for c in outbox.after(conn, 0, 1000)]


def everything(conn: Connection) -> list[Any]:
    rows = conn.execute(sa.select(golden_record).order_by(golden_record.c.customer_id, golden_record.c.version)).all()
    return [rows, conn.execute(sa.select(change).order_by(change.c.seq)).all()]


def emails(conn: Connection, customer_id: uuid.UUID) -> list[Any]:
    record = read.customer(conn, customer_id)
    assert record
    return [v.value for v in record.attributes["email"]]


def test_new_customer_gets_its_first_version(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee", "A@x.c"), 1))
    assert run(conn, who) == RefreshReport(created=1)
    record = read.customer(conn, who)
    assert record
    assert (record.version, record.entity_type, record.valid_to, record.run_id) == (1, "person", None, RUN)
    assert record.attributes == person("Ann", "Lee", "A@x.c")
    assert record.members == (RecordKey("erp", "contact", "1"),)
    assert record.origins["email"].won[0].record == RecordKey("erp", "contact", "1")
    assert record.origins["email"].won[0].rule == "only_value"
    assert kinds(conn) == [("created", 1, ("email", "family_name", "given_name"))]


def test_changed_value_makes_a_version_and_names_what_changed(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee", "a@x.c"), 1))
    run(conn, who)
    save(conn, "erp", "1", {**person("Ann", "Lee", "b@x.c"), "title": text("Dr")}, 2)
    assert run(conn, who) == RefreshReport(updated=1)
    assert kinds(conn)[1:] == [("updated", 2, ("email", "title"))]
    first, second = read.versions(conn, who)
    assert first.valid_to == second.valid_from
    assert read.customer(conn, who, as_of=first.valid_from) == first
    assert read.customer(conn, who, as_of=second.valid_from) == second
    assert read.customer(conn, who) == second


def test_same_content_writes_no_version_but_tells_publishing(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    run(conn, who)
    assert run(conn, who) == RefreshReport(unchanged=1)
    assert kinds(conn)[1:] == [("touched", 1, ())]
    assert len(read.versions(conn, who)) == 1


def test_new_evidence_for_the_same_values_keeps_its_history(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    run(conn, who)
    give(conn, who, save(conn, "crm", "2", person("Ann", "Lee"), 0))
    assert run(conn, who) == RefreshReport(unchanged=1)
    assert kinds(conn)[1:] == [("touched", 2, ())]
    old, new = read.versions(conn, who)
    assert old.content_hash == new.content_hash
    assert (len(old.members), len(new.members)) == (1, 2)


def test_merge_closes_the_golden_record_and_names_the_survivor(conn: Connection) -> None:
    erp, crm = save(conn, "erp", "1", person("Ann", "Lee"), 1), save(conn, "crm", "2", person("Ann", "Lee", "a@x.c"), 2)
    kept, gone = make_customer(conn, erp), make_customer(conn, crm)
    run(conn, kept, gone)
    give(conn, kept, crm)
    end(conn, gone, "merged", kept)
    assert run(conn, kept, gone) == RefreshReport(updated=1, retired=1)
    assert read.customer(conn, gone) is None
    merged = next(c for c in outbox.after(conn, 0, 10) if c.kind == "merged")
    assert (merged.customer_id, merged.version, merged.survivor_id) == (gone, 1, kept)
    assert emails(conn, kept) == ["a@x.c"]
    before = everything(conn)
    assert run(conn, gone) == RefreshReport()
    assert everything(conn) == before


@pytest.mark.parametrize("status", ["split", "retired"])
def test_customer_without_records_is_closed(conn: Connection, status: str) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    run(conn, who)
    end(conn, who, status)
    assert run(conn, who) == RefreshReport(retired=1)
    assert kinds(conn)[1:] == [(status, 1, ())]


def test_returning_customer_counts_on(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    run(conn, who)
    end(conn, who, "retired")
    run(conn, who)
    end(conn, who, "current")
    assert run(conn, who) == RefreshReport(created=1)
    assert [kind for kind, _, _ in kinds(conn)] == ["created", "retired", "created"]
    assert [(v.version, v.valid_to is None) for v in read.versions(conn, who)] == [(1, False), (2, True)]


def test_merge_then_unmerge_gives_back_what_was_there(conn: Connection) -> None:
    one = save(conn, "erp", "1", person("Ann", "Lee", "a@x.c", "b@x.c"), 1)
    two = save(conn, "crm", "2", person("Anna", "Li", "c@x.c"), 5)
    kept, gone = make_customer(conn, one), make_customer(conn, two)
    run(conn, kept, gone)
    before = [read.customer(conn, who) for who in (kept, gone)]
    give(conn, kept, two)
    end(conn, gone, "merged", kept)
    run(conn, kept, gone)
    assert emails(conn, kept) == ["c@x.c", "a@x.c", "b@x.c"]
    give(conn, gone, two)
    end(conn, gone, "current")
    run(conn, kept, gone)
    after = [read.customer(conn, who) for who in (kept, gone)]
    for old, new in zip(before, after, strict=True):
        assert old
        assert new
        assert (old.attributes, old.origins, old.content_hash) == (new.attributes, new.origins, new.content_hash)


def test_rebuild_of_everything_changes_nothing(conn: Connection) -> None:
    records = [
        save(conn, system, str(i), person(f"N{i % 3}", "Lee", f"{i}@x.c"), i)
        for i in range(7)
        for system in ("erp", "crm")
    ]
    people = [make_customer(conn, *records[i : i + 2]) for i in range(0, 14, 2)]
    run(conn, *people)
    give(conn, people[0], *records[2:4])
    end(conn, people[1], "merged", people[0])
    save(conn, "crm", "5", person("Changed", "Lee"), 9)
    end(conn, people[6], "retired")
    run(conn, *people)
    before = everything(conn)
    assert refresh(conn, config(), None, run_id=RUN, chunk=2) == RefreshReport(unchanged=5)
    assert everything(conn) == before


def test_rebuild_finds_what_a_refresh_was_not_told(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    orphan = make_customer(conn, save(conn, "erp", "2", person("Bob", "Ray"), 1))
    run(conn, orphan)
    end(conn, orphan, "retired")
    assert refresh(conn, config(), None, run_id=RUN) == RefreshReport(created=1, retired=1)
    assert read.customer(conn, who)


def test_policy_change_reaches_the_values(conn: Connection) -> None:
    erp = save(conn, "erp", "1", {"title": text("Dr")}, 1)
    who = make_customer(conn, erp, save(conn, "crm", "2", {"title": text("Prof")}, 2))
    run(conn, who)
    assert run(conn, who, attributes={"title": [{"source_priority": ["erp"]}]}) == RefreshReport(updated=1)
    record = read.customer(conn, who)
    assert record
    assert record.attributes["title"] == text("Dr")
    title = record.origins["title"]
    assert (title.won[0].rule, title.lost[0].rule, title.lost[0].value) == (
        "source_priority",
        "source_priority",
        "Prof",
    )


def test_deleted_record_contributes_nothing(conn: Connection) -> None:
    one, two = (
        save(conn, "erp", "1", person("Ann", "Lee", "a@x.c")),
        save(conn, "crm", "2", person("Ann", "Lee", "b@x.c")),
    )
    who = make_customer(conn, one, two)
    conn.execute(sa.text("UPDATE identity.source_record SET deleted_at = now() WHERE record_id = :id"), {"id": two})
    run(conn, who)
    assert emails(conn, who) == ["a@x.c"]


def test_customer_made_of_echoes_alone_has_an_empty_record(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", {}))
    assert run(conn, who) == RefreshReport(created=1)
    record = read.customer(conn, who)
    assert record
    assert record.attributes == {}


def test_hostile_values_come_through_unharmed(conn: Connection) -> None:
    nasty = "a\"b\\c\n\t‮{}[]',;=cmd()\u001f\ud7ff😀%s"
    who = make_customer(conn, save(conn, "e'\",rp", '"1\\', {"title": text(nasty)}, 1))
    run(conn, who)
    record = read.customer(conn, who)
    assert record
    assert record.attributes["title"][0].value == nasty
    assert record.members == (RecordKey("e'\",rp", "contact", '"1\\'),)


def test_large_value_comes_through(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", {"title": text("x" * 900_000)}, 1))
    run(conn, who)
    record = read.customer(conn, who)
    assert record
    assert len(str(record.attributes["title"][0].value)) == 900_000


def test_outbox_pages_in_order_and_filters(conn: Connection) -> None:
    people = [make_customer(conn, save(conn, "erp", str(i), person("Ann", f"L{i}"))) for i in range(5)]
    run(conn, *people)
    run(conn, people[0])
    first = outbox.after(conn, 0, 4)
    rest = outbox.after(conn, first[-1].seq, 4)
    assert [c.kind for c in first + rest] == ["created"] * 5 + ["touched"]
    assert [c.seq for c in first + rest] == sorted(c.seq for c in first + rest)
    assert len(outbox.after(conn, 0, 10, kinds=["created"])) == 5
    assert outbox.last_seq(conn) == rest[-1].seq


def test_policy_change_asks_for_a_refresh_of_all(conn: Connection) -> None:
    first = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    second = make_customer(conn, save(conn, "crm", "2", person("Bob", "Ray"), 1))
    changed = config(defaults=["longest"])
    assert not outdated(conn, changed)  # nothing is there to be outdated
    run(conn, first)
    assert not outdated(conn, config())
    assert outdated(conn, changed)
    refresh(conn, changed, [second], run_id=RUN)
    assert outdated(conn, changed)  # the other customer still stands as the earlier policy made it
    refresh(conn, changed, None, run_id=RUN)
    assert not outdated(conn, changed)
    assert outdated(conn, config())
    assert conn.scalar(sa.select(sa.func.count()).select_from(policy)) == 2
