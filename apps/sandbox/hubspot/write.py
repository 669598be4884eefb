"""Writing one contact or company. There is no ETag: the last write wins, property by property."""

from typing import Any
from urllib.parse import unquote

from apps.sandbox.call import Call, Reply
from apps.sandbox.hubspot.errors import HubSpotError, invalid_value
from apps.sandbox.hubspot.properties import checked, definitions, unique_names
from apps.sandbox.hubspot.read import present, resolve, table_of, wanted
from apps.sandbox.state import Body, Record, State


def keys_of(state: State, object_type: str, record: Record) -> dict[str, list[str]]:
    """Return the values by which a record is found: e-mails, unique properties, ids merged into it."""
    body = record.body
    keys = {f"unique:{name}": [body[name]] for name in unique_names(state, object_type) if body.get(name)}
    keys["merged"] = [str(number) for number in body.get("_merged", [])]
    if object_type == "contacts":
        more = [email for email in body.get("hs_additional_emails", "").split(";") if email]
        keys["email"] = [*([body["email"]] if body.get("email") else []), *more]
    return keys


def _conflicts(state: State, object_type: str, own: int | None, values: dict[str, str]) -> None:
    table = table_of(object_type)
    if object_type == "contacts" and values.get("email"):
        other = state.find(table, "email", values["email"])
        if other is not None and other != own:
            raise HubSpotError(409, f"Contact already exists. Existing ID: {other}", "CONFLICT")
    for name in unique_names(state, object_type):
        other = state.find(table, f"unique:{name}", values[name]) if values.get(name) else None
        if other is not None and other != own:
            message = f"{name} must be unique, but is in use by object {other}"
            raise invalid_value(name, message, "CONFLICTING_UNIQUE_VALUE")


def refuse_poison(call: Call, row: Any) -> None:
    """Refuse a row that a poison fault is about.

    Raises:
        HubSpotError: the row is poisoned; ``whole`` in its extra says that it spoils its batch.
    """
    fault = call.poison.refuses(row)
    if fault is not None:
        error = invalid_value("phone", "A value of this record was not accepted", "INVALID_LENGTH")
        error.context = {"whole": ["true"]} if fault.whole else {}
        raise error


def store_new(call: Call, object_type: str, properties: dict[str, Any]) -> Record:
    """Store a new record.

    Raises:
        HubSpotError: a value is not accepted, or taken by another record.
    """
    values = checked(definitions(call.state, object_type), properties)
    _conflicts(call.state, object_type, None, values)
    body: Body = {name: value for name, value in values.items() if value != ""}
    record = call.state.insert(table_of(object_type), body, {})
    call.state.save(record, keys_of(call.state, object_type, record), touch=False)
    return record


def store_changes(call: Call, object_type: str, record: Record, properties: dict[str, Any]) -> Record:
    """Change the named properties; empty text clears, null leaves alone. The time of change always moves.

    Raises:
        HubSpotError: a value is not accepted, or taken by another record.
    """
    values = checked(definitions(call.state, object_type), properties)
    _conflicts(call.state, object_type, record.id, values)
    for name, value in values.items():
        if value == "":
            record.body.pop(name, None)
        else:
            record.body[name] = value
    more = [email for email in record.body.get("hs_additional_emails", "").split(";") if email]
    if record.body.get("email") in more:
        more.remove(record.body["email"])
        record.body["hs_additional_emails"] = ";".join(more)
    call.state.save(record, keys_of(call.state, object_type, record))
    return record


def _properties(call: Call) -> dict[str, Any]:
    values = call.json().get("properties")
    if not isinstance(values, dict):
        raise HubSpotError(400, "Invalid input JSON: properties is missing")
    return values


def create(call: Call, object_type: str) -> Reply:
    """Answer a create; a known e-mail is a 409 with the existing id in its text."""
    properties = _properties(call)
    refuse_poison(call, properties)
    record = store_new(call, object_type, properties)
    return Reply(201, present(object_type, record, wanted(call.state, object_type, list(properties))))


def update(call: Call, object_type: str, identifier: str) -> Reply:
    """Answer a change of one record."""
    properties = _properties(call)
    record = resolve(call.state, object_type, unquote(identifier), call.query.get("idProperty"))
    refuse_poison(call, {"id": identifier, "properties": properties})
    store_changes(call, object_type, record, properties)
    return Reply(200, present(object_type, record, wanted(call.state, object_type, list(properties))))


def archive(call: Call, object_type: str, identifier: str) -> Reply:
    """Answer a delete: the record is archived, and its e-mail is free again."""
    if not identifier.isdigit():
        raise HubSpotError(400, "The id of an object is a number")
    record = call.state.get(table_of(object_type), int(identifier))
    if record is not None:
        call.state.delete(record)
    return Reply(204)


def merge(call: Call, object_type: str) -> Reply:
    """Answer a merge: the loser goes, its id leads to the winner, its e-mail becomes a secondary one."""
    query = call.json()
    winner = resolve(call.state, object_type, str(query.get("primaryObjectId")), None)
    loser = resolve(call.state, object_type, str(query.get("objectIdToMerge")), None)
    if winner.id == loser.id:
        raise HubSpotError(400, "An object can't be merged with itself")
    emails = [
        email for email in (loser.body.get("email"), *loser.body.get("hs_additional_emails", "").split(";")) if email
    ]
    for name, value in loser.body.items():
        if not name.startswith("_"):
            winner.body.setdefault(name, value)
    more = dict.fromkeys(email for email in [*winner.body.get("hs_additional_emails", "").split(";"), *emails] if email)
    more.pop(winner.body.get("email", ""), None)
    winner.body["hs_additional_emails"] = ";".join(more)
    winner.body["_merged"] = [*winner.body.get("_merged", []), loser.id, *loser.body.get("_merged", [])]
    # A merged record is gone, not archived: it is in no list.
    loser.body = {"_forgotten": True}
    call.state.delete(loser)
    call.state.save(winner, keys_of(call.state, object_type, winner))
    return Reply(200, present(object_type, winner, wanted(call.state, object_type, [])))


def forget(call: Call, object_type: str) -> Reply:
    """Answer a GDPR erasure: the contact appears nowhere any more, not even among the archived ones."""
    if object_type != "contacts":
        raise HubSpotError(400, "Only contacts can be erased")
    query = call.json()
    record = resolve(call.state, object_type, str(query.get("objectId")), query.get("idProperty"), archived=True)
    record.body = {"_forgotten": True}
    call.state.delete(record)
    return Reply(204)
