"""Runs that stopped as plans, as items of the queue: what the last run would have done, had a person let it.

Derived from the records of runs: the item is gone once a later run has nothing to ask.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from hub import handling, runs
from hub.runs import Run
from hub.tasks import Place, Task, Wanted

_LOOKED_AT = 50  # runs back to the last one that resolved, or took in a system


def count(conn: Connection, wanted: Wanted) -> int:
    """How many plans wait for a person."""
    return len(tasks(conn, wanted))


def tasks(
    conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give the plans that wait, those on which most hangs first; with `key` only that one."""
    found = sorted(_waiting(runs.latest(conn, _LOOKED_AT)), key=lambda task: (-task.consequence, task.key))
    if key is not None:
        return [task for task in found if task.key == key]
    handled = handling.of(conn, [task.key for task in found])
    return [task for task in found if _fits(task, wanted, after, handled.get(task.key))][:limit]


def _waiting(latest: list[Run]) -> Iterator[Task]:
    seen: set[str] = set()
    for run in latest:
        master = run.summary.get("master") or {}
        if run.status == "running" or not run.summary:
            continue
        if run.command in ("sync", "resolve") and "resolve" not in seen:
            seen.add("resolve")
            if master.get("plan"):
                yield Task(
                    key=f"plan:{run.run_id}",
                    kind="plan",
                    consequence=int(master.get("pending") or 0) + 1,
                    since=run.ended_at or run.started_at,
                    reason=master["plan"],
                    affected=int(master.get("pending") or 0),
                )
        for name, system in (run.summary.get("systems") or {}).items():
            if name in seen:
                continue
            seen.add(name)
            if system.get("held"):
                yield Task(
                    key=f"plan:deletions:{name}",
                    kind="plan",
                    consequence=int(system["held"]) + 1,
                    since=run.ended_at or run.started_at,
                    reason=f"{system['held']:,} records are missing in {name}, more than it is let to delete at once",
                    systems=(name,),
                    affected=int(system["held"]),
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
