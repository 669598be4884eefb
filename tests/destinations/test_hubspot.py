"""What is HubSpot's own: the unique property, batches refused as a whole, what a contact has no place for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.errors import SettingsError
from tests.destinations.factories import attributes, value
from tests.destinations.systems import KINDS, Hub, System, fresh_name
from tests.sandbox import running_sandbox


@pytest.fixture
def hub(hub_of: Callable[[str], Hub]) -> Hub:
    return hub_of("hubspot")


def test_a_batch_refused_as_a_whole_is_halved(hub: Hub) -> None:
    records = hub.system.take(6)
    hub.system.sandbox.fault("hubspot", "poison", key=records[4].source_id, whole=True)
    report = hub.publish(*(hub.system.update(record, fresh_name()) for record in records))
    assert (report.applied, report.rejected) == (5, 1)


def test_a_record_that_breaks_the_system_spoils_no_other(hub: Hub) -> None:
    records = hub.system.take(2)
    hub.system.sandbox.fault("hubspot", "500", times=7, match="batch/update")
    report = hub.publish(*(hub.system.update(record, fresh_name()) for record in records))
    assert (report.applied, report.unknown) == (2, 0)


def test_an_email_that_another_contact_has_is_refused_in_hubspots_words(hub: Hub) -> None:
    taken = next(b["email"] for b in hub.system.bodies().values() if b.get("email"))
    name = fresh_name()
    report = hub.publish(hub.system.new(name, email=taken), create=True)
    assert (report.applied, report.rejected) == (0, 1)
    assert name not in hub.system.names()


def test_middle_names_in_the_first_name_are_left_alone(hub: Hub) -> None:
    [record] = hub.system.take(1)
    record.body["firstname"] = f"{record.body['firstname']} Maria"
    name = fresh_name()
    subject = hub.system.update(record, name, golden=attributes(given_name=record.body["firstname"].split()[0]))
    hub.publish(subject)
    assert [set(entry.written) for entry in hub.taken] == [{"family_name"}]


def test_an_address_is_written_whole(hub: Hub) -> None:
    record = hub.system.pick(lambda body: body.get("state") and body.get("address"))
    old = {"street": "address", "city": "city", "postcode": "zip", "region": "state", "country": "country"}
    current = attributes(address=value({part: record.body.get(field, "") for part, field in old.items()}))
    new = value(
        {"street": "Hauptstr.", "house_number": "5", "line2": "2. OG", "city": "Köln", "postcode": "50667"},
        {"street": "hauptstrasse", "house_number": "5", "city": "koln", "postcode": "50667", "country": "DE"},
    )
    golden = attributes(address=new)
    assert hub.publish(hub.system.update(record, fresh_name(), current=current, golden=golden)).applied == 1
    after = hub.system.bodies()[record.source_id]
    assert [after.get(field, "") for field in old.values()] == ["Hauptstr. 5, 2. OG", "Köln", "50667", "", "DE"]


def test_the_key_is_written_to_known_contacts_where_declared(hub: Hub) -> None:
    [record] = hub.system.take(1)
    subject = hub.system.update(record, fresh_name())
    assert hub.publish(subject, write_key=True).applied == 1
    assert hub.system.bodies()[record.source_id]["customer_hub_id"] == str(subject.customer_id)


def test_a_property_that_is_not_unique_is_no_key(database: Engine, tmp_path: Path) -> None:
    definition = {"name": "customer_hub_id", "label": "x", "type": "string", "fieldType": "text", "groupName": "g"}
    with running_sandbox(tmp_path, customers=5) as sandbox, sandbox.hubspot() as client:
        assert client.post("/crm/v3/properties/contacts", json=definition).is_success
        hub = Hub(database, System(KINDS["hubspot"], sandbox))
        with pytest.raises(SettingsError, match="not unique"):
            hub.publish(hub.system.new(fresh_name()), create=True)
