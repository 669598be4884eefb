"""A row becomes an activity as declared, or is refused with the field and the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.activity import Activity, Belonging
from hub.errors import SettingsError
from hub.feed import ActivityConfig
from hub.records import RecordKey
from sources.activity_mapping import ActivityMapper
from sources.declared import fingerprint, mapped_columns
from sources.mapping import RefusedRowError
from sources.registry import effective_activities, source_of
from tests.sources.cycle import config_of

VISIT: dict[str, Any] = {
    "path": "visits.csv",
    "id": "visit",
    "kind": {"column": "what", "values": {"Web": "visit", "Shop": "store_visit"}},
    "record": {"object": "customers", "id": ["branch", "customer"]},
    "at": {"column": "when", "format": "%d/%m/%Y %H:%M"},
    "timezone": "Europe/Berlin",
    "title": "page",
    "amount": "value",
    "currency": "EUR",
    "status": {"column": "state", "values": {"X": "cancelled"}},
    "attributes": {"channel": "via"},
}
ROW = {
    "visit": "7", "what": "web", "branch": "B1", "customer": "42", "when": "01/07/2026 12:30", "page": "Offers",
    "value": "1.234,50", "state": "x", "via": "app",
}  # fmt: skip


def activity(row: dict[str, Any], **changed: Any) -> Activity:
    return ActivityMapper("web", "visits", ActivityConfig.model_validate({**VISIT, **changed})).record(row)


def test_a_row_becomes_an_activity() -> None:
    assert activity(ROW) == Activity(
        RecordKey("web", "visits", "7"),
        Belonging("web", "customers", source_id="B1|42"),
        "visit",
        datetime(2026, 7, 1, 10, 30, tzinfo=UTC),
        "Offers",
        Decimal("1234.5"),
        "EUR",
        "cancelled",
        {"channel": "app"},
    )


def test_what_a_row_does_not_say_is_left_out() -> None:
    found = activity({name: ROW[name] for name in ("visit", "what", "branch", "customer", "when")})
    assert (found.title, found.amount, found.currency, found.status, found.attributes) == (None, None, None, None, {})


def test_a_record_of_another_system_is_meant_by_its_email() -> None:
    reference = {"system": "crm", "object": "contacts", "email": "customer"}
    assert activity({**ROW, "customer": " Ann@X.example "}, record=reference).belongs == Belonging(
        "crm", "contacts", email="ann@x.example"
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"visit": ""}, "missing_key"),
        ({"visit": "9" * 501}, "key_too_long"),
        ({"what": "mail"}, "unknown_kind"),
        ({"customer": ""}, "missing_record"),
        ({"when": "yesterday"}, "unreadable_time"),
        ({"when": None}, "unreadable_time"),
        ({"value": "much"}, "unreadable_amount"),
        ({"value": "1" * 40}, "unreadable_amount"),
    ],
)
def test_a_row_that_is_no_activity_is_refused_with_the_reason(change: dict[str, Any], code: str) -> None:
    with pytest.raises(RefusedRowError) as caught:
        activity({**ROW, **change})
    assert caught.value.code == code
    assert not any(str(value) in str(caught.value) for value in change.values() if value)


def test_a_currency_that_is_none_is_refused() -> None:
    with pytest.raises(RefusedRowError, match="4217"):
        activity({**ROW, "cur": "Euro"}, currency="cur")
    assert activity({**ROW, "cur": "usd"}, currency="cur").currency == "USD"


@given(st.dictionaries(st.sampled_from([*ROW, "cur"]), st.text() | st.none() | st.integers() | st.floats()))
def test_no_row_breaks_the_mapping(row: dict[str, Any]) -> None:
    try:
        found = activity({**ROW, **row}, currency="cur")
    except RefusedRowError:
        return
    assert "\x00" not in "".join(filter(None, (*found.key, found.title, found.status, *found.attributes.values())))
    assert len(found.content_hash) == 64


def _config(**activities: Any) -> Any:
    system = {"kind": "zendesk", "url": "http://x", "user": "u", "token": "t", "activities": activities}
    return config_of({"desk": system}, Path())


def test_shipped_activities_are_changed_or_left_out_by_the_settings() -> None:
    assert set(effective_activities(_config(), "desk")) == {"tickets"}
    assert effective_activities(_config(tickets=None), "desk") == {}
    changed = effective_activities(_config(tickets={"title": "description"}), "desk")["tickets"]
    assert (changed.title, changed.kind) == ("description", "ticket")
    with pytest.raises(SettingsError, match="no activity 'calls'"):
        effective_activities(_config(calls={}), "desk")
    prints = [
        fingerprint(c, "desk", effective_activities(c, "desk")) for c in (_config(), _config(tickets={"at": "x"}))
    ]
    assert prints[0] != prints[1]


def test_the_columns_of_a_declared_activity_are_known() -> None:
    entry = ActivityConfig.model_validate(VISIT)
    assert mapped_columns(entry) == [
        "visit", "branch", "customer", "what", "state", "page", "value", "via", "when"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": None}, "say its kind"),
        ({"record": None, "at": None}, "say its record and at"),
        ({"path": None}, "files need a path"),
        ({"record": {"object": "customers"}}, "either the column"),
        ({"record": {"object": "customers", "id": "a", "email": "b"}}, "either the column"),
    ],
)
def test_an_activity_that_says_too_little_is_an_error_before_anything_runs(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        config_of({"web": {"kind": "files", "activities": {"visits": {**VISIT, **change}}}}, Path())


def test_shipped_mappings_read_the_systems_own_rows() -> None:
    config = config_of(
        {
            "erp": {"kind": "sap_s4hana", "url": "http://x", "user": "u", "password": "p"},
            "mail": {"kind": "hubspot", "url": "http://x", "token": "t"},
        },
        Path(),
    )
    row: dict[str, Any] = {
        "SalesOrder": "5000001", "SoldToParty": "0000012345", "TotalNetAmount": "99.90", "TransactionCurrency": "EUR",
        "SalesOrderDate": "/Date(1767225600000)/", "OverallSDProcessStatus": "B", "to_Item": {"results": []},
    }  # fmt: skip
    entry = effective_activities(config, "erp")["A_SalesOrder"]
    order = ActivityMapper("erp", "A_SalesOrder", entry).record(source_of(config, "erp").prepare("A_SalesOrder", row))
    assert order.belongs == Belonging("erp", "A_BusinessPartner", source_id="12345")
    assert (order.at, order.amount, order.status) == (datetime(2026, 1, 1, tzinfo=UTC), Decimal("99.9"), "in_process")
    entry = effective_activities(config, "mail")["email_events"]
    event = {"id": "e1", "type": "OPEN", "recipient": "A@b.example", "created": 1767225600000, "emailCampaignId": 7001}
    mail = ActivityMapper("mail", "email_events", entry).record(event)
    assert mail.belongs == Belonging("mail", "contacts", email="a@b.example")
    assert (mail.kind, mail.at, mail.attributes) == ("campaign_opened", order.at, {"campaign": "7001"})
