"""Runs that stopped as plans, as items of the queue: what the last run would have done, had a person let it.

Derived from the records of runs: the item is gone once a later run has nothing to ask.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from hub import handling, plans, runs
from hub.runs import Run
from hub.tasks import Place, Task, Wanted

_LOOKED_AT = 50  # runs back to the last one that took in a system


def count(conn: Connection, wanted: Wanted) -> int:
    """How many plans wait for a person."""
    return len(tasks(conn, wanted))


def tasks(
    conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give the plans that wait, those on which most hangs first; with `key` only that one."""
    listed = [*_stopped(conn), *_missing(runs.latest(conn, _LOOKED_AT))]
    found = sorted(listed, key=lambda task: (-task.consequence, task.key))
    if key is not None:
        return [task for task in found if task.key == key]
    handled = handling.of(conn, [task.key for task in found])
    return [task for task in found if _fits(task, wanted, after, handled.get(task.key))][:limit]


def _stopped(conn: Connection) -> Iterator[Task]:
    """The run that would have changed too many customers, unless somebody has refused its plan."""
    run = plans.waiting(conn)
    words = plans.said(conn, run.run_id) if run else []
    if run is None or any(said.word == "refuse" for said in words):
        return
    pending = int(run.summary["master"].get("pending") or 0)
    approved = "".join(f" {said.by} has approved it." for said in words)
    yield Task(
        key=f"plan:{run.run_id}",
        kind="plan",
        consequence=pending + 1,
        since=run.ended_at or run.started_at,
        reason=run.summary["master"]["plan"] + approved,
        affected=pending,
    )


def _missing(latest: list[Run]) -> Iterator[Task]:
    """The systems from which more records went missing in their last run than are let go at once."""
    seen: set[str] = set()
    for run in latest:
        for name, system in (run.summary.get("systems") or {}).items():
            held = int(system.get("held") or 0) if name not in seen else 0
            seen.add(name)
            if held:
                yield Task(
                    key=f"plan:deletions:{name}",
                    kind="plan",
                    consequence=held + 1,
                    since=run.ended_at or run.started_at,
                    reason=f"{held:,} records are missing in {name}, more than it is let to delete at once",
                    systems=(name,),
                    affected=held,
                )


def _fits(task: Task, wanted: Wanted, after: Place | None, handled: handling.Handling | None) -> bool:
    assigned = handled.assigned_to if handled else None
    return (
        (handled is not None and handled.deferred_until is not None) == wanted.deferred
        and (wanted.assigned is None or (assigned or "") == wanted.assigned)
        and (wanted.system is None or wanted.system in task.systems)
        and (wanted.entity_type is None or wanted.entity_type == task.entity_type)
        and (wanted.before is None or task.since < wanted.before)
        and (after is None or (-task.consequence, task.key) > (-after.consequence, after.key))
    )
