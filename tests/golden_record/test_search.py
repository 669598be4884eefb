"""Search against PostgreSQL: found by whatever is known of a customer, misspelt or not; by nothing that is hidden."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import Connection

from flows.search_query import search_query
from golden_record import search_index
from golden_record.refresh import refresh
from golden_record.search import exactly, search
from golden_record.spelling import slips
from hub.records import Value
from tests.golden_record.world import config, end, give, make_customer, person, save, text

PHONE = [Value("0151 / 234567", "+49151234567")]
ADDRESS = [Value({"city": "Berlin"}, {"city": "berlin", "postcode": "10115"})]


def settle(conn: Connection, *customers: uuid.UUID) -> None:
    refresh(conn, config(), customers, run_id=None)


def ids(conn: Connection, typed: str, **how: Any) -> list[uuid.UUID]:
    return [hit.customer_id for hit in search(conn, search_query(typed), **how).hits]


@pytest.fixture
def three(conn: Connection) -> list[uuid.UUID]:
    """Anna Schmidt of Berlin, known to two systems; John Smith; and a firm."""
    anna = make_customer(
        conn,
        save(conn, "erp", "4711", {**person("Anna", "Schmidt", "Anna.Schmidt@example.com"), "phone": PHONE}),
        save(conn, "crm", "X-9", {**person("Anna", "Meyer"), "address": ADDRESS}),
    )
    john = make_customer(conn, save(conn, "desk", "d1", person("John", "Smith", "jsmith1984@mail.example")))
    number = [Value({"kind": "vat", "value": "DE 123"}, {"kind": "vat", "value": "DE123456789"})]
    firm = make_customer(
        conn, save(conn, "erp", "k'9\\", {"organisation_name": text("Contoso Sausages"), "identifier": number})
    )
    settle(conn, anna, john, firm)
    return [anna, john, firm]


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("anna schmidt", 0),
        ("Schmidt, ANNA", 0),
        ("anna berlin", 0),
        ("Schm", 0),
        ("Meyer", 0),  # the name in one of the systems, though not the golden one
        ("Ánna Schmïdt", 0),
        ("Anna.Schmidt@Example.com", 0),
        ("anna.schmidt@", 0),
        ("anna.shcmidt@exmaple.com", 0),
        ("+49 151 234567", 0),
        ("0151 234567", 0),
        ("0049151234567", 0),
        ("234567", 0),
        ("4711", 0),
        ("erp/4711", 0),
        ("x-9", 0),
        ("10115 schmidt", 0),
        ("jhon smith", 1),
        ("jon smiht", 1),
        ("jsmith1984", 1),
        ("contosso sausage", 2),
        ("DE 123 456 789", 2),
        ("de123456789", 2),
        ("K'9\\", 2),
    ],
)
def test_found_by_what_is_known(conn: Connection, three: list[uuid.UUID], typed: str, who: int) -> None:
    assert ids(conn, typed)[:1] == [three[who]]


@pytest.mark.parametrize(
    "typed", ["", "  ", "zzzz", "nobody@example.org", "999999", "anna smithereens", "'", "\\", "%"]
)
def test_nobody_is_found_by_what_is_not_there(conn: Connection, three: list[uuid.UUID], typed: str) -> None:
    assert ids(conn, typed) == []


def test_as_typed_stands_before_nearly_so(conn: Connection, three: list[uuid.UUID]) -> None:
    john = make_customer(conn, save(conn, "crm", "7", person("Jon", "Smith")))
    settle(conn, john)
    found = search(conn, search_query("jon smith")).hits
    assert [hit.customer_id for hit in found] == [john, three[1]]
    assert found[0].score == 1.0 > found[1].score
    assert found[0].by == ("name",)


def test_hidden_attributes_find_nobody(conn: Connection, three: list[uuid.UUID]) -> None:
    assert ids(conn, "anna.schmidt@example.com", hidden=["email"]) == []
    assert ids(conn, "0151 234567", hidden=["phone"]) == []
    assert ids(conn, "anna meyer", hidden=["family_name"]) == []
    assert ids(conn, "anna berlin", hidden=["address"]) == []
    assert ids(conn, "DE123456789", hidden=["identifier"]) == []
    assert ids(conn, "4711", hidden=["email", "phone", "family_name", "address"]) == three[:1]


def test_entries_follow_refresh(conn: Connection, three: list[uuid.UUID]) -> None:
    anna, john, _ = three
    save(conn, "desk", "d1", person("John", "Carpenter"))
    settle(conn, john)
    assert ids(conn, "smith") == []
    assert ids(conn, "carpenter") == [john]
    record = conn.scalar(sa.text("SELECT record_id FROM identity.source_record WHERE source_id = 'd1'"))
    give(conn, anna, record)
    end(conn, john, "merged", anna)
    settle(conn, john, anna)
    assert ids(conn, "carpenter") == ids(conn, "d1") == [anna]


def test_rebuilt_entries_are_those_that_refresh_kept(conn: Connection, three: list[uuid.UUID]) -> None:
    everything = sa.text("SELECT customer_id, terms::text FROM golden.search_entry ORDER BY 1")
    kept = conn.execute(everything).all()
    assert not search_index.outdated(conn), "refresh made them all"
    conn.execute(sa.text("UPDATE golden.search_build SET version = version - 1"))
    assert search_index.outdated(conn)
    assert search_index.rebuild(conn, chunk=2) == 3
    assert conn.execute(everything).all() == kept
    assert not search_index.outdated(conn)


def test_hostile_values_are_indexed_and_found(conn: Connection) -> None:
    endless = {
        "family_name": [Value("x" * 9, "x" * 5_000)],
        "given_name": [Value("a", " ".join(map(str, range(5_000))))],
    }
    odd = {"full_name": text("o'brien \\ | & ! :* <-> ("), "email": [Value("?", "'; drop@x.y")]}
    first, second = (
        make_customer(conn, save(conn, "erp", "1", endless)),
        make_customer(conn, save(conn, "erp", "2", odd)),
    )
    settle(conn, first, second)
    assert ids(conn, "'; drop@x.y") == [second]
    assert exactly(conn, "r", ["erp/1"]) == [first]


def test_exactly_finds_by_a_whole_term_alone(conn: Connection, three: list[uuid.UUID]) -> None:
    assert exactly(conn, "e", ["anna.schmidt@example.com"]) == three[:1]
    assert exactly(conn, "e", ["anna.schmidt"]) == []
    assert exactly(conn, "p", ["765432"]) == exactly(conn, "e", []) == []


@given(st.text("abcdefg", min_size=1, max_size=6), st.text("abcdefg", min_size=1, max_size=7))
@settings(max_examples=300, deadline=None)
def test_slips_of_a_short_word_are_all_words_at_distance_one(word: str, other: str) -> None:
    assert (other in slips(word)) == (DamerauLevenshtein.distance(word, other) == 1)
