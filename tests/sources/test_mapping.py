"""From a row as delivered to a source record: one case for each thing a mapping can say."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import Config
from sources.columns import texts
from sources.declared import fingerprint, mapped_columns
from sources.mapping import Mapper, RefusedRowError
from sources.registry import effective_objects
from sources.times import read_time
from tests.sources.cycle import config_of


def _config(**entry: Any) -> Config:
    settings = {"path": "x.csv", "entity_type": "person", "id": "id", "fields": {"full_name": "name"}, **entry}
    system = {"kind": "files", "country": "GB", "objects": {"customer": settings}}
    return config_of({"sys": system}, Path(), attributes={"tier": {"kind": "text"}, "tags": {"multi": True}})


def _mapper(**entry: Any) -> Mapper:
    config = _config(**entry)
    return Mapper(config, "sys", "customer", effective_objects(config, "sys")["customer"])


def _values(fields: dict[str, Any], row: dict[str, Any], **entry: Any) -> dict[str, list[Any]]:
    record = _mapper(fields=fields, **entry).record({"id": "1", **row})
    return {name: [value.value for value in values] for name, values in record.attributes.items() if name in fields}


@pytest.mark.parametrize(
    ("fields", "row", "expected"),
    [
        ({"given_name": "f"}, {"f": " Ann "}, {"given_name": ["Ann"]}),
        ({"email": ["a", "b"]}, {"a": "a@x.example", "b": "b@x.example"}, {"email": ["a@x.example", "b@x.example"]}),
        ({"email": ["a", "b"]}, {"a": "", "b": "b@x.example"}, {"email": ["b@x.example"]}),
        ({"full_name": ["f", "l"]}, {"f": "Ann", "l": "Lee"}, {"full_name": ["Ann Lee"]}),
        (
            {"given_name": "f", "birth_date": ["a", "b"]},
            {"f": "Al", "b": "1980-01-02"},
            {"given_name": ["Al"], "birth_date": ["1980-01-02"]},
        ),
        (
            {"address": {"street": ["s1", "s2"], "city": "c"}},
            {"s1": "High St", "s2": "22", "c": "Leeds"},
            {"address": [{"street": "High St 22", "city": "Leeds"}]},
        ),
        (
            {"address": [{"city": "c1"}, {"city": "c2"}]},
            {"c1": "Leeds", "c2": "York"},
            {"address": [{"city": "Leeds"}, {"city": "York"}]},
        ),
        (
            {"address": {"city": "places.city", "postcode": "places.zip"}},
            {"places": [{"city": "Leeds", "zip": "LS1 4AP"}, {"zip": "YO1 7HH"}]},
            {"address": [{"city": "Leeds", "postcode": "LS1 4AP"}, {"postcode": "YO1 7HH"}]},
        ),
        (
            {
                "identifier": [
                    {"kind": "tax", "value": "t", "country": "DE"},
                    {"kind": "loyalty", "value": "l", "country": "lc"},
                ]
            },
            {"t": "12345678901", "l": 77, "lc": "FR"},
            {
                "identifier": [
                    {"kind": "tax", "value": "12345678901", "country": "DE"},
                    {"kind": "loyalty", "value": "77", "country": "FR"},
                ]
            },
        ),
        (
            {"full_name": "name", "tags": "t"},
            {"name": "Ann Lee", "t": ["x", "y"]},
            {"full_name": ["Ann Lee"], "tags": ["x", "y"]},
        ),
        ({"full_name": "a.b"}, {"a.b": "Whole Name", "a": {"b": "Nested"}}, {"full_name": ["Whole Name"]}),
    ],
)
def test_what_fields_can_say(fields: dict[str, Any], row: dict[str, Any], expected: dict[str, list[Any]]) -> None:
    assert _values(fields, row) == expected


def test_a_format_reads_dates_as_declared() -> None:
    fields = {"given_name": "f", "birth_date": {"column": "d", "format": "%d/%m/%Y"}}
    record = _mapper(fields=fields).record({"id": "1", "f": "Ann", "d": "03/04/1980"})
    assert [value.standard for value in record.attributes["birth_date"]] == ["1980-04-03"]


@pytest.mark.parametrize(
    ("entry", "row", "code", "field"),
    [
        ({}, {"id": " ", "name": "Ann"}, "missing_key", "id"),
        ({"id": ["a", "b"]}, {"a": "1", "b": None, "name": "Ann"}, "missing_key", "a|b"),
        ({}, {"id": "1" * 501, "name": "Ann"}, "key_too_long", "id"),
        ({}, {"id": "1", "name": ""}, "nothing_usable", None),
        (
            {"entity_type": {"column": "t", "values": {"P": "person"}}},
            {"id": "1", "t": "X"},
            "unknown_entity_type",
            "t",
        ),
    ],
)
def test_rows_that_are_refused(entry: dict[str, Any], row: dict[str, Any], code: str, field: str | None) -> None:
    with pytest.raises(RefusedRowError) as caught:
        _mapper(**entry).record(row)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert "Ann" not in str(caught.value)


def test_the_entity_type_shows_in_what_is_filled() -> None:
    mapper = _mapper(
        entity_type={"when_present": {"organisation": ["firm"]}, "default": "person"},
        fields={"full_name": "name", "organisation_name": "firm"},
    )
    assert mapper.record({"id": "1", "name": "", "firm": "Acme Ltd"}).entity_type == "organisation"
    assert mapper.record({"id": "2", "name": "Ann Lee", "firm": " "}).entity_type == "person"


def test_keys_of_several_columns_and_marks_of_deletion() -> None:
    mapper = _mapper(id=["a", "b"], deleted={"column": "d", "values": ["Y"]})
    assert mapper.key({"a": 7, "b": "x"}).source_id == "7|x"
    assert mapper.is_deleted({"d": "y"})
    assert not mapper.is_deleted({"d": ""})


@pytest.mark.parametrize(
    ("text", "form", "zone", "expected"),
    [
        ("2026-01-02", None, "UTC", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-07-02T10:00:00", None, "Europe/Berlin", datetime(2026, 7, 2, 8, tzinfo=UTC)),
        ("2026-07-02T10:00:00+02:00", None, "UTC", datetime(2026, 7, 2, 8, tzinfo=UTC)),
        ("1767312000", None, "UTC", datetime(2026, 1, 2, tzinfo=UTC)),
        ("1767312000000", None, "Asia/Tokyo", datetime(2026, 1, 2, tzinfo=UTC)),
        ("/Date(1767312000000)/", None, "UTC", datetime(2026, 1, 2, tzinfo=UTC)),
        ("02.01.2026 00:00", "%d.%m.%Y %H:%M", "UTC", datetime(2026, 1, 2, tzinfo=UTC)),
        ("0001-01-01", None, "Asia/Tokyo", None),
        ("/Date(999999999999999999)/", None, "UTC", None),
        ("yesterday", None, "UTC", None),
        ("", None, "UTC", None),
    ],
)
def test_times(text: str, form: str | None, zone: str, expected: datetime | None) -> None:
    assert read_time(text, form, zone) == expected


@given(st.text(), st.sampled_from([None, "%Y", "%d/%m/%Y"]))
def test_no_text_breaks_the_reading_of_times(text: str, form: str | None) -> None:
    found = read_time(text, form, "Europe/Berlin")
    assert found is None or found.utcoffset() is not None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "id", "name"]), _JSON))
def test_any_row_becomes_a_record_or_is_refused(row: dict[str, Any]) -> None:
    mapper = _mapper(fields={"full_name": "name", "email": "a.b", "address": {"city": "b", "street": "a.c"}})
    try:
        record = mapper.record(row)
    except RefusedRowError:
        return
    assert record.key.source_id
    said = [part for values in record.attributes.values() for value in values for part in _parts(value.value)]
    for text in said:
        assert "\x00" not in text
        text.encode()  # PostgreSQL takes it


def _parts(value: Any) -> list[str]:
    return list(value.values()) if isinstance(value, dict) else [value]


def test_paths_keep_their_places() -> None:
    row = {"list": [{"x": [{"y": 1}, {}]}, {}, {"x": {"y": 2}}]}
    assert texts(row, "list.x.y") == ["1", "", "", "2"]
    assert texts(row, "none.at.all") == [""]


def test_a_fingerprint_tells_what_decides_and_nothing_else() -> None:
    def of(config: Config) -> str:
        return fingerprint(config, "sys", effective_objects(config, "sys"))

    assert of(_config()) == of(_config(path="y.csv", delimiter=";"))
    assert len({of(_config()), of(_config(country="DE")), of(_config(fields={"full_name": "n"}))}) == 3


def test_all_columns_that_a_mapping_names() -> None:
    config = _config(
        system_column="s",
        entity_type={"column": "t", "values": {}, "default": "person"},
        modified_at={"column": "m"},
        deleted={"column": "d", "values": ["1"]},
        fields={
            "email": ["e1", "e2"],
            "address": {"city": ["c1", "c2"]},
            "identifier": {"kind": "vat", "value": "v", "country": "DE"},
        },
    )
    entry = effective_objects(config, "sys")["customer"]
    assert mapped_columns(entry) == ["s", "id", "t", "m", "e1", "e2", "c1", "c2", "v", "d"]
