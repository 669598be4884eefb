"""The properties of contacts and companies: their types, which are read-only, and custom ones made by clients."""

import re
from datetime import UTC, datetime
from typing import Any

from apps.sandbox.call import Call, Reply
from apps.sandbox.hubspot.errors import HubSpotError, invalid_value, not_found
from apps.sandbox.state import Record, State

TABLE = {"contacts": "hubspot_contact", "companies": "hubspot_company"}
CHANGED = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate"}
"""The time of change has another name for contacts than for everything else."""

_TEXT = {
    "contacts": (
        "email firstname lastname salutation phone mobilephone address city state zip country date_of_birth gender "
        "hs_language company jobtitle website fax marital_status industry"
    ),
    "companies": (
        "name domain website phone company_email address address2 city state zip country industry description "
        "vat_number registration_number founded_year"
    ),
}
_READ_ONLY = {
    "contacts": "hs_object_id createdate lastmodifieddate hs_additional_emails associatedcompanyid "
    "hs_merged_object_ids "
    "hs_calculated_merged_vids hs_email_domain",
    "companies": "hs_object_id createdate hs_lastmodifieddate hs_additional_domains hs_merged_object_ids",
}
DEFAULT = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
}
"""What is answered when no properties are asked for."""

_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s.,;<>()]+(\.[^@\s.,;<>()]+)+")
_UNIQUE_MOST = 10


def _definition(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    field_type = {"string": "text", "number": "number", "date": "date", "datetime": "date", "bool": "booleancheckbox"}
    base = {
        "name": name,
        "label": name,
        "type": kind,
        "fieldType": field_type.get(kind, "select"),
        "groupName": "sandbox",
    }
    fixed = {"options": [], "hasUniqueValue": False, "hidden": False, "archived": False, "hubspotDefined": True}
    return base | fixed | {"modificationMetadata": {"readOnlyValue": False, "archivable": False}} | more


def _built_in(object_type: str) -> dict[str, dict[str, Any]]:
    found = {name: _definition(name) for name in _TEXT[object_type].split()}
    for name in _READ_ONLY[object_type].split():
        kind = "datetime" if name.endswith("date") else "string"
        found[name] = _definition(name, kind, modificationMetadata={"readOnlyValue": True, "archivable": False})
    options = [{"label": stage, "value": stage, "hidden": False} for stage in _STAGES]
    found["lifecyclestage"] = _definition("lifecyclestage", "enumeration", options=options)
    if object_type == "contacts":
        found["hs_email_optout"] = _definition("hs_email_optout", "bool")
    else:
        found["numberofemployees"] = _definition("numberofemployees", "number")
    return found


_BUILT_IN = {object_type: _built_in(object_type) for object_type in TABLE}


def definitions(state: State, object_type: str) -> dict[str, dict[str, Any]]:
    """Return every property of an object type by name."""
    return _BUILT_IN[object_type] | state.properties(object_type)


def unique_names(state: State, object_type: str) -> set[str]:
    """Return the custom properties whose values are unique."""
    return {name for name, body in state.properties(object_type).items() if body["hasUniqueValue"]}


def iso(milliseconds: int) -> str:
    """Return a moment as HubSpot writes it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def values_of(object_type: str, record: Record) -> dict[str, str | None]:
    """Return all properties of a record, the computed ones too. Everything is text."""
    body = record.body
    values: dict[str, str | None] = {name: value for name, value in body.items() if not name.startswith("_")}
    values |= {"hs_object_id": str(record.id), "createdate": iso(record.created)}
    values[CHANGED[object_type]] = iso(record.updated)
    if "_company" in body:
        values["associatedcompanyid"] = str(body["_company"])
    if "_merged" in body:
        values["hs_merged_object_ids"] = ";".join(str(number) for number in body["_merged"])
        if object_type == "contacts":
            values["hs_calculated_merged_vids"] = ";".join(f"{n}:{record.updated}" for n in body["_merged"])
    return values


def checked(known: dict[str, dict[str, Any]], values: dict[str, Any]) -> dict[str, str]:
    """Return the values to be stored; null is left alone.

    Raises:
        HubSpotError: an unknown or read-only property, or a value that its type does not accept.
    """
    unknown_names(known, values)
    stored: dict[str, str] = {}
    for name, value in values.items():
        if value is None:
            continue
        if known[name]["modificationMetadata"]["readOnlyValue"]:
            raise invalid_value(name, f"{name} is a read only property; its value cannot be set", "READ_ONLY_VALUE")
        stored[name] = _checked_value(known[name], value)
    return stored


def unknown_names(known: dict[str, dict[str, Any]], values: dict[str, Any]) -> None:
    """Refuse properties that do not exist.

    Raises:
        HubSpotError: at least one does not.
    """
    unknown = sorted(set(values) - set(known))
    if unknown:
        errors = [
            {"message": f'Property "{name}" does not exist', "code": "PROPERTY_DOESNT_EXIST", "in": "properties"}
            | {"context": {"propertyName": [name]}}
            for name in unknown
        ]
        names = ",".join(f'{{"isValid":false,"message":"{e["message"]}","error":"{e["code"]}"}}' for e in errors)
        raise HubSpotError(400, f"Property values were not valid: [{names}]", errors=errors)


def _checked_value(definition: dict[str, Any], value: Any) -> str:
    name, kind = definition["name"], definition["type"]
    if not isinstance(value, str | int | float | bool):
        raise invalid_value(name, f"{name} must be text", "INVALID_TYPE")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text == "":
        return text
    if len(text) > 65_536:
        raise invalid_value(name, f"{name} is too long", "INVALID_LENGTH")
    if name == "email":
        if not _EMAIL.fullmatch(text):
            raise invalid_value(name, f"Email address {text} is invalid", "INVALID_EMAIL")
        return text.lower()
    if kind == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise invalid_value(name, f"{text} was not a valid number.", "INVALID_INTEGER")
    if kind == "bool" and text not in {"true", "false"}:
        raise invalid_value(name, f"{text} was not one of the allowed options: true, false", "INVALID_OPTION")
    if kind == "enumeration" and text not in {option["value"] for option in definition["options"]}:
        raise invalid_value(name, f"{text} was not one of the allowed options", "INVALID_OPTION")
    if kind == "date":
        return _date(name, text)
    return text


def _date(name: str, text: str) -> str:
    if re.fullmatch(r"-?\d{6,}", text):
        if int(text) % 86_400_000:
            raise invalid_value(name, f"{text} is at {iso(int(text))} which is not midnight!", "INVALID_DATE")
        return iso(int(text))[:10]
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise invalid_value(name, f"{text} was not a valid date.", "INVALID_DATE")
    return text


def listed(call: Call, object_type: str) -> Reply:
    """Answer the list of properties."""
    if object_type not in TABLE:
        raise not_found(f"There is no object type {object_type}")
    return Reply(200, {"results": list(definitions(call.state, object_type).values())})


def one(call: Call, object_type: str, name: str) -> Reply:
    """Answer one property."""
    known = definitions(call.state, object_type) if object_type in TABLE else {}
    if name not in known:
        raise not_found(f'Property "{name}" does not exist')
    return Reply(200, known[name])


def create(call: Call, object_type: str) -> Reply:
    """Answer the making of a custom property; at most ten an object may be unique."""
    if object_type not in TABLE:
        raise not_found(f"There is no object type {object_type}")
    values = call.json()
    missing = [name for name in ("name", "label", "type", "fieldType", "groupName") if not values.get(name)]
    if missing:
        raise HubSpotError(400, f"Invalid input JSON: some required fields were not set: {missing}")
    name = values["name"]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise HubSpotError(400, f"Property name {name} must start with a letter and hold a-z, 0-9 and _ only")
    if name in definitions(call.state, object_type):
        raise HubSpotError(409, f'A property named "{name}" already exists.', "OBJECT_ALREADY_EXISTS")
    if values.get("hasUniqueValue") and len(unique_names(call.state, object_type)) >= _UNIQUE_MOST:
        raise HubSpotError(400, f"An object can have at most {_UNIQUE_MOST} unique properties")
    body = _definition(name, values["type"]) | values | {"hubspotDefined": False}
    body["createdAt"] = body["updatedAt"] = iso(call.state.now())
    call.state.put_property(object_type, name, body)
    return Reply(201, body)
