"""Fields of a company's own: written where hub.yaml maps attributes to them, and read again as their echo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from destinations.registry import shape_of
from hub.config import Config
from hub.errors import SettingsError
from hub.records import EntityType
from tests.destinations.factories import attributes, value
from tests.destinations.systems import Hub, fresh_name

LOGIN = {
    "hubspot": {"token": "-"},
    "zendesk": {"user": "u", "token": "-"},
    "sap_s4hana": {"user": "u", "password": "-"},
}
PLACE = {"hubspot": "", "zendesk": "user_fields.", "sap_s4hana": ""}


def config(kind: str, fields: Any) -> Config:
    return Config.model_validate(
        {
            "attributes": {"tier": {}, "since": {"kind": "date"}, "vat_free": {"entity_types": ["organisation"]}},
            "systems": {"there": {"kind": kind, "url": "http://127.0.0.1:1", **LOGIN[kind]}},
            "destinations": {
                "dest": {"system": "there", "purpose": "serving", "legal_basis": "contract", "fields": fields}
            },
        }
    )


def slots(kind: str, fields: Any, entity_type: EntityType = "person") -> dict[str, str]:
    return {slot.name: slot.attribute for slot in shape_of(config(kind, fields), "dest").slots(entity_type)}


@pytest.mark.parametrize("kind", sorted(LOGIN))
def test_a_mapped_attribute_has_a_slot(kind: str) -> None:
    own = slots(kind, {"family_name": True, "tier": "loyalty_tier", "vat_free": "vat_free"})
    assert own["loyalty_tier"] == "tier"
    assert "vat_free" not in own
    assert "vat_free" in slots(kind, {"vat_free": "vat_free"}, "organisation")
    assert "loyalty_tier" not in slots(kind, "all")


@pytest.mark.parametrize("kind", sorted(LOGIN))
def test_values_are_written_in_the_form_of_their_kind(kind: str) -> None:
    shape = shape_of(config(kind, {"since": "customer_since", "tier": "loyalty_tier"}), "dest")
    by_name = {slot.name: slot for slot in shape.slots("person")}
    since, tier = by_name["customer_since"], by_name["loyalty_tier"]
    assert since.encode(value("1.2.2020", "2020-02-01")) == {f"{PLACE[kind]}customer_since": "2020-02-01"}
    assert tier.encode(value("Gold")) == {f"{PLACE[kind]}loyalty_tier": "Gold"}


def test_a_mapped_attribute_leaves_its_usual_place() -> None:
    own = slots("hubspot", {"job_title": "role_there"})
    assert own["role_there"] == "job_title"
    assert "jobtitle" not in own


def test_two_attributes_in_one_field_are_refused() -> None:
    with pytest.raises(SettingsError, match="maps tier to firstname"):
        slots("hubspot", {"tier": "firstname"})
    with pytest.raises(SettingsError, match="maps since to one"):
        slots("hubspot", {"tier": "one", "since": "one"})


@pytest.mark.parametrize(("fields", "said"), [({"teir": "x"}, "did you mean 'tier'"), ({"address": "x"}, "has parts")])
def test_what_fits_no_property_is_refused(fields: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        config("hubspot", fields)


@pytest.mark.parametrize("kind", ["hubspot", "zendesk"])
def test_it_lands_once_and_is_found_again(hub_of: Callable[[str], Hub], kind: str) -> None:
    hub = hub_of(kind)
    [record, other] = hub.system.take(2)
    if kind == "hubspot":
        new = {"name": "role_there", "label": "r", "type": "string", "fieldType": "text", "groupName": "g"}
        with hub.system.sandbox.hubspot() as client:
            assert client.post("/crm/v3/properties/contacts", json=new).is_success
    fields = {"family_name": True, "given_name": True, "job_title": "role_there"}
    subject = hub.system.update(record, fresh_name(), golden=attributes(job_title="Head of Sales"))
    assert hub.publish(subject, fields=fields).applied == 1
    body = hub.system.bodies()[record.source_id]
    assert (body if kind == "hubspot" else body["user_fields"])["role_there"] == "Head of Sales"
    assert hub.taken[-1].written["job_title"] == attributes(job_title="Head of Sales")["job_title"]
    untouched = body if kind == "hubspot" else {**body, "user_fields": record.body["user_fields"]}
    assert untouched.keys() - {"role_there"} == record.body.keys()
    hub.taken.clear()
    assert hub.publish(subject, fields=fields).applied == 1, "it is found as it was written"
    assert hub.taken[-1].written["job_title"] == attributes(job_title="Head of Sales")["job_title"]
    theirs = hub.system.update(
        record, fresh_name(), golden=attributes(job_title="Clerk"), current=attributes(job_title="Boss")
    )
    assert hub.publish(theirs, fields={"job_title": "role_there"}).retried == 1, "it holds what the hub has not read"
    assert other.source_id != record.source_id
