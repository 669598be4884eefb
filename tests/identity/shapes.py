"""The generated bases of `benchmarks.shapes` as features and keys: `SHAPES[name]()`."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import shapes
from hub.records import EntityType, RecordKey, SourceRecord
from sources.standardise import standardise
from tests.identity.known_sets import Known, known


def _known(shape: shapes.Shape) -> Known:
    records = []
    entity_type: EntityType = "person" if shape.entity_type == "person" else "organisation"
    for number, row in enumerate(shape.rows):
        given = {name: [fact] for name, fact in row.facts.items() if fact}
        attributes = standardise(given, entity_type=entity_type, country=shape.country, custom={})
        records.append(SourceRecord(RecordKey(row.system, "x", str(number)), entity_type, attributes))
    return known(records, [row.entity for row in shape.rows])


def _maker(make: Callable[[], shapes.Shape]) -> Callable[[], Known]:
    return lambda: _known(make())


SHAPES: dict[str, Callable[[], Known]] = {name: _maker(make) for name, make in shapes.SHAPES.items()}
"""Name -> the base."""
