"""Generated customers as rows that can be changed by hand, and as source records: for `benchmarks.week` and `.glue`."""

from __future__ import annotations

import csv
import random
import re
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Engine

from benchmarks import persons as generated
from hub.db import transaction
from hub.records import EntityType, RecordKey, SourceRecord
from identity import store
from sources.standardise.entry import standardise

Row = dict[str, str]
_BATCH = 10_000

_HEADS = re.findall(
    r"\w+", "Alder Birch Cobalt Delta Ember Falcon Granite Harbor Iron Juniper Kestrel Lark Maple North Onyx Pine"
)
_TAILS = re.findall(r"\w+", "brook crest dale field ford gate haven lake mont point ridge shore stone vale well wood")
_TRADES = re.findall(r"\w+", "Bakery Dental Foods Garden Glass Hotel Logistics Metals Optics Print Steel Tools")
_FORMS = ("Inc", "LLC", "Corp", "Ltd", "")


def persons(rows: int, seed: int = 1) -> tuple[dict[str, Row], dict[str, int]]:
    """Give so many persons by id, and whose record each is: those of `benchmarks.persons`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generated.write(folder, rows, seed=seed)
        with (folder / "deliveries" / "first.csv").open(newline="", encoding="utf-8") as file:
            found = {row.pop("id"): row for row in csv.DictReader(file)}
        truth = pq.read_table(folder / "truth.parquet")
    return found, dict(zip(truth["source_id"].to_pylist(), truth["entity"].to_pylist(), strict=True))


def organisations(rows: int, seed: int = 1) -> dict[str, Row]:
    """Give so many organisations by id; three in ten are further records of another."""
    rng = random.Random(seed)
    found: dict[str, Row] = {}
    for number in range(rows):
        if number and rng.random() < 0.3:
            row = dict(found[f"O{rng.randrange(number):08}"])
            row |= {field: "" for field in ("email", "phone", "street") if rng.random() < 0.25}
            if rng.random() < 0.3:
                row["name"] = re.sub(r" (Inc|LLC|Corp|Ltd)$", "", row["name"])
        else:
            core = f"{rng.choice(_HEADS)}{rng.choice(_TAILS)} {rng.choice(_TRADES)}"
            place = f"{core} {rng.choice(_TAILS).title()} {rng.randrange(400)}"
            row = {
                "name": f"{place} {rng.choice(_FORMS)}".strip(),
                "email": f"office@{re.sub('[^a-z0-9]', '', place.lower())}.example.com",
                "phone": f"{rng.randrange(202, 990)}-{rng.randrange(220, 990)}-{rng.randrange(10_000):04}",
                "street": f"{rng.randrange(1, 900)} {rng.choice(_HEADS)}{rng.choice(_TAILS)} Road",
                "zip": f"{rng.randrange(501, 99_501):05}",
            }
        found[f"O{number:08}"] = row
    return found


def to_record(source_id: str, row: Row) -> SourceRecord:
    """Standardise a row; those with a `name` are organisations."""
    entity_type: EntityType = "organisation" if "name" in row else "person"
    given = {
        "organisation_name": row.get("name"),
        "given_name": row.get("first"),
        "family_name": row.get("last"),
        "birth_date": row.get("born"),
        "email": row.get("email"),
        "phone": row.get("phone"),
    }
    parts = {"street": row.get("street"), "postcode": row.get("zip"), "city": row.get("city")}
    address = {part: text for part, text in parts.items() if text}
    numbers = [{"kind": "tax", "value": row["tax"]}] if row.get("tax") else []
    raws: dict[str, list[Any]] = {name: [text] for name, text in given.items() if text}
    raws |= {name: some for name, some in (("address", [address] if address else []), ("identifier", numbers)) if some}
    attributes = standardise(raws, entity_type=entity_type, country="US", custom={})
    return SourceRecord(key_of(source_id), entity_type, attributes)


def key_of(source_id: str) -> RecordKey:
    """Give the key that a generated customer has."""
    return RecordKey("shop", "customers", source_id)


def save(engine: Engine, rows: Iterable[tuple[str, Row]]) -> int:
    """Store rows as source records, some at a time; gives the number of those that said something new."""
    stored, given = 0, iter(rows)
    while some := list(islice(given, _BATCH)):
        with transaction(engine) as conn:
            stored += store.save(conn, [to_record(source_id, row) for source_id, row in some]).stored
    return stored
