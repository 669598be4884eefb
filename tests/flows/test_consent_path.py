"""Consent over the whole path: what systems say, what holds, what leaves, and what goes again when one is withdrawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from flows import single
from flows.sync import sync
from golden_record import effective_consents
from hub.consent import EffectiveConsent
from hub.session import Hub
from tests.sandbox import SandboxProcess, running_sandbox
from tests.story import hub_on, write_settings

BASIS = "    legal_basis: legitimate_interest\n"
CONSENT = """\
    legal_basis: consent
    channels: [email]
    grounds:
      family_name: {purpose: address people, legal_basis: contract}
"""


def by_consent(folder: Path, sandbox: SandboxProcess) -> Path:
    settings = write_settings(folder)
    text = settings.read_text(encoding="utf-8").replace(
        "purpose: Address customers by their right name", "purpose: newsletter"
    )
    assert BASIS in text
    settings.write_text(text.replace(BASIS, CONSENT))
    (folder / "preferences").mkdir()
    (folder / "preferences" / "choices.csv").write_text(sandbox.control("GET", "/choices.csv"))
    return settings


def told(engine: Engine) -> list[tuple[UUID, str, str, Any]]:
    """What the hub wrote into the marketing tool and is there: customer, contact, attribute, value."""
    query = """
        SELECT x.customer_id, t.source_id, t.attribute, v -> 'standard' #>> '{}' AS standard
        FROM identity.told t JOIN identity.source_record s USING (system, object, source_id)
        JOIN identity.crosswalk x ON x.record_id = s.record_id AND x.valid_to IS NULL
        CROSS JOIN LATERAL jsonb_array_elements(t.values) v
        WHERE t.system = 'marketing' ORDER BY 1, 2, 3"""
    with engine.connect() as conn:
        return [row._tuple() for row in conn.execute(sa.text(query))]


def newsletter(engine: Engine, customers: set[UUID]) -> dict[UUID, list[EffectiveConsent]]:
    with engine.connect() as conn:
        found = effective_consents.of(conn, list(customers))
    return {who: [c for c in lines if c.purpose == "newsletter"] for who, lines in found.items()}


def check_nothing_without_consent(engine: Engine) -> None:
    there = [row for row in told(engine) if row[2] != "family_name"]
    consents = newsletter(engine, {row[0] for row in there})
    for customer, _, attribute, standard in there:
        granted = {c.point for c in consents.get(customer, []) if c.state == "granted"}
        assert granted, attribute
        assert attribute not in ("email", "phone", "address") or standard in granted


def test_consents_over_the_whole_path(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    with running_sandbox(tmp_path, customers=60) as sandbox, hub_on(sandbox, by_consent(tmp_path, sandbox)) as hub:
        first = sync(hub)
        assert first.consents["marketing"].stored > 50
        assert first.consents["preferences"].stored > 20
        assert all(report.balanced for report in first.consents.values())
        assert first.destinations["marketing"].withheld > 5
        check_nothing_without_consent(database)
        _contradictions_are_withdrawn(database)
        customer, contact, address = _granted_by_one_address(database)
        _withdraw_loses_its_answer_and_lands_once(hub, sandbox, contact, address)
        check_nothing_without_consent(database)
        assert not [row for row in told(database) if row[0] == customer and row[2] != "family_name"]
        _grant(sandbox, address)
        sync(hub)
        assert [row for row in told(database) if row[0] == customer and row[2] != "family_name"]
        assert sync(hub).nothing_to_do


def _contradictions_are_withdrawn(engine: Engine) -> None:
    """The two systems say different things of some addresses of one customer, and the stricter holds."""
    query = """
        SELECT a.customer_id, c.point, bool_or(c.status = 'withdrawn') AS no FROM golden.consent c
        JOIN identity.source_record s ON (s.system, s.object, s.source_id)
            = (c.record_system, c.record_object, c.record_source_id)
        JOIN identity.crosswalk a ON a.record_id = s.record_id AND a.valid_to IS NULL
        WHERE c.valid_to IS NULL AND c.purpose = 'newsletter' AND c.status <> 'unknown'
        GROUP BY 1, 2 HAVING count(DISTINCT c.status) > 1"""
    with engine.connect() as conn:
        contradicting = conn.execute(sa.text(query)).all()
    assert contradicting
    consents = newsletter(engine, {row.customer_id for row in contradicting})
    for row in contradicting:
        assert {c.state for c in consents[row.customer_id] if c.point == row.point} == {"withdrawn"}


def _granted_by_one_address(engine: Engine) -> tuple[UUID, str, str]:
    """A customer of whom something was written into a contact because of one address's consent alone."""
    there = [row for row in told(engine) if row[2] not in ("family_name", "email")]
    consents = newsletter(engine, {row[0] for row in there})
    for customer, contact, _, _ in there:
        granted = [c for c in consents[customer] if c.state == "granted"]
        if len({c.point for c in granted}) == 1 and granted[0].evidence.system == "marketing":
            return customer, contact, granted[0].point
    raise AssertionError("the seeded world has no such customer")


def _withdraw_loses_its_answer_and_lands_once(hub: Hub, sandbox: SandboxProcess, contact: str, address: str) -> None:
    written = {row[2] for row in told(hub.engine) if row[1] == contact}
    with sandbox.hubspot() as client:
        body = {"subscriptionId": 1001, "statusState": "UNSUBSCRIBED", "channel": "EMAIL"}
        assert client.post(f"/communication-preferences/v4/statuses/{address}", json=body).is_success
    single.ingest(hub, "marketing", progress=lambda _: None)
    shown = [entry for entry in single.preview(hub, "marketing") if entry["target"] == contact]
    [removal] = [entry for entry in shown if entry["action"] == "update"]
    assert all("was withdrawn" in reason and "is removed" in reason for reason in removal["reasons"].values())
    assert written
    sandbox.fault("hubspot", "lost_answer", match="contacts/batch/update")
    report = sync(hub).destinations["marketing"]
    assert (report.rejected, report.unknown) == (0, 0)
    with sandbox.hubspot() as client:
        answer = client.get(
            f"/crm/v3/objects/contacts/{contact}", params={"properties": ",".join(removal["fields"])}
        ).json()
    assert {answer["properties"].get(name) or "" for name in removal["fields"] if name != "address"} <= {""}
    assert sync(hub).nothing_to_do


def _grant(sandbox: SandboxProcess, address: str) -> None:
    body = {
        "subscriptionId": 1001, "statusState": "SUBSCRIBED", "channel": "EMAIL", "legalBasis": "CONSENT_WITH_NOTICE",
    }  # fmt: skip
    with sandbox.hubspot() as client:
        assert client.post(f"/communication-preferences/v4/statuses/{address}", json=body).is_success
