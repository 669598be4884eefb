"""The change feed: nothing lost, twice or out of order, whoever writes; and a restored database is told."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from golden_record import feed, outbox
from golden_record.feed import RestoredError
from golden_record.feed_wakeups import Wakeups
from golden_record.tables import change
from hub.db import master_lock, transaction
from hub.errors import RejectedError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Append = Callable[[Connection, uuid.UUID, int], None]


def append(conn: Connection, customer_id: uuid.UUID, version: int, kind: str = "updated") -> None:
    """Write a change as a refresh does: under the master lock."""
    master_lock(conn)
    append_unlocked(conn, customer_id, version, kind)


def append_unlocked(conn: Connection, customer_id: uuid.UUID, version: int, kind: str = "updated") -> None:
    values = (customer_id, version, kind, ["email"], None, NOW, None)
    row = sa.select(*(sa.literal(v, c.type) for v, c in zip(values, list(change.c)[1:], strict=True)))
    outbox.append(conn, row)


def follow(engine: Engine, cursor: str | None, limit: int = 100) -> tuple[list[outbox.Change], str]:
    """Read the feed to its end, a page in each transaction."""
    found: list[outbox.Change] = []
    while True:
        with transaction(engine) as conn:
            page = feed.page(conn, cursor, limit=limit)
        found += page.changes
        cursor = page.cursor
        if not page.more:
            return found, cursor


def race(engine: Engine, writers: int, commits: int, write: Append = append) -> tuple[list[outbox.Change], int]:
    """Let writers commit one change at a time while a reader follows; gives what it read, and how many there were."""
    done = threading.Event()
    read: list[outbox.Change] = []

    def writer(name: uuid.UUID) -> None:
        for version in range(1, commits + 1):
            with transaction(engine) as conn:
                write(conn, name, version)

    def reader() -> None:
        cursor, last = None, False
        while not last:
            last = done.is_set()
            new, cursor = follow(engine, cursor, limit=7)
            read.extend(new)

    threads = [threading.Thread(target=writer, args=(uuid.uuid4(),)) for _ in range(writers)]
    reading = threading.Thread(target=reader)
    reading.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reading.join()
    return read, writers * commits


def check(read: list[outbox.Change], written: int) -> None:
    seqs = [one.seq for one in read]
    assert seqs == sorted(set(seqs)), "out of order, or twice"
    assert len(read) == written, "lost"
    for name in {one.customer_id for one in read}:
        versions = [one.version for one in read if one.customer_id == name]
        assert versions == list(range(1, len(versions) + 1))


def test_nothing_is_lost_while_eight_write(database: Engine) -> None:
    check(*race(database, writers=8, commits=25))


@pytest.mark.slow
def test_nothing_is_lost_in_two_thousand_commits_of_eight_writers(database: Engine) -> None:
    check(*race(database, writers=8, commits=250))


def test_a_change_that_is_numbered_without_the_lock_would_be_lost(database: Engine) -> None:
    """What the lock is for: a lower number that is committed after a reader has seen a higher one."""
    late, early = uuid.uuid4(), uuid.uuid4()
    with database.connect() as open_conn, open_conn.begin():
        append_unlocked(open_conn, late, 1)
        with transaction(database) as conn:
            append_unlocked(conn, early, 1)
        seen, cursor = follow(database, None)
    assert [one.customer_id for one in seen] == [early]
    assert follow(database, cursor)[0] == []


def test_pages_make_up_the_whole_and_leave_out_what_was_but_touched(conn: Connection) -> None:
    kinds = ["created", "touched", "updated", "touched", "merged", "touched", "touched"]
    for version, kind in enumerate(kinds):
        append(conn, uuid.uuid4(), version, kind)
    for limit in (1, 2, 3, 100):
        cursor, found, pages = None, [], 0
        while True:
            page = feed.page(conn, cursor, limit=limit)
            found += [one.kind for one in page.changes]
            cursor, pages = page.cursor, pages + 1
            if not page.more:
                break
        assert found == ["created", "updated", "merged"]
        assert pages <= 3 // limit + 1
        assert feed.page(conn, cursor).changes == ()
    assert feed.page(conn, feed.newest(conn)).changes == ()


def test_each_change_has_a_cursor_behind_it(conn: Connection) -> None:
    for version in range(4):
        append(conn, uuid.uuid4(), version)
    all_of_it = feed.page(conn, None).changes
    for place, one in enumerate(all_of_it):
        assert feed.page(conn, feed.cursor_behind(one)).changes == all_of_it[place + 1 :]


def test_a_cursor_of_the_empty_feed_sees_the_first_change(conn: Connection) -> None:
    cursor = feed.page(conn, None).cursor
    append(conn, uuid.uuid4(), 1)
    assert len(feed.page(conn, cursor).changes) == 1


def test_a_restored_database_is_told(database: Engine) -> None:
    for version in range(3):
        with transaction(database) as conn:
            append(conn, uuid.uuid4(), version)
    _, cursor = follow(database, None)
    with transaction(database) as conn:  # as it was before the last change, then gone another way
        conn.execute(sa.delete(change).where(change.c.seq == 3))
    with transaction(database) as conn, pytest.raises(RestoredError):
        feed.page(conn, cursor)
    with transaction(database) as conn:
        conn.execute(sa.text("ALTER TABLE golden.change ALTER COLUMN seq RESTART WITH 3"))
        append(conn, uuid.uuid4(), 9)
    with transaction(database) as conn, pytest.raises(RestoredError):
        feed.page(conn, cursor)


@pytest.mark.parametrize(
    "cursor", ["", "x", "MQ", "ä", "MS4xLg==", "MS4tMS5h", "MS5hLmI", "AAAA", "MS45OTk5OTk5OTk5OTk5OTk5OTk5OS4"]
)
def test_what_no_page_gave_is_refused(conn: Connection, cursor: str) -> None:
    with pytest.raises(RejectedError):
        feed.page(conn, cursor)


def test_a_commit_wakes_who_waits(database: Engine) -> None:
    woken = threading.Event()
    with Wakeups(database) as wakeups:
        wakeups.ready.wait(10)
        remove = wakeups.add(woken.set)
        with transaction(database) as conn:
            append(conn, uuid.uuid4(), 1)
            assert not woken.is_set(), "before the commit there is nothing to read"
        assert woken.wait(10)
        remove()
