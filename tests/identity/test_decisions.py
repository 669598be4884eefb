"""A steward's word: refused when it contradicts, kept, revoked, reopened, exported and imported, previewed."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RejectedError
from hub.matching import MatchingConfig
from hub.records import RecordKey
from hub.tasks import Place, Task, Wanted
from identity import (
    crosswalk,
    decision_file,
    decision_log,
    decision_preview,
    decision_rows,
    decisions,
    models_store,
    pending,
    possible_matches,
    resolver,
    review,
    store,
)
from identity.model import Model
from tests.identity.factories import key, record


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    for model in models:
        models_store.save(conn, model)
        models_store.make_live(conn, model.entity_type, model.version)
    alike = {"given_name": "anna", "family_name": "abel", "birth_date": "1980-01-02", "email": ["anna@mail1.org"]}
    store.save(conn, [record(1, **alike), record(2, **alike), *(record(i, given_name=f"n{i}") for i in range(3, 9))])
    settle(conn, config)
    return conn


def settle(conn: Connection, config: Config) -> None:
    while resolver.is_due(conn, config):
        resolver.settle(conn, resolver.score(conn, config))


def say(conn: Connection, kind: str, left: int, *right: int) -> int:
    made = decisions.decide(conn, kind, [key(left)], [key(r) for r in right], by="anna", reason="seen")  # type: ignore[arg-type]  # kinds are plain words here
    return made.decision_id


def together(conn: Connection, *records: int) -> bool:
    return len({crosswalk.customer_of(conn, key(r)) for r in records}) == 1


def test_the_chain_that_a_statement_contradicts_is_shown(hub: Connection) -> None:
    first, second = say(hub, "same", 3, 4), say(hub, "same", 4, 5)
    with pytest.raises(RejectedError) as refused:
        say(hub, "different", 3, 5)
    assert (
        f"crm/contacts/3 = crm/contacts/4 by #{first}, crm/contacts/4 = crm/contacts/5 by #{second}, "
        "so crm/contacts/3 and crm/contacts/5 cannot be different" in str(refused.value)
    )
    third = say(hub, "different", 5, 6)
    with pytest.raises(RejectedError) as refused:
        say(hub, "same", 6, 3)
    assert "crm/contacts/3 = crm/contacts/6 as is said now" in str(refused.value) or (
        "crm/contacts/6 = crm/contacts/3 as is said now" in str(refused.value)
    )
    assert f"are different by #{third}" in str(refused.value)


def test_decisions_join_part_and_are_taken_back(hub: Connection, config: Config) -> None:
    assert together(hub, 1, 2)
    number = say(hub, "different", 1, 2)
    same = say(hub, "same", 3, 4)
    assert pending.count(hub) == 4
    settle(hub, config)
    assert not together(hub, 1, 2)
    assert together(hub, 3, 4)
    for decision in (number, same):
        decisions.revoke(hub, decision, by="ben", reason="no")
    settle(hub, config)
    assert together(hub, 1, 2)
    assert not together(hub, 3, 4)
    with pytest.raises(RejectedError, match="was ended by"):
        decisions.revoke(hub, number, by="ben", reason="no")


def test_events_name_the_decision_that_caused_them(hub: Connection, config: Config) -> None:
    apart, same = say(hub, "different", 1, 2), say(hub, "same", 3, 4)
    settle(hub, config)
    events = hub.execute(
        sa.text("SELECT kind, reason FROM identity.identity_event WHERE other_customer_id IS NOT NULL")
    )
    assert {row.kind: row.reason.rpartition("; ")[2] for row in events} == {
        "split": f"decision #{apart} by anna",
        "merge": f"decision #{same} by anna",
    }
    decisions.revoke(hub, same, by="ben", reason="wrong")
    settle(hub, config)
    last = hub.scalar(sa.text("SELECT reason FROM identity.identity_event ORDER BY event_id DESC LIMIT 1"))
    assert "decision" not in last


def test_what_is_held_comes_first_in_the_queue(hub: Connection, config: Config) -> None:
    small = config.model_copy(update={"release": config.release.model_copy(update={"max_cluster_size": 2})})
    alike = {"given_name": "anna", "family_name": "abel", "birth_date": "1980-01-02", "email": ["anna@mail1.org"]}
    store.save(hub, [record(10, **alike)])
    settle(hub, small)
    [task] = review.tasks(hub, "held", Wanted())
    assert (task.kind, task.affected, task.reason) == ("held", 3, "one customer would have 3 records")
    assert set(task.records) == {key(1), key(2), key(10)}
    assert review.count(hub, "held", Wanted()) == 1
    assert review.tasks(hub, "held", Wanted(), after=Place.of(task)) == []


def test_a_decision_outlasts_deletion_and_revival(hub: Connection, config: Config) -> None:
    say(hub, "same", 3, 4)
    say(hub, "same", 4, 5)
    store.delete(hub, [key(4)])
    settle(hub, config)
    assert together(hub, 3, 5)
    store.save(hub, [record(4, given_name="n4")])
    settle(hub, config)
    assert together(hub, 3, 4, 5)


def test_changed_evidence_reopens_until_it_is_said_anew(hub: Connection, config: Config) -> None:
    number = say(hub, "same", 3, 4)
    assert say(hub, "same", 4, 3) == number
    assert review.count(hub, "reopened", Wanted()) == 0
    store.save(hub, [record(3, given_name="other")])
    settle(hub, config)
    [task] = review.tasks(hub, "reopened", Wanted())
    assert task.number == number
    assert together(hub, 3, 4)
    again = say(hub, "same", 3, 4)
    assert again != number
    assert review.count(hub, "reopened", Wanted()) == 0
    assert [d.decision_id for d in decision_log.listing(hub)] == [again]
    assert [d.decision_id for d in decision_log.standing_of(hub, [key(4)])] == [again]


@pytest.mark.parametrize(
    ("kind", "left", "right", "said"),
    [
        ("same", [1], [99], "no record"),
        ("same", [1], [], "two records"),
        ("different", [1, 2], [], "both sides"),
        ("different", [1], [1], "named twice"),
        ("other", [1], [2], "a decision says"),
    ],
)
def test_what_makes_no_sense_is_refused(
    hub: Connection, kind: str, left: list[int], right: list[int], said: str
) -> None:
    sides = [[key(r) for r in side] for side in (left, right)]
    with pytest.raises(RejectedError, match=said):
        decisions.decide(hub, kind, *sides, by="anna", reason="x")  # type: ignore[arg-type]  # kinds are plain words here


def test_a_table_comes_back_as_it_went(hub: Connection, tmp_path: Path) -> None:
    odd = RecordKey("crm", "contacts", r"a;b\|c")
    store.save(hub, [record(odd.source_id, given_name="odd")])
    decisions.decide(hub, "same", [odd], [key(3)], by="anna", reason='said "so", twice')
    say(hub, "different", 1, 2, 4)
    say(hub, "unsure", 5, 6)
    before = decision_log.listing(hub)
    for name in ("d.csv", "d.parquet"):
        decision_file.write_file(tmp_path / name, decision_file.export(hub))
        table = decision_file.read_file(tmp_path / name)
        spoken = decision_file.import_table(hub, table)
        assert len(spoken.repeated) == 3
        assert decision_log.listing(hub) == before
    for decision in before:
        decisions.revoke(hub, decision.decision_id, by="ben", reason="no")
    assert len(decision_file.import_table(hub, table).made) == 3
    after = decision_log.listing(hub)
    assert [(d.kind, d.left, d.right, d.by, d.at, d.reason) for d in after] == [
        (d.kind, d.left, d.right, d.by, d.at, d.reason) for d in before
    ]


def test_a_refused_row_says_why_and_stops_no_other(hub: Connection, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(
        "kind,left,right,by,at,reason\n"
        "same,crm|contacts|3;crm|contacts|4,,anna,,seen\n"
        "different,crm|contacts|3,crm|contacts|4,anna,,seen\n"
        "same,crm|contacts|5,crm|contacts|77,anna,,seen\n"
        "same,crm/contacts/5,crm|contacts|6,anna,,seen\n"
        "same,crm|contacts|5,crm|contacts|6,anna,2024-01-01T00:00:00,seen\n"
        "unsure,crm|contacts|5,crm|contacts|6,anna,2024-01-01T00:00:00Z,seen\n"
    )
    spoken = decision_file.import_table(hub, decision_file.read_file(path))
    assert sorted(spoken.made) == [0, 5]
    assert {place: why.split(",")[-1].strip()[:20] for place, why in spoken.refused.items()}.keys() == {1, 2, 3, 4}
    assert "cannot be different" in spoken.refused[1]


def test_a_name_that_no_record_can_have_is_refused_alone(hub: Connection) -> None:
    spoken = decisions.decide_all(
        hub, [decisions.Statement("same", (key(one),), (key(2),), "anna", "seen") for one in ("1\0", "1")]
    )
    assert (list(spoken.refused), list(spoken.made)) == ([0], [1])


@pytest.mark.parametrize("name", ["crm/a|b/c", "crm/contacts/a|b/c", "crm|a|b/c", "crm|contacts|a|b/c"])
def test_a_record_is_found_by_any_of_its_names(conn: Connection, name: str) -> None:
    store.save(conn, [record("a|b/c", given_name="anna"), record("a", given_name="anna")])
    assert decision_rows.keys_named(conn, name) == [key("a|b/c")]


def test_a_preview_says_what_follows_and_leaves_nothing(hub: Connection, config: Config) -> None:
    def both() -> None:
        say(hub, "different", 1, 2)
        say(hub, "same", 3, 4)

    _, would = decision_preview.preview(hub, both)
    assert (would.merges, would.splits) == (1, 1)
    assert would.split == [(crosswalk.customer_of(hub, key(1)), 2)]
    assert decision_log.listing(hub, history=True) == []
    assert pending.count(hub) == 0
    both()
    settle(hub, config)
    assert not together(hub, 1, 2)
    assert together(hub, 3, 4)


def test_possible_matches_wait_until_somebody_decides(hub: Connection, config: Config) -> None:
    strict = config.model_copy(
        update={"matching": {"person": MatchingConfig(link_threshold=1.0, review_threshold=0.5)}}
    )

    def open_matches() -> list[Task]:
        return review.tasks(hub, "possible_match", Wanted())

    assert open_matches() == []
    settle(hub, strict)  # the bars have moved: the two are two customers, and for review
    [task] = open_matches()
    assert (set(task.records), task.affected) == ({key(1), key(2)}, 2)
    assert review.count(hub, "possible_match", Wanted()) == 1
    for kind in ("different", "unsure", "same"):
        number = say(hub, kind, 1, 2)
        assert open_matches() == []  # at once, and still so once it is settled
        settle(hub, strict)
        assert open_matches() == []
        decisions.revoke(hub, number, by="ben", reason="no")
        settle(hub, strict)
        assert [t.key for t in open_matches()] == [task.key]
    say(hub, "unsure", 1, 2)
    settle(hub, strict)
    store.save(hub, [record(2, given_name="anna", family_name="abel", birth_date="1980-01-02")])
    settle(hub, strict)
    assert [t.key for t in open_matches()] == [task.key]
    store.delete(hub, [key(2)])
    settle(hub, strict)
    assert open_matches() == []


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_kept_pairs_are_those_that_the_edges_give(hub: Connection, config: Config, data: st.DataObject) -> None:
    """Whatever was saved, deleted, decided and settled in which order: a rebuild finds nothing else."""
    bars = [MatchingConfig(link_threshold=link, review_threshold=0.01) for link in (0.9, 0.999999, 1.0)]
    nested = hub.begin_nested()
    try:
        for _ in range(data.draw(st.integers(2, 5))):
            one, other = data.draw(st.permutations(range(1, 7)).map(lambda found: found[:2]))
            step = data.draw(st.sampled_from(["save", "delete", "same", "different", "unsure", "revoke"]))
            match step:
                case "save":
                    shown = {"given_name": "anna", "family_name": "abel", "email": [f"anna@mail{other % 3}.org"]}
                    store.save(hub, [record(one, **shown)])
                case "delete":
                    store.delete(hub, [key(one)])
                case "revoke":
                    for standing in decision_log.listing(hub)[:1]:
                        decisions.revoke(hub, standing.decision_id, by="ben", reason="no")
                case _:
                    with contextlib.suppress(RejectedError):
                        say(hub, step, one, other)
            if data.draw(st.booleans()):
                settle(hub, config.model_copy(update={"matching": {"person": data.draw(st.sampled_from(bars))}}))
        settle(hub, config)
        kept = _matches(hub)
        possible_matches.rebuild(hub, datetime.now(UTC))
        assert kept == _matches(hub)
    finally:
        nested.rollback()


def _matches(conn: Connection) -> list[tuple[object, ...]]:
    columns = "one, other, record_l, record_r, weight, affected, consequence, systems"
    return [tuple(row) for row in conn.execute(sa.text(f"SELECT {columns} FROM identity.possible_match ORDER BY 1, 2"))]
