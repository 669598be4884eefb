"""A hub that lives through merges and splits, and a twin that is told the same and never merged: they must agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from golden_record import activities, consents, moment, outbox, pins, profile_read
from golden_record.refresh import refresh
from hub.activity import Activity, Belonging
from hub.consent import Consent
from hub.errors import RejectedError
from hub.records import RecordKey, Value
from identity import crosswalk, decision_log, decisions, past_crosswalk, store
from tests.golden_record.twin_hub import BYSTANDER, CONFIGS, FIRM, SEEN, START, A, B, Hub, key_of

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
        contents=st.lists(CONTENTS, min_size=4, max_size=4),
        more=st.lists(FACTS, max_size=3),
        merged=st.booleans(),
        older=st.sampled_from([(0, 1, 4, 5), (4, 5, 0, 1)]),
    )
    def begin(
        self, contents: list[dict[str, Any]], more: list[dict[str, Any]], merged: bool, older: tuple[int, ...]
    ) -> None:
        """Bring one side and then the other: were they of one age, a random id would say which survives a merge."""
        for place, (number, content) in enumerate(zip(older, contents, strict=True)):
            if place == 2:
                self.both(Hub.resolve)
            self.ingest(number, content, number)
        self.both(
            lambda hub: hub.save(BYSTANDER, {"given_name": "carl", "family_name": "abel", "phone": ["+49301111222"]}, 0)
        )
        firm = {"organisation_name": "abel steel", "email": ["info@abel.example"]}
        self.both(lambda hub: hub.save(FIRM, firm, 0))
        for fact in more:
            self.happen(fact)
        self.meet()
        self.remember(0)
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
        owners = self.hub.live()
        current = list(dict.fromkeys(owners[number] for number in sorted(owners)))
        then = moment.now(self.hub.conn)
        who = current[which % len(current)]
        self.past.append((who, then, self._seen(who, then)))
        for customer_id in self.issued:
            assert past_crosswalk.answer(self.hub.conn, customer_id, then) == crosswalk.answer(
                self.hub.conn, customer_id
            )

    def _seen(self, who: UUID, then: datetime) -> Any:
        return moment.customer_then(self.hub.conn, self.hub.config, who, as_of=then)

    def _profile(self, who: UUID, then: datetime | None) -> Any:
        return profile_read.profile(self.hub.conn, self.hub.config, who, then=then)

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
            differing = [name for name in found if found[name] != other[members][name]]
            assert not differing, f"not as the twin: {', '.join(differing)}"
        owners, others = self.hub.live(), self.twin.live()
        for members in mine:
            number = min(members)
            known = self.ids.setdefault(owners[number], others[number])
            assert known == others[number], "an id has changed its meaning"
        assert len(set(self.ids.values())) == len(self.ids), "an id was given up for another one"
        first = owners[min(owners)]
        now_and_then = (self._profile(first, then) for then in (None, moment.now(self.hub.conn)))
        assert next(now_and_then) == next(now_and_then), "this moment is not as now"
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
