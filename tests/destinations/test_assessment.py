"""A record as found against what is planned: what landed, what is left, what someone else changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from destinations import sap_fields
from destinations.assessment import assess
from destinations.client import Patience
from destinations.hubspot import HubSpot
from destinations.operations import Change, Found, Operation, Target
from destinations.slots import Slot
from hub.records import EntityType, Value
from tests.destinations.factories import value

HUBSPOT = HubSpot("crm", "http://127.0.0.1:1", "-", Patience(), write_key=False, batch=1)
OLD = Value({"street": "Am Wall 1", "city": "Bremen", "postcode": "28195"}, {"street": "am wall", "house_number": "1"})
NEW = Value({"street": "Ring 2", "city": "Köln"}, {"street": "ring", "house_number": "2", "city": "koln"})
AT = {"address": None, "city": None, "zip": None, "state": None, "country": None}


def verdict(slots: Any, slot: str, wanted: Value, expected: list[Value], fields: dict[str, Any]) -> str:
    change = Change(slot, "any", wanted, tuple(expected), "")
    operation = Operation("crm", uuid4(), 1, "person", "update", Target("crm", "contacts", "1"), (change,), 1)
    seen = assess(operation, Found("1", {slot: fields}), slots)
    [answer] = [name for name in ("landed", "left", "moved") if getattr(seen, name)]
    return answer


def hubspot(slot: str, wanted: Value, expected: list[Value], **fields: Any) -> str:
    return verdict(HUBSPOT.slots("person"), slot, wanted, expected, fields)


def sap(slot: str, wanted: Value, expected: list[Value], entity_type: EntityType = "person", **fields: Any) -> str:
    places: tuple[Slot, ...] = sap_fields.slots(entity_type)
    return verdict(places, slot, wanted, expected, fields)


@pytest.mark.parametrize(
    ("there", "answer"),
    [
        ("Roe", "landed"),
        (" ROE ", "landed"),
        ("Doe", "left"),
        ("D.O.E", "left"),
        (None, "left"),
        ("n/a", "left"),
        ("Poe", "moved"),
    ],
)
def test_a_text(there: str | None, answer: str) -> None:
    assert hubspot("lastname", value("Roe"), [value("Doe")], lastname=there) == answer


def test_a_country_alone_is_no_address() -> None:
    assert hubspot("address", NEW, [], **AT | {"country": "Germany"}) == "left"
    assert hubspot("address", NEW, [], **AT | {"city": "Ulm"}) == "moved"


def test_an_address_as_the_source_had_it() -> None:
    there = AT | {"address": "Am Wall 1", "city": "Bremen", "zip": "28195"}
    assert hubspot("address", NEW, [OLD], **there) == "left"
    assert hubspot("address", NEW, [OLD], **there | {"address": "Am Wall 2"}) == "moved"
    assert hubspot("address", NEW, [OLD], **AT | {"address": "ring 2", "city": "KÖLN"}) == "landed"


def test_a_date_in_the_form_that_was_read() -> None:
    wanted, read = Value("1954-10-24", "1954-10-24"), Value("25/10/1954", "1954-10-25")
    assert hubspot("date_of_birth", wanted, [read], date_of_birth="25/10/1954") == "left"
    assert hubspot("date_of_birth", wanted, [read], date_of_birth="26/10/1954") == "moved"


def test_a_value_that_cant_be_read_guards_nothing() -> None:
    assert sap("BirthDate", Value("1954-10-24", "1954-10-24"), [Value("?", None)], BirthDate="/Date(1)/") == "left"


def test_a_telephone_read_in_its_international_form() -> None:
    wanted, read = value("+49301", "+49301"), Value("+49 30 123456", "+4930123456")
    there = {"PhoneNumber": "030 123456", "InternationalPhoneNumber": "+4930123456"}
    assert sap("phone", wanted, [read], **there) == "left"


def test_a_department_is_no_part_of_a_name() -> None:
    there = {"OrganizationBPName1": "Adams Energy", "OrganizationBPName2": "Dept. IT"}
    assert sap("name", value("Adams PLC"), [value("Adams Energy")], "organisation", **there) == "left"
    assert sap("name", value("Adams Energy"), [], "organisation", **there) == "landed"
