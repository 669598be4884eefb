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
from golden_record.policy import Policy, make_policy
from golden_record.survivorship import survive
from hub.attributes import ATTRIBUTES, Attribute
from hub.duck import connect
from hub.records import Value, attributes_to_json, canonical_json
from hub.survivorship import Survivorship
from tests.golden_record import oracle

VOCABULARY = {
    **{name: ATTRIBUTES[name] for name in ("given_name", "middle_name", "family_name", "title", "email", "address")},
    "given_name_root": ATTRIBUTES["given_name_root"],
    "tier": Attribute("tier"),
}
SYSTEMS = ("crm", "desk", "erp")
FORMS = ["ann", "Ann", "ANN", "Bob", "bo b", "李", 'a"b\\', "Éa", ""]


@st.composite
def values(draw: st.DrawFn) -> Value:
    form = draw(st.sampled_from(FORMS))
    return Value(form, draw(st.sampled_from([form.lower(), form.lower(), form.lower(), None])))


@st.composite
def addresses(draw: st.DrawFn) -> Value:
    parts = draw(st.dictionaries(st.sampled_from(["street", "city"]), st.sampled_from(FORMS[:4]), min_size=1))
    return Value(parts, draw(st.sampled_from([{k: v.lower() for k, v in parts.items()}, None])))


def attributes() -> st.SearchStrategy[dict[str, list[Value]]]:
    def of(name: str, attribute: Attribute) -> st.SearchStrategy[list[Value]]:
        one = addresses() if attribute.kind == "address" else values()
        return st.lists(one, min_size=1, max_size=3 if attribute.multi else 1)

    return st.fixed_dictionaries({}, optional={name: of(name, a) for name, a in VOCABULARY.items()})


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "system": draw(st.sampled_from(SYSTEMS)),
        "object": draw(st.sampled_from(["a", "b"])),
        "source_id": draw(st.sampled_from(["1", "2", "10", "ü"])),
        "attributes": draw(attributes()),
        "modified_at": draw(st.sampled_from([None, None, -1, 0, 7])),
        "changed_at": draw(st.sampled_from([0, 7, 9])),
    }


customers = st.lists(
    st.lists(records(), min_size=1, max_size=6, unique_by=oracle.key_of), min_size=1, max_size=6
)  # fmt: skip


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    priority = st.sampled_from([["erp"], ["crm", "erp"], [["crm", "desk"], "erp"], [["erp", "desk", "crm"]]])
    rule = st.one_of(
        st.sampled_from(["most_recent", "most_frequent", "longest"]),
        priority.map(lambda systems: {"source_priority": systems}),
    )
    chain = st.lists(rule, min_size=1, max_size=4, unique_by=str)
    union = st.fixed_dictionaries({"primary": chain, "max": st.sampled_from([None, 1, 2])}).map(
        lambda u: [{"union": u}]
    )
    groups = draw(
        st.sampled_from([None, {}, {"who": ["title", "given_name"]}, {"all": ["tier", "title", "family_name"]}])
    )
    names = [name for name, a in VOCABULARY.items() if not a.derived and not a.multi]
    grouped = {m for members in (groups or {}).values() for m in members}
    if groups is None:
        grouped = {"given_name", "middle_name", "family_name"}
    single = [*(n for n in names if n not in grouped), *(["name"] if groups is None else groups)]
    rules = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(single, chain)))
    rules |= draw(st.fixed_dictionaries({}, optional={name: st.one_of(chain, union) for name in ("email", "address")}))
    section = {"attributes": rules, "groups": groups, "defaults": draw(st.one_of(st.none(), chain))}
    return make_policy(Survivorship.model_validate(section), VOCABULARY)


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDBPyConnection]:
    with connect(memory_limit="1GiB", threads=2) as connection:
        yield connection


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=customers, policy=policies(), seed=st.integers(0, 1000))
def test_equal_to_the_oracle_in_any_order(
    duck: DuckDBPyConnection, people: list[list[dict[str, Any]]], policy: Policy, seed: int
) -> None:
    rows = [member(str(number), record) for number, person in enumerate(people) for record in person]
    random.Random(seed).shuffle(rows)
    result = survive(duck, pa.Table.from_pylist(rows, MEMBERS), policy)
    found = {row["customer_id"]: plain(row) for row in result.to_pylist()}
    assert found == {str(number): oracle.golden(person, policy) for number, person in enumerate(people)}


def member(customer_id: str, record: dict[str, Any]) -> dict[str, Any]:
    stored = canonical_json(attributes_to_json(record["attributes"]))
    return {**record, "customer_id": customer_id, "entity_type": "person", "attributes": stored}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A golden record as the oracle writes it."""
    golden, stored = json.loads(row["attributes"]), json.loads(row["origins"])
    result = {}
    for name, sides in stored["attributes"].items():
        pairs = zip(sides.get("won", []), golden.get(name, []), strict=True)
        result[name] = {
            "won": [
                (place, *won, oracle.ordered(entry["value"]), oracle.ordered(entry["standard"]))
                for place, (won, entry) in enumerate(pairs)
            ],
            "lost": sorted(
                ((lost[0], lost[1], oracle.ordered(lost[2])) for lost in sides.get("lost", [])),
                key=repr,
            ),
        }
    assert set(golden) == {name for name, sides in result.items() if sides["won"]}
    return result


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
