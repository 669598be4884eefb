"""Why a value stands, and what would flip it: each change that is told is carried out here, and flips it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import pins
from golden_record.policy import make_policy
from golden_record.quality import quality
from golden_record.why import why
from hub.attributes import ATTRIBUTES
from hub.errors import RejectedError
from hub.records import RecordKey, Value, attributes_to_json, canonical_json
from hub.survivorship import Survivorship
from tests.golden_record.world import config, make_customer, person, save, text


def flips(conn: Connection, records: dict[str, tuple[str, int]], **rules: Any) -> dict[Any, tuple[str, str | None]]:
    who = make_customer(
        conn, *(save(conn, system, "1", {"title": text(title)}, day) for system, (title, day) in records.items())
    )
    found = why(conn, config(attributes={"title": rules["rules"]}), who, "title")
    return {lost.value: (lost.rule, lost.if_only) for lost in found.lost}


@pytest.mark.parametrize(
    ("rules", "records", "expected"),
    [
        (
            "most_recent",
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Dr": ("most_recent", "if erp's value were newer than 2026-01-06")},
        ),
        (
            "oldest",
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Prof": ("oldest", "if crm's value were older than 2026-01-02")},
        ),
        (
            {"source_priority": ["erp", "crm"]},
            {"erp": ("Dr", 1), "crm": ("Prof", 0)},
            {"Prof": ("source_priority", "if no system said Dr")},
        ),
        (
            [{"source_priority": ["erp", "crm"]}, "most_recent"],
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Prof": ("source_priority", "if erp said it in place of crm")},
        ),
        (
            ["most_frequent", "most_recent"],
            {"erp": ("Dr", 1), "crm": ("Prof", 5), "desk": ("Dr", 2)},
            {"Prof": ("most_frequent", "if 1 more system said so")},
        ),
        (
            "longest",
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Dr": ("longest", "if erp's value were longer than 4 characters")},
        ),
        (
            {"rules": "most_recent", "when": {"system": ["erp"]}},
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Prof": ("condition", "if erp said it in place of crm")},
        ),
        (
            {"rules": "longest", "when": {"newer_than_days": 2}},
            {"erp": ("Professor", 1), "crm": ("Dr", 5)},
            {"Professor": ("condition", "if it were at most 2 days older than the newest record")},
        ),
        (
            {"rules": "longest", "when": {"equals": {"gender": "f"}}},
            {"erp": ("Dr", 1)},
            {"Dr": ("condition", "if its gender were f")},
        ),
        (
            {"source_priority": ["erp"], "unlisted": "never"},
            {"crm": ("Dr", 1)},
            {"Dr": ("unlisted", "if erp said it in place of crm")},
        ),
        (
            {"confidence": {"scores": {"erp": 0.8, "crm": 0.6, "desk": 0.6}}},
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Prof": ("confidence", "if erp said it in place of crm")},
        ),
        (
            {"confidence": {"scores": {"erp": 0.8, "crm": 0.6}, "floor": 0.9}},
            {"crm": ("Prof", 5)},
            {"Prof": ("floor", "if erp said so too")},
        ),
        (
            {"most_recent": {"clock": "attribute_changed"}},
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Dr": ("most_recent", "if erp had changed it after 2026-01-06")},
        ),
        (
            "unanimous",
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {
                "Dr": ("unanimous", "if no other record said anything of it"),
                "Prof": ("unanimous", "if no other record said anything of it"),
            },
        ),
        (
            {"rules": "most_recent", "clear": ["none"]},
            {"erp": ("Dr", 1), "crm": ("None", 5)},
            {"Dr": ("most_recent", "if erp's value were newer than 2026-01-06")},
        ),
        (
            {"follow": "gender"},
            {"erp": ("Dr", 1), "crm": ("Prof", 5)},
            {"Dr": ("follow", None), "Prof": ("follow", None)},
        ),
        (
            {"derived": "gender"},
            {"erp": ("Dr", 1)},
            {"Dr": ("derived", None)},
        ),
    ],
)  # fmt: skip
def test_the_smallest_change_that_flips_it(conn: Connection, rules: Any, records: Any, expected: Any) -> None:
    found = flips(conn, records, rules=rules)
    assert {value: said for value, said in found.items() if value in expected} == expected


def test_what_is_derived_followed_or_kept_can_be_flipped(conn: Connection) -> None:
    one = save(conn, "erp", "1", {"title": text("Dr"), "gender": text("f")}, 1)
    two = save(conn, "crm", "2", {"title": text("Prof"), "language": text("de")}, 5)
    three = save(conn, "desk", "3", {"title": text("Sir"), "job_title": text("Clerk")}, 9)
    who = make_customer(conn, one, two, three)
    conn.execute(sa.text("UPDATE identity.source_record SET deleted_at = now() WHERE record_id = :id"), {"id": three})

    def flips_of(rules: Any) -> dict[Any, tuple[str, str | None]]:
        found = why(conn, config(attributes={"title": rules}, deleted={"keep_days": 9}), who, "title")
        return {lost.value: (lost.rule, lost.if_only) for lost in found.lost}

    assert flips_of("most_recent") == {
        "Dr": ("most_recent", "if erp's value were newer than 2026-01-06"),
        "Sir": ("deleted", "if desk had not deleted the record"),
    }
    assert flips_of([{"derived": "gender"}, "most_recent"]) == {
        "Prof": ("derived", "if there were no gender to derive it from"),
        "Dr": ("derived", None),
        "Sir": ("deleted", None),
    }
    assert flips_of({"follow": "gender"})["Prof"] == ("follow", "if erp/contact/1 said it, whose gender is golden")


def test_a_group_that_is_followed_names_its_record(conn: Connection) -> None:
    who = make_customer(
        conn,
        save(conn, "erp", "1", person("Ann", "Lee"), 1),
        save(conn, "crm", "2", {"title": text("Prof"), "email": text("ann@acme.com")}, 5),
    )
    found = why(conn, config(attributes={"title": {"follow": "name"}}), who, "title")
    assert [(lost.value, lost.rule, lost.if_only) for lost in found.lost] == [
        ("Prof", "follow", "if erp/contact/1 said it, whose name is golden")
    ]


def test_a_greater_number_or_an_earlier_date_would_win(conn: Connection) -> None:
    who = make_customer(
        conn,
        save(conn, "erp", "1", {"birth_date": text("1980-02-01")}, 1),
        save(conn, "crm", "2", {"birth_date": text("1970-02-01")}, 1),
    )
    found = why(conn, config(attributes={"birth_date": "min"}), who, "birth_date")
    assert [lost.if_only for lost in found.lost] == ["if erp's value were earlier than 1970-02-01"]
    found = why(conn, config(attributes={"birth_date": "max"}), who, "birth_date")
    assert [lost.if_only for lost in found.lost] == ["if crm's value were later than 1980-02-01"]


def test_a_pin_is_named_and_its_end_would_flip_it(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", {"title": text("Dr")}, 1))
    key = RecordKey("erp", "contact", "1")
    number = pins.enter(conn, config(), ("pin", key, "title", Value("Prof", "prof")), by="anna", reason="phone call")
    found = why(conn, config(), who, "title")
    assert [(w.value, w.rule) for w in found.won.won] == [("Prof", "pinned")]
    assert [(lost.value, lost.rule, lost.if_only) for lost in found.lost] == [
        ("Dr", "pinned", f"if entry {number} (pin) were ended")
    ]
    assert [entry.by for entry in found.entries] == ["anna"]
    pins.revoke(conn, number, by="anna", reason="over")
    assert [w.value for w in why(conn, config(), who, "title").won.won] == ["Dr"]


def test_it_writes_nothing_and_refuses_what_is_unknown(conn: Connection) -> None:
    who = make_customer(conn, save(conn, "erp", "1", person("Ann", "Lee"), 1))
    why(conn, config(), who, "given_name")
    assert conn.scalar(sa.text("SELECT count(*) FROM golden.golden_record")) == 0
    with pytest.raises(RejectedError, match="did you mean 'title'"):
        why(conn, config(), who, "titel")


def test_quality_by_its_formulas() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def row(system: str, days: float, **said: str) -> dict[str, Any]:
        at = round((now - timedelta(days=days)).timestamp() * 1e6)
        attributes = canonical_json(attributes_to_json({name: text(value) for name, value in said.items()}))
        return {"system": system, "attributes": attributes, "modified_at": at, "changed_at": at, "role": None}

    rows = [row("erp", 365, title="Dr", gender="f"), row("crm", 0, title="Dr"), row("desk", 0, title="Prof")]
    rows += [row("shop", 0, language="de")]
    found = quality(rows, {"title": text("Dr"), "gender": text("f")}, make_policy(Survivorship(), ATTRIBUTES), now)
    assert found.completeness == pytest.approx(2 / 3)
    assert found.freshness == pytest.approx((1 + 0.5) / 2)
    assert found.agreement == pytest.approx(2 / 3)
    assert found.confidence == pytest.approx((3 / 5 + 2 / 3) / 2)


def test_the_parts_of_a_child_tell_where_they_come_from(conn: Connection) -> None:
    def address(**parts: str) -> list[Value]:
        return [Value(parts, {name: part.lower() for name, part in parts.items()})]

    who = make_customer(
        conn,
        save(conn, "erp", "1", {"address": address(street="1 Foo St", city="Barr", line2="Floor 2")}, 1),
        save(conn, "crm", "2", {"address": address(street="1 Foo St", city="Bar")}, 5),
    )
    rules = {"rules": "most_recent", "collection": {"key": ["street"]}}
    found = why(conn, config(attributes={"address": rules}), who, "address")
    assert found.rules == ["most_recent"]
    [won] = found.won.won
    assert won.value == {"street": "1 Foo St", "city": "Bar", "line2": "Floor 2"}
    assert won.record.system == "crm"
    city, line2 = won.parts["city"], won.parts["line2"]
    assert [(one.value, one.record.system, one.rule) for one in city.won] == [("Bar", "crm", "most_recent")]
    assert [(lost.value, lost.record.system, lost.rule) for lost in city.lost] == [("Barr", "erp", "most_recent")]
    assert [(one.value, one.record.system, one.rule) for one in line2.won] == [("Floor 2", "erp", "only_value")]


def test_of_very_many_values_the_first_are_tried_and_the_rest_is_told(conn: Connection) -> None:
    many = 150
    who = make_customer(conn, *(save(conn, "erp", str(n), {"title": text(f"Title {n}")}, n) for n in range(many)))
    found = why(conn, config(attributes={"title": "most_recent"}), who, "title")
    tried = many - 1 - found.untried
    assert 0 < tried < many - 1
    assert all(lost.if_only for lost in found.lost[:tried])
    assert not any(lost.if_only for lost in found.lost[tried + 1 :])
