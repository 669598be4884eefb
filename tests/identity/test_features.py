from __future__ import annotations

import json

import pyarrow as pa

from hub.records import RecordKey, SourceRecord, Value
from identity.features import ARROW_SCHEMA, feature
from identity.placeholders import is_placeholder_number
from tests.identity.factories import record


def test_row_has_the_columns_of_the_schema_and_fits_it() -> None:
    row = feature(record(1, given_name="anna", email="a@b.org"))
    assert set(row) | {"record_id"} == set(ARROW_SCHEMA.names)
    assert pa.Table.from_pylist([row | {"record_id": 1}], ARROW_SCHEMA).num_rows == 1


def test_names_make_one_order_free_full_name() -> None:
    one = feature(record(1, given_name="anna maria", middle_name="eva", family_name="braun"))
    other = feature(record(2, given_name="braun", family_name="anna maria eva"))
    assert one["full_name"] == other["full_name"] == "anna braun eva maria"


def test_full_name_alone_is_split() -> None:
    row = feature(record(1, full_name="john f kennedy"))
    assert (row["given_name"], row["middle_name"], row["family_name"]) == ("john", "f", "kennedy")
    assert feature(record(1, full_name="madonna"))["family_name"] == "madonna"


def test_lists_are_sorted_and_without_repeats_whatever_the_order() -> None:
    emails = ["z@b.org", "a@b.org", "z@b.org"]
    assert feature(record(1, email=emails))["emails"] == ["a@b.org", "z@b.org"]


def test_values_that_say_nothing_are_left_out() -> None:
    row = feature(
        record(
            1,
            given_name="unknown",
            birth_date="1900-01-01",
            email=["noemail@shop.com", "x@test.com", "real@shop.com"],
            phone=["+490000000", "+49123456789", "+493012399871"],
            identifier=[{"kind": "tax", "value": "0000000"}, {"kind": "tax", "value": "8371920"}],
        )
    )
    assert row["given_name"] is None
    assert row["birth_date"] is None
    assert row["emails"] == ["real@shop.com"]
    assert row["phones"] == ["+493012399871"]
    assert row["identifiers"] == ["tax:8371920"]


def test_real_numbers_are_no_placeholders() -> None:
    assert not any(is_placeholder_number(n) for n in ("+4930123998", "5350690", "national:5304218", "+13125550198"))
    assert all(is_placeholder_number(n) for n in ("11111111", "+49999999", "12345678", "0"))


def test_value_without_standard_is_not_compared() -> None:
    broken = SourceRecord(RecordKey("a", "b", "1"), "person", {"email": [Value("not an address", None)]})
    assert feature(broken)["emails"] == []


def test_organisation_prefers_its_core_name_and_its_own_domain() -> None:
    row = feature(
        record(
            1,
            entity_type="organisation",
            organisation_name="braun gmbh",
            organisation_core="braun",
            email=["info@braun.de", "braun@gmail.com"],
            website="https://www.braun.de/shop",
        )
    )
    assert row["organisation_name"] == "braun"
    assert row["domains"] == ["braun.de"]


def test_custom_attributes_travel_as_json() -> None:
    assert json.loads(feature(record(1, loyalty_tier="gold"))["extra"]) == {"loyalty_tier": "gold"}
