"""How values are written out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destinations import forms, sap_fields
from hub.records import Value
from sources.sap_s4hana import SOURCE
from sources.standardise.addresses import address
from tests.destinations.factories import attributes, value


@pytest.mark.parametrize(
    ("held", "wanted", "same"),
    [
        ("+4930123456", "+4930123456", True),
        ("030123456", "+4930123456", True),
        ("+4930123456", "30123456", True),
        ("+4930123456", "+4330123456", False),
        ("123", "+4930123", False),
        ("0301234567", "+4930123456", False),
    ],
)
def test_a_number_without_its_country(held: str, wanted: str, same: bool) -> None:
    assert forms.same_phone(Value(held, held), Value(wanted, wanted)) is same


def test_a_number_of_no_known_country_does_not_leave() -> None:
    assert forms.as_phone("phone")(Value("647 846776", "647846776")) == {}
    assert forms.as_phone("phone")(Value("647 846776", "+34647846776")) == {"phone": "+34647846776"}


@pytest.mark.parametrize(("country", "line"), [("DE", "Ring 5, Top 3"), ("US", "5 Ring, Top 3"), ("", "Ring 5, Top 3")])
def test_the_number_stands_where_the_country_puts_it(country: str, line: str) -> None:
    parts = {"street": "Ring", "house_number": "5", "line2": "Top 3"}
    assert forms.street_line(Value(parts, {"country": country})) == line


@pytest.mark.parametrize("unit", ["55", "2 B", "Apt 4", "Flat 2"])
@pytest.mark.parametrize("country", ["PL", "DE", "US", "GB"])
def test_a_street_in_one_line_is_read_back_as_the_parts_it_was_made_of(unit: str, country: str) -> None:
    parts = {"street": "Long Lane", "house_number": "70", "line2": unit, "city": "Ulm", "country": country}
    standard = address(parts, None)
    assert standard is not None
    written = {"street": forms.street_line(Value(parts, dict(standard))), "city": "Ulm", "country": country}
    assert address(written, None) == standard


def test_a_name_of_parts_goes_before_the_name_as_a_whole() -> None:
    parts = attributes(given_name="Anna", middle_name="Eva", family_name="Roe", full_name="Roe, Anna")
    assert [name.value for name in forms.whole_name(parts)] == ["Anna Eva Roe", "Roe, Anna"]
    assert [name.value for name in forms.whole_name(attributes(family_name="Roe", full_name="A. Roe"))] == ["A. Roe"]
    assert forms.whole_name(attributes(given_name="Anna")) == []


@pytest.mark.parametrize(
    ("standard", "word"), [("m", "male"), ("f", "female"), ("male", "male"), ("x", ""), ("mumble", "")]
)
def test_genders_have_two_common_words(standard: str, word: str) -> None:
    assert forms.gender_word(Value("?", standard)) == word


@given(
    st.lists(st.text("ab", min_size=1, max_size=25), min_size=1, max_size=8).map(" ".join).filter(lambda n: len(n) < 80)
)
def test_a_long_name_is_read_back_from_sap_as_it_was_written(name: str) -> None:
    [slot] = [slot for slot in sap_fields.slots("organisation") if slot.name == "name"]
    assert SOURCE.prepare is not None
    row = {"OrganizationBPName2": "Dept. IT", **slot.encode(value(name))}
    assert SOURCE.prepare("A_BusinessPartner", row)["OrganizationName"] == name
