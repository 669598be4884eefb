"""What holds for any input whatever: no error, clean standards, and a standard that is its own standard."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.attributes import ATTRIBUTES, Attribute
from hub.records import Attributes, EntityType, Part, attributes_to_json
from sources.standardise import standardise

CUSTOM = {
    "tier": Attribute("tier"),
    "spend": Attribute("spend", "number"),
    "opted_in": Attribute("opted_in", "boolean"),
    "since": Attribute("since", "date"),
}
COUNTRIES = st.sampled_from([None, "US", "DE", "ES", "PL", "BR", "JP", "AU", "Nowhere"])
SCRAPS = (
    "Dr Mr. Jr. Smith O'Neil van der Berg Müller & Söhne GmbH Co. KG Inc , - / 12 12a 5th St. Str. Straße N W Apt #4 "
    "Nr. nº C/ 80331 SW1A 1AA @ example.com +49 0171 1234567 (0) x12 1980 03 04 März . ООО 株式会社 n/a The and S.A. "
    "DE136695976 \u200b \u202e \x00 \ud800 =cmd() <b> ' \" bis de la Po Box 17 \u0301 İ ß ﬁ ٣"
)
WORDS = st.sampled_from([*SCRAPS.split(" "), "\x1f"])
TEXT = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, min_size=1, max_size=8).map(" ".join),
    st.lists(WORDS, min_size=1, max_size=5).map("".join),
    st.text(st.characters(exclude_categories=()), max_size=20),
)


def parts(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(names), TEXT)


def part(attribute: Attribute) -> st.SearchStrategy[Part]:
    if attribute.kind == "address":
        return TEXT | parts(("street", "house_number", "line2", "city", "postcode", "region", "country"))
    if attribute.kind == "identifier":
        return TEXT | parts(("kind", "value", "country"))
    return TEXT


GIVEN = [a for a in (*ATTRIBUTES.values(), *CUSTOM.values()) if not a.derived]
INPUT = st.dictionaries(st.sampled_from([a.name for a in GIVEN]), st.none(), max_size=5).flatmap(
    lambda names: st.fixed_dictionaries(
        {n: st.lists(part(ATTRIBUTES.get(n) or CUSTOM[n]), min_size=1, max_size=3) for n in names}
    )
)
ENTITY_TYPES = st.sampled_from(["person", "organisation"])


def standards(attributes: Attributes) -> dict[str, list[Part]]:
    return {
        name: [v.standard for v in values if v.standard is not None]
        for name, values in attributes.items()
        if not (ATTRIBUTES.get(name) or CUSTOM[name]).derived
    }


@given(INPUT, ENTITY_TYPES, COUNTRIES)
@settings(max_examples=300, deadline=None)
def test_standards_are_clean_and_storable(
    raw: dict[str, list[Part]], entity_type: EntityType, country: str | None
) -> None:
    found = standardise(raw, entity_type=entity_type, country=country, custom=CUSTOM)
    stored = json.dumps(attributes_to_json(found), ensure_ascii=False)
    assert "\\u0000" not in stored
    stored.encode()
    for values in found.values():
        assert values
        for value in values:
            for text in [value.standard] if isinstance(value.standard, str) else (value.standard or {}).values():
                assert 0 < len(text) <= 256
                assert text == text.strip()
                assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in text)


@given(INPUT, ENTITY_TYPES, COUNTRIES)
@settings(max_examples=300, deadline=None)
def test_a_standard_is_its_own_standard(
    raw: dict[str, list[Part]], entity_type: EntityType, country: str | None
) -> None:
    def again(given: Any) -> Attributes:
        return standardise(given, entity_type=entity_type, country=country, custom=CUSTOM)

    first = again(raw)
    given = standards(first)
    second = standards(again(given))
    for name, values in given.items():
        if values:
            assert second[name] == values


@given(INPUT, ENTITY_TYPES, COUNTRIES)
@settings(max_examples=100, deadline=None)
def test_same_in_same_out(raw: dict[str, list[Part]], entity_type: EntityType, country: str | None) -> None:
    once = standardise(raw, entity_type=entity_type, country=country, custom=CUSTOM)
    assert standardise(raw, entity_type=entity_type, country=country, custom=CUSTOM) == once


@pytest.mark.parametrize("attribute", [a.name for a in GIVEN])
@pytest.mark.parametrize(
    "value",
    ["\x00", "\ud800", "a" * 1_000_000, "1 " * 500_000, "a," * 300_000, "a@" * 300_000, "0001-01-01", "\u202e\u200b",
     "=cmd()|' /C calc'!A0", "(" * 5000, "((((1-" * 50_000, "<script>", " " * 100_000 + "x", "a." * 100_000, "𝕳𝖊𝖑𝖑𝖔"],
)  # fmt: skip
def test_hostile_values_pass(attribute: str, value: str) -> None:
    for entity_type in ("person", "organisation"):
        found = standardise({attribute: [value]}, entity_type=entity_type, country="DE", custom=CUSTOM)
        json.dumps(attributes_to_json(found)).encode()
