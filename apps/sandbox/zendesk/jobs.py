"""Bulk writes: accepted at once as a job, to be asked for until it is completed."""

import uuid
from collections.abc import Callable
from typing import Any

from apps.sandbox.call import Call, Reply
from apps.sandbox.state import Body
from apps.sandbox.zendesk.errors import ZendeskError, not_found
from apps.sandbox.zendesk.present import TABLE
from apps.sandbox.zendesk.read import get
from apps.sandbox.zendesk.write import find, find_external, refuse_poison, store_changes, store_new

_ROWS_MOST = 100
_RUNNING_MOST = 30
_FORGOTTEN_MS = 10_000
"""A job that nobody asks for counts as running for so long."""

Row = Callable[[Call, str, Body], tuple[int, str]]
"""Writes one row and returns the record's id and what was done: create or update."""


def _create_or_update(call: Call, kind: str, values: Body) -> tuple[int, str]:
    number = find(call, kind, values)
    record = None if number is None else call.state.get(TABLE[kind], number)
    if record is None:
        return store_new(call, kind, values).id, "create"
    return store_changes(call, kind, record, values).id, "update"


def _create(call: Call, kind: str, values: Body) -> tuple[int, str]:
    return store_new(call, kind, values).id, "create"


def _update(call: Call, kind: str, values: Body) -> tuple[int, str]:
    if "id" in values:
        record = get(call, kind, str(values["id"]))
    else:
        number = find_external(call, kind, str(values.get("external_id")))
        record = get(call, kind, str(number))
    return store_changes(call, kind, record, values).id, "update"


def _start(call: Call, kind: str, rows: list[Any], write: Row) -> Reply:
    if not 1 <= len(rows) <= _ROWS_MOST:
        raise ZendeskError(400, "TooManyValues", f"Between 1 and {_ROWS_MOST} {kind} are needed, but {len(rows)} came")
    running = call.state.unfinished_jobs(call.settings.zendesk_job_polls, call.state.now() - _FORGOTTEN_MS)
    if running >= _RUNNING_MOST:
        headers = {"retry-after": "5"}
        raise ZendeskError(429, "TooManyJobs", "Too many jobs are queued or running", headers=headers)
    results: list[Body] = []
    for index, values in enumerate(rows):
        try:
            refuse_poison(call, values)
            number, action = write(call, kind, values)
        except ZendeskError as error:
            row: Body = {"index": index, "success": False, "status": "Failed", "error": error.error}
            row["details"] = error.text
            results.append(row | ({"id": values["id"]} if "id" in values else {}))
        else:
            status = {"create": "Created", "update": "Updated"}[action]
            results.append({"index": index, "id": number, "action": action, "success": True, "status": status})
    identifier = uuid.uuid4().hex
    call.state.put_job(identifier, 0, {"total": len(rows), "results": results})
    return Reply(200, {"job_status": _shown(call, identifier, 0, {"total": len(rows), "results": results})})


def _shown(call: Call, identifier: str, polls: int, body: Body) -> Body:
    needed = call.settings.zendesk_job_polls
    status = "completed" if polls >= needed else "working" if polls else "queued"
    done = status == "completed"
    return {
        "id": identifier,
        "url": f"{call.base}/api/v2/job_statuses/{identifier}.json",
        "total": body["total"],
        "progress": body["total"] if done else 0 if status == "working" else None,
        "status": status,
        "message": "Completed at the sandbox" if done else None,
        "results": body["results"] if done else None,
    }


def status(call: Call, identifier: str) -> Reply:
    """Answer how a job stands; each question brings it on: queued, working, completed."""
    found = call.state.job(identifier)
    if found is None:
        raise not_found()
    polls, body = found
    call.state.put_job(identifier, polls + 1, body)
    return Reply(200, {"job_status": _shown(call, identifier, polls + 1, body)})


def create_or_update_many(call: Call, kind: str) -> Reply:
    """Answer a bulk upsert of users, matched by external id, else by e-mail; Zendesk has none of organizations."""
    if kind != "users":
        raise ZendeskError(404, "InvalidEndpoint", "No bulk upsert here: take create_or_update or update_many")
    return _start(call, kind, call.json().get(kind) or [], _create_or_update)


def create_many(call: Call, kind: str) -> Reply:
    """Answer a bulk create."""
    return _start(call, kind, call.json().get(kind) or [], _create)


def update_many(call: Call, kind: str) -> Reply:
    """Answer a bulk update: one change for many ids, or one row for each id."""
    body = call.json()
    rows = body.get(kind)
    if rows is None:
        names = {"ids": "id", "external_ids": "external_id"}
        option = next((option for option in names if option in call.query), None)
        change = body.get(kind[:-1]) or {}
        values = call.query[option].split(",") if option else []
        rows = [change | {names[option or "ids"]: value} for value in values]
    return _start(call, kind, rows, _update)
