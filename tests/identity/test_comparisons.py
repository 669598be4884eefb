"""Levels, checked on pairs whose level a person can tell."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from hub.records import EntityType
from identity.comparisons import comparisons
from identity.features import ARROW_SCHEMA, feature
from identity.levels import Comparison
from identity.prepared import TABLE, prepare
from tests.identity.factories import record


def level(name: str, left: dict[str, Any], right: dict[str, Any], entity_type: EntityType = "person") -> str:
    """The label of the level of one comparison, checked to be the same both ways round."""
    rows = [feature(record(i, entity_type=entity_type, **t)) | {"record_id": i} for i, t in ((1, left), (2, right))]
    with duckdb.connect() as con:
        prepare(con, pa.Table.from_pylist(rows, ARROW_SCHEMA), extra=[("tier", "fuzzy")], word_floor=0.01)
        (comparison,) = (c for c in comparisons(entity_type, [("tier", "fuzzy")]) if c.name == name)
        found = {_label(con, comparison, a, b) for a, b in ((1, 2), (2, 1))}
    assert len(found) == 1, "a comparison must not depend on which record is left"
    return found.pop()


def _label(con: duckdb.DuckDBPyConnection, comparison: Comparison, left: int, right: int) -> str:
    columns = [row[0] for row in con.sql(f"DESCRIBE {TABLE}").fetchall()]
    sides = ", ".join(f"l.{c} AS {c}_l, r.{c} AS {c}_r" for c in columns)
    gamma = con.sql(
        f"SELECT {comparison.gamma_sql()} FROM (SELECT {sides} FROM {TABLE} l, {TABLE} r"
        f" WHERE l.record_id = {left} AND r.record_id = {right})"
    ).fetchall()[0][0]
    return "null" if gamma == -1 else "else" if gamma == 0 else comparison.levels[len(comparison.levels) - gamma].label


ANNA = {"given_name": "anna", "family_name": "braun", "birth_date": "1970-03-04"}
HOME = {"street": "lindenweg", "house_number": "4", "postcode": "10115", "city": "berlin"}


@pytest.mark.parametrize(
    ("name", "left", "right", "expected"),
    [
        ("given", {"given_name": "anna"}, {"given_name": "anna"}, "same given name"),
        ("given", {"given_name": "anna"}, {}, "null"),
        (
            "given",
            {"given_name": "bob", "given_name_root": "robert"},
            {"given_name": "robert"},
            "same name behind the nickname",
        ),
        ("given", {"given_name": "a"}, {"given_name": "anna"}, "initial fits"),
        ("given", ANNA, {"given_name": "braun", "family_name": "anna"}, "given and family name swapped"),
        ("family", ANNA, {"given_name": "braun", "family_name": "anna"}, "null"),
        ("family", {"family_name": "braun"}, {"family_name": "braun klein"}, "part of a double name"),
        ("birth", ANNA, {"birth_date": "1970-04-03"}, "one digit or day and month differ"),
        ("birth", ANNA, {"birth_date": "1970-03-05"}, "one digit or day and month differ"),
        ("birth", ANNA, {"birth_date": "1981-11-25"}, "else"),
        ("email", {"email": ["x@y.org", "a@b.org"]}, {"email": ["a@b.org"]}, "same e-mail"),
        (
            "email",
            {"email": ["x@y.org", "annabraun@b.org"]},
            {"email": ["annabraum@b.org"]},
            "one or two characters differ",
        ),
        ("email", {"email": "sunny77@b.org"}, {"email": "sunny77@other.net"}, "same mailbox elsewhere"),
        ("phone", ANNA | {"phone": "+493012399871"}, ANNA | {"phone": "03012399871"}, "same phone"),
        (
            "phone",
            ANNA | {"phone": "+493012399871"},
            {"given_name": "otto", "family_name": "braun", "phone": "+493012399871"},
            "same phone, other person",
        ),
        ("address", ANNA | {"address": HOME}, ANNA | {"address": HOME}, "same address"),
        (
            "address",
            {"family_name": "braun", "address": HOME},
            ANNA | {"address": HOME},
            "same address, person unknown",
        ),
        ("address", {"address": {"city": "berlin"}}, {"address": HOME}, "same city"),
        (
            "identifier",
            {"identifier": {"kind": "tax", "value": "837192"}},
            {"identifier": {"kind": "vat", "value": "837192"}},
            "null",
        ),
        (
            "identifier",
            {"identifier": {"kind": "tax", "value": "837192"}},
            {"identifier": {"kind": "tax", "value": "837142"}},
            "one character differs",
        ),
        ("extra_tier", {"tier": "platinum"}, {"tier": "platinun"}, "close tier"),
    ],
)
def test_levels_of_persons(name: str, left: dict[str, Any], right: dict[str, Any], expected: str) -> None:
    assert level(name, left, right) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("braun logistik", "logistik braun", "same words"),
        ("braun logistik", "braun logistik", "same name"),
        ("easter seals society of chicago gilchrist", "easter seals gilchrist", "most telling words"),
        ("olive harvey", "board of trustees city colleges olive harvey", "one name within the other"),
        ("braun logistik", "klein verlag", "else"),
    ],
)
def test_levels_of_organisation_names(left: str, right: str, expected: str) -> None:
    texts = ({"organisation_name": left}, {"organisation_name": right})
    assert level("organisation", *texts, entity_type="organisation") == expected


@pytest.mark.parametrize("entity_type", ["person", "organisation"])
def test_what_is_expected_of_matches_adds_up(entity_type: EntityType) -> None:
    for comparison in comparisons(entity_type, [("tier", "exact")]):
        assert 0 < comparison.else_m < comparison.else_most
        assert sum(level.related or 0 for level in comparison.levels) < 1
