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
from hub.attributes import ATTRIBUTES, Attribute
from hub.duck import connect
from hub.records import Value, attributes_to_json, canonical_json
from hub.survivorship import Survivorship
from tests.golden_record import oracle
from tests.golden_record.plain_candidates import DAY, key_of

VOCABULARY = {
    **{
        name: ATTRIBUTES[name]
        for name in ("given_name", "middle_name", "family_name", "title", "email", "phone", "address", "birth_date")
    },
    "given_name_root": ATTRIBUTES["given_name_root"],
    "tier": Attribute("tier"),
    "points": Attribute("points", "number"),
    "made": Attribute("made"),
}
SYSTEMS = ("crm", "desk", "erp")
FORMS = ["ann", "Ann", "ANN", "Bob", " bo b", "李", 'a"b\\', "Éa", "", "a@x.c", "A@y.c"]


@st.composite
def values(draw: st.DrawFn) -> Value:
    form = draw(st.sampled_from(FORMS))
    return Value(form, draw(st.sampled_from([form.lower(), form.lower(), form.lower(), None])))


def of_kind(kind: str) -> st.SearchStrategy[Value]:
    forms = {
        "date": ["1980-02-01", "1980-02-02", "0001-01-01", "9999-12-31"],
        "number": ["1", "2.5", "-3", "10", "2500000000000000000000000000000"],
        "phone": ["+491", "491", "+431", "+12"],
    }
    return st.sampled_from([*(Value(f, f) for f in forms[kind]), Value(forms[kind][0], None)])


@st.composite
def addresses(draw: st.DrawFn) -> Value:
    names = ["street", "city", "country", "line2"]
    parts = draw(st.dictionaries(st.sampled_from(names), st.sampled_from([*FORMS[:3], ""]), min_size=1))
    standard = {k: v.lower() for k, v in parts.items() if v}
    # What is written inside another part, or follows from the system, has a comparable form alone.
    standard |= draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["ann", "bob"]), max_size=1))
    return Value(parts, draw(st.sampled_from([standard, standard, standard, None])) or None)


def of(attribute: Attribute) -> st.SearchStrategy[list[Value]]:
    others = {"address": addresses(), "text": values(), "email": values()}
    one = others[attribute.kind] if attribute.kind in others else of_kind(attribute.kind)
    return st.lists(one, min_size=1, max_size=3 if attribute.multi else 1)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "system": draw(st.sampled_from(SYSTEMS)),
        "object": draw(st.sampled_from(["a", "b"])),
        "source_id": draw(st.sampled_from(["1", "2", "10", "ü"])),
        "attributes": draw(st.fixed_dictionaries({}, optional={name: of(a) for name, a in VOCABULARY.items()})),
        "modified_at": draw(st.sampled_from([None, None, -1, 0, 7, 3 * DAY])),
        "changed_at": draw(st.sampled_from([0, 7, 9, 10 * DAY])),
        "arrived_at": draw(st.sampled_from([0, 5])),
        "role": draw(st.sampled_from([None, None, None, "kept"])),
        "attribute_times": draw(
            st.none() | st.dictionaries(st.sampled_from(list(VOCABULARY)), st.sampled_from([-5, 0]))
        ),
    }


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """What a steward entered: one value each."""
    name = draw(st.sampled_from([name for name, a in VOCABULARY.items() if not a.derived]))
    role = draw(st.sampled_from(["pin", "value", "exclude"]))
    return {
        "system": "steward",
        "object": role,
        "source_id": draw(st.sampled_from(["1", "2", "3"])),
        "attributes": {name: draw(of(VOCABULARY[name]))[:1]},
        "modified_at": (at := draw(st.sampled_from([1, 2, 4 * DAY]))),
        "changed_at": at,
        "arrived_at": at,
        "role": role,
    }


customers = st.lists(
    st.tuples(
        st.lists(records(), min_size=1, max_size=6, unique_by=key_of),
        st.one_of(st.just([]), st.lists(entries(), max_size=3, unique_by=key_of)),
    ).map(lambda both: [{**both[0][0], "role": None}, *both[0][1:], *both[1]]),
    min_size=1,
    max_size=6,
)


priorities = st.builds(
    lambda systems, unlisted: {"source_priority": systems, "unlisted": unlisted},
    st.sampled_from([["erp"], ["crm", "erp"], [["crm", "desk"], "erp"], [["erp", "desk", "crm"], "steward"]]),
    st.sampled_from(["last", "last", "never"]),
)
clocks = st.builds(
    lambda rule, clock: {rule: {"clock": clock}},
    st.sampled_from(["most_recent", "oldest"]),
    st.sampled_from(["modified_at", "changed", "arrived", "birth_date", "attribute_changed", "attribute_changed"]),
)
confidences = st.builds(
    lambda scores, floor: {"confidence": {"scores": scores, "floor": floor}},
    st.sampled_from([{"erp": 0.8, "crm": 0.6}, {"desk": 1, "steward": 0}]),
    st.sampled_from([None, None, 0.5, 0.7]),
)
references = st.sampled_from(["given_name", "family_name", "points", "address.city", "address.country"])
ways = st.one_of(
    references,
    st.builds(lambda names: {"join": names, "separator": "-'"}, st.lists(references, min_size=1, max_size=3)),
    st.sampled_from([{"country_of": "phone"}, {"domain_of": "email"}]),
)
derivations = st.builds(lambda these: {"derived": these}, st.lists(ways, min_size=1, max_size=2))
trusts = st.builds(
    lambda scores, half_life: {"trust": {"scores": scores, "half_life_days": half_life}},
    st.sampled_from([{"erp": 0.9, "crm": 0.6}, {"desk": 0.5}]),
    st.sampled_from([None, 1, 0.5]),
)
orders = st.one_of(
    st.sampled_from(["most_recent", "most_frequent", "longest", "oldest", "most_complete", "validated_first"]),
    priorities,
    clocks,
    trusts,
)
chains = st.lists(orders, min_size=1, max_size=4, unique_by=str)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "system": st.sampled_from([["erp"], ["crm", "desk"]]),
        "object": st.just(["a"]),
        "newer_than_days": st.sampled_from([1, 5]),
        "equals": st.sampled_from([{"tier": "ann"}, {"tier": ["ann", "bob"], "birth_date": "1980-02-01"}]),
    },
).filter(bool)


@st.composite
def single(draw: st.DrawFn, name: str, group: bool) -> list[Any]:
    """A chain for an attribute that keeps one value, or for a group."""
    chain: list[Any] = draw(chains)
    if group:
        return chain
    if VOCABULARY[name].kind in ("number", "date"):
        chain = draw(st.sampled_from([["max"], ["min"], ["max", "most_recent"]]))
    first = ["unanimous", {"follow": "tier"}, {"validated_first": {"floor": "comparable"}}]
    first += [{"validated_first": {"floor": "valid"}}]
    head = draw(st.sampled_from([None, None, *(f for f in first if not (name == "tier" and f == {"follow": "tier"}))]))
    if head:
        chain = [head, *draw(st.sampled_from([[], chain]))]
    if VOCABULARY[name].kind not in ("number", "date") and draw(st.booleans()):
        chain = [*chain, draw(confidences)]
    if name in ("title", "made") and draw(st.booleans()):
        made = draw(derivations)
        free = not head or head == "unanimous"
        chain = draw(st.sampled_from([[made], [made, *chain] if free and not head else [*chain, made], [*chain, made]]))
    if draw(st.booleans()) and VOCABULARY[name].kind != "address":
        chain = [*draw(st.sampled_from([[], chain])), {"constant": "Fixed"}]
    return chain


@st.composite
def settings_of(draw: st.DrawFn, name: str, group: bool) -> Any:
    """What may be said of one attribute or group."""
    rules: Any = draw(single(name, group))
    if not group and VOCABULARY[name].multi:
        sure = st.lists(confidences, max_size=1)
        primary = st.builds(lambda chain, last: [*chain, *last], chains, sure)
        union = st.fixed_dictionaries({"primary": primary, "max": st.sampled_from([None, 1, 2])})
        rules = draw(st.one_of(st.just(rules), union.map(lambda u: [{"union": u}])))
    said: dict[str, Any] = {"rules": rules}
    if draw(st.booleans()):
        said["when"] = draw(conditions)
    if not group and draw(st.booleans()):
        said["clear"] = ["ANN", "+491", "1"] if VOCABULARY[name].kind != "address" else []
        said["nulls"] = "win" if not VOCABULARY[name].multi and draw(st.booleans()) else "ignore"
    if name == "address" and draw(st.booleans()):
        parts = st.fixed_dictionaries({}, optional={"country": chains, "line2": chains})
        key = draw(st.sampled_from([["street"], ["city", "street"]]))
        return {**said, "collection": {"key": key, "parts": draw(parts)}}
    return draw(st.sampled_from([rules, said]))


deletions = st.sampled_from(
    ["drop", {"keep_days": None}, {"keep_days": 3}, {"keep_days": None, "attributes": ["tier", "points", "address"]}]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    groups = draw(
        st.sampled_from([None, {}, {"who": ["title", "given_name"]}, {"all": ["middle_name", "title", "family_name"]}])
    )
    grouped = {m for members in (groups or {}).values() for m in members}
    if groups is None:
        grouped = {"given_name", "middle_name", "family_name"}
    units = [name for name, a in VOCABULARY.items() if not a.derived and name not in grouped]
    named = ["name"] if groups is None else list(groups)
    rules = draw(
        st.fixed_dictionaries(
            {}, optional={name: settings_of(name, name in named) for name in [*units, *named]}
        )
    )  # fmt: skip
    section = {"attributes": rules, "groups": groups, "defaults": draw(st.one_of(st.none(), chains))}
    section["deleted"] = draw(deletions)
    return make_policy(Survivorship.model_validate(section), VOCABULARY)


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
