"""Grades, the risk of losing a customer, and figures by a SELECT of one's own that can reach nothing else."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from golden_record import activities, consents, profiles, refresh
from hub import figure_sql
from hub.activity import Activity, Belonging
from hub.computed import ComputedAttribute
from hub.consent import Consent
from hub.errors import SettingsError
from hub.records import RecordKey
from tests.golden_record import world

NOW = datetime(2026, 6, 1, tzinfo=UTC)
_DECLARED = TypeAdapter(dict[str, ComputedAttribute])


def fact(number: int, days_ago: float, amount: int = 100, record: str = "1") -> Activity:
    belongs = Belonging("erp", "contact", source_id=record)
    at = NOW - timedelta(days=days_ago)
    return Activity(RecordKey("erp", "o", str(number)), belongs, "order", at, amount=Decimal(amount), currency="EUR")


def customer(conn: Connection, record: str = "1") -> uuid.UUID:
    who = world.make_customer(conn, world.save(conn, "erp", record, world.person("Ann", "Lee", f"{record}@x.example")))
    refresh.refresh(conn, world.config(), [who], run_id=None)
    return who


def figures(conn: Connection, who: uuid.UUID, computed: dict[str, Any], now: datetime = NOW) -> dict[str, Any]:
    declared = _DECLARED.validate_python(computed)
    profiles.refresh(conn, declared, now=now)
    return profiles.of(conn, [who]).get(who, {})


RFM = {"rfm": {"measure": "rfm", "of": ["order"], "currency": "EUR"}}


def test_grades_fall_with_time_alone(conn: Connection) -> None:
    who = customer(conn)
    activities.save(conn, [fact(1, 30, 400), fact(2, 300, 700)])
    assert figures(conn, who, RFM) == {"rfm": 524}
    for days, recency in ((1, 4), (61, 3), (151, 2), (336, 1)):
        later = NOW + timedelta(days=days)
        assert conn.scalar(sa.text("SELECT due_at FROM golden.profile")) <= later
        assert figures(conn, who, RFM, later) == {"rfm": recency * 100 + 24}
    assert figures(conn, customer(conn, "2"), RFM) == {}


def test_the_risk_of_losing_a_customer_is_its_silence_against_three_usual_pauses(conn: Connection) -> None:
    risk = {"risk": {"measure": "churn_risk", "of": ["order"]}}
    who = customer(conn)
    activities.save(conn, [fact(1, 100)])
    assert figures(conn, who, risk) == {}
    activities.save(conn, [fact(2, 80), fact(3, 60)])  # a pause of 20 days, silent for 60
    assert figures(conn, who, risk) == {"risk": 1}
    activities.save(conn, [fact(4, 10)])  # a pause of 30, silent for 10
    assert figures(conn, who, risk) == {"risk": 0.11}
    assert figures(conn, who, risk, NOW + timedelta(days=1)) == {"risk": 0.12}


OWN = {
    "big": {"sql": "SELECT customer_id, max(amount) AS value FROM activities GROUP BY 1", "gives": "number"},
    "host": {
        "sql": "SELECT customer_id, split_part(attributes ->> '$.email[0]', '@', 2) AS value FROM customers",
        "gives": "text",
    },
    "spoke": {
        "sql": "SELECT customer_id, max(since) AS value FROM consents WHERE state = 'granted' GROUP BY 1",
        "gives": "time",
    },
    "age": {
        "sql": """
            SELECT customer_id, date_diff('day', min(happened_at), max(now)) AS value
            FROM activities, clock GROUP BY 1""",
        "gives": "number",
        "every_days": 1,
    },
}


def test_a_select_of_ones_own_stands_beside_the_others(conn: Connection) -> None:
    who, other = customer(conn), customer(conn, "2")
    activities.save(conn, [fact(1, 3, 7), fact(2, 5, 9)])
    said = Consent(
        RecordKey("erp", "c", "1"), Belonging("erp", "contact", source_id="1"), "newsletter", "email", "granted",
        "1@x.example", at=NOW - timedelta(days=1),
    )  # fmt: skip
    consents.save(conn, [said])
    profiles.touch(conn, [other])
    mixed = {**OWN, "orders": {"measure": "count"}}
    assert figures(conn, who, mixed) == {
        "orders": 2, "big": 9, "host": "x.example", "spoke": "2026-05-31T00:00:00Z", "age": 5,
    }  # fmt: skip
    assert profiles.of(conn, [other])[other] == {"orders": 0, "host": "x.example"}
    assert figures(conn, who, mixed, NOW + timedelta(days=1))["age"] == 6  # the clock alone
    profiles.refresh(conn, _DECLARED.validate_python(mixed), now=NOW + timedelta(days=1))
    consents.delete(conn, [said.key])
    assert "spoke" not in figures(conn, who, mixed, NOW + timedelta(days=1))


def test_what_a_select_must_not_do_is_found_before_it_runs(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("customer_id,value\n1,2\n")
    for sql, why in [
        ("DELETE FROM activities", "one SELECT"),
        ("SELECT 1 AS customer_id, 2 AS value; SELECT 1", "one SELECT"),
        (f"SELECT customer_id, value FROM read_csv('{secret}')", "disabled"),
        (f"SELECT customer_id, value FROM '{secret}'", "disabled"),
        ("COPY activities TO '/tmp/x.csv'", "one SELECT"),
        ("ATTACH 'x.duckdb'", "one SELECT"),
        ("SET enable_external_access = true", "one SELECT"),
        ("INSTALL httpfs", "one SELECT"),
        ("SELECT customer_id FROM activities", "value"),
        ("SELECT customer_id, amont AS value FROM activities", "amont"),
        ("SELECT customer_id, value FROM golden.profile", "golden"),
    ]:
        with pytest.raises(ValidationError, match=why):
            _DECLARED.validate_python({"x": {"sql": sql, "gives": "number"}})
    with pytest.raises(ValidationError, match="either a measure or an sql"):
        _DECLARED.validate_python({"x": {}})
    with pytest.raises(ValidationError, match="rising"):
        _DECLARED.validate_python({"x": {"measure": "rfm", "currency": "EUR", "amounts": [1, 2, 2, 3]}})
    locked = figure_sql.opened()
    figure_sql.lock(locked)
    with pytest.raises(Exception, match="locked"):
        locked.execute("SET enable_external_access = true")


def test_two_values_for_one_customer_are_refused(conn: Connection) -> None:
    who = customer(conn)
    activities.save(conn, [fact(1, 3), fact(2, 5)])
    with pytest.raises(SettingsError, match="two values"):
        figures(conn, who, {"x": {"sql": "SELECT customer_id, amount AS value FROM activities", "gives": "number"}})
