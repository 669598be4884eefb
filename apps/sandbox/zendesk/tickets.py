"""Writing tickets: safe updates, and creates made idempotent by a key."""

import hashlib
import json

from apps.sandbox.call import Call, Reply
from apps.sandbox.state import Body
from apps.sandbox.zendesk.errors import ZendeskError, invalid
from apps.sandbox.zendesk.present import iso, ticket
from apps.sandbox.zendesk.read import get, listing

_KEPT_MS = 2 * 3_600_000
_FIELDS = {
    "subject",
    "status",
    "priority",
    "type",
    "tags",
    "custom_fields",
    "external_id",
    "organization_id",
    "requester_id",
}
_NEW: Body = {
    **{"subject": "", "description": "", "status": "new", "priority": None, "type": None, "requester_id": None},
    **{"organization_id": None, "external_id": None, "custom_fields": [], "tags": [], "via": {"channel": "api"}},
}


def deleted(call: Call) -> Reply:
    """Answer the tickets that were deleted."""
    return listing(call, "tickets", where="deleted IS NOT NULL", name="deleted_tickets")


def _ticket(call: Call) -> Body:
    values = call.json().get("ticket")
    if not isinstance(values, dict):
        raise ZendeskError(400, "RecordInvalid", "The body needs 'ticket'")
    return values


def create(call: Call) -> Reply:
    """Answer a create. A repeated ``Idempotency-Key`` gives the first answer; another body with it is a 400."""
    values, key = _ticket(call), call.headers.get("idempotency-key", "")
    digest = hashlib.sha256(call.body).hexdigest()
    kept = call.state.meta(f"idempotency:{key}") if key else None
    if kept is not None and kept["at"] > call.state.now() - _KEPT_MS:
        if kept["digest"] != digest:
            raise ZendeskError(400, "IdempotentRequestError", "The key was used with another body")
        record = get(call, "tickets", str(kept["id"]))
        return Reply(201, {"ticket": ticket(record, call.base)}, {"x-idempotency-lookup": "hit"})
    comment = values.get("comment") or {}
    text = comment.get("body") or values.get("description")
    if not text:
        raise invalid("description", "cannot be blank", "BlankValue")
    body = json.loads(json.dumps(_NEW)) | {name: value for name, value in values.items() if name in _FIELDS}
    body |= {"description": text, "submitter_id": body["requester_id"]}
    record = call.state.insert("zendesk_ticket", body, {}, parent=body["requester_id"])
    if key:
        call.state.set_meta(f"idempotency:{key}", {"digest": digest, "id": record.id, "at": call.state.now()})
    return Reply(201, {"ticket": ticket(record, call.base)}, {"x-idempotency-lookup": "miss"} if key else {})


def update(call: Call, identifier: str) -> Reply:
    """Answer an update; a safe one is a 409 where the ticket was changed since ``updated_stamp``."""
    record, values = get(call, "tickets", identifier), _ticket(call)
    if values.get("safe_update") and values.get("updated_stamp") != iso(record.updated):
        raise ZendeskError(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data")
    record.body |= {name: value for name, value in values.items() if name in _FIELDS}
    call.state.save(record)
    return Reply(200, {"ticket": ticket(record, call.base)})


def delete(call: Call, identifier: str) -> Reply:
    """Answer a delete; the export shows the ticket as deleted."""
    call.state.delete(get(call, "tickets", identifier))
    return Reply(204)
