"""A steward's word and what follows: at once, the same as a run would, undone without a trace, and no one unheard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from flows import deciding, entering, foretelling, queue
from flows.deciding import OvertakenError, Seen
from flows.sync import sync
from golden_record import pins, read
from hub import audit, handling
from hub.config_file import load_config
from hub.db import make_engine, master_lock, taken_back, transaction
from hub.errors import RejectedError, RetryableError
from hub.home import home_path
from hub.postgres import EmbeddedPostgres
from hub.records import Attributes, RecordKey, Value
from hub.session import Hub
from hub.tasks import Place, Task, Wanted
from identity import crosswalk, decision_log, decisions, evidence, holds, pending
from identity.decision_rows import find_records
from identity.decisions import Statement
from identity.verify import verify
from tests import databases
from tests.web import base

MORE = """
matching: {person: {link_threshold: 0.95, review_threshold: 0.3}}
release: {max_cluster_size: 2}
"""


@pytest.fixture(scope="module")
def hub(server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with ten pairs for review, made once; each test works on pairs of its own."""
    settings = base.write(tmp_path_factory.mktemp("deciding"))
    settings.write_text(settings.read_text() + MORE)
    with databases.copied(server, template) as name:
        engine = make_engine(server.url(name))
        made = Hub(load_config(settings), settings, home_path(settings), engine, server.url(name))
        sync(made)
        yield made
        engine.dispose()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows is waited for, however slow the machine is."""
    monkeypatch.setattr(deciding, "_PATIENCE", 30_000)


def matches(hub: Hub) -> list[Task]:
    with hub.engine.connect() as conn:
        return queue.page(conn, Wanted(kind="possible_match")).tasks


def same(task: Task, by: str = "anna") -> list[Statement]:
    return [Statement("same", task.records, (), by, "seen")]


def sight(hub: Hub, *keys: RecordKey) -> Seen:
    with hub.engine.connect() as conn:
        return Seen(keys, evidence.digest(conn, keys), decision_log.last(conn))


def state(hub: Hub, *keys: RecordKey) -> list[tuple[UUID, Attributes, tuple[RecordKey, ...]]]:
    """Whose the records are, by company, and the golden values."""
    with hub.engine.connect() as conn:
        owners = [crosswalk.customer_of(conn, key) for key in keys]
        found = read.customers(conn, sorted({owner for owner in owners if owner}))
        return [(record.customer_id, record.attributes, record.members) for record in found]


def wait_until(there: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 20
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


def equal(hub: Hub) -> bool:
    with hub.engine.connect() as conn:
        return verify(conn, hub.config).equal


def test_a_word_is_in_effect_at_once_and_undoing_it_gives_back_what_was(hub: Hub) -> None:
    task = matches(hub)[0]
    before = state(hub, *task.records)
    with transaction(hub.engine) as conn:
        entries = audit.verify(conn).entries
    would = foretelling.foretell(hub, same(task))
    assert state(hub, *task.records) == before  # only foretold
    with transaction(hub.engine) as conn:
        assert audit.verify(conn).entries == entries  # nobody has said it
    made = deciding.decide(hub, same(task), seen=[sight(hub, *task.records)])
    assert (made.later, made.held) == ("", ())
    with hub.engine.connect() as conn:
        assert pending.count(conn) == 0
        assert queue.find(conn, task.key) is None  # the item has closed itself
    after = state(hub, *task.records)
    assert len(before) == 2
    assert len(after) == 1
    assert [(r.customer_id, r.attributes, r.members) for r in would.after] == after  # as it was foretold
    assert equal(hub)
    deciding.revoke(hub, made.made[0], by="anna", reason="no")
    assert state(hub, *task.records) == before
    assert task.key in {one.key for one in matches(hub)}
    assert equal(hub)
    assert sync(hub).nothing_to_do  # nothing was left to a run


def test_who_is_second_is_told_by_whom_and_why_and_nothing_of_his_is_kept(hub: Hub) -> None:
    task = matches(hub)[1]
    seen = [sight(hub, *task.records)]
    deciding.decide(hub, same(task), seen=seen)
    with pytest.raises(OvertakenError, match=r"anna said same .*seen") as told:
        deciding.decide(
            hub, [Statement("different", task.records[:1], task.records[1:], "ben", "I think not")], seen=seen
        )
    [first] = told.value.since
    with hub.engine.connect() as conn:
        assert [d.decision_id for d in decision_log.standing_of(conn, task.records)] == [first.decision_id]
    deciding.revoke(hub, first.decision_id, by="ben", reason="see there")
    with pytest.raises(OvertakenError):  # that somebody said and took back is other evidence, too, than was seen then
        deciding.decide(hub, same(task, "cleo"), seen=[Seen(task.records, "0" * 32)])


def test_many_at_once_are_all_heard_and_settled_together(hub: Hub) -> None:
    tasks = matches(hub)[2:8]
    outcomes: list[deciding.Outcome] = []
    threads = [
        threading.Thread(target=lambda task=task, i=i: outcomes.append(deciding.decide(hub, same(task, f"s{i}"))))
        for i, task in enumerate(tasks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({made for one in outcomes for made in one.made}) == len(tasks)
    sync(hub)  # takes up what had no turn
    with hub.engine.connect() as conn:
        for task in tasks:
            assert len({crosswalk.customer_of(conn, key) for key in task.records}) == 1
        assert pending.count(conn) == 0
    assert equal(hub)
    for one in outcomes:
        deciding.revoke(hub, one.made[0], by="anna", reason="back")


def test_while_a_run_settles_a_word_is_kept_and_follows_later(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "_PATIENCE", 150)
    task = matches(hub)[0]
    with transaction(hub.engine) as conn:
        master_lock(conn)  # as a long settlement would
        made = deciding.decide(hub, same(task))
        assert "follows in a moment" in made.later
        with pytest.raises(RetryableError, match="A run is settling"):
            foretelling.foretell(hub, same(task))
    with hub.engine.connect() as conn:
        assert queue.find(conn, task.key) is None  # said, so nobody is asked again
    wait_until(lambda: len(state(hub, *task.records)) == 1)  # by itself, once the run is done
    deciding.revoke(hub, made.made[0], by="anna", reason="back")


def test_who_waited_to_speak_waits_less_for_what_follows(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "_PATIENCE", 1_500)
    task = matches(hub)[0]
    with transaction(hub.engine) as run, transaction(hub.engine) as other:
        master_lock(run)  # so that nothing follows
        decisions.lock(other)
        threading.Timer(1.1, lambda: other.execute(sa.text("COMMIT"))).start()
        begun = time.monotonic()
        made = deciding.decide(hub, same(task))
        waited = time.monotonic() - begun
    assert made.later
    assert 1.4 < waited < 2.4  # not one and a half seconds on top of the first
    wait_until(lambda: len(state(hub, *task.records)) == 1)
    deciding.revoke(hub, made.made[0], by="anna", reason="back")


def test_a_value_that_was_entered_while_a_word_waited_shows_with_it(hub: Hub) -> None:
    task = matches(hub)[0]
    [record] = task.records[:1]
    with transaction(hub.engine) as conn:  # as `deciding.decide` says it; what follows is still waiting for a run
        records = [found.record_id for found in find_records(conn, task.records).values()]
        marked = pending.resolved(conn, records)
        said = decisions.decide(conn, "unsure", task.records, by="anna", reason="who knows")
    with transaction(hub.engine) as conn:  # as `entering.enter` does, whose process ends here
        entry: tuple[pins.Kind, RecordKey, str, Value] = ("pin", record, "given_name", Value("Amalia", "amalia"))
        number = pins.enter(conn, hub.config, entry, by="ben", reason="told me")
    with transaction(hub.engine) as conn:
        master_lock(conn)
        deciding.follow(conn, hub.config, records, marked)
        assert pending.count(conn) == 0
    [(_, attributes, _)] = state(hub, record)
    assert [value.value for value in attributes["given_name"]] == ["Amalia"]
    assert entering.end(hub, number, by="ben", reason="back") == ""
    [(_, attributes, _)] = state(hub, record)
    assert "Amalia" not in [value.value for value in attributes["given_name"]]
    deciding.revoke(hub, said.decision_id, by="anna", reason="back")


def test_some_of_many_may_be_refused(hub: Hub) -> None:
    one, other = matches(hub)[:2]
    seen = [sight(hub, *one.records), Seen(other.records, "0" * 32)]
    made = deciding.decide(hub, [*same(one), *same(other)], seen=seen, each=True)
    assert (len(made.made), list(made.refused)) == (1, [1])
    with pytest.raises(RejectedError, match="cannot be different"):  # and without each: all or none
        deciding.decide(
            hub,
            [*same(other), Statement("different", one.records[:1], one.records[1:], "anna", "no")],
        )
    with hub.engine.connect() as conn:
        assert decision_log.standing_of(conn, other.records) == []
    deciding.revoke(hub, made.made[0], by="anna", reason="back")


def test_a_dangerous_word_is_held_until_somebody_lets_it_live(hub: Hub) -> None:
    task = matches(hub)[0]
    with hub.engine.connect() as conn:
        pair = next(m.key for m in crosswalk.members(conn, _pairs(conn)) if m.key not in task.records)
    word = [Statement("same", (*task.records, pair), (), "anna", "a family account")]
    assert foretelling.foretell(hub, word).held == ("one customer would have 4 records",)
    made = deciding.decide(hub, word)
    [number] = made.held
    with hub.engine.connect() as conn:
        [item] = queue.page(conn, Wanted(kind="held")).tasks
        assert (item.number, queue.counts(conn)["held"]) == (number, 1)
    deciding.approve(hub, number, by="lea", reason="it is one")
    with hub.engine.connect() as conn:
        assert queue.find(conn, item.key) is None
        hold = holds.get(conn, number)
        assert hold is not None
        assert hold.closed_how == "approved"
        assert len({crosswalk.customer_of(conn, key) for key in (*task.records, pair)}) == 1
    assert equal(hub)
    deciding.revoke(hub, made.made[0], by="anna", reason="back")


def _pairs(conn: sa.Connection) -> list[object]:
    return list(
        conn.scalars(
            sa.text("SELECT customer_id FROM identity.crosswalk WHERE valid_to IS NULL GROUP BY 1 HAVING count(*) = 2")
        )
    )


def test_the_queue_pages_through_everything_once_and_filters(hub: Hub) -> None:
    with transaction(hub.engine) as conn, taken_back(conn):
        everything = queue.page(conn, Wanted(), limit=1000).tasks
        assert sum(queue.counts(conn).values()) == len(everything) > 5
        walked: list[str] = []
        place: Place | None = None
        while True:
            page = queue.page(conn, Wanted(), after=place, limit=3)
            walked += [task.key for task in page.tasks]
            place = page.after
            if place is None:
                break
        assert walked == [task.key for task in everything]
        assert [task.consequence for task in everything] == sorted((t.consequence for t in everything), reverse=True)
        first, second = everything[0].key, everything[1].key
        handling.defer(conn, [first], datetime.now(UTC) + timedelta(days=2), by="anna")
        handling.assign(conn, [second], "ben", by="anna")
        assert first not in {task.key for task in queue.page(conn, Wanted(), limit=1000).tasks}
        assert [task.key for task in queue.page(conn, Wanted(deferred=True)).tasks] == [first]
        assert [task.key for task in queue.page(conn, Wanted(assigned="ben")).tasks] == [second]
        assert second not in {task.key for task in queue.page(conn, Wanted(assigned=""), limit=1000).tasks}
        assert queue.page(conn, Wanted(system="nosuch")).tasks == []
        assert queue.page(conn, Wanted(before=datetime(2020, 1, 1, tzinfo=UTC))).tasks == []


def test_claims_end_and_are_one_persons(hub: Hub) -> None:
    with transaction(hub.engine) as conn, taken_back(conn):
        handling.claim(conn, "match:x", by="anna")
        with pytest.raises(RejectedError, match="anna is at this item"):
            handling.claim(conn, "match:x", by="ben")
        assert not handling.release(conn, "match:x", by="ben")
        assert handling.claim(conn, "match:x", by="anna").claimed_by == "anna"  # renewed
        assert handling.claim(conn, "match:x", by="ben", take=True).claimed_by == "ben"
        handling.claim(conn, "match:y", by="anna", lasts=timedelta(0))
        assert handling.of(conn, ["match:y"])["match:y"].claimed_by is None
        assert handling.claim(conn, "match:y", by="ben").claimed_by == "ben"
        handling.due(conn, ["match:y"], date(2030, 1, 1), by="anna")
        handling.note(conn, "match:y", "ask the shop", by="anna")
        kept = handling.of(conn, ["match:y"])["match:y"]
        assert (kept.claimed_by, kept.due_on, kept.note) == ("ben", date(2030, 1, 1), "ask the shop")
        with pytest.raises(RejectedError, match="past"):
            handling.defer(conn, ["match:y"], datetime(2020, 1, 1, tzinfo=UTC), by="anna")
