"""A steward's word: refused when it contradicts, kept, revoked, reopened, previewed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RejectedError
from hub.tasks import Place, Wanted
from identity import crosswalk, decision_log, decision_preview, decision_rows, decisions, pending, review, store
from tests.identity.factories import key, record
from tests.identity.stewards import say, settle, together


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
