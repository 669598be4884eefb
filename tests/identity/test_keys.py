from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from identity.features import feature
from identity.keys import KINDS, blocking_keys, sound
from tests.identity.factories import record


def kinds_shared(left: dict[str, object], right: dict[str, object]) -> set[str]:
    a, b = (set(blocking_keys(feature(record(i, **texts)))) for i, texts in enumerate((left, right)))  # type: ignore[arg-type]  # attributes by name
    return {kind for kind, _ in a & b}


def test_swapped_names_share_name_keys() -> None:
    shared = kinds_shared(
        {"given_name": "anna", "family_name": "braun"}, {"given_name": "braun", "family_name": "anna"}
    )
    assert {"name", "name_sound", "name_prefix", "family"} <= shared


def test_typo_in_each_name_still_meets_by_birth_date() -> None:
    shared = kinds_shared(
        {"given_name": "katherine", "family_name": "meier", "birth_date": "1970-03-04"},
        {"given_name": "kathrine", "family_name": "meyer", "birth_date": "1970-03-04"},
    )
    assert {"birth", "birth_initials", "name_sound"} <= shared


def test_phone_is_one_line_with_or_without_country_code() -> None:
    assert "phone" in kinds_shared({"phone": "+493012345679"}, {"phone": "03012345679"})


def test_any_of_several_values_meets() -> None:
    shared = kinds_shared({"email": ["a@b.org", "c@d.org"]}, {"email": ["e@f.org", "c@d.org"]})
    assert "email" in shared


def test_organisations_meet_by_word_whatever_the_order() -> None:
    left, right = (
        set(blocking_keys(feature(record(i, entity_type="organisation", organisation_name=name))))
        for i, name in enumerate(("braun logistik", "logistik braun nord"))
    )
    assert {("name_word", "braun"), ("name_pair", "braun logistik")} <= left & right


def test_sound_alikes_sound_alike() -> None:
    assert sound("meier") == sound("meyer")
    assert sound("philip") == sound("filipp")
    assert sound("braun") != sound("klein")


@given(st.text("abcdefghij ", max_size=12), st.text("abcdefghij ", max_size=12), st.text("abc@.", max_size=9))
def test_keys_are_sorted_distinct_never_empty_and_of_known_kinds(given_name: str, family: str, email: str) -> None:
    row = feature(record(1, given_name=given_name.strip(), family_name=family.strip(), email=email))
    keys = blocking_keys(row)
    assert keys == sorted(set(keys))
    assert all(key and kind in KINDS["person"] for kind, key in keys)
