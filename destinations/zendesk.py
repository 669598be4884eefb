"""Zendesk: users and organizations, in jobs of up to 100 rows, several at a time.

Known records are updated by their id. New ones carry the customer's id as external id, which is unique: a create whose
answer was lost is found by it. They go to create_many, not to create_or_update_many, for that one also matches by
e-mail, and would write over a user who is someone else. A changed e-mail would become a second identity of the user, so
it is added as one and then made the primary. Zendesk has no ETag: the record is read before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import httpx

from destinations.batches import BatchRefusal
from destinations.client import Client, LostAnswerError, Patience, body_of
from destinations.forms import as_email, as_phone, as_text, same_phone, whole_name
from destinations.operations import Delivery, Found, Receipt, Todo
from destinations.own_fields import OwnFields, with_own
from destinations.slots import PERSON, Slot, Wire, same_words, text
from destinations.zendesk_jobs import MOST_JOBS, Batch, run_jobs
from hub.errors import SettingsError
from hub.records import EntityType, Value

OBJECTS: dict[EntityType, str] = {"person": "users", "organisation": "organizations"}
MOST_ROWS = 100
OWN: dict[EntityType, str] = {"person": "user_fields.", "organisation": "organization_fields."}
"""Where an account's own fields are kept."""

_Item = TypeVar("_Item")


def _domain(value: Value) -> Wire:
    domain = text(value.standard)
    return {"domain_names": [domain]} if domain and "/" not in domain else {}


_USER = (
    Slot(
        "name",
        "full_name",
        as_text("name"),
        derive=whole_name,
        composed_of=("given_name", "family_name"),
        same=same_words,
        required=True,
    ),
    Slot("email", "email", as_email("email"), unique=True, clearable=False),
    Slot("phone", "phone", as_phone("phone"), same=same_phone),
)
_ORGANIZATION = (
    Slot("name", "organisation_name", as_text("name"), required=True, unique=True),
    Slot("domain_names", "website", _domain, writable=False),
)
_SLOTS: dict[EntityType, tuple[Slot, ...]] = {"person": _USER, "organisation": _ORGANIZATION}


class Zendesk:
    """A Zendesk account as a destination."""

    knows_its_creates = True  # an external id is given once

    def __init__(self, client: Client, patience: Patience, *, write_key: bool, batch: int, own: OwnFields) -> None:
        self.patience = patience
        self._slots = {entity_type: with_own(usual, own[entity_type]) for entity_type, usual in _SLOTS.items()}
        self._rows = min(batch, MOST_ROWS)
        self.batch_size = self._rows * MOST_JOBS  # as many as are sent at a time
        self._client = client
        self._write_key = write_key

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def slots(self, entity_type: EntityType) -> Sequence[Slot]:
        """Give the fields that the hub writes."""
        return self._slots[entity_type]

    def object_of(self, entity_type: EntityType) -> str:
        """Give users or organizations."""
        return OBJECTS[entity_type]

    def read(self, deliveries: Sequence[Delivery]) -> dict[int, Found]:
        """Read the records by id, those to be created by external id."""
        found: dict[int, Found] = {}
        for kind, entity_type in ((kind, entity_type) for entity_type, kind in OBJECTS.items()):
            mine = [d for d in deliveries if d.operation.target.object == kind]
            by_id = {d.operation.target.source_id: d for d in mine if d.operation.target.source_id}
            by_key = {str(d.operation.customer_id): d for d in mine if not d.operation.target.source_id}
            for option, field, wanted in (("ids", "id", by_id), ("external_ids", "external_id", by_key)):
                for row in self._show(kind, option, list(wanted)):
                    delivery = wanted.get(str(row[field]))
                    if delivery is not None and row.get("active", True):
                        place = OWN[entity_type]
                        flat = row | {f"{place}{name}": said for name, said in (row.get(place[:-1]) or {}).items()}
                        fields = {slot.name: slot.cut(flat) for slot in self.slots(entity_type)}
                        found[delivery.delivery_id] = Found(str(row["id"]), fields, row.get("external_id"))
        return found

    def _show(self, kind: str, option: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        for chunk in _chunks(names, MOST_ROWS):
            answer = self._client.request("GET", f"api/v2/{kind}/show_many.json", params={option: ",".join(chunk)})
            if answer.status_code != 200:
                raise self._unusable(answer, f"reading {kind}")
            yield from answer.json()[kind]

    def write(self, todo: Sequence[Todo]) -> Iterator[Receipt]:
        """Send creates and updates as jobs, each followed by the changed e-mails of its rows, one by one."""
        batches = []
        for kind in OBJECTS.values():
            mine = [task for task in todo if task.delivery.operation.target.object == kind]
            creates = [task for task in mine if task.found is None]
            updates: list[Todo] = []
            for task in mine:
                if task.found is not None and self._row(task).keys() - {"id"}:
                    updates.append(task)
                elif task.found is not None:
                    yield self._with_email(task, ())
            for action, tasks in (("create_many", creates), ("update_many", updates)):
                submit = partial(self._submit, kind, action)
                batches += [Batch(chunk, submit, _receipt) for chunk in _chunks(tasks, self._rows)]
        by_id = {task.delivery.delivery_id: task for task in todo}
        for receipt in run_jobs(self._client, self.patience, batches):
            task = by_id[receipt.delivery_id]
            known = task.found is not None and receipt.outcome == "applied"
            yield self._with_email(task, receipt.landed) if known else receipt

    def _row(self, task: Todo) -> Wire:
        """Give the fields of a job's row; the e-mail of a known user goes another way."""
        operation = task.delivery.operation
        by_name = {slot.name: slot for slot in self.slots(operation.entity_type)}
        row: Wire = {}
        for name in _in_job(task):
            change = next(change for change in operation.changes if change.slot == name)
            for field, said in by_name[name].wire(change.value).items():
                place, _, own = field.rpartition(".")
                if place:
                    row.setdefault(place, {})[own] = said
                else:
                    row[field] = said
        if task.found is None:
            # No mail may go to a customer because the hub writes.
            more = {"skip_verify_email": True} if operation.entity_type == PERSON else {}
            return row | {"external_id": str(operation.customer_id)} | more
        if self._write_key and not task.found.handle:
            row["external_id"] = str(operation.customer_id)
        return row | {"id": int(task.found.source_id)}

    def _submit(self, kind: str, action: str, todo: Sequence[Todo]) -> httpx.Response:
        """Hand rows over as a job; raises BatchRefusal where all are refused."""
        answer = self._client.request(
            "PUT" if action == "update_many" else "POST",
            f"api/v2/{kind}/{action}.json",
            json={kind: [self._row(task) for task in todo]},
            idempotent=action == "update_many",
        )
        if answer.status_code in (400, 422):
            raise BatchRefusal(_words(body_of(answer)))
        if answer.status_code != 200:
            raise self._unusable(answer, f"{action} of {kind}")
        return answer

    def _with_email(self, task: Todo, landed: tuple[str, ...]) -> Receipt:
        """Write a known user's changed e-mail, if there is one, and give the receipt of the whole."""
        number = task.delivery.delivery_id
        user = task.found.source_id if task.found else ""
        if "email" not in task.left:
            return Receipt(number, "applied", user, landed)
        change = next(change for change in task.delivery.operation.changes if change.slot == "email")
        address = as_email("email")(change.value)["email"]
        path = f"api/v2/users/{user}/identities"
        try:
            known = self._client.request("GET", f"{path}.json")
            listed = body_of(known).get("identities") or []
            item = next((i for i in listed if i["type"] == "email" and i["value"].lower() == address), None)
            if item is None:
                new = {"identity": {"type": "email", "value": address, "skip_verify_email": True}}
                made = self._client.request("POST", f"{path}.json", json=new, idempotent=False)
                if made.status_code != 201:
                    return Receipt(number, "rejected", user, landed, _words(body_of(made)))
                item = made.json()["identity"]
            done = self._client.request("PUT", f"{path}/{item['id']}/make_primary.json")
        except LostAnswerError as error:
            return Receipt(number, "unknown", user, landed, error.message)
        if done.status_code != 200:
            return Receipt(number, "rejected", user, landed, _words(body_of(done)))
        return Receipt(number, "applied", user, (*landed, "email"))

    def _unusable(self, answer: httpx.Response, doing: str) -> SettingsError:
        return SettingsError(
            f"'{self._client.system}' answered {answer.status_code} on {doing}.",
            hint="Check the address, and that the token's user is an admin and bulk import is open for the account.",
        )


def connect(
    system: str, url: str, user: str, token: str, patience: Patience, *, write_key: bool, batch: int, own: OwnFields
) -> Zendesk:
    """Make the destination; nothing is sent yet."""
    name = user if user.endswith("/token") else f"{user}/token"
    client = Client(system, url.rstrip("/").removesuffix("/api/v2"), patience, auth=(name, token))
    return Zendesk(client, patience, write_key=write_key, batch=batch, own=own)


def _in_job(task: Todo) -> tuple[str, ...]:
    """Name the slots that go into a job: all of a new record, all but the e-mail of a known user."""
    return tuple(name for name in task.left if task.found is None or name != "email")


def _receipt(task: Todo, result: Mapping[str, Any]) -> Receipt:
    number = task.delivery.delivery_id
    if result.get("success"):
        return Receipt(number, "applied", str(result["id"]), _in_job(task))
    reason = f"{result.get('error', '')}: {result.get('details', '')}".strip(": ")
    if result.get("error") == "RecordNotFound":
        return Receipt(number, "moved", reason=reason)
    if task.found is None and "external_id" in reason.lower():
        # The customer's own id is taken: an earlier try has landed after all.
        return Receipt(number, "unknown", reason=reason)
    return Receipt(number, "rejected", reason=reason or "refused without a word")


def _chunks(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _words(body: Mapping[str, Any]) -> str:
    """Give Zendesk's own words on a refusal."""
    details = body.get("details") or {}
    told = [item.get("description", "") for items in details.values() for item in items] if details else []
    said = [str(body.get("error", "")), str(body.get("description", "")), *told]
    return "; ".join(dict.fromkeys(filter(None, said))) or "refused without a word"
