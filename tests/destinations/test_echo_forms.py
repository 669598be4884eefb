"""What is written comes back as it was written: the source's reading of it is known as the hub's own word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destinations.operations import Operation
from destinations.plan import plan
from destinations.registry import shape_of
from hub.config import Config
from hub.records import Attributes, SourceRecord, Value
from identity.echoes import listen
from sources.mapping import Mapper
from sources.registry import effective_objects, source_of
from sources.standardise.addresses import address
from tests.destinations.factories import Settings, attributes, subject

LOGIN = {"hubspot": {"token": "-"}, "sap_s4hana": {"user": "u", "password": "-"}}
STREETS = ["Hauptstr. 5", "Lange Straße 12a", "22 Foo St Apt 4", "Calle Mayor, 5", "The Old Mill", "10 Downing Street"]
SECOND_LINES = ["", "2. OG", "Apt 7", "4", "c/o Meyer", "Hinterhaus links, Klingel 3", "Unit 5b"]
ADDRESSES = st.fixed_dictionaries(
    {"street": st.sampled_from(STREETS), "city": st.sampled_from(["Köln", "London", "Austin"])},
    optional={
        "house_number": st.sampled_from(["7", "12-14"]),
        "line2": st.sampled_from(SECOND_LINES),
        "postcode": st.sampled_from(["50667", "SW1A 1AA", "78701"]),
        "region": st.sampled_from(["Texas", "Bavaria", "NRW", "Nordrhein-Westfalen"]),
        "country": st.sampled_from(["Germany", "DE", "GB", "USA", "US"]),
    },
)


def _config(kind: str) -> Config:
    system = {"kind": kind, "url": "http://127.0.0.1:1", **LOGIN[kind]}
    destination = {"system": "there", "purpose": "serving customers", "legal_basis": "contract", "create": True}
    return Config.model_validate({"systems": {"there": system}, "destinations": {"there": destination}})


def _written(config: Config, golden: Attributes) -> Operation:
    shape = shape_of(config, "there")
    [operation] = plan([subject(golden, target=None)], Settings(system="there", create=True), shape, "there")
    return operation


def _read_back(config: Config, kind: str, operation: Operation) -> SourceRecord:
    slots = {slot.name: slot for slot in shape_of(config, "there").slots("person")}
    wire: dict[str, Any] = {}
    for change in operation.changes:
        wire |= slots[change.slot].encode(change.value)
    row: dict[str, Any] = {"id": "1", "properties": wire}
    if kind == "sap_s4hana":
        row = {"BusinessPartner": "1", "BusinessPartnerCategory": "1", **wire}
        row["to_BusinessPartnerAddress"] = {"results": [wire]}
    name = operation.target.object
    objects = effective_objects(config, "there")
    mapper = Mapper(config, "there", name, objects[name])
    return mapper.record(source_of(config, "there").prepare(name, row))


@pytest.mark.parametrize("kind", sorted(LOGIN))
@settings(deadline=None, max_examples=60)
@given(parts=ADDRESSES)
def test_an_address_is_an_echo_whatever_the_system_makes_of_its_lines(kind: str, parts: dict[str, str]) -> None:
    config = _config(kind)
    said = {name: text for name, text in parts.items() if text} | {"country": parts.get("country", "DE")}
    golden = {**attributes(family_name="Roe"), "address": [Value(said, address(said, None))]}
    operation = _written(config, golden)
    told = operation.written()
    assert "address" in told
    back = _read_back(config, kind, operation)
    assert "address" in back.attributes
    heard = listen(back, None, told)
    assert "address" not in heard.record.attributes, "its echo came back as evidence"
    assert heard.told == told


@pytest.mark.parametrize("kind", sorted(LOGIN))
@settings(deadline=None, max_examples=60)
@given(parts=ADDRESSES)
def test_what_was_written_is_no_difference(kind: str, parts: dict[str, str]) -> None:
    config = _config(kind)
    said = {name: text for name, text in parts.items() if text} | {"country": parts.get("country", "DE")}
    golden = {**attributes(family_name="Roe"), "address": [Value(said, address(said, None))]}
    told = _written(config, golden).written()
    shape = shape_of(config, "there")
    assert plan([subject(golden, told)], Settings(system="there"), shape, "there") == []
