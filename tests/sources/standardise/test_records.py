"""Whole records: derived attributes, values in the wrong column, mixed entity types, and the libraries as oracles."""

from __future__ import annotations

from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nameparser import HumanName

from hub.attributes import Attribute
from hub.records import Attributes, EntityType, Value
from sources.standardise import emails, names, standardise


def person(
    given: dict[str, list[Any]], entity_type: EntityType = "person", country: str | None = None, **more: Any
) -> Attributes:
    return standardise(given, entity_type=entity_type, country=country, **{"custom": {}, **more})


def test_a_value_is_kept_beside_its_standard() -> None:
    found = person({"given_name": ["Bob"], "email": ["Bob@X.com", "bob@x.com ", "n/a"]})
    assert found == {
        "given_name": [Value("Bob", "bob")],
        "email": [Value("Bob@X.com", "bob@x.com")],
        "given_name_root": [Value("Bob", "robert")],
    }


def test_one_name_field_gives_the_parts_that_are_missing() -> None:
    found = person({"full_name": ["Dr. van Beethoven, Ludwig"]})
    assert found["given_name"] == [Value("Ludwig", "ludwig")]
    assert found["family_name"] == [Value("van Beethoven", "van beethoven")]
    assert "Smith" not in str(person({"full_name": ["Ann Smith"], "family_name": ["Jones"]})["family_name"])


def test_a_suffix_leaves_the_family_name() -> None:
    found = person({"family_name": ["Smith Jr."]})
    assert found["family_name"] == [Value("Smith Jr.", "smith")]
    assert found["name_suffix"] == [Value("Jr.", "jr")]


@pytest.mark.parametrize(
    ("column", "value", "attribute", "standard"),
    [
        ("phone", "ann@x.com", "email", "ann@x.com"),
        ("email", "+49 171 1234567", "phone", "+491711234567"),
        ("email", "(773) 645-1432", "phone", "+17736451432"),
        ("email", "https://acme.com/x", "website", "acme.com"),
        ("website", "ann@x.com", "email", "ann@x.com"),
        ("given_name", "ann@x.com", "email", "ann@x.com"),
        ("email", "01/31/13", "email", None),
        ("email", "not given", "email", None),
        ("job_title", "ann@x.com", "job_title", "ann x com"),
    ],
)
def test_a_value_in_the_wrong_column(column: str, value: str, attribute: str, standard: str | None) -> None:
    assert person({column: [value]}, country="US")[attribute] == [Value(value, standard)]


def test_an_address_tells_the_country_of_the_phones() -> None:
    given = {"phone": ["0171 1234567"], "address": [{"city": "Bonn", "country": "Deutschland"}]}
    assert person(given, country="US")["phone"][0].standard == "+491711234567"


def test_organisations_and_persons_of_one_table() -> None:
    row = {
        "organisation_name": ["Acme GmbH"],
        "given_name": ["Ann"],
        "family_name": ["Lee"],
        "birth_date": ["1980-01-01"],
    }
    company = person(row, "organisation")
    assert company["contact_name"] == [Value("Ann Lee", "ann lee")]
    assert company["organisation_core"][0].standard == "acme"
    assert company["legal_form"] == [Value("GmbH", "gmbh")]
    assert "birth_date" not in company
    human = person(row)
    assert human["employer"] == [Value("Acme GmbH", "acme gmbh")]
    assert "organisation_name" not in human


def test_declared_formats_and_custom_attributes() -> None:
    found = person(
        {"birth_date": ["02/04/1955"], "tier": ["Gold"], "unheard_of": ["x"]},
        custom={"tier": Attribute("tier")},
        formats={"birth_date": "%d/%m/%Y"},
    )
    assert found["birth_date"][0].standard == "1955-04-02"
    assert found["tier"] == [Value("Gold", "gold")]
    assert "unheard_of" not in found


def test_a_long_value_is_kept_whole_and_compared_by_its_beginning() -> None:
    found = person({"family_name": ["ab" * 500_000]})["family_name"][0]
    assert len(found.value) == 1_000_000
    assert len(found.standard or "") == 256


LOCAL = st.text("ab1._+-", min_size=1, max_size=8)
DOMAIN = st.lists(st.text("ab1-", min_size=1, max_size=5), min_size=1, max_size=3).map(".".join)


@given(st.builds("{}@{}".format, LOCAL, DOMAIN))
@example("a@xn--a.de")
@example("a@ab--c.de")
@example("a@b.local")
@settings(max_examples=300, deadline=None)
def test_the_quick_way_for_emails_agrees_with_the_library(address: str) -> None:
    try:
        options = {"check_deliverability": False, "globally_deliverable": False, "test_environment": True}
        expected = validate_email(address, **options).normalized.lower()
    except EmailNotValidError:
        expected = None
    found = emails.email(address)
    if expected:
        assert found == expected
    elif found:  # cleaned of the punctuation around it
        assert found != address


@given(st.lists(st.sampled_from(["Anna", "Maria", "John", "Lee", "Smith", "Okafor"]), min_size=2, max_size=2))
def test_the_quick_way_for_names_agrees_with_the_library(words: list[str]) -> None:
    parsed = HumanName(" ".join(words))
    parts = names.split(" ".join(words), None)
    assert (parts.given_name, parts.middle_name, parts.family_name) == (parsed.first, parsed.middle, parsed.last)
