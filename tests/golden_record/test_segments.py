"""Segments say who meets a condition now; each test of an attribute, and how they go together."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import JSONB

from golden_record import segments
from hub.computed import ComputedAttribute, SegmentCondition
from hub.config import Config
from hub.records import Attributes, Value, attributes_to_json

COMPUTED = {
    "worth": ComputedAttribute.model_validate({"measure": "sum", "currency": "EUR"}),
    "last": ComputedAttribute.model_validate({"measure": "last"}),
}
ADDRESS = {"street": "Hauptstraße", "city": "Köln", "country": "DE"}
ANN: Attributes = {
    "language": [Value("Deutsch", "de")],
    "email": [Value("Ann@X.example", "ann@x.example"), Value("ann@y.example", "ann@y.example")],
    "address": [Value(ADDRESS, {"street": "hauptstrasse", "city": "koeln", "country": "DE"})],
    "job_title": [Value("CEO", None)],
}


def golden(conn: Connection, attributes: Attributes, **computed: Any) -> uuid.UUID:
    customer_id = uuid.uuid4()
    conn.execute(
        sa.text("""
            INSERT INTO golden.golden_record (customer_id, version, entity_type, attributes, origins, content_hash,
                valid_from, policy_hash) VALUES (:id, 1, 'person', :attributes, '{}', '-', now(), '-')""").bindparams(
            sa.bindparam("attributes", type_=JSONB)
        ),
        {"id": customer_id, "attributes": attributes_to_json(attributes)},
    )
    if computed:
        conn.execute(
            sa.text("INSERT INTO golden.profile VALUES (:id, :computed, now(), NULL)").bindparams(
                sa.bindparam("computed", type_=JSONB)
            ),
            {"id": customer_id, "computed": computed},
        )
    return customer_id


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"attribute": "language", "equals": "de"}, True),
        ({"attribute": "language", "equals": ["fr", "DEUTSCH"]}, True),
        ({"attribute": "language", "equals": "fr"}, False),
        ({"attribute": "email", "equals": "ann@y.example"}, True),
        ({"attribute": "address.country", "equals": ["de", "at"]}, True),
        ({"attribute": "address.city", "equals": "köln"}, True),
        ({"attribute": "address.region", "exists": True}, False),
        ({"attribute": "job_title", "equals": "ceo"}, True),
        ({"attribute": "phone", "exists": False}, True),
        ({"attribute": "phone", "equals": "1"}, False),
        ({"attribute": "entity_type", "equals": "person"}, True),
        ({"attribute": "worth", "at_least": 100}, True),
        ({"attribute": "worth", "at_least": 100.5}, False),
        ({"attribute": "worth", "at_least": 50, "below": 100}, False),
        ({"attribute": "last", "within_days": 11}, True),
        ({"attribute": "last", "within_days": 9}, False),
        ({"attribute": "last", "before_days": 9}, True),
        ({"attribute": "last", "exists": False}, False),
        ({"none": [{"attribute": "phone", "equals": "1"}]}, True),
        ({"none": [{"attribute": "phone", "equals": "1"}, {"attribute": "language", "equals": "de"}]}, False),
        ({"any": [{"attribute": "phone", "exists": True}, {"attribute": "worth", "below": 101}]}, True),
        ({"all": [{"attribute": "phone", "exists": True}, {"attribute": "worth", "below": 101}]}, False),
    ],
)
def test_a_condition_holds_or_not(conn: Connection, condition: dict[str, Any], holds: bool) -> None:
    ann = golden(conn, ANN, worth=100, last=days_ago(10))
    named = {"s": SegmentCondition.model_validate(condition)}
    assert segments.of(conn, ann, named, COMPUTED) == (["s"] if holds else [])
    assert segments.counts(conn, named, COMPUTED) == {"s": int(holds)}
    assert segments.members(conn, named["s"], COMPUTED) == ([ann] if holds else [])


def test_a_customer_without_figures_meets_no_test_of_one(conn: Connection) -> None:
    ben = golden(conn, {})
    named = {
        "rich": SegmentCondition.model_validate({"attribute": "worth", "at_least": 0}),
        "not_rich": SegmentCondition.model_validate({"none": [{"attribute": "worth", "at_least": 0}]}),
        "quiet": SegmentCondition.model_validate({"attribute": "last", "exists": False}),
    }
    assert segments.of(conn, ben, named, COMPUTED) == ["not_rich", "quiet"]


def test_the_pages_of_a_segment_are_its_customers(conn: Connection) -> None:
    everybody = sorted(golden(conn, ANN) for _ in range(5))
    golden(conn, {})
    condition = SegmentCondition.model_validate({"attribute": "language", "equals": "de"})
    first = segments.members(conn, condition, {}, limit=3)
    assert first + segments.members(conn, condition, {}, limit=3, after=first[-1]) == everybody


def _config(**more: Any) -> Config:
    systems = {"desk": {"kind": "zendesk", "url": "http://x", "user": "u", "token": "t"}}
    return Config.model_validate({"systems": systems, **more})


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ({"attribute": "langage", "equals": "de"}, "did you mean 'language'"),
        ({"attribute": "given_name_root", "equals": "x"}, "unknown attribute"),
        ({"attribute": "language", "at_least": 1}, "can't be tested by at_least"),
        ({"attribute": "worth", "within_days": 1}, "can't be tested by within_days"),
        ({"all": [{"any": [{"attribute": "nothing", "exists": True}]}]}, "unknown attribute 'nothing'"),
        ({"attribute": "address.contry", "equals": "de"}, "unknown part 'contry' of address; did you mean 'country'"),
        ({"attribute": "language.part", "exists": True}, "language has no parts"),
        ({"attribute": "entity_type.part", "exists": True}, "unknown attribute"),
        ({"attribute": "last", "within_days": 5_000_000}, "less than or equal to 36500"),
        ({"attribute": "language"}, "say what to test"),
        ({"all": [], "attribute": "language", "exists": True}, "at least 1"),
        ({"all": [{"attribute": "language", "exists": True}], "equals": "x"}, "either all, any or none"),
        ({}, "either all, any or none"),
    ],
)
def test_a_condition_that_means_nothing_is_an_error_before_anything_runs(condition: Any, says: str) -> None:
    computed = {"worth": {"measure": "sum", "currency": "EUR"}}
    with pytest.raises(ValidationError, match=says):
        _config(computed=computed, segments={"s": condition})


def test_a_figure_may_not_take_the_name_of_an_attribute() -> None:
    with pytest.raises(ValidationError, match="golden attribute already"):
        _config(computed={"email": {"measure": "count"}})
