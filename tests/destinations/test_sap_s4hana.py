"""What is SAP's own: parts of a partner, ETags, sessions, locks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from destinations import ledger, parked, sap_fields
from destinations.operations import Delivery, Operation, Todo
from destinations.plan import plan
from destinations.sap_session import entity, words
from hub.records import Value
from tests.destinations.factories import attributes, value
from tests.destinations.systems import Existing, Hub, fresh_name

ADDRESS = Value(
    {"street": "22 Foo St", "city": "Austin", "postcode": "78701", "region": "Texas", "country": "USA"},
    {
        "street": "foo street",
        "house_number": "22",
        "city": "austin",
        "postcode": "78701",
        "region": "TX",
        "country": "US",
    },
)


@pytest.fixture
def hub(hub_of: Callable[[str], Hub]) -> Hub:
    return hub_of("sap_s4hana")


def take(hub: Hub, *, email: bool = True, phone: bool = True, tax: bool = False) -> Existing:
    """A partner that has, or has not, an e-mail, a telephone and a tax number."""

    def fits(body: dict[str, Any]) -> bool:
        [address] = body["to_BusinessPartnerAddress"]
        has = (bool(address["to_EmailAddress"]), bool(address["to_PhoneNumber"]), bool(body["to_BusinessPartnerTax"]))
        return has == (email, phone, tax)

    return hub.system.pick(fits)


def operations(hub: Hub, *subjects: Any) -> list[Operation]:
    with hub.system.open(hub.clock) as opened:
        return plan(subjects, hub.system.config().destinations["dest"], opened, "dest")


def test_each_part_is_changed_where_it_is_kept(hub: Hub) -> None:
    record = take(hub)
    [before] = record.body["to_BusinessPartnerAddress"]
    current = attributes(
        email=before["to_EmailAddress"][0]["EmailAddress"],
        phone=before["to_PhoneNumber"][0]["PhoneNumber"],
        address=value(
            {
                "street": before["StreetName"],
                "house_number": before["HouseNumber"],
                "line2": before["HouseNumberSupplementText"],
                "city": before["CityName"],
                "postcode": before["PostalCode"],
                "region": before["Region"],
                "country": before["Country"],
            }
        ),
    )
    golden = {**attributes(email="new@zz-demo.org", phone=value("0151 123", "+4915123456789")), "address": [ADDRESS]}
    report = hub.publish(hub.system.update(record, fresh_name(), current=current, golden=golden))
    assert (report.applied, report.retried, report.rejected) == (1, 0, 0)
    [after] = hub.system.bodies()[record.source_id]["to_BusinessPartnerAddress"]
    assert after["AddressID"] == before["AddressID"]
    assert [after[name] for name in ("StreetName", "HouseNumber", "Region", "Country")] == ["22 Foo St", "", "TX", "US"]
    assert after["to_EmailAddress"][0]["EmailAddress"] == "new@zz-demo.org"
    assert after["to_EmailAddress"][1:] == before["to_EmailAddress"][1:]
    phone = after["to_PhoneNumber"][0]
    assert (phone["PhoneNumber"], phone["PhoneNumberType"]) == ("+4915123456789", "3")
    assert phone["DestinationLocationCountry"] == "DE"
    assert after["to_PhoneNumber"][1:] == before["to_PhoneNumber"][1:]


def test_parts_that_are_not_there_are_added(hub: Hub) -> None:
    record = take(hub, email=False)
    vat = value({"kind": "vat", "value": "DE136695976"}, {"kind": "vat", "value": "DE136695976"})
    golden = attributes(email="first@zz-demo.org", identifier=vat)
    assert hub.publish(hub.system.update(record, fresh_name(), golden=golden)).applied == 1
    body = hub.system.bodies()[record.source_id]
    [email] = body["to_BusinessPartnerAddress"][0]["to_EmailAddress"]
    assert (email["EmailAddress"], email["IsDefaultEmailAddress"]) == ("first@zz-demo.org", True)
    [tax] = body["to_BusinessPartnerTax"]
    assert (tax["BPTaxType"], tax["BPTaxNumber"]) == ("DE0", "DE136695976")


def test_a_change_between_reading_and_writing_is_seen_by_its_etag(hub: Hub) -> None:
    [record] = hub.system.take(1)
    mine, theirs = fresh_name(), fresh_name()
    [operation] = operations(hub, hub.system.update(record, mine))
    with hub.system.open(hub.clock) as opened, hub.system.sandbox.sap() as client:
        delivery = Delivery(1, operation)
        found = opened.read([delivery])
        token = client.get("/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
        path = entity("A_BusinessPartner", BusinessPartner=record.source_id)
        headers = {"x-csrf-token": token, "if-match": "*"}
        assert client.patch(f"/{path}", json={"LastName": theirs}, headers=headers).is_success
        [receipt] = opened.write([Todo(delivery, ("LastName",), found[1])])
    assert (receipt.outcome, receipt.landed) == ("moved", ())
    assert hub.system.kind.name(hub.system.bodies()[record.source_id]) == theirs


def test_a_refused_part_keeps_what_landed_before_it(hub: Hub) -> None:
    record = take(hub, email=False)
    hub.system.sandbox.fault("sap", "poison", key="bad@zz-demo.org")
    subject = hub.system.update(record, fresh_name(), golden=attributes(email="bad@zz-demo.org"))
    report = hub.publish(subject)
    assert (report.applied, report.rejected) == (0, 1)
    assert [set(entry.written) for entry in hub.taken] == [{"family_name"}]


@pytest.mark.parametrize("fault", ["expired_csrf", "locked"])
def test_sessions_and_locks_pass(hub: Hub, fault: str) -> None:
    [record] = hub.system.take(1)
    hub.plan([hub.system.update(record, fresh_name())])
    hub.system.sandbox.fault("sap", fault, times=1, method="PATCH")
    report = hub.run()
    if fault == "locked":
        assert (report.retried, report.stopped) == (1, "")
        hub.clock.sleep(61)
        report = hub.run()
    assert report.applied == 1


def test_a_partner_that_is_never_unlocked_is_parked_in_saps_words(hub: Hub) -> None:
    [record] = hub.system.take(1)
    hub.plan([hub.system.update(record, fresh_name())])
    hub.system.sandbox.fault("sap", "locked", times=0, method="PATCH")
    for _ in range(ledger.MAX_ATTEMPTS):
        assert hub.run().retried == 1
        hub.clock.sleep(61)
    assert hub.run().sent == 0
    with hub.engine.begin() as conn:
        [refused] = parked.parked(conn)
    assert "locked by" in refused.reason.lower()


def test_a_created_partner_is_a_customer_with_the_hubs_number(hub: Hub) -> None:
    name = fresh_name()
    subject = hub.system.new(name, email="only@zz-demo.org")
    assert hub.publish(subject, create=True).applied == 1
    body = hub.system.bodies()[hub.taken[0].record.source_id]
    assert [role["BusinessPartnerRole"] for role in body["to_BusinessPartnerRole"]] == ["FLCU01"]
    [key] = body["to_BuPaIdentification"]
    assert (key["BPIdentificationType"], key["BPIdentificationNumber"]) == ("HUBID", str(subject.customer_id))
    [address] = body["to_BusinessPartnerAddress"]
    assert address["to_EmailAddress"][0]["EmailAddress"] == "only@zz-demo.org"


def test_the_key_is_written_to_known_partners_where_declared(hub: Hub) -> None:
    [record] = hub.system.take(1)
    subject = hub.system.update(record, fresh_name())
    assert hub.publish(subject, write_key=True).applied == 1
    keys = hub.system.bodies()[record.source_id]["to_BuPaIdentification"]
    assert str(subject.customer_id) in [key["BPIdentificationNumber"] for key in keys]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Short GmbH", ["Short GmbH"]),
        ("A" * 30, ["A" * 30, ""]),
        ("A" * 50, ["A" * 40, "A" * 10]),
        ("A" * 35 + " " + "B" * 20, ["A" * 35, "B" * 20]),
        ("A" * 20 + " " + "B" * 19 + " CC", ["A" * 20 + " " + "B" * 19, " CC"]),
        ("A" * 81, []),
    ],
)
def test_long_names_go_on_in_the_second_line(name: str, lines: list[str]) -> None:
    [slot] = [slot for slot in sap_fields.slots("organisation") if slot.name == "name"]
    assert list(slot.encode(value(name)).values()) == lines


def test_the_rest_of_a_long_name_goes_with_it_and_a_department_stays() -> None:
    new = {"OrganizationBPName1": "Short GmbH"}
    long = {"OrganizationBPName1": "A" * 40, "OrganizationBPName2": "AAA GmbH"}
    assert sap_fields.completed("partner", new, long) == new | {"OrganizationBPName2": ""}
    department = {"OrganizationBPName1": "Shorter", "OrganizationBPName2": "Dept. IT"}
    assert sap_fields.completed("partner", new, department) == new


@pytest.mark.parametrize(
    ("day", "wire"), [("1970-01-02", "/Date(86400000)/"), ("1969-12-31", "/Date(-86400000)/"), ("03/04/05", None)]
)
def test_dates_are_milliseconds(day: str, wire: str | None) -> None:
    [slot] = [slot for slot in sap_fields.slots("person") if slot.name == "BirthDate"]
    assert slot.encode(Value(day, day)).get("BirthDate") == wire


def test_keys_and_words() -> None:
    assert entity("A_X", A="1'2", B="ü") == "A_X(A='1''2',B='%C3%BC')"
    error = {
        "error": {"message": {"value": "No"}, "innererror": {"errordetails": [{"message": "No"}, {"message": "Why"}]}}
    }
    assert words(error) == "No; Why"
    assert words({}) == "refused without a word"


def test_language_and_registration_number_are_written(hub: Hub) -> None:
    person = hub.system.pick(lambda body: body["FirstName"])
    german = value("Deutsch", "de") if person.body["CorrespondenceLanguage"] != "DE" else value("English", "en")
    current = attributes(language=person.body["CorrespondenceLanguage"])
    subject = hub.system.update(person, fresh_name(), golden=attributes(language=german), current=current)
    assert hub.publish(subject).applied == 1
    code = str(german.standard).upper()
    assert hub.system.bodies()[person.source_id]["CorrespondenceLanguage"] == code
    number = {"kind": "registration", "value": "HRB 12345", "country": "DE"}
    company = hub.system.new(
        fresh_name(), entity_type="organisation", identifier=value(number, {**number, "value": "HRB12345"})
    )
    assert hub.publish(company, create=True).applied == 1
    made = hub.taken[-1].record
    keys = hub.system.bodies()[made.source_id]["to_BuPaIdentification"]
    assert [k["BPIdentificationNumber"] for k in keys if k["BPIdentificationType"] == "BUP002"] == ["HRB 12345"]
    assert hub.publish(company, create=True).applied == 1, "it is found as it was written"


def test_a_registration_number_is_added_and_never_replaced(hub: Hub) -> None:
    number = {"kind": "registration", "value": "HRB 777", "country": "DE"}
    name = fresh_name()
    assert hub.publish(hub.system.new(name, entity_type="organisation"), create=True).applied == 1
    key = hub.taken[-1].record
    bare = hub.system.new(name, 2, "organisation", identifier=value(number))
    known = replace(bare, target=key, current=attributes(organisation_name=name))
    assert hub.publish(known).applied == 1
    keys = hub.system.bodies()[key.source_id]["to_BuPaIdentification"]
    assert ("BUP002", "HRB 777") in [(k["BPIdentificationType"], k["BPIdentificationNumber"]) for k in keys]
    held = attributes(organisation_name=name, identifier=value({**number, "value": "HRB 1"}))
    assert hub.plan([replace(known, version=3, current=held)]) == 0
