"""A hub that lives through a random history, for `test_incremental_equals_full` and whoever breaks it on purpose."""

from __future__ import annotations

import math
import random
from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine

from hub.config import Config
from hub.errors import RejectedError
from hub.records import RecordKey, SourceRecord
from hub.release import ReleaseConfig
from identity import crosswalk, decisions, glue, glue_words, holds, lifecycle, links, models_store, resolver, store
from identity.blocking import GlueRule
from identity.model import Model
from identity.resolver import Scored
from tests.identity.conftest import settings as hub_settings
from tests.identity.factories import record
from tests.identity.oracles import assignment, check_full, check_ids, may_say, said

SHOP = (5, 6, 7)  # these records come from a shop, the others from a CRM


def key_of(number: int) -> RecordKey:
    return RecordKey("shop" if number in SHOP else "crm", "contacts", str(number))


PERSON: dict[str, list[Any]] = {
    "given_name": ["anna", "ana", "ben"],
    "family_name": ["abel", "braun"],
    "birth_date": ["1980-01-02", "1980-02-01", "1975-12-24", ""],
    "email": [["anna@mail1.org"], ["ben@mail2.org"], ["anna@mail1.org", "ben@mail2.org"], []],
    "phone": [["+49301111222"], ["+49302222333"], []],
}


def person(number: int, **texts: Any) -> SourceRecord:
    return record(number, system=key_of(number).system, **texts)


PERSONS = st.builds(person, st.integers(0, 7), **{name: st.sampled_from(texts) for name, texts in PERSON.items()})
FIRMS = st.builds(
    lambda i, **texts: record(i, system=key_of(i).system, entity_type="organisation", **texts),
    st.integers(0, 7),
    organisation_name=st.sampled_from(["abel steel anna", "abel steel ana", "braun coffee anna"]),
    email=st.sampled_from([["info@abelsteel.org"], []]),
    phone=st.sampled_from([["+49301111222"], []]),
)
# A line that so few records cross again and again: three that share a value, under names as different as two and one.
RULE = GlueRule(records=3, names=1.7)
VALUES = [("email", "anna@mail1.org"), ("email", "ben@mail2.org"), ("phone", "301111222"), ("phone", "302222333")]
SMALL = ReleaseConfig(max_cluster_size=3, bridge_probability=0.9999, max_moved_share=1.0)
RECORDS = st.integers(0, 9).flatmap(lambda n: PERSONS if n else FIRMS)
SEEN: Counter[str] = Counter()
_TOGETHER = 25


class History(RuleBasedStateMachine):
    """A hub that lives through changes, rounds that overlap, hot values, decisions, holds, other bars and models.

    It begins with what `conn` has, and gives it back as it was.
    """

    def __init__(self, conn: Connection) -> None:
        super().__init__()
        self.conn = conn
        self.savepoint = conn.begin_nested()
        self.config: Config = hub_settings()
        self.rounds: list[Scored] = []
        self.issued: set[UUID] = set(assignment(conn).values())
        self.asked = False  # have all ids answered since the last settlement?
        self.created = 0

    @rule(records=st.lists(RECORDS, min_size=1, max_size=3), resolve=st.booleans())
    def change(self, records: list[SourceRecord], resolve: bool) -> None:
        store.save(self.conn, records)
        if resolve:
            self._settle(self._score())

    @rule(source_ids=st.sets(st.integers(0, 7), min_size=1, max_size=3), resolve=st.booleans())
    def remove(self, source_ids: set[int], resolve: bool) -> None:
        store.delete(self.conn, [key_of(source_id) for source_id in source_ids])
        if resolve:
            self._settle(self._score())

    @precondition(lambda self: self.created < 2)
    @rule(which=st.integers(0, 7))
    def create_by_hub(self, which: int) -> None:
        known = self.conn.scalars(
            sa.text("SELECT record_id FROM identity.source_record WHERE deleted_at IS NULL ORDER BY 1")
        ).all()
        if known:
            anchor = known[which % len(known)]
            self.created += 1
            links.record_created(
                self.conn, RecordKey("crm", "contacts", f"made{self.created}"), anchor_record_id=anchor
            )

    @rule(link=st.sampled_from(["auto", 0.001, 0.5, 0.999999]), shop=st.booleans())
    def move_bar(self, link: Any, shop: bool) -> None:
        self.config = hub_settings(link_threshold=link).model_copy(update={"release": self.config.release})
        self.config.systems["shop"] = self.config.systems["crm"].model_copy(deep=True)
        contacts = self.config.systems["shop"].objects.pop("c")
        self.config.systems["shop"].objects["contacts"] = contacts.model_copy(update={"duplicate_free": shop})

    @rule(records=st.lists(st.sampled_from(range(8)), min_size=3, max_size=5, unique=True), hot=st.sampled_from(VALUES))
    def share(self, records: list[int], hot: tuple[str, str]) -> None:
        """Let several records come to hold one value, under different names: it may cross the line."""
        texts = {"email": [hot[1]]} if hot[0] == "email" else {"phone": [f"+49{hot[1]}"]}
        names = [("anna", "abel"), ("ben", "abel"), ("anna", "braun"), ("ben", "braun")]
        called = [dict(zip(("given_name", "family_name"), name, strict=True)) for name in names]
        store.save(
            self.conn,
            [record(n, system=key_of(n).system, **called[i % 4], **texts) for i, n in enumerate(records)],  # type: ignore[arg-type]  # attributes by name
        )
        self._settle(self._score())

    @rule(word=st.sampled_from(["released", "banned", "revoked"]), value=st.sampled_from(VALUES), resolve=st.booleans())
    def say(self, word: Any, value: tuple[str, str], resolve: bool) -> None:
        try:
            if word == "revoked":
                glue_words.revoke(self.conn, value, by="anna", reason="seen")
            else:
                glue_words.say(self.conn, value, word, by="anna", reason="seen")
            SEEN[word] += 1
        except RejectedError:
            SEEN["nothing to say"] += 1
        if resolve:
            self._settle(self._score())

    @rule(small=st.booleans())
    def hold(self, small: bool) -> None:
        self.config = self.config.model_copy(update={"release": SMALL if small else ReleaseConfig(max_moved_share=1.0)})

    @rule(which=st.integers(0, 5))
    def approve(self, which: int) -> None:
        held = holds.listing(self.conn)
        if held:
            holds.approve(self.conn, held[which % len(held)].hold_id, by="anna", reason="seen")
            SEEN["approved"] += 1

    @rule()
    def change_model(self) -> None:
        live = models_store.live(self.conn, "person")
        assert live is not None
        lifecycle.promote(self.conn, self.config, "person", 3 - live.version, by="anna")
        SEEN["other model"] += 1

    @rule(
        kind=st.sampled_from(["same", "different", "different", "unsure"]),
        named=st.lists(st.integers(0, 40), min_size=2, max_size=4),
        resolve=st.booleans(),
    )
    def decide(self, kind: Any, named: list[int], resolve: bool) -> None:
        rows = self.conn.execute(
            sa.text("SELECT system, object, source_id FROM identity.source_record ORDER BY record_id")
        )
        known = [RecordKey(*row) for row in rows]
        left, *right = dict.fromkeys(known[number % len(known)] for number in named)
        if not right:
            return
        sound = may_say(self.conn, kind, [left], right)
        try:
            decisions.decide(self.conn, kind, [left], right, by="anna", reason="seen")
            SEEN[f"decided {kind}"] += 1
            assert sound
        except RejectedError:
            SEEN["refused"] += 1
            assert not sound
        if resolve:
            self._settle(self._score())

    @rule(which=st.integers(0, 20), resolve=st.booleans())
    def revoke(self, which: int, resolve: bool) -> None:
        standing = [number for number, *_ in said(self.conn)]
        if standing:
            decisions.revoke(self.conn, standing[which % len(standing)], by="ben", reason="seen again")
            SEEN["ended"] += 1
        if resolve:
            self._settle(self._score())

    @precondition(lambda self: len(self.rounds) < 2)
    @rule()
    def score(self) -> None:
        self.rounds.append(self._score())

    @precondition(lambda self: self.rounds)
    @rule(latest=st.booleans())
    def settle(self, latest: bool) -> None:
        self._settle(self.rounds.pop(-1 if latest else 0))

    def _score(self) -> Scored:
        holds.mark_outdated(self.conn, self.config.release)
        return resolver.score(self.conn, self.config, rule=RULE)

    def _settle(self, scored: Scored) -> None:
        before = assignment(self.conn)
        suppressed = set(glue.read(self.conn, "person"))
        settled = resolver.settle(self.conn, scored)
        SEEN.update(settled.events)
        SEEN["became glue"] += len(set(glue.read(self.conn, "person")) - suppressed)
        SEEN["ceased to be glue"] += len(suppressed - set(glue.read(self.conn, "person")))
        SEEN["held"] += holds.count(self.conn)
        after = assignment(self.conn)
        check_ids(self.conn, before, after)
        moved = {before.get(r) for r in before.keys() | after.keys() if before.get(r) != after.get(r)}
        moved |= {after.get(r) for r in before.keys() | after.keys() if before.get(r) != after.get(r)}
        assert moved - {None} <= {UUID(i) for i in settled.touched["customer_id"].to_pylist()}
        self.issued |= set(after.values())
        self.asked = False

    @invariant()
    def every_id_answers(self) -> None:
        if self.asked:
            return
        self.asked = True
        current = set(assignment(self.conn).values())
        for customer_id in self.issued:
            found = crosswalk.answer(self.conn, customer_id)
            assert found is not None
            assert (found.status == "current") == (customer_id in current)
            assert set(found.current_ids) <= current

    def teardown(self) -> None:
        try:
            for scored in self.rounds:
                self._settle(scored)
            self.rounds.clear()
            while holds.mark_outdated(self.conn, self.config.release) or resolver.is_due(self.conn, self.config):
                self._settle(self._score())
            check_full(self.conn, self.config, RULE)
        finally:
            self.savepoint.rollback()


def run(engine: Engine, models: list[Model], examples: int, steps: int, *, first: int = 0) -> None:
    """Live through so many histories of so many steps; gives in SEEN what came about.

    Each `_TOGETHER` of them begin with one base, which is resolved once: that takes as long as half a history.
    `first` numbers the first base: the same number, the same histories.
    """
    SEEN.clear()
    for base in range(first, first + math.ceil(examples / _TOGETHER)):
        with engine.connect() as conn, conn.begin() as transaction:
            _begin(conn, models, random.Random(base))
            run_state_machine_as_test(
                seed(base)(partial(History, conn)),
                settings=settings(
                    max_examples=min(examples, _TOGETHER),
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    # Shrinking takes minutes here; the steps of the failing history are printed as they are.
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                    report_multiple_bugs=False,
                ),
            )
            transaction.rollback()


def _begin(conn: Connection, models: list[Model], rng: random.Random) -> None:
    for model in models:
        models_store.save(conn, model)
        if model.version == 1:
            models_store.make_live(conn, model.entity_type, model.version)
    chosen = [rng.randrange(8) for _ in range(rng.randrange(8, 13))]
    store.save(conn, [person(n, **{name: rng.choice(texts) for name, texts in PERSON.items()}) for n in chosen])
    resolver.settle(conn, resolver.score(conn, hub_settings(), rule=RULE))
