"""Possible matches: open until somebody decides, and always those that the edges give."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RejectedError
from hub.matching import MatchingConfig
from hub.tasks import Task, Wanted
from identity import decision_log, decisions, possible_matches, review, store
from tests.identity.factories import key, record
from tests.identity.stewards import say, settle


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
