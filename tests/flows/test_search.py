"""Raw values become a record to search for exactly as a row of a source does."""

from __future__ import annotations

import pytest

from flows.search import unsaved_record
from hub.config import Config
from hub.errors import RejectedError
from sources.mapping import Mapper

COLUMNS = {
    "given_name": "given",
    "family_name": "family",
    "birth_date": "born",
    "email": "mail",
    "phone": "phone",
    "address": {"street": "street", "postcode": "zip", "city": "city"},
    "identifier": {"kind": "vat", "value": "vat"},
    "shoe_size": "shoe",
}
CONFIG = Config.model_validate(
    {
        "version": 1,
        "attributes": {"shoe_size": {"kind": "text"}},
        "systems": {
            "crm": {
                "kind": "files",
                "country": "DE",
                "objects": {"c": {"path": "c.csv", "entity_type": "person", "id": "id", "fields": COLUMNS}},
            }
        },
    }
)


def test_raw_values_are_read_as_a_row_is() -> None:
    row = {
        "id": "1",
        "given": " Änne ",
        "family": "VON  Braun",
        "born": "2.1.1980",
        "mail": "Anne.Braun@Mail.ORG",
        "phone": "030 4711815",
        "street": "Hauptstr. 5",
        "zip": "10115",
        "city": "Berlin",
        "vat": "DE136695976",
        "shoe": "44",
    }
    values = {
        "given_name": row["given"],
        "family_name": row["family"],
        "birth_date": row["born"],
        "email": [row["mail"]],
        "phone": row["phone"],
        "address": {"street": row["street"], "postcode": row["zip"], "city": row["city"]},
        "identifier": [{"kind": "vat", "value": row["vat"]}],
        "shoe_size": 44,
    }
    expected = Mapper(CONFIG, "crm", "c", CONFIG.systems["crm"].objects["c"]).record(row)
    assert unsaved_record(CONFIG, values, "person", "DE").attributes == expected.attributes


@pytest.mark.parametrize(
    ("values", "entity_type"),
    [
        ({}, "person"),
        ({"email": None}, "person"),
        ({"famly_name": "x"}, "person"),
        ({"organisation_name": "x"}, "person"),
        ({"given_name_root": "x"}, "person"),
        ({"address": {"planet": "x"}}, "person"),
        ({"family_name": {"a": "b"}}, "person"),
        ({"family_name": True}, "person"),
        ({"family_name": "x"}, "martian"),
    ],
)
def test_what_is_no_record_is_refused_without_a_value(values: dict[str, object], entity_type: str) -> None:
    with pytest.raises(RejectedError) as refused:
        unsaved_record(CONFIG, values, entity_type)
    assert "'x'" not in str(refused.value)
