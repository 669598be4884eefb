"""HubSpot: contacts and companies, in batches of up to 100.

Known records are updated by their id; new ones are upserted by the custom property `customer_hub_id`, which holds the
customer's id and is unique, so that a create whose answer was lost finds itself. HubSpot has no ETag: the record is
read before it is written. Properties of a company's own are written where hub.yaml maps attributes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import httpx

from destinations.batches import BatchRefusal, in_halves
from destinations.client import Client, Patience, body_of
from destinations.forms import (
    as_address,
    as_email,
    as_kept,
    as_phone,
    as_text,
    gender_word,
    iso_day,
    same_given_name,
    same_phone,
)
from destinations.operations import Delivery, Found, Receipt, Todo
from destinations.own_fields import OwnFields, with_own
from destinations.slots import Slot, Wire
from hub.errors import SettingsError
from hub.records import EntityType, Value

KEY_PROPERTY = "customer_hub_id"
OBJECTS: dict[EntityType, str] = {"person": "contacts", "organisation": "companies"}
MOST_INPUTS = 100

_Item = TypeVar("_Item")


_address = as_address("address", "city", "zip", "state", "country")
_WHERE = Slot(
    "address",
    "address",
    _address,
    holdable=as_kept(
        _address, {"street": "address", "city": "city", "postcode": "zip", "region": "state", "country": "country"}
    ),
    wire_fields=("address", "city", "zip", "state", "country"),
    telling=("address", "city", "zip"),
)


def _birth_date(value: Value) -> Wire:
    return {"date_of_birth": day} if (day := iso_day(value)) else {}


def _gender(value: Value) -> Wire:
    return {"gender": word} if (word := gender_word(value)) else {}


_CONTACT = (
    Slot("firstname", "given_name", as_text("firstname"), same=same_given_name),
    Slot("lastname", "family_name", as_text("lastname"), required=True),
    Slot("salutation", "title", as_text("salutation")),
    Slot("email", "email", as_email("email"), unique=True),
    Slot("phone", "phone", as_phone("phone"), same=same_phone),
    _WHERE,
    Slot("date_of_birth", "birth_date", _birth_date),
    Slot("gender", "gender", _gender),
    Slot("jobtitle", "job_title", as_text("jobtitle")),
    Slot("company", "employer", as_text("company")),
)
_COMPANY = (
    Slot("name", "organisation_name", as_text("name"), required=True),
    Slot("phone", "phone", as_phone("phone"), same=same_phone),
    Slot("website", "website", as_text("website")),
    _WHERE,
)
_SLOTS: dict[EntityType, tuple[Slot, ...]] = {"person": _CONTACT, "organisation": _COMPANY}


class HubSpot:
    """A HubSpot account as a destination."""

    knows_its_creates = True  # an upsert by a unique property

    def __init__(
        self,
        system: str,
        url: str,
        token: str,
        patience: Patience,
        *,
        write_key: bool,
        batch: int,
        own: OwnFields | None = None,
    ) -> None:
        self.patience = patience
        self._slots = {
            entity_type: with_own(usual, (own or {}).get(entity_type, ())) for entity_type, usual in _SLOTS.items()
        }
        self.batch_size = min(batch, MOST_INPUTS)
        self._write_key = write_key
        self._client = Client(system, url, patience, headers={"Authorization": f"Bearer {token}"})
        self._has_key: set[str] = set()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def slots(self, entity_type: EntityType) -> Sequence[Slot]:
        """Give the properties that the hub writes."""
        return self._slots[entity_type]

    def object_of(self, entity_type: EntityType) -> str:
        """Give contacts or companies."""
        return OBJECTS[entity_type]

    def read(self, deliveries: Sequence[Delivery]) -> dict[int, Found]:
        """Read the records by id, those to be created by the hub's key."""
        found: dict[int, Found] = {}
        for (kind, create), group in _grouped(deliveries, lambda entry: entry):
            if create or self._write_key:
                self._ensure_key(kind)
            by_id = {_identity(entry): entry for entry in group}
            slots = self._slots["person" if kind == OBJECTS["person"] else "organisation"]
            body: dict[str, Any] = {
                "inputs": [{"id": name} for name in by_id],
                "properties": [KEY_PROPERTY, *(name for slot in slots for name in slot.fields)],
                "propertiesWithHistory": [],
            }
            if create:
                body["idProperty"] = KEY_PROPERTY
            answer = self._client.request("POST", f"crm/v3/objects/{kind}/batch/read", json=body)
            if answer.status_code not in (200, 207):
                raise self._unusable(answer, f"reading {kind}")
            for record in answer.json()["results"]:
                properties = record["properties"]
                # A merged record answers to its old id with the winner's: not the record that was asked for.
                name = properties.get(KEY_PROPERTY) if create else record["id"]
                if (entry := by_id.get(name)) is not None:
                    fields = {slot.name: slot.cut(properties) for slot in slots}
                    found[entry.delivery_id] = Found(record["id"], fields, properties.get(KEY_PROPERTY))
        return found

    def write(self, todo: Sequence[Todo]) -> Iterator[Receipt]:
        """Send updates by id and creates by the hub's key; a batch refused as a whole is halved."""
        for (kind, create), group in _grouped(todo, lambda task: task.delivery):
            yield from in_halves(group, partial(self._send, kind, create))

    def _send(self, kind: str, create: bool, todo: Sequence[Todo]) -> list[Receipt]:
        path = f"crm/v3/objects/{kind}/batch/{'upsert' if create else 'update'}"
        answer = self._client.request("POST", path, json={"inputs": [self._input(task, create) for task in todo]})
        if answer.status_code in (200, 201, 207):
            return list(_receipts(todo, answer.json(), create))
        if answer.status_code in (400, 409, 422):
            raise BatchRefusal(_words(body_of(answer)))
        raise self._unusable(answer, f"writing {kind}")

    def _input(self, task: Todo, create: bool) -> dict[str, Any]:
        operation = task.delivery.operation
        slots = {slot.name: slot for slot in self.slots(operation.entity_type)}
        properties: dict[str, str] = {}
        for change in operation.changes:
            if change.slot in task.left:
                properties |= slots[change.slot].wire(change.value)
        entry: dict[str, Any] = {"id": _identity(task.delivery), "objectWriteTraceId": operation.idempotency_key}
        if create:
            entry["idProperty"] = KEY_PROPERTY
        if create or (self._write_key and task.found is not None and not task.found.handle):
            properties[KEY_PROPERTY] = str(operation.customer_id)
        return entry | {"properties": properties}

    def _ensure_key(self, kind: str) -> None:
        """See that the unique property for the customer's id exists."""
        if kind in self._has_key:
            return
        path = f"crm/v3/properties/{kind}"
        answer = self._client.request("GET", f"{path}/{KEY_PROPERTY}")
        if answer.status_code == 404:
            definition = {
                "name": KEY_PROPERTY,
                "label": "Customer hub id",
                "type": "string",
                "fieldType": "text",
                "groupName": "contactinformation" if kind == "contacts" else "companyinformation",
                "hasUniqueValue": True,
            }
            answer = self._client.request("POST", path, json=definition)
            if answer.status_code == 409:  # another process made it in between
                answer = self._client.request("GET", f"{path}/{KEY_PROPERTY}")
        if answer.status_code not in (200, 201):
            raise self._unusable(answer, f"making the property {KEY_PROPERTY} of {kind}")
        if not answer.json().get("hasUniqueValue"):
            raise SettingsError(
                f"The property {KEY_PROPERTY} of {kind} at '{self._client.system}' is not unique.",
                hint="Delete it there and run again: the hub makes it as it must be.",
            )
        self._has_key.add(kind)

    def _unusable(self, answer: httpx.Response, doing: str) -> SettingsError:
        category = body_of(answer).get("category", "no category")
        return SettingsError(
            f"'{self._client.system}' answered {answer.status_code} on {doing} ({category}).",
            hint="Check the address and the token's scopes (read and write of contacts, companies and their schemas).",
        )


def connect(
    system: str, url: str, token: str, patience: Patience, *, write_key: bool, batch: int, own: OwnFields
) -> HubSpot:
    """Make the destination; nothing is sent yet."""
    return HubSpot(system, url, token, patience, write_key=write_key, batch=batch, own=own)


def _receipts(todo: Sequence[Todo], body: Mapping[str, Any], create: bool) -> Iterator[Receipt]:
    """Match results and errors to their inputs: by trace, and where the answer has none, by id or key."""
    waiting = {task.delivery.operation.idempotency_key: task for task in todo}
    traces = {_identity(task.delivery): trace for trace, task in waiting.items()} | {trace: trace for trace in waiting}
    for error in body.get("errors", []):
        trace = next((traces[name] for name in _mentioned(error) if name in traces), "")
        if (task := waiting.pop(trace, None)) is not None:
            yield Receipt(task.delivery.delivery_id, "rejected", reason=_words(error))
    for result in body["results"]:
        name = result["properties"].get(KEY_PROPERTY) if create else result["id"]
        trace = result.get("objectWriteTraceId") or traces.get(name or "", "")
        if (task := waiting.pop(trace, None)) is not None:
            yield Receipt(task.delivery.delivery_id, "applied", result["id"], task.left)
    for task in waiting.values():
        yield Receipt(task.delivery.delivery_id, "unknown", reason="The answer does not name this record.")


def _grouped(
    items: Sequence[_Item], delivery: Callable[[_Item], Delivery]
) -> list[tuple[tuple[str, bool], list[_Item]]]:
    """Part items by the object they write to and by whether they create, for each goes to an address of its own."""
    groups: dict[tuple[str, bool], list[_Item]] = {}
    for item in items:
        target = delivery(item).operation.target
        groups.setdefault((target.object, target.source_id is None), []).append(item)
    return list(groups.items())


def _identity(entry: Delivery) -> str:
    operation = entry.operation
    return operation.target.source_id or str(operation.customer_id)


def _mentioned(error: Mapping[str, Any]) -> Iterator[str]:
    for values in error.get("context", {}).values():
        yield from values if isinstance(values, list) else [str(values)]


def _words(error: Mapping[str, Any]) -> str:
    """Give HubSpot's own words on a refusal."""
    details = [str(detail.get("message", "")) for detail in error.get("errors") or []]
    said = [str(error.get("category", "")), str(error.get("message", "")), *details]
    return "; ".join(dict.fromkeys(filter(None, said))) or "refused without a word"
