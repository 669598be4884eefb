"""What people do with items of the queue, and what they let a run do, is in the audit log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from hub import audit, handling, runs
from hub.db import transaction


def _told(database: Engine) -> list[tuple[str, tuple[str, ...]]]:
    with transaction(database) as conn:
        return [(entry.what, entry.things) for entry in reversed(audit.entries(conn, who="anna"))]


def test_what_is_done_with_items_is_told_whoever_asked_for_it(database: Engine) -> None:
    with transaction(database) as conn:
        handling.claim(conn, "match:x", by="anna")
        assert handling.release(conn, "match:x", by="anna")
        assert not handling.release(conn, "match:x", by="anna")  # nothing was done
        handling.assign(conn, ["match:x", "match:y"], "ben", by="anna")
        handling.due(conn, ["match:x"], date(2030, 1, 1), by="anna")
        handling.defer(conn, ["match:x"], datetime.now(UTC) + timedelta(days=1), by="anna")
        handling.note(conn, "match:x", "ask x@y.test", by="anna")
    x = ("task:match:x",)
    assert _told(database) == [
        ("queue.claim", x),
        ("queue.release", x),
        ("queue.assign", (*x, "task:match:y")),
        ("queue.due", x),
        ("queue.defer", x),
        ("queue.note", x),
    ]
    with transaction(database) as conn:
        assert audit.entries(conn, limit=1)[0].reason == "ask •••"


def test_who_lets_a_run_go_beyond_the_settings_is_told(database: Engine) -> None:
    with transaction(database) as conn:
        plain, beyond = (runs.start(conn, command, "command") for command in ("resolve", "sync"))
        runs.let(conn, plain, by="anna")
        runs.let(conn, beyond, by="anna", approve=True, force=True)
    assert _told(database) == [("run.approve", (f"run:{beyond}",)), ("run.force", (f"run:{beyond}",))]
