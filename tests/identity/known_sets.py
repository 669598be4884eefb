"""Sets with known truth from tests/data (its README has their origins) and generated ones, as features and keys."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from hub.records import EntityType, RecordKey, SourceRecord
from identity.agglomeration import agglomerate
from identity.features import ARROW_SCHEMA, feature
from identity.keys import blocking_keys
from identity.model import Model
from identity.pairs import PAIRS_SCHEMA
from identity.scoring import score
from sources.standardise import standardise

DATA = Path(__file__).parent.parent / "data"
Row = dict[str, str]


class Known(NamedTuple):
    entity_type: EntityType
    features: pa.Table
    keys: pa.Table
    truth: dict[int, str]


def known(records: Sequence[SourceRecord], entities: Sequence[str]) -> Known:
    rows, keys = [], []
    for record_id, record in enumerate(records, 1):
        row = feature(record) | {"record_id": record_id}
        rows.append(row)
        keys += [(record_id, kind, key) for kind, key in blocking_keys(row)]
    ids, kinds, values = zip(*keys, strict=True)
    table = pa.table({"record_id": pa.array(ids, pa.int64()), "kind": kinds, "key": values})
    truth = dict(enumerate(entities, 1))
    return Known(records[0].entity_type, pa.Table.from_pylist(rows, ARROW_SCHEMA), table, truth)


def person(row: Row) -> dict[str, Any]:
    """fake_1000."""
    return {
        "given_name": [row["first_name"]],
        "family_name": [row["surname"]],
        "birth_date": [row["dob"]],
        "email": [row["email"]],
        "address": [{"city": row["city"]}],
    }


def australian(row: Row) -> dict[str, Any]:
    """febrl3."""
    address = {"house_number": "street_number", "street": "address_1", "city": "suburb", "postcode": "postcode"}
    return {
        "given_name": [row["given_name"]],
        "family_name": [row["surname"]],
        "birth_date": [row["date_of_birth"]],
        "address": [{part: row[column] for part, column in address.items() if row[column]}],
        "identifier": [{"kind": "national", "value": row["soc_sec_id"]}],
    }


def kindergarten(row: Row) -> dict[str, Any]:
    """chicago_organisations."""
    return {
        "organisation_name": [row["site_name"]],
        "phone": [row["phone"]],
        "address": [{part: row[c] for part, c in (("street", "address"), ("postcode", "zip")) if row[c]}],
    }


def read(name: str, entity_type: EntityType, id_column: str, make: Callable[[Row], dict[str, Any]]) -> Known:
    with (DATA / f"{name}.truth.csv").open(newline="") as file:
        truth = {(row["system"], row["source_id"]): row["entity"] for row in csv.DictReader(file)}
    records = []
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            raw = {key: [v for v in values if v] for key, values in make(row).items()}
            attributes = standardise(
                {k: v for k, v in raw.items() if v}, entity_type=entity_type, country=None, custom={}
            )
            key = RecordKey(row.get("source_system", name), "x", row[id_column])
            records.append(SourceRecord(key, entity_type, attributes))
    return known(records, [truth[r.key.system, r.key.source_id] for r in records])


def candidates(keys: pa.Table, model: Model) -> pa.Table:
    """Pairs by an implementation of their definition of our own: no SQL."""
    holders: dict[tuple[str, str], set[int]] = {}
    for record_id, kind, key in zip(*(keys.column(c).to_pylist() for c in ("record_id", "kind", "key")), strict=True):
        if kind in model.key_kinds and (kind, key) not in model.junk:
            holders.setdefault((kind, key), set()).add(record_id)
    found: dict[tuple[int, int], set[str]] = {}
    for (kind, _), ids in holders.items():
        ordered = sorted(ids)
        for i, left in enumerate(ordered):
            for right in ordered[i + 1 :]:
                found.setdefault((left, right), set()).add(kind)
    rows = [{"record_l": a, "record_r": b, "match_keys": sorted(kinds)} for (a, b), kinds in sorted(found.items())]
    return pa.Table.from_pylist(rows, PAIRS_SCHEMA)


def clusters(base: Known, model: Model) -> dict[int, int]:
    edges = score(base.features, candidates(base.keys, model), model)
    triples = zip(*(edges.column(c).to_pylist() for c in ("record_l", "record_r", "match_weight")), strict=True)
    return agglomerate(sorted(base.truth), list(triples), link_weight=model.link_weight)


def households(
    customers: int, *, copies: Sequence[int], fields: Sequence[str] = (), noise: float = 0.1, seed: int = 1
) -> Known:
    """Generated persons, a third of them with family at the same address; `fields` limits what is filled."""
    rng = random.Random(seed)
    syllables = [
        "ber",
        "han",
        "mar",
        "lin",
        "kor",
        "fri",
        "bau",
        "ste",
        "kel",
        "vog",
        "lor",
        "gun",
        "hel",
        "rit",
        "sol",
    ]

    def word(n: int) -> str:
        return "".join(rng.choice(syllables) for _ in range(n))

    given = [word(2) + rng.choice("aeio") for _ in range(300)]
    family = [word(rng.choice((2, 3))) + rng.choice(("er", "mann", "ski", "")) for _ in range(900)]
    streets, cities = (
        [word(3) + "weg" for _ in range(300)],
        [(word(2) + "burg", f"{rng.randrange(10**5):05}") for _ in range(40)],
    )
    records: list[SourceRecord] = []
    entities: list[str] = []
    home: dict[str, Any] = {}
    for customer in range(customers):
        if not home or rng.random() > 0.35:
            city, postcode = rng.choice(cities)
            place = {"house_number": str(rng.randrange(1, 99)), "street": rng.choice(streets)}
            home = {"family_name": rng.choice(family), "address": place | {"city": city, "postcode": postcode}}
        born = f"{rng.randrange(1940, 2004)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        facts = home | {
            "given_name": rng.choice(given),
            "birth_date": born,
            "email": f"{rng.choice(streets)}{rng.randrange(10**4)}@mail.example.org",
            "phone": f"+4930{rng.randrange(10**7, 10**8)}",
        }
        for _ in range(rng.choice(copies)):
            row = {k: v for k, v in facts.items() if (not fields or k in fields) and rng.random() > noise}
            for name in ("given_name", "family_name"):
                text = row.get(name)
                if text and rng.random() < noise:
                    at = rng.randrange(len(text))
                    row[name] = text[:at] + rng.choice("abcdefgh") + text[at + 1 :]
            attributes = standardise({k: [v] for k, v in row.items()}, entity_type="person", country="DE", custom={})
            records.append(SourceRecord(RecordKey("s", "x", str(len(records))), "person", attributes))
            entities.append(str(customer))
    return known(records, entities)
