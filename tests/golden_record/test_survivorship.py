"""The set-based rules against a row-by-row oracle, on random contributions, policies and orders of input."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden_record.contributions import MEMBERS
from golden_record.policy import make_policy
from golden_record.survivorship import survive
from golden_record.unit import Policy, restored
from hub.duck import connect
from hub.records import Value, attributes_to_json, canonical_json
from hub.survivorship import Survivorship
from tests.golden_record import oracle
from tests.golden_record.drawn_customers import VOCABULARY, customers
from tests.golden_record.drawn_policies import policies


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDBPyConnection]:
    with connect(memory_limit="1GiB", threads=2) as connection:
        yield connection


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=customers, policy=policies(), seed=st.integers(0, 1000))
def test_equal_to_the_oracle_in_any_order(
    duck: DuckDBPyConnection, people: list[list[dict[str, Any]]], policy: Policy, seed: int
) -> None:
    rows = [member(str(number), record) for number, person in enumerate(people) for record in person]
    random.Random(seed).shuffle(rows)
    result = survive(duck, pa.Table.from_pylist(rows, MEMBERS), policy)
    assert restored(json.loads(json.dumps(policy.content()))) == policy
    found = {row["customer_id"]: plain(row) for row in result.to_pylist()}
    assert found == {str(number): oracle.golden(person, policy) for number, person in enumerate(people)}


def member(customer_id: str, record: dict[str, Any]) -> dict[str, Any]:
    stored = canonical_json(attributes_to_json(record["attributes"]))
    times = record.get("attribute_times")
    return {
        "arrived_at": 0,
        "role": None,
        **record,
        "attribute_times": None if times is None else json.dumps(times),
        "customer_id": customer_id,
        "entity_type": "person",
        "attributes": stored,
    }


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A golden record as the oracle writes it."""
    golden, stored = json.loads(row["attributes"]), json.loads(row["origins"])
    result = {}
    for name, sides in stored["attributes"].items():
        pairs = zip(sides.get("won", []), golden.get(name, []), strict=True)
        result[name] = {
            "won": [
                (place, *won[:2], parts(won), oracle.ordered(entry["value"]), oracle.ordered(entry["standard"]))
                for place, (won, entry) in enumerate(pairs)
            ],
            "lost": sorted(
                ((lost[0], lost[1], oracle.ordered(lost[2])) for lost in sides.get("lost", [])),
                key=repr,
            ),
        }
    assert set(golden) == {name for name, sides in result.items() if sides["won"]}
    return result


def parts(won: list[Any]) -> dict[str, Any]:
    return {
        part: {
            "won": [tuple(w) for w in told.get("won", [])],
            "lost": sorted(map(tuple, told.get("lost", [])), key=repr),
        }
        for told in won[2:]
        for part, told in told.items()
    }


def test_content_hash_follows_the_values_alone(duck: DuckDBPyConnection) -> None:
    policy = make_policy(Survivorship(), VOCABULARY)

    def hashes(*people: list[tuple[str, str, int]]) -> list[str]:
        rows = [
            member(str(i), {"system": system, "object": "a", "source_id": "1", "modified_at": day, "changed_at": 0,
                            "attributes": {"tier": [Value(tier, tier)]}})
            for i, person in enumerate(people) for system, tier, day in person
        ]  # fmt: skip
        return list(survive(duck, pa.Table.from_pylist(rows, MEMBERS), policy)["content_hash"].to_pylist())

    gold, newer, both, silver = hashes(
        [("erp", "gold", 1)],
        [("crm", "gold", 2)],
        [("erp", "silver", 1), ("crm", "gold", 2)],
        [("erp", "silver", 1)],
    )
    assert gold == newer == both != silver


def test_no_members_give_no_golden_records(duck: DuckDBPyConnection) -> None:
    policy = make_policy(Survivorship(), VOCABULARY)
    assert survive(duck, MEMBERS.empty_table(), policy).num_rows == 0
