"""Writing users and organizations. A new e-mail for a known user becomes a further identity, not the primary one."""

import re
from typing import Any

from apps.sandbox.call import Call, Reply
from apps.sandbox.seed.zendesk_rows import FIRST_IDENTITY, FIRST_USER
from apps.sandbox.state import Body, Record
from apps.sandbox.zendesk.errors import ZendeskError, invalid
from apps.sandbox.zendesk.present import PRESENT, TABLE, identity
from apps.sandbox.zendesk.read import get

_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s.,;<>()]+(\.[^@\s.,;<>()]+)+")
_USER_FIELDS = {
    *("name", "phone", "external_id", "organization_id", "role", "locale", "verified", "suspended", "tags"),
    *("details", "notes", "user_fields", "time_zone"),
}
_ORGANIZATION_FIELDS = {
    *("name", "external_id", "domain_names", "details", "notes", "group_id", "tags", "organization_fields"),
}
_FIELDS = {"users": _USER_FIELDS, "organizations": _ORGANIZATION_FIELDS}
_NEW: dict[str, Body] = {
    "users": {
        **{"name": "", "email": None, "phone": None, "external_id": None, "organization_id": None, "role": "end-user"},
        **{"locale": "en-US", "verified": False, "suspended": False, "tags": [], "details": "", "notes": ""},
        **{"user_fields": {}, "_identities": []},
    },
    "organizations": {
        **{"name": "", "external_id": None, "domain_names": [], "details": "", "notes": "", "group_id": None},
        **{"tags": [], "organization_fields": {}},
    },
}


def refuse_poison(call: Call, row: Any) -> None:
    """Refuse a row that a poison fault is about.

    Raises:
        ZendeskError: the row is poisoned.
    """
    if call.poison.refuses(row) is not None:
        raise invalid("name", "is not accepted for this account", "InvalidValue")


def keys_of(kind: str, body: Body) -> dict[str, list[str]]:
    """Return the values by which a record is found."""
    keys = {"external_id": [body["external_id"].lower()] if body.get("external_id") else []}
    if kind == "users":
        return keys | {"email": [item["value"] for item in body["_identities"] if item["type"] == "email"]}
    return keys | {"name": [body["name"].lower()]}


def find(call: Call, kind: str, values: Body) -> int | None:
    """Return the record that a row is about: by external id, else by e-mail (users) or id (organizations).

    An organization is never matched by its name: the same name again is refused as a duplicate.
    """
    table = TABLE[kind]
    number = find_external(call, kind, str(values["external_id"])) if values.get("external_id") else None
    if number is not None:
        return number
    if kind == "organizations":
        return int(values["id"]) if str(values.get("id", "")).isdigit() else None
    return call.state.find(table, "email", str(values["email"]).lower()) if values.get("email") else None


def find_external(call: Call, kind: str, value: str) -> int | None:
    """Return the record with an external id; letters count alike, small or capital."""
    return call.state.find(TABLE[kind], "external_id", value.lower())


def _add_identity(call: Call, record: Record, kind: str, value: str) -> None:
    items = record.body["_identities"]
    if any(item["value"] == value for item in items):
        return
    if kind == "email":
        if not _EMAIL.fullmatch(value):
            raise invalid("email", f"{value} is not properly formatted", "InvalidFormat")
        other = call.state.find("zendesk_user", "email", value)
        if other is not None and other != record.id:
            raise invalid("email", f"{value} is already being used by another user", "DuplicateValue")
    first = FIRST_IDENTITY + (record.id - FIRST_USER) * 10
    number = max([first - 1, *(item["id"] for item in items)]) + 1
    primary = kind == "email" and not any(item["primary"] for item in items)
    items.append({"id": number, "type": kind, "value": value, "primary": primary})
    if primary:
        record.body["email"] = value


def _apply(call: Call, kind: str, record: Record, values: Body) -> None:
    table, allowed = TABLE[kind], _FIELDS[kind]
    for name, value in values.items():
        if name not in allowed:
            continue  # unknown and read-only attributes are passed over without a word
        if name.endswith("_fields"):
            record.body[name] = record.body.get(name, {}) | (value or {})
        elif name == "external_id":
            record.body[name] = str(value) if value not in (None, "") else None
        else:
            record.body[name] = value
    if not str(record.body.get("name") or "").strip():
        raise invalid("name", "cannot be blank", "BlankValue")
    for unique in ("external_id", "name") if kind == "organizations" else ("external_id",):
        value = record.body.get(unique)
        other = call.state.find(table, unique, str(value).lower()) if value else None
        if other is not None and other != record.id:
            raise invalid(unique, f"{value} has already been taken", "DuplicateValue")
    organization = record.body.get("organization_id")
    if organization is not None and call.state.get("zendesk_organization", int(organization)) is None:
        raise invalid("organization_id", "is not an organization", "InvalidValue")
    if kind == "users" and values.get("email"):
        _add_identity(call, record, "email", str(values["email"]).lower())


def store_new(call: Call, kind: str, values: Body) -> Record:
    """Store a new record.

    Raises:
        ZendeskError: 422, a value is refused or taken.
    """
    blank = {
        name: list(v) if isinstance(v, list) else dict(v) if isinstance(v, dict) else v
        for name, v in _NEW[kind].items()
    }
    trial = Record(TABLE[kind], 0, 0, 0, 0, None, None, None, blank)
    trial.id = call.state.next_id(TABLE[kind])
    _apply(call, kind, trial, values)
    return call.state.insert(TABLE[kind], trial.body, keys_of(kind, trial.body))


def store_changes(call: Call, kind: str, record: Record, values: Body) -> Record:
    """Change what is named. Where nothing differs, ``updated_at`` stays.

    Raises:
        ZendeskError: 422, a value is refused or taken.
    """
    before = repr(record.body)
    _apply(call, kind, record, values)
    if repr(record.body) != before:
        call.state.save(record, keys_of(kind, record.body))
    return record


def _payload(call: Call, kind: str) -> Body:
    values = call.json().get(kind[:-1])
    if not isinstance(values, dict):
        raise ZendeskError(400, "RecordInvalid", f"The body needs {kind[:-1]!r}")
    return values


def _answer(call: Call, kind: str, record: Record, status: int) -> Reply:
    row = PRESENT[kind](record, call.base)
    return Reply(status, {kind[:-1]: row}, {"location": row["url"]} if status == 201 else {})


def create(call: Call, kind: str) -> Reply:
    """Answer a create."""
    values = _payload(call, kind)
    refuse_poison(call, values)
    return _answer(call, kind, store_new(call, kind, values), 201)


def create_or_update(call: Call, kind: str) -> Reply:
    """Answer a create or update, matched by external id, else by e-mail (users) or id (organizations)."""
    values = _payload(call, kind)
    refuse_poison(call, values)
    number = find(call, kind, values)
    record = None if number is None else call.state.get(TABLE[kind], number)
    if record is None:
        return _answer(call, kind, store_new(call, kind, values), 201)
    return _answer(call, kind, store_changes(call, kind, record, values), 200)


def update(call: Call, kind: str, identifier: str) -> Reply:
    """Answer a change of one record."""
    record, values = get(call, kind, identifier), _payload(call, kind)
    refuse_poison(call, {"id": identifier} | values)
    return _answer(call, kind, store_changes(call, kind, record, values), 200)


def delete(call: Call, kind: str, identifier: str) -> Reply:
    """Answer a delete: a user becomes inactive, an organization leaves its users behind."""
    record = get(call, kind, identifier)
    if kind == "organizations":
        call.state.delete(record)
        where = "deleted IS NULL AND json_extract(body, '$.organization_id') = ?"
        for member in call.state.select("zendesk_user", where, [record.id]):
            member.body["organization_id"] = None
            call.state.save(member)
        return Reply(204)
    call.state.delete(record)
    return _answer(call, kind, record, 200)


def merge(call: Call, identifier: str) -> Reply:
    """Answer a merge: the user in the path goes into the one in the body and is deleted."""
    loser = get(call, "users", identifier)
    winner = get(call, "users", str(_payload(call, "users").get("id")))
    if winner.id == loser.id:
        raise ZendeskError(422, "RecordInvalid", "A user can't be merged with itself")
    moved, loser.body["_identities"] = loser.body["_identities"], []
    call.state.delete(loser)
    for item in moved:
        _add_identity(call, winner, item["type"], item["value"])
    for ticket in call.state.select("zendesk_ticket", "parent = ?", [loser.id]):
        ticket.parent = winner.id
        ticket.body["requester_id"] = winner.id
        call.state.save(ticket)
    call.state.save(winner, keys_of("users", winner.body))
    return _answer(call, "users", winner, 200)


def add_identity(call: Call, identifier: str) -> Reply:
    """Answer a new identity of a user."""
    record, values = get(call, "users", identifier), call.json().get("identity", {})
    kind, value = str(values.get("type")), str(values.get("value", ""))
    if kind not in {"email", "phone_number"} or not value:
        raise invalid("type", "must be email or phone_number, with a value", "InvalidValue")
    refuse_poison(call, values)
    _add_identity(call, record, kind, value.lower() if kind == "email" else value)
    call.state.save(record, keys_of("users", record.body))
    added = next(item for item in record.body["_identities"] if item["value"] in {value, value.lower()})
    return Reply(201, {"identity": identity(record, added, call.base)})


def make_primary(call: Call, identifier: str, number: str) -> Reply:
    """Answer the change of a user's primary e-mail."""
    record = get(call, "users", identifier)
    items = record.body["_identities"]
    chosen = next((item for item in items if str(item["id"]) == number and item["type"] == "email"), None)
    if chosen is None:
        raise ZendeskError(404, "RecordNotFound", "Not found")
    for item in items:
        item["primary"] = item is chosen
    record.body["email"] = chosen["value"]
    call.state.save(record, keys_of("users", record.body))
    return Reply(200, {"identities": [identity(record, item, call.base) for item in items]})
