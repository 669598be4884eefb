"""Values that many differently named records share are suppressed exactly as long as they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from hub.config import Config
from hub.errors import RejectedError
from hub.records import SourceRecord
from identity import glue, glue_words, models_store, pending, resolver, store
from identity.blocking import GlueRule, Spread
from identity.glue_list import listing
from identity.lookup import Lookup
from identity.model import Model
from identity.verify import verify
from tests.identity.factories import key, record
from tests.identity.people import FAMILY, GIVEN, people

LINE = ("phone", "301112223")
BORN = ["1980-01-02", "1975-12-24", "1966-06-06"]


def caller(number: int, **texts: str | list[str]) -> SourceRecord:
    """A person of a call centre, as its customers' records have it: the line, and a name of one's own."""
    name = {"given_name": GIVEN[number % len(GIVEN)], "family_name": f"{GIVEN[number % len(GIVEN)]}sen"}
    return record(f"c{number}", **{**name, "phone": ["+49301112223"], **texts})


@pytest.fixture
def hub(conn: Connection, models: list[Model]) -> Connection:
    for model in models:
        models_store.save(conn, model)
        models_store.make_live(conn, model.entity_type, model.version)
    store.save(conn, [r for _, r in people(25, seed=9)])
    return conn


def resolve(conn: Connection, config: Config, rule: GlueRule | None = None) -> resolver.Scored:
    """Resolve until nothing is left to do; gives the first round."""
    rounds = []
    while not rounds or pending.count(conn):
        rounds.append(resolver.score(conn, config, rule=rule))
        resolver.settle(conn, rounds[-1])
    return rounds[0]


def by_phone(conn: Connection) -> int:
    return int(conn.scalar(sa.text("SELECT count(*) FROM identity.edge WHERE 'phone' = ANY(match_keys)")) or 0)


def test_a_value_is_suppressed_from_the_tenth_name_on_and_no_longer(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(9)])
    resolve(hub, config)
    assert LINE not in glue.suppressed(hub, "person")
    before = by_phone(hub)
    store.save(hub, [caller(9)])
    scored = resolve(hub, config)
    assert glue.suppressed(hub, "person")[LINE] == 10
    assert scored.records.num_rows == 10  # all that hold it were compared again, and nobody else
    assert not scored.full
    assert by_phone(hub) < before
    assert verify(hub, config).equal
    store.delete(hub, [key("c9")])
    resolve(hub, config)
    assert LINE not in glue.suppressed(hub, "person")
    assert by_phone(hub) == before
    assert verify(hub, config).equal


def test_nothing_is_merged_by_a_placeholder_that_arrives_later(hub: Connection, config: Config) -> None:
    resolve(hub, config)
    before = by_phone(hub)
    store.save(hub, [caller(number) for number in range(20)])
    resolver.settle(hub, resolver.score(hub, config))
    assert by_phone(hub) == before
    customers = hub.scalar(
        sa.text("""SELECT count(DISTINCT customer_id)
                   FROM identity.crosswalk x JOIN identity.source_record USING (record_id)
                   WHERE x.valid_to IS NULL AND source_id LIKE 'c%'""")
    )
    assert customers == 20


def test_copies_of_one_customer_are_no_glue(hub: Connection, config: Config) -> None:
    copies = [record(f"c{i}", given_name="anna", family_name="abel", phone=["+49301112223"]) for i in range(30)]
    store.save(hub, copies)
    resolve(hub, config)
    assert glue.suppressed(hub, "person") == {}
    store.save(hub, [caller(number, email=[f"x{number}@y.org"]) for number in range(40, 52)])
    resolve(hub, config)
    assert LINE not in glue.suppressed(hub, "person")  # thirty of one name outweigh twelve others
    assert verify(hub, config).equal


def test_a_name_that_changes_may_carry_a_value_over_the_line(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(9)] + [caller(9, given_name="anna", family_name="annasen")])
    resolve(hub, config, GlueRule(10, 9.5))
    assert LINE not in glue.suppressed(hub, "person")
    store.save(hub, [caller(9)])
    resolve(hub, config, GlueRule(10, 9.5))
    assert LINE in glue.suppressed(hub, "person")
    assert verify(hub, config, rule=GlueRule(10, 9.5)).equal


def test_words_of_stewards_come_first(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(12)])
    resolve(hub, config)
    glued = by_phone(hub)
    assert LINE in glue.suppressed(hub, "person")
    said = glue_words.say(hub, LINE, "released", by="anna", reason="a shared flat")
    assert (said.word, said.by, pending.count(hub)) == ("released", "anna", 12)
    assert LINE not in glue.suppressed(hub, "person")
    resolve(hub, config)
    assert by_phone(hub) > glued
    assert verify(hub, config).equal
    with pytest.raises(RejectedError, match="released already, by anna"):
        glue_words.say(hub, LINE, "released", by="ben", reason="again")
    assert glue_words.revoke(hub, LINE, by="ben", reason="moved out").by == "anna"
    resolve(hub, config)
    assert by_phone(hub) == glued
    with pytest.raises(RejectedError, match="Nothing stands"):
        glue_words.revoke(hub, LINE, by="ben", reason="again")
    other = hub.execute(
        sa.text("SELECT kind, key FROM identity.blocking_key WHERE kind = 'email' GROUP BY 1, 2 HAVING count(*) > 1")
    ).first()
    assert other is not None
    glue_words.say(hub, (other.kind, other.key), "banned", by="anna", reason="a test address")
    resolve(hub, config)
    assert glue.suppressed(hub, "person")[other.kind, other.key] == 0
    assert verify(hub, config).equal
    listed = {(one.kind, one.key): one for one in listing(hub)}
    assert (listed[LINE].suppressed, listed[LINE].word, listed[LINE].records) == (True, None, 12)
    assert listed[other.kind, other.key].word == "banned"
    with pytest.raises(RejectedError, match="needs a reason"):
        glue_words.say(hub, LINE, "banned", by="anna", reason=" ")


def test_values_are_named_as_keys_are() -> None:
    assert glue_words.value_named("phone", "+49 30 1112223") == LINE
    assert glue_words.value_named("email", " Info@Example.ORG ") == ("email", "info@example.org")
    assert glue_words.value_named("email", "Info@Straße.de") == ("email", "info@straße.de")
    for kind, text in (("colour", "red"), ("email", " "), ("phone", "none")):
        with pytest.raises(RejectedError):
            glue_words.value_named(kind, text)


def test_an_unsaved_record_is_searched_without_glue(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(12)])
    resolve(hub, config)
    lookup = Lookup(config)
    asked = caller(40, family_name="otter")
    assert "phone" not in {kind for found in lookup.find(hub, asked) for kind in found.match_keys}
    glue_words.say(hub, LINE, "released", by="anna", reason="a shared flat")
    resolve(hub, config)
    assert "phone" in {kind for found in lookup.find(hub, asked) for kind in found.match_keys}
    lookup.close()


def test_a_round_that_another_overtook_settles_none_of_the_holders(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(9)])
    resolve(hub, config)
    store.save(hub, [caller(9)])
    late = resolver.score(hub, config)
    # Between scoring and settling one that joined the round changes, and another round settles it.
    store.save(hub, [caller(3, birth_date="1980-01-02")])
    resolver.settle(hub, resolver.score(hub, config))
    assert pending.count(hub) == 0
    store.delete(hub, [key("c8")])
    resolver.settle(hub, late)
    resolve(hub, config)
    assert LINE not in glue.suppressed(hub, "person")
    assert verify(hub, config).equal


def test_a_value_that_no_longer_crosses_when_it_is_settled_stays_as_it_was(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(9)])
    resolve(hub, config)
    store.save(hub, [caller(9)])
    scored = resolver.score(hub, config)
    store.delete(hub, [key("c9")])
    resolver.settle(hub, scored)
    assert LINE not in glue.suppressed(hub, "person")
    assert pending.count(hub) == 10  # the nine were scored without the line, which is in use; and one is gone
    resolve(hub, config)
    assert verify(hub, config).equal


def test_a_word_spoken_while_a_round_is_scored_is_not_lost(hub: Connection, config: Config) -> None:
    store.save(hub, [caller(number) for number in range(12)])
    scored = resolver.score(hub, config)
    glue_words.say(hub, LINE, "released", by="anna", reason="a shared flat")
    resolver.settle(hub, scored)
    assert pending.count(hub) == 12
    resolve(hub, config)
    assert by_phone(hub) > 0
    assert verify(hub, config).equal


def test_training_finds_what_rounds_find(conn: Connection, config: Config) -> None:
    store.save(conn, [r for _, r in people(220)] + [caller(number) for number in range(15)])
    scored = resolver.score(conn, config)
    assert scored.judges["person"].trained
    resolver.settle(conn, scored)
    assert set(glue.suppressed(conn, "person")) == {LINE}
    live = models_store.live(conn, "person")
    assert live is not None
    assert LINE not in models_store.load(conn, "person", live.version).junk
    assert verify(conn, config).equal
    store.delete(conn, [key(f"c{number}") for number in range(8)])
    resolve(conn, config)
    assert glue.suppressed(conn, "person") == {}
    assert verify(conn, config).equal


@given(names=st.lists(st.integers(0, 5), max_size=25))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_rule_counts_as_said(shared_engine: Engine, names: Sequence[int]) -> None:
    rule = GlueRule(4, 2.5)
    with shared_engine.connect() as conn, conn.begin() as transaction:
        people_of = [
            record(i, given_name=GIVEN[n], family_name=f"{GIVEN[n]}sen", phone=["+49301112223"])
            for i, n in enumerate(names)
        ]
        store.save(conn, people_of)
        glue.stage_touched(conn)
        found = [glue.assume(conn, "person", rule, whole=whole).found for whole in (False, True)]
        transaction.rollback()
    counts = [names.count(n) for n in set(names)]
    effective = len(names) ** 2 / sum(n * n for n in counts) if counts else 0.0
    expected = {LINE: Spread(len(names), effective)} if len(names) >= 4 and effective > 2.5 else {}
    assert found == [expected, expected]


@given(
    st.lists(st.integers(0, 30), min_size=10, max_size=300),
    st.lists(st.tuples(st.sampled_from(["add", "take", "rename"]), st.integers(0, 30)), max_size=30),
)
@settings(deadline=None)
def test_what_is_surely_glue_is(names: list[int], changes: list[tuple[str, int]]) -> None:
    def spread(held: Sequence[int]) -> Spread:
        return Spread(len(held), len(held) ** 2 / sum(held.count(n) ** 2 for n in set(held)) if held else 0.0)

    held = list(names)
    for what, name in changes:
        if what != "add" and held:
            held.pop()
        if what != "take":
            held.insert(0, name)
    rule, now = GlueRule(), spread(held)
    if rule.surely(spread(names), len(changes)):
        assert now.records >= rule.records
        assert now.names > rule.names


def test_a_very_hot_value_is_not_counted_at_every_change(hub: Connection, config: Config) -> None:
    called = [(given, family) for given in GIVEN for family in FAMILY]
    store.save(
        hub,
        [
            record(f"c{i}", given_name=given, family_name=family, phone=["+49301112223"])
            for i, (given, family) in enumerate(called)
        ],
    )
    resolve(hub, config)
    counted = glue.suppressed(hub, "person")[LINE]
    assert counted == len(called)
    store.delete(hub, [key("c1")])
    resolve(hub, config)
    assert glue.suppressed(hub, "person")[LINE] == counted  # as it was counted last
    assert verify(hub, config).equal
    store.delete(hub, [key(f"c{i}") for i in range(2, 60)])
    resolve(hub, config)
    assert glue.suppressed(hub, "person")[LINE] == counted - 59
    assert verify(hub, config).equal


def test_words_are_part_of_the_rule() -> None:
    rule = replace(GlueRule(), banned=frozenset({("email", "a@b.c")}), released=frozenset({LINE}))
    assert rule.in_force({LINE: Spread(20, 20.0)}) == {("email", "a@b.c"): 0}
