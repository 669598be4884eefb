"""A hub that lives through merges and splits, and a twin that is told the same and never merged: they must agree.

Everything is the hub's own but the comparing of records: which of them match is fixed (a side matches itself), so that
a round costs a fraction and a merge comes from a steward's word alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine

from golden_record import activities, consents, effective_consents, moment, outbox, pins, profiles, read, timeline
from golden_record.refresh import outdated, refresh
from hub.activity import Activity, Belonging
from hub.config import Config
from hub.consent import Consent
from hub.errors import RejectedError
from hub.records import ENTITY_TYPES, EntityType, RecordKey, SourceRecord, Value
from identity import (
    crosswalk,
    decision_log,
    decisions,
    edges,
    engine,
    glue,
    models_store,
    past_crosswalk,
    pending,
    relations,
    resolver,
    store,
)
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
SEEN: Counter[str] = Counter()


def key_of(number: int) -> RecordKey:
    return RecordKey(("erp", "crm", "desk")[number % 3], "contact", str(number))


def side_of(number: int) -> str:
    return "A" if number in A else "B" if number in B else str(number)


def config_of(rules: Mapping[str, Any]) -> Config:
    systems = {n: {"kind": "zendesk", "url": "http://x", "user": "u", "token": "t"} for n in ("erp", "crm", "desk")}
    return Config.model_validate({
        "systems": systems, "survivorship": rules, "computed": COMPUTED,
        "release": {"bridge_probability": None, "published_probability": None, "max_moved_share": 1},
    })  # fmt: skip


CONFIGS = [config_of(rules) for rules in RULES]

CONTENTS = st.fixed_dictionaries({
    "given_name": st.sampled_from(["anna", "ann", "ben"]),
    "family_name": st.sampled_from(["abel", "braun"]),
    "title": st.sampled_from(["dr", "prof", ""]),
    "birth_date": st.sampled_from(["1980-01-02", "1975-12-24", ""]),
    "email": st.lists(st.sampled_from(["a@abel.example", "b@mail.example", "c@mail.example"]), max_size=3, unique=True),
    "phone": st.sampled_from([["+49301111222"], ["+49302222333"], []]),
})  # fmt: skip
MOMENTS = st.none() | st.integers(0, 5)  # equal times are where tie-breaks speak
SIDED = st.sampled_from([*A, *B])
FACTS = st.fixed_dictionaries({
    "number": st.integers(0, 9), "of": st.sampled_from([*A, *B, "a@abel.example", "b@mail.example"]),
    "status": st.sampled_from(["open", "paid"]), "amount": st.integers(1, 9),
})  # fmt: skip
WORDS = st.fixed_dictionaries({
    "number": st.integers(0, 9), "of": st.sampled_from([*A, *B]), "purpose": st.sampled_from(["news", "offers"]),
    "status": st.sampled_from(["granted", "withdrawn", "unknown"]), "day": MOMENTS,
    "point": st.sampled_from([None, "b@mail.example"]),
})  # fmt: skip


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
        if profiles.outdated(self.conn, self.config.computed):
            profiles.touch_all(self.conn, self.config.computed)
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
        assert golden.keys() == members.keys()
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


class Twins(RuleBasedStateMachine):
    """What sources and stewards say of values goes to both; words on who is who to the first alone."""

    def __init__(self, engine_: Engine, other: Engine) -> None:
        super().__init__()
        self.hub, self.twin = Hub(engine_), Hub(other)
        self.met: set[frozenset[int]] = set()
        self.ids: dict[UUID, UUID] = {}
        self.issued: set[UUID] = set()
        self.past: list[tuple[UUID, datetime, Any]] = []

    def both(self, what: Callable[[Hub], Any]) -> None:
        for hub in (self.hub, self.twin):
            what(hub)

    @initialize(
        contents=st.lists(CONTENTS, min_size=4, max_size=4), more=st.lists(FACTS, max_size=3), merged=st.booleans()
    )
    def begin(self, contents: list[dict[str, Any]], more: list[dict[str, Any]], merged: bool) -> None:
        for number, content in zip((0, 1, 4, 5), contents, strict=True):
            self.ingest(number, content, number)
        self.both(
            lambda hub: hub.save(BYSTANDER, {"given_name": "carl", "family_name": "abel", "phone": ["+49301111222"]}, 0)
        )
        firm = {"organisation_name": "abel steel", "email": ["info@abel.example"]}
        self.both(lambda hub: hub.save(FIRM, firm, 0))
        for fact in more:
            self.happen(fact)
        self.meet()
        if merged:
            self.merge(0, 4, True)

    @rule(number=SIDED, content=CONTENTS, day=MOMENTS)
    def ingest(self, number: int, content: dict[str, Any], day: int | None) -> None:
        """A new record, a changed one, one that comes back, or the same again."""
        self.both(lambda hub: hub.save(number, content, day))

    @rule(number=SIDED)
    def delete(self, number: int) -> None:
        """Never the last of a side: who its newcomers belonged to would be known to nobody."""
        side = A if number in A else B
        known = self.hub.conn.scalars(
            sa.text("SELECT source_id FROM identity.source_record WHERE deleted_at IS NULL")
        ).all()
        kept = [n for n in side if str(n) in known and n != number and self._resolved_before(n)]
        if kept:
            self.both(lambda hub: store.delete(hub.conn, [key_of(number)]))
            SEEN["deleted"] += 1

    def _resolved_before(self, number: int) -> bool:
        return number in {n for members in self.met for n in members}

    @rule(number=SIDED, kind=st.sampled_from(["pin", "value", "exclude"]), title=st.sampled_from(["dr", "prof", "mag"]),
          lifetime=st.sampled_from(["permanent", "source"]))  # fmt: skip
    def pin(self, number: int, kind: Any, title: str, lifetime: Any) -> None:
        def enter(hub: Hub) -> None:
            entry = (kind, key_of(number), "title", Value(title, title))
            hub.pins.append(pins.enter(hub.conn, hub.config, entry, by="eva", reason="seen", lifetime=lifetime))

        try:
            self.both(enter)
            SEEN[kind] += 1
        except RejectedError:  # the record is not there
            assert len(self.hub.pins) == len(self.twin.pins)

    @precondition(lambda self: self.hub.pins)
    @rule(which=st.integers(0, 9))
    def unpin(self, which: int) -> None:
        def revoke(hub: Hub) -> None:
            pins.revoke(hub.conn, hub.pins[which % len(hub.pins)], by="eva", reason="seen")

        try:
            self.both(revoke)
        except RejectedError:
            SEEN["nothing to end"] += 1

    @rule(fact=FACTS, gone=st.booleans())
    def happen(self, fact: dict[str, Any], gone: bool = False) -> None:
        of = fact["of"]
        belongs = Belonging("erp", "contact", email=of) if isinstance(of, str) else Belonging(
            *key_of(of)[:2], source_id=str(of))  # fmt: skip
        one = Activity(RecordKey("erp", "orders", str(fact["number"])), belongs, "order",
                       START + timedelta(days=fact["number"]), amount=Decimal(fact["amount"]), currency="EUR",
                       status=fact["status"])  # fmt: skip
        self.both(lambda hub: activities.delete(hub.conn, [one.key]) if gone else activities.save(hub.conn, [one]))
        SEEN["activity"] += 1

    @rule(word=WORDS, gone=st.booleans())
    def allow(self, word: dict[str, Any], gone: bool = False) -> None:
        of = key_of(word["of"])
        key, belongs = RecordKey(of.system, "consents", str(word["number"])), Belonging(*of[:2], source_id=of.source_id)
        said = START + timedelta(days=word["day"] or 0)
        one = Consent(key, belongs, word["purpose"], "email", word["status"], word["point"], at=said)
        self.both(lambda hub: consents.delete(hub.conn, [one.key]) if gone else consents.save(hub.conn, [one]))
        SEEN["consent"] += 1

    @rule(which=st.sampled_from([0, 1, 2]))
    def change_policy(self, which: int) -> None:
        for hub in (self.hub, self.twin):
            hub.config = CONFIGS[which]

    @rule(left=st.sampled_from(A), right=st.sampled_from(B), resolve=st.booleans())
    def merge(self, left: int, right: int, resolve: bool) -> None:
        self._say("same", left, right, resolve=resolve)

    @rule(side=st.sampled_from([A, B]), left=st.integers(0, 3), right=st.integers(0, 3), resolve=st.booleans())
    def split(self, side: range, left: int, right: int, resolve: bool) -> None:
        if left != right:
            self._say("different", side[left], side[right], resolve=resolve)

    def _say(self, kind: Any, left: int, right: int, *, resolve: bool) -> None:
        try:
            decisions.decide(self.hub.conn, kind, [key_of(left)], [key_of(right)], by="eva", reason="seen")
        except RejectedError:  # a record is not there, or another word stands against it
            return
        if resolve:
            self.hub.resolve()

    @rule()
    def resolve(self) -> None:
        self.hub.resolve()

    @precondition(lambda self: self.issued)
    @rule(which=st.integers(0, 9))
    def remember(self, which: int) -> None:
        """Keep how somebody looks at this moment, whatever comes."""
        current = sorted(set(self.hub.live().values()))
        then = moment.now(self.hub.conn)
        who = current[which % len(current)]
        self.past.append((who, then, self._seen(who, then)))
        for customer_id in self.issued:
            assert past_crosswalk.answer(self.hub.conn, customer_id, then) == crosswalk.answer(
                self.hub.conn, customer_id
            )

    def _seen(self, who: UUID, then: datetime) -> Any:
        return moment.customer_then(self.hub.conn, self.hub.config, who, as_of=then)

    @rule()
    def meet(self) -> None:
        """Every word is taken back: now nobody may tell the two apart."""
        for word in decision_log.listing(self.hub.conn):
            decisions.revoke(self.hub.conn, word.decision_id, by="eva", reason="seen again")
            SEEN["unsaid"] += 1
        self.both(Hub.resolve)
        mine, other = self.hub.picture(), self.twin.picture()
        assert mine.keys() == other.keys() != set()
        for members, found in mine.items():
            assert found == other[members]
        owners, others = self.hub.live(), self.twin.live()
        for members in mine:
            number = min(members)
            known = self.ids.setdefault(owners[number], others[number])
            assert known == others[number], "an id has changed its meaning"
        assert len(set(self.ids.values())) == len(self.ids), "an id was given up for another one"
        self.issued |= set(owners.values())
        self.met = set(mine)
        SEEN["met"] += 1

    def teardown(self) -> None:
        try:
            if self.issued:
                self.meet()
                for who, then, seen in self.past:
                    assert self._seen(who, then) == seen, "a past moment has changed"
                    SEEN["remembered"] += 1
                before = self._versions()
                refresh(self.hub.conn, self.hub.config, None, run_id=None, chunk=2)
                assert self._versions() == before, "a rebuild tells otherwise"
        finally:
            self.both(Hub.close)

    def _versions(self) -> Any:
        rows = self.hub.conn.execute(sa.text("SELECT * FROM golden.golden_record ORDER BY customer_id, version")).all()
        return rows, outbox.last_seq(self.hub.conn)


def run(engine_: Engine, other: Engine, examples: int, steps: int, **options: Any) -> None:
    """Live through so many histories of so many steps; gives in SEEN what came about."""
    SEEN.clear()
    run_state_machine_as_test(
        lambda: Twins(engine_, other),  # type: ignore[arg-type]  # a machine is made anew for each history
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )
