"""What is planned: only what differs, never a blank, never more than was declared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destinations import sap_s4hana
from destinations.client import Patience
from destinations.hubspot import HubSpot
from destinations.operations import Operation, Subject, changes_from_json, operation_to_json
from destinations.plan import plan
from hub.errors import HubError, SettingsError
from hub.records import RecordKey, Value
from tests.destinations.factories import Settings, attributes, subject, value

SHAPE = HubSpot("crm", "http://127.0.0.1:1", "-", Patience(), write_key=False, batch=100)
UPDATE, CREATE = Settings(), Settings(create=True)
GIVEN_EMAIL = st.fixed_dictionaries(
    {},
    optional={
        "given_name": st.sampled_from(["Anna", "ANNA", "Ben"]).map(lambda s: [value(s)]),
        "family_name": st.sampled_from(["Schmidt", "Jones"]).map(lambda s: [value(s)]),
        "email": st.lists(st.sampled_from(["a@x.de", "A@x.de", "b@x.de"]).map(value), min_size=1, max_size=3),
    },
)


def planned(*subjects: Subject, settings: Settings = UPDATE) -> list[Operation]:
    return plan(subjects, settings, SHAPE, "crm")


def slots(*subjects: Subject, settings: Settings = UPDATE) -> set[str]:
    return {change.slot for operation in planned(*subjects, settings=settings) for change in operation.changes}


def test_only_fields_that_differ_are_planned() -> None:
    it = subject(
        attributes(given_name="Anna", family_name="Schmidt", job_title="Head of Sales"),
        attributes(given_name="Anna", family_name="Schmitt"),
    )
    assert {c.slot: c.value.value for c in planned(it)[0].changes} == {
        "lastname": "Schmidt",
        "jobtitle": "Head of Sales",
    }
    assert planned(it)[0].target.source_id == "1"


def test_formatting_is_no_difference() -> None:
    it = subject(
        attributes(family_name="Schmidt", phone=Value("030 1234567", "+49301234567")),
        attributes(family_name="SCHMIDT", phone=Value("+49 (30) 123-4567", "+49301234567")),
    )
    assert planned(it) == []


def test_nothing_is_blanked_because_the_golden_record_has_none() -> None:
    assert planned(subject(attributes(family_name="Roe"), attributes(family_name="Roe", job_title="Clerk"))) == []


def test_a_golden_value_that_the_system_holds_already_is_left_alone() -> None:
    golden = attributes(email=["new@x.de", "old@x.de"])
    assert planned(subject(golden, attributes(email="old@x.de"))) == []
    assert planned(subject(golden, attributes(email="foreign@x.de")))[0].changes[0].value.value == "new@x.de"


def test_a_unique_value_is_not_written_where_the_customer_has_a_second_record() -> None:
    golden = attributes(email="new@x.de", family_name="Roe")
    twice = subject(golden, attributes(email="old@x.de"), other_records=(RecordKey("crm", "contacts", "2"),))
    assert slots(twice) == {"lastname"}


def test_creating_must_be_allowed_and_possible() -> None:
    whole = subject(attributes(given_name="Anna", family_name="Schmidt"), target=None)
    assert planned(whole) == []
    [operation] = planned(whole, settings=CREATE)
    assert (operation.action, operation.target.object, operation.target.source_id) == ("create", "contacts", None)
    nameless = subject(attributes(email="a@x.de"), target=None)
    assert planned(nameless, settings=CREATE) == []


def test_only_declared_fields_and_types_leave() -> None:
    it = subject(attributes(given_name="Anna", family_name="Schmidt", email="a@x.de"))
    assert slots(it, settings=replace(UPDATE, fields=["email"])) == {"email"}
    assert slots(it, settings=replace(UPDATE, entity_types=("organisation",))) == set()


@pytest.mark.parametrize("settings", [Settings(purpose=" "), Settings(legal_basis="")])
def test_a_destination_without_ground_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="crm"):
        planned(settings=settings)


def test_a_plan_over_the_limit_stops_the_run() -> None:
    many = [subject(attributes(family_name="Roe")) for _ in range(3)]
    with pytest.raises(HubError, match="3 writes"):
        planned(*many, settings=Settings(max_changes=2))
    assert len(planned(*many, settings=Settings(max_changes=3))) == 3


def test_reasons_name_origins_and_no_values() -> None:
    it = subject(
        attributes(family_name="Schmidt"), attributes(family_name="Meyer"), origins={"family_name": "erp (most_recent)"}
    )
    [change] = planned(it)[0].changes
    assert change.reason == "differs from the golden record; golden value from erp (most_recent)"


@given(GIVEN_EMAIL, GIVEN_EMAIL)
def test_a_plan_that_was_applied_leaves_nothing_to_plan(golden: dict, current: dict) -> None:
    operations = planned(subject(golden, current))
    after = {**current, **(operations[0].written() if operations else {})}
    assert planned(subject(golden, after)) == []
    assert set(current) <= set(after)


def test_a_word_about_one_number_leaves_the_others_held() -> None:
    vat = Value({"kind": "vat", "value": "DE 1"}, {"kind": "vat", "value": "DE1", "country": "DE"})
    old = Value({"kind": "vat", "value": "DE 2"}, {"kind": "vat", "value": "DE2", "country": "DE"})
    register = Value({"kind": "registration", "value": "HRB 7"}, {"kind": "registration", "value": "HRB7"})
    it = subject(
        {"organisation_name": [value("Abel")], "identifier": [vat, register]},
        {"organisation_name": [value("Abel")], "identifier": [vat]},
        entity_type="organisation",
        told={"identifier": [vat]},
        evidence={"organisation_name": [value("Abel")], "identifier": [register, old]},
    )
    sap = sap_s4hana.connect(
        "crm",
        "http://127.0.0.1:1",
        "u",
        "p",
        Patience(),
        country=None,
        write_key=False,
        batch=100,
        own={"organisation": ()},
    )
    assert plan([it], UPDATE, sap, "crm") == []
    # What was told is what the slot holds, whatever the evidence says.
    [operation] = plan([replace(it, golden={"identifier": [old]})], UPDATE, sap, "crm")
    assert [change.slot for change in operation.changes] == ["tax"]


@given(GIVEN_EMAIL)
def test_an_operation_survives_storing(golden: dict) -> None:
    for operation in planned(subject(golden)):
        assert changes_from_json(operation_to_json(operation)["changes"]) == operation.changes


def test_keys_tell_writes_apart_and_nothing_else() -> None:
    first = planned(subject(attributes(family_name="Roe")))[0]
    assert replace(first, version=2).content_key == first.content_key
    assert replace(first, version=2).idempotency_key != first.idempotency_key
    other = replace(first, changes=(replace(first.changes[0], value=value("Doe")),))
    assert other.content_key != first.content_key
