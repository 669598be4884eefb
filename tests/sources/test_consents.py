"""Statements of consent of files and of the marketing tool: mapped so that what can't be read allows nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.config import Config
from hub.consent import EVERY_PURPOSE, Consent
from hub.db import transaction
from hub.errors import SettingsError
from hub.feed import ConsentConfig
from hub.records import RecordKey
from sources import intake, landing
from sources.consent_mapping import ConsentMapper
from sources.mapping import RefusedRowError
from sources.registry import effective_consents
from tests.sandbox import SandboxProcess
from tests.sources.cycle import config_of
from tests.sources.rigs import HubSpotRig

ENTRY: dict[str, Any] = {
    "id": "no",
    "record": {"object": "customers", "id": "who"},
    "purpose": {"column": "topic", "values": {"NL": "newsletter"}},
    "channel": {"column": "by", "values": {"mail": "email"}},
    "contact_point": {"email": "address"},
    "status": {"column": "choice", "values": {"yes": "granted", "no": "withdrawn"}},
    "at": {"column": "day", "format": "%d.%m.%Y"},
    "valid_to": "until",
    "timezone": "Europe/Berlin",
    "how": "form",
    "wording": "text",
    "wording_version": "version",
}
ROW = {"no": "1", "who": "7", "topic": "nl", "by": "Mail", "address": "A@X.de", "choice": "Yes", "day": "2.1.2026"}


def mapped(row: dict[str, Any], **changed: Any) -> Consent:
    entry = ConsentConfig.model_validate({**ENTRY, **changed})
    config = config_of({"shop": {"kind": "files", "country": "DE", "consents": {"c": {"path": "x", **ENTRY}}}}, Path())
    return ConsentMapper(config, "shop", "c", entry).record(row)


def test_a_row_with_all_its_evidence() -> None:
    found = mapped({**ROW, "until": "2027-01-01", "form": "web", "text": "I agree", "version": "3"})
    assert (found.key, found.belongs.source_id) == (RecordKey("shop", "c", "1"), "7")
    assert (found.purpose, found.channel, found.point, found.status) == ("newsletter", "email", "a@x.de", "granted")
    assert found.at is not None
    assert found.at.isoformat() == "2026-01-01T23:00:00+00:00"
    assert found.ends_at is not None
    assert (found.how, found.wording, found.wording_version) == ("web", "I agree", "3")


def test_what_can_not_be_read_allows_nothing() -> None:
    assert mapped({**ROW, "choice": "maybe"}).status == "unknown"
    assert mapped({**ROW, "choice": ""}).status == "unknown"
    assert mapped({**ROW, "until": "some day"}).status == "unknown"
    assert mapped({**ROW, "until": "some day", "choice": "no"}).status == "withdrawn"
    assert mapped({**ROW, "day": "some day"}).at is None
    for row, code in [
        ({"address": "none"}, "missing_contact_point"),
        ({"by": "pigeon"}, "unknown_channel"),
        ({"topic": ""}, "unknown_purpose"),
        ({"who": ""}, "missing_record"),
        ({"by": "sms"}, "missing_contact_point"),
    ]:
        with pytest.raises(RefusedRowError) as error:
            mapped({**ROW, **row})
        assert error.value.code == code


def test_words_phones_and_records_as_a_whole() -> None:
    assert mapped({**ROW, "topic": "Product  News!"}).purpose == "product_news"
    by_phone = {"contact_point": {"phone": "tel"}, "channel": "sms"}
    assert mapped({**ROW, "tel": "0171 2345678"}, **by_phone).point == "+491712345678"
    assert mapped(ROW, contact_point=None, channel="post").point is None


@given(st.dictionaries(st.sampled_from(sorted({*ROW, "until"})), st.text(max_size=12)))
def test_no_row_grants_by_accident(row: dict[str, str]) -> None:
    try:
        found = mapped({**ROW, **row})
    except RefusedRowError:
        return
    assert found.status != "granted" or {**ROW, **row}["choice"].strip().casefold() == "yes"
    assert "\x00" not in f"{found.key}{found.purpose}{found.point}"


def test_impossible_declarations_are_refused() -> None:
    with pytest.raises(ValueError, match="no channel"):
        ConsentConfig.model_validate({**ENTRY, "channel": "pigeon"})
    with pytest.raises(ValueError, match="email or a phone"):
        ConsentConfig.model_validate({**ENTRY, "contact_point": {"email": "a", "phone": "b"}})
    base = {"kind": "files", "consents": {"c": {"path": "x", "id": "no"}}}
    with pytest.raises(ValueError, match="record, purpose, channel, status"):
        config_of({"shop": base}, Path())
    files = {"kind": "files", "consents": {"c": {"path": "x", **ENTRY}}}
    target = {"kind": "hubspot", "url": "http://x", "token": "t"}
    said = {"system": "crm", "purpose": "Win people back", "legal_basis": "consent"}
    with pytest.raises(ValueError, match="purpose is a word"):
        Config.model_validate({"systems": {"shop": files, "crm": target}, "destinations": {"crm": said}})


def take(engine: Engine, config: Config, home: Path) -> tuple[dict[RecordKey, Consent], set[str]]:
    landed = landing.land(engine, config, "sys", home, feed="consents")
    found: dict[RecordKey, Consent] = {}
    deleted: set[str] = set()
    with transaction(engine) as conn:
        landing.settle(conn, landed)
        due = intake.pending(conn, config, "sys", feed="consents")
        for batch in intake.read_consents(conn, config, due):
            assert batch.rows_in == len(batch.records) + len(batch.quarantined) + len(batch.deleted)
            found |= {consent.key: consent for consent in batch.records}
            deleted |= {key.source_id for key in batch.deleted}
            intake.settle(conn, due, batch, None)
        intake.mark(conn, due, None)
    return found, deleted


def test_subscriptions_of_the_marketing_tool(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": HubSpotRig(sandbox).system(page_size=50)}, tmp_path)
    first, _ = take(database, config, home)
    contacts = {row["id"]: row["body"] for row in sandbox.dump("hubspot")["contacts"]}
    addresses = {
        (number, email)
        for number, body in contacts.items()
        for email in [body.get("email"), *body.get("hs_additional_emails", "").split(";")]
        if email
    }
    by_topic = [c for c in first.values() if c.purpose != EVERY_PURPOSE]
    assert {(c.belongs.source_id, c.point) for c in by_topic} == addresses
    assert {c.purpose for c in by_topic} == {"newsletter", "product_news", "event_invitations"}
    assert {c.status for c in by_topic} == {"granted", "withdrawn", "unknown"}
    assert all(c.legal_basis in (None, "CONSENT_WITH_NOTICE") for c in by_topic if c.status == "granted")
    assert any(c.legal_basis == "LEGITIMATE_INTEREST_CLIENT" for c in by_topic if c.status == "unknown")
    out = {number for number, body in contacts.items() if body.get("hs_email_optout") == "true" and body.get("email")}
    assert {c.belongs.source_id for c in first.values() if c.purpose == EVERY_PURPOSE} >= out
    assert not any("@" in key.source_id for key in first)
    assert take(database, config, home) == ({}, set())
    number, email = next((c.belongs.source_id, c.point) for c in by_topic if c.status == "granted")
    with sandbox.hubspot() as client:
        body = {"subscriptionId": 1001, "statusState": "UNSUBSCRIBED", "channel": "EMAIL"}
        assert client.post(f"/communication-preferences/v4/statuses/{email}", json=body).is_success
        assert client.delete(f"/crm/v3/objects/contacts/{sorted({n for n, _ in addresses} - {number})[0]}").is_success
    changed, deleted = take(database, config, home)
    assert {(c.point, c.purpose, c.status) for c in changed.values()} == {(email, "newsletter", "withdrawn")}
    assert deleted


def test_null_leaves_subscriptions_out() -> None:
    system = {"kind": "hubspot", "url": "http://x", "token": "t"}
    assert set(effective_consents(config_of({"crm": system}, Path()), "crm")) == {"subscriptions"}
    assert not effective_consents(config_of({"crm": {**system, "consents": {"subscriptions": None}}}, Path()), "crm")
    with pytest.raises(SettingsError, match="no consents 'topics'"):
        effective_consents(config_of({"crm": {**system, "consents": {"topics": {}}}}, Path()), "crm")
