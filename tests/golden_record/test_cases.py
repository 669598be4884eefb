"""The rules by examples that a steward can read: cases/*.yaml. Each runs in every order of its records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from duckdb import DuckDBPyConnection

from golden_record.contributions import MEMBERS
from golden_record.origins import AttributeOrigins, Loser, Origin, origins_from_json
from golden_record.policy import make_policy
from golden_record.survivorship import survive
from hub.attributes import ATTRIBUTES, Attribute
from hub.duck import connect
from hub.records import Value, attributes_from_json, attributes_to_json, canonical_json
from hub.survivorship import Survivorship

CASES = Path(__file__).parent / "cases"
_OWN_KEYS = {"system", "id", "modified", "stored", "arrived", "role", "since"}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text()):
            yield pytest.param(case, id=f"{path.stem}: {case['case']}")


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDBPyConnection]:
    with connect(memory_limit="1GiB", threads=2) as connection:
        yield connection


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: dict[str, Any], duck: DuckDBPyConnection) -> None:
    own = {name: Attribute(name, **settings) for name, settings in case.get("custom", {}).items()}
    policy = make_policy(Survivorship.model_validate(case["policy"]), {**ATTRIBUTES, **own})
    members = [member(record, case.get("type", "person")) for record in case["records"]]
    # Every order of the records is a customer of its own in one table; all must come out alike.
    orders = [
        {**record, "customer_id": str(number)} for number, order in enumerate(permutations(members)) for record in order
    ]
    table = survive(duck, pa.Table.from_pylist(orders, MEMBERS), policy).drop_columns("customer_id")
    results = {json.dumps(row) for row in table.to_pylist()}
    assert len(results) == 1
    golden = json.loads(results.pop())
    attributes = attributes_from_json(json.loads(golden["attributes"]))
    origins = origins_from_json(json.loads(golden["origins"]), attributes)
    for name, expected in case["expect"].items():
        check(origins.get(name, AttributeOrigins()), expected)


def check(found: AttributeOrigins, expected: dict[str, Any]) -> None:
    wanted = expected.get("values") or ([expected] if expected["value"] is not None else [])
    assert [shown(origin) for origin in found.won] == [plain(value) for value in wanted]
    for origin, value in zip(found.won, wanted, strict=True):
        for part, told in value.get("parts", {}).items():
            check(origin.parts[part], told)
    if "lost" in expected:
        lost = sorted(map(canonical_json, map(shown, found.lost)))
        assert lost == sorted(map(canonical_json, map(plain, expected["lost"])))


def shown(entry: Origin | Loser) -> dict[str, Any]:
    tie_break = {"tie_break": entry.tie_break} if entry.tie_break else {}
    return {"value": entry.value, "from": entry.record.system, "rule": entry.rule, **tie_break}


def plain(expected: dict[str, Any]) -> dict[str, Any]:
    return {
        key: text(value) if key == "value" else value for key, value in expected.items() if key not in ("lost", "parts")
    }


def text(given: Any) -> Any:
    return given.isoformat() if isinstance(given, date) else given


def member(record: dict[str, Any], entity_type: str) -> dict[str, Any]:
    attributes = {
        name: [value(v) for v in (given if isinstance(given, list) else [given])]
        for name, given in record.items()
        if name not in _OWN_KEYS
    }
    return {
        "entity_type": entity_type,
        "system": record["system"],
        "object": record.get("role", "contact").replace("kept", "contact"),
        "source_id": str(record.get("id", 1)),
        "attributes": canonical_json(attributes_to_json(attributes)),
        "modified_at": micros(record["modified"]) if "modified" in record else None,
        "changed_at": micros(record.get("stored", date(2026, 1, 1))),
        "arrived_at": micros(record.get("arrived", date(2026, 1, 1))),
        "role": record.get("role"),
        "attribute_times": canonical_json({name: micros(day) for name, day in record.get("since", {}).items()}),
    }


def value(given: Any) -> Value:
    if isinstance(given, dict) and "standard" in given:
        return Value(text(given["value"]), given["standard"])
    given = text(given)
    lower = {k: v.lower() for k, v in given.items()} if isinstance(given, dict) else given.lower()
    return Value(given, lower)


def micros(day: date) -> int:
    return (datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)) // timedelta(microseconds=1)
