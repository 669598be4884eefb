"""SAP S/4HANA business partners: one entity a request, each under the ETag it was read with.

E-mail and telephone hang under the partner's standard address. A new partner is one deep insert that carries the
customer's id as an identification of type HUBID; a POST is not idempotent, so that number is looked up before any
create. No write is repeated blindly: after a lost answer the partner is read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from destinations.client import LostAnswerError, Patience
from destinations.operations import Delivery, Found, Receipt, Todo
from destinations.own_fields import OwnFields, with_own
from destinations.sap_fields import (
    PLACES,
    REGISTRATION_TYPE,
    Place,
    completed,
    default_of,
    partner_number,
    slots,
    standard_address,
)
from destinations.sap_session import SapRefusal, Session, entity, literal
from destinations.slots import PERSON, Slot, Wire
from hub.records import ENTITY_TYPES, EntityType

KEY_TYPE = "HUBID"
OBJECT = "A_BusinessPartner"
# A key takes some forty characters of the address, and addresses end at a few thousand.
MOST_KEYS = 40

_ADDRESS = "to_BusinessPartnerAddress"
_EXPAND = ",".join(
    (
        f"{_ADDRESS}/to_AddressUsage",
        f"{_ADDRESS}/to_EmailAddress",
        f"{_ADDRESS}/to_PhoneNumber",
        "to_BusinessPartnerTax",
        "to_BuPaIdentification",
    )
)
_BELOW: dict[Place, tuple[str, str, str]] = {
    "email": ("A_AddressEmailAddress", "to_EmailAddress", "IsDefaultEmailAddress"),
    "phone": ("A_AddressPhoneNumber", "to_PhoneNumber", "IsDefaultPhoneNumber"),
}


@dataclass(frozen=True)
class Partner:
    """A partner as read: itself, and the parts of it that a delivery may change (None: it has none)."""

    row: Mapping[str, Any]
    parts: Mapping[Place, Mapping[str, Any] | None]
    has_key: bool


class SapS4Hana:
    """An SAP S/4HANA system as a destination."""

    knows_its_creates = False  # several partners may carry one identification number

    def __init__(
        self,
        session: Session,
        patience: Patience,
        *,
        country: str | None,
        write_key: bool,
        batch: int,
        own: OwnFields,
    ) -> None:
        self.patience = patience
        self._slots = {
            entity_type: with_own(slots(entity_type), own.get(entity_type, ())) for entity_type in ENTITY_TYPES
        }
        self.batch_size = min(batch, MOST_KEYS)
        self._session = session
        self._country = country
        self._write_key = write_key

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def slots(self, entity_type: EntityType) -> Sequence[Slot]:
        """Give the fields that the hub writes."""
        return self._slots[entity_type]

    def object_of(self, entity_type: EntityType) -> str:
        """Persons and organisations are both business partners."""
        return OBJECT

    def read(self, deliveries: Sequence[Delivery]) -> dict[int, Found]:
        """Read the partners by their number, those to be created by the hub's key."""
        numbers: dict[int, str] = {
            d.delivery_id: d.operation.target.source_id for d in deliveries if d.operation.target.source_id
        }
        creates = {str(d.operation.customer_id): d.delivery_id for d in deliveries if d.delivery_id not in numbers}
        if creates:
            condition = " or ".join(f"BPIdentificationNumber eq {literal(key)}" for key in creates)
            rows = self._session.rows(
                "A_BuPaIdentification", {"$filter": f"BPIdentificationType eq '{KEY_TYPE}' and ({condition})"}
            )
            for row in rows:
                # Several partners can carry one number; the lowest is the one that was made first.
                number = creates[row["BPIdentificationNumber"]]
                numbers[number] = min(
                    numbers.get(number) or row["BusinessPartner"], row["BusinessPartner"], key=partner_number
                )
        if not numbers:
            return {}
        condition = " or ".join(f"BusinessPartner eq {literal(key)}" for key in sorted(set(numbers.values())))
        rows = self._session.rows(OBJECT, {"$filter": condition, "$expand": _EXPAND})
        by_number = {partner_number(row["BusinessPartner"]): row for row in rows}
        return {
            d.delivery_id: self._found(d, by_number[partner_number(partner_id)])
            for d in deliveries
            if (partner_id := numbers.get(d.delivery_id)) and partner_number(partner_id) in by_number
        }

    def _found(self, delivery: Delivery, row: Mapping[str, Any]) -> Found:
        address = standard_address(row)
        parts: dict[Place, Mapping[str, Any] | None] = {"partner": row, "address": address, "tax": None}
        keys = (row.get("to_BuPaIdentification") or {}).get("results", [])
        parts["identification"] = next((key for key in keys if key["BPIdentificationType"] == REGISTRATION_TYPE), None)
        for place, (_, navigation, default) in _BELOW.items():
            parts[place] = default_of((address or {}).get(navigation), default)
        operation = delivery.operation
        by_name = {slot.name: slot for slot in self.slots(operation.entity_type)}
        fields = {}
        for change in operation.changes:
            if change.slot == "tax":
                kind = by_name["tax"].encode(change.value).get("BPTaxType")
                numbers = (row.get("to_BusinessPartnerTax") or {}).get("results", [])
                parts["tax"] = next((tax for tax in numbers if tax["BPTaxType"] == kind), None)
            place = PLACES.get(change.slot, "partner")
            fields[change.slot] = by_name[change.slot].cut(parts[place] or {})
        has_key = any(key["BPIdentificationType"] == KEY_TYPE for key in keys)
        return Found(row["BusinessPartner"], fields, Partner(row, parts, has_key))

    def write(self, todo: Sequence[Todo]) -> Iterator[Receipt]:
        """Write partner by partner. One that gets no answer is unknown; where SAP answered at all the next go on."""
        for task in todo:
            landed: list[str] = []
            number = task.delivery.delivery_id
            try:
                source_id = self._create(task, landed) if task.found is None else self._update(task, landed)
                yield Receipt(number, "applied", source_id, tuple(landed))
            except SapRefusal as refusal:
                known = task.found.source_id if task.found else None
                yield Receipt(number, refusal.outcome, known, tuple(landed), refusal.reason, refusal.retry_after)
            except LostAnswerError as error:
                yield Receipt(number, "unknown", None, (), error.message)
                if not error.failed:
                    raise

    def _wires(self, task: Todo) -> dict[Place, tuple[list[str], Wire]]:
        """Give what is left to write, by the entity it goes to: its slots and its fields."""
        by_name = {slot.name: slot for slot in self.slots(task.delivery.operation.entity_type)}
        wires: dict[Place, tuple[list[str], Wire]] = {}
        for change in task.delivery.operation.changes:
            if change.slot in task.left:
                place = PLACES.get(change.slot, "partner")
                names, wire = wires.setdefault(place, ([], {}))
                names.append(change.slot)
                wire.update(by_name[change.slot].wire(change.value))
        old = task.found.handle.row if task.found else {}
        return {place: (names, completed(place, wire, old)) for place, (names, wire) in wires.items()}

    def _create(self, task: Todo, landed: list[str]) -> str:
        operation = task.delivery.operation
        wires = self._wires(task)
        address = wires.get("address", ([], {}))[1]
        below: Wire = {
            navigation: [wires[place][1] | {default: True}]
            for place, (_, navigation, default) in _BELOW.items()
            if place in wires
        }
        if below and not address:
            address = self._bare_address()
        body: Wire = {
            "BusinessPartnerCategory": "1" if operation.entity_type == PERSON else "2",
            **wires["partner"][1],
            "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}],
            "to_BuPaIdentification": [_key(task), *([wires["identification"][1]] if "identification" in wires else [])],
        }
        if address:
            body[_ADDRESS] = [address | {"to_AddressUsage": [{"AddressUsage": "XXDEFAULT"}]} | below]
        if "tax" in wires:
            body["to_BusinessPartnerTax"] = [wires["tax"][1]]
        made = self._session.create(OBJECT, body)
        landed.extend(task.left)
        return str(made["BusinessPartner"])

    def _update(self, task: Todo, landed: list[str]) -> str:
        assert task.found is not None  # noqa: S101 - the caller has looked
        partner: Partner = task.found.handle
        key = str(partner.row["BusinessPartner"])
        wires = self._wires(task)
        address = partner.parts["address"]
        if "partner" in wires:
            names, wire = wires["partner"]
            self._session.patch(entity(OBJECT, BusinessPartner=key), wire, _etag(partner.row))
            landed.extend(names)
        if "address" in wires or (not address and wires.keys() & _BELOW.keys()):
            names, wire = wires.get("address") or ([], self._bare_address())
            address = self._put_address(key, address, wire)
            landed.extend(names)
        for place in _BELOW:
            if place in wires and address is not None:
                names, wire = wires[place]
                old = partner.parts[place]
                if any(wire.values()):
                    self._put_below(place, key, str(address["AddressID"]), old, wire)
                elif old is not None:
                    self._session.delete(_below(place, old), _etag(old))
                landed.extend(names)
        if "tax" in wires:
            names, wire = wires["tax"]
            self._put_tax(key, partner.parts["tax"], wire)
            landed.extend(names)
        if "identification" in wires:
            names, wire = wires["identification"]
            self._session.create(f"{entity(OBJECT, BusinessPartner=key)}/to_BuPaIdentification", wire)
            landed.extend(names)
        if self._write_key and not partner.has_key:
            self._session.create(f"{entity(OBJECT, BusinessPartner=key)}/to_BuPaIdentification", _key(task))
        return key

    def _put_address(self, key: str, old: Mapping[str, Any] | None, wire: Wire) -> Mapping[str, Any]:
        if old is None:
            new = wire | {"to_AddressUsage": [{"AddressUsage": "XXDEFAULT"}]}
            return self._session.create(f"{entity(OBJECT, BusinessPartner=key)}/{_ADDRESS}", new)
        path = entity("A_BusinessPartnerAddress", BusinessPartner=key, AddressID=str(old["AddressID"]))
        self._session.patch(path, wire, _etag(old))
        return old

    def _put_below(self, place: Place, key: str, address_id: str, old: Mapping[str, Any] | None, wire: Wire) -> None:
        _, navigation, default = _BELOW[place]
        if old is None:
            above = entity("A_BusinessPartnerAddress", BusinessPartner=key, AddressID=address_id)
            self._session.create(f"{above}/{navigation}", wire | {default: True})
            return
        self._session.patch(_below(place, old), wire, _etag(old))

    def _put_tax(self, key: str, old: Mapping[str, Any] | None, wire: Wire) -> None:
        if old is None:
            self._session.create(f"{entity(OBJECT, BusinessPartner=key)}/to_BusinessPartnerTax", wire)
            return
        path = entity("A_BusinessPartnerTaxNumber", BusinessPartner=key, BPTaxType=str(old["BPTaxType"]))
        self._session.patch(path, {"BPTaxNumber": wire["BPTaxNumber"]}, _etag(old))

    def _bare_address(self) -> Wire:
        """Give an address to hang an e-mail or telephone under, where nothing but the country is known."""
        if not self._country:
            raise SapRefusal(
                "rejected",
                "The partner has no address to keep an e-mail or telephone under, and the system no country.",
            )
        return {"Country": self._country}


def connect(
    system: str,
    url: str,
    user: str,
    password: str,
    patience: Patience,
    *,
    country: str | None,
    write_key: bool,
    batch: int,
    own: OwnFields,
) -> SapS4Hana:
    """Make the destination; nothing is sent yet."""
    session = Session(system, url, user, password, patience)
    return SapS4Hana(session, patience, country=country, write_key=write_key, batch=batch, own=own)


def _key(task: Todo) -> Wire:
    number = str(task.delivery.operation.customer_id)
    return {"BPIdentificationType": KEY_TYPE, "BPIdentificationNumber": number}


def _below(place: Place, old: Mapping[str, Any]) -> str:
    """Name an e-mail address or telephone that hangs under an address."""
    return entity(_BELOW[place][0], **{part: str(old[part]) for part in ("AddressID", "Person", "OrdinalNumber")})


def _etag(row: Mapping[str, Any]) -> str:
    return str(row["__metadata"]["etag"])
