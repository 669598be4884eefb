"""One of the twins: a hub that is rolled back in the end, and the picture of all that its customers are.

Everything is the hub's own but the comparing of records: which of them match is fixed (a side matches itself), so that
a round costs a fraction and a merge comes from a steward's word alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from golden_record import contact_points, definitions, effective_consents, moment, profiles, read, segments, timeline
from golden_record.refresh import outdated, refresh
from hub.config import Config
from hub.records import ENTITY_TYPES, EntityType, RecordKey, SourceRecord
from identity import edges, engine, glue, models_store, pending, relations, resolver, store
from identity.bars import bars_for
from identity.judge import Judge
from identity.pairs import EDGE_SCHEMA
from identity.resolver import Scored
from identity.shipped import shipped_model
from tests.identity.factories import attributes

START = datetime(2026, 1, 1, tzinfo=UTC)
A, B, BYSTANDER, FIRM = range(4), range(4, 8), 8, 9
RULES: list[dict[str, Any]] = [
    {},
    {"attributes": {"title": [{"source_priority": ["desk", "crm"]}], "email": [{"union": {"max": 2}}]}},
    {"attributes": {"birth_date": ["oldest"], "title": ["unanimous"]},
     "groups": {"name": ["given_name", "family_name"]}},
]  # fmt: skip
COMPUTED = {
    "orders": {"measure": "count", "of": ["order"]},
    "spent": {"measure": "sum", "of": ["order"], "currency": "EUR"},
}
SEGMENTS = {
    "spenders": {"attribute": "spent", "at_least": 5},
    "doctors": {"all": [{"attribute": "title", "equals": "dr"}, {"attribute": "orders", "at_least": 1}]},
}
SEEN: Counter[str] = Counter()
"""What came about in the histories that were lived through."""


def key_of(number: int) -> RecordKey:
    return RecordKey(("erp", "crm", "desk")[number % 3], "contact", str(number))


def side_of(number: int) -> str:
    return "A" if number in A else "B" if number in B else str(number)


def config_of(rules: Mapping[str, Any]) -> Config:
    systems = {n: {"kind": "zendesk", "url": "http://x", "user": "u", "token": "t"} for n in ("erp", "crm", "desk")}
    return Config.model_validate({
        "systems": systems, "survivorship": rules, "computed": COMPUTED, "segments": SEGMENTS,
        "release": {"bridge_probability": None, "published_probability": None, "max_moved_share": 1},
    })  # fmt: skip


CONFIGS = [config_of(rules) for rules in RULES]


def judge(config: Config, entity_type: EntityType) -> Judge:
    model = shipped_model(entity_type).with_version(1)
    return Judge(model, bars_for(config.matching_for(entity_type), model))


def prepare(engine_: Engine) -> None:
    """Make the models live in a database, once for all histories."""
    with engine_.begin() as conn:
        for entity_type in ENTITY_TYPES:
            made = judge(CONFIGS[0], entity_type)
            models_store.save(conn, made.model)
            models_store.make_live(conn, entity_type, 1)
            models_store.set_bars(conn, entity_type, made.bars)


class Hub:
    """One of the two, on a connection whose transaction is rolled back."""

    def __init__(self, engine_: Engine) -> None:
        self.conn: Connection = engine_.connect()
        self.transaction = self.conn.begin()
        self.config = CONFIGS[0]
        self.pins: list[int] = []
        self.judges = {entity_type: judge(self.config, entity_type) for entity_type in ENTITY_TYPES}

    def close(self) -> None:
        self.transaction.rollback()
        self.conn.close()

    def save(self, number: int, content: Mapping[str, Any], day: int | None) -> None:
        at = None if day is None else START + timedelta(days=day)
        kind: EntityType = "organisation" if number == FIRM else "person"
        store.save(self.conn, [SourceRecord(key_of(number), kind, attributes(**content), at)])

    def resolve(self) -> None:
        """A round: the fixed edges, and from there the hub's own road to golden records and figures."""
        records = pending.read(self.conn)
        scored = Scored(records, edges.as_scored(self._edges(records), "person", 1), self.judges, 0,
                        release=self.config.release, clusterers=engine.clusterers(self.config),
                        settlements=glue.settlements(self.conn))  # fmt: skip
        settled = resolver.settle(self.conn, scored)
        SEEN.update(settled.events)
        touched = [UUID(str(one)) for one in settled.touched["customer_id"].to_pylist()]
        refresh(self.conn, self.config, touched, run_id=None, at=settled.at)
        profiles.touch(self.conn, touched)
        if outdated(self.conn, self.config):
            refresh(self.conn, self.config, None, run_id=None)
        if definitions.enact(self.conn, self.config.computed, self.config.segments):
            profiles.touch_all(self.conn)
        profiles.refresh(self.conn, self.config.computed, now=START + timedelta(days=99))

    def _edges(self, records: pa.Table) -> pa.Table:
        live = {
            row.record_id: side_of(int(row.source_id))
            for row in self.conn.execute(
                sa.text("SELECT record_id, source_id FROM identity.source_record WHERE deleted_at IS NULL")
            )
        }
        due = set(records["record_id"].to_pylist())
        pairs = [
            (left, right)
            for left in live for right in live
            if left < right and {left, right} & due and live[left] == live[right]
        ]  # fmt: skip
        rows = [
            {"record_l": left, "record_r": right, "match_weight": 30.0, "match_probability": 1.0, "comparison": "{}",
             "match_keys": ["name"]}
            for left, right in pairs
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, EDGE_SCHEMA)

    def live(self) -> dict[int, UUID]:
        """The numbers of the records that have a customer, with it."""
        rows = self.conn.execute(
            sa.text("""SELECT r.source_id, x.customer_id FROM identity.crosswalk x
                       JOIN identity.source_record r USING (record_id) WHERE x.valid_to IS NULL""")
        )
        return {int(row.source_id): row.customer_id for row in rows}

    def picture(self) -> dict[frozenset[int], Any]:
        """All that a customer is, by its records: nothing in it tells an id or a moment of the hub's own."""
        owners = self.live()
        members: dict[UUID, frozenset[int]] = {
            owner: frozenset(n for n, other in owners.items() if other == owner) for owner in owners.values()
        }
        ids = list(members)
        golden = {one.customer_id: one for one in read.customers(self.conn, ids)}
        assert golden.keys() == members.keys(), "a customer has no golden record"
        said = effective_consents.of(self.conn, ids, now=START + timedelta(days=99))
        figures = profiles.of(self.conn, ids)
        related: dict[UUID, list[Any]] = {}
        found_now = relations.of(self.conn, ids)
        assert relations.of(self.conn, ids, then=moment.now(self.conn)) == found_now
        for one in found_now:
            related.setdefault(one.customer_id, []).append((one.kind, sorted(members[one.other_id]), one.evidence))
        return {
            members[one]: {
                "values": golden[one].attributes,
                "origins": {name: self._origins(found) for name, found in golden[one].origins.items()},
                "members": sorted(golden[one].members),
                "relations": sorted(related.get(one, [])),
                "activities": timeline.page(self.conn, one).entries,
                "consents": said.get(one, []),
                "figures": figures.get(one),
                "points": contact_points.of(self.conn, one, said.get(one, [])),
                "segments": segments.of(self.conn, one, self.config.segments, self.config.computed),
            }
            for one in ids
        }  # fmt: skip

    def _origins(self, found: Any) -> Any:
        """Origins whose entries of stewards are numbered as they came."""
        won, lost = ([replace(one, record=self._named(one.record)) for one in side] for side in (found.won, found.lost))
        return won, sorted(lost, key=repr)

    def _named(self, key: RecordKey) -> RecordKey:
        if key.system != "steward":
            return key
        return key._replace(source_id=str(self.pins.index(int(key.source_id))))
