"""The systems under the contract suite: the sandbox's records as their destinations meet them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from destinations import ledger
from destinations.client import Patience
from destinations.delivery import DeliveryReport, Destination, deliver, settle_unknown
from destinations.operations import Applied, Subject
from destinations.plan import plan
from destinations.registry import connect
from hub.config import Config
from hub.db import transaction
from hub.records import Attributes, EntityType, RecordKey
from tests.destinations.factories import attributes
from tests.sandbox import HUBSPOT_TOKEN, SAP_AUTH, ZENDESK_AUTH, SandboxProcess


@dataclass
class Clock:
    """Time that passes only by being slept through."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def patience(self) -> Patience:
        return Patience(timeout=5, sleep=self.sleep, clock=lambda: self.now)


@dataclass(frozen=True)
class Kind:
    """What a test must know of a system to look at it from outside."""

    kind: str
    sandbox: str
    object: str
    organisations: str
    update: dict[str, str]
    create: dict[str, str]
    name: Callable[[dict[str, Any]], str]
    current: Callable[[dict[str, Any]], Attributes]
    changed: frozenset[str]
    settings: Callable[[str], dict[str, Any]]


def _sap_person(body: dict[str, Any]) -> Attributes:
    return attributes(given_name=body["FirstName"], family_name=body["LastName"])


KINDS = {
    kind.kind: kind
    for kind in (
        Kind(
            "sap_s4hana",
            "sap",
            "A_BusinessPartner",
            "A_BusinessPartner",
            {"method": "PATCH", "match": r"A_BusinessPartner\("},
            {"method": "POST", "match": "A_BusinessPartner$"},
            lambda body: str(body.get("LastName") or body.get("OrganizationBPName1")),
            _sap_person,
            frozenset({"LastName", "_v", "LastChangeDate", "LastChangeTime", "LastChangedByUser"}),
            lambda url: {"url": url, "user": SAP_AUTH[0], "password": SAP_AUTH[1], "country": "DE"},
        ),
        Kind(
            "hubspot",
            "hubspot",
            "contacts",
            "companies",
            {"match": "contacts/batch/update"},
            {"match": "contacts/batch/upsert"},
            lambda body: str(body.get("lastname") or body.get("name")),
            lambda body: attributes(given_name=body["firstname"], family_name=body["lastname"]),
            frozenset({"lastname"}),
            lambda url: {"url": f"{url}/hubspot", "token": HUBSPOT_TOKEN},
        ),
        Kind(
            "zendesk",
            "zendesk",
            "users",
            "organizations",
            {"match": "users/update_many"},
            {"match": "users/create_many"},
            lambda body: str(body["name"]).rpartition(" ")[2],
            lambda body: attributes(full_name=body["name"]),
            frozenset({"name"}),
            lambda url: {"url": f"{url}/zendesk", "user": ZENDESK_AUTH[0], "token": ZENDESK_AUTH[1]},
        ),
    )
}


@dataclass
class Existing:
    """A record that a system holds already."""

    source_id: str
    body: dict[str, Any]


class System:
    """One system of the sandbox as a destination named `dest`."""

    def __init__(self, kind: Kind, sandbox: SandboxProcess) -> None:
        self.kind = kind
        self.sandbox = sandbox
        self._unused = [
            Existing(row["id"], row["body"])
            for row in sandbox.dump(kind.sandbox)[kind.object]
            if row["body"].get("FirstName") or row["body"].get("firstname") or row["body"].get("name")
            if row["body"].get("LastName") or row["body"].get("lastname") or row["body"].get("name")
        ]

    def config(self, **destination: Any) -> Config:
        declared = {"system": "there", "purpose": "serving customers", "legal_basis": "contract", **destination}
        system = {"kind": self.kind.kind, **self.kind.settings(self.sandbox.url)}
        return Config.model_validate({"systems": {"there": system}, "destinations": {"dest": declared}})

    @contextmanager
    def open(self, clock: Clock, **destination: Any) -> Iterator[Destination]:
        with connect(self.config(**destination), "dest", clock.patience()) as opened:
            yield opened

    def take(self, number: int) -> list[Existing]:
        """Give records that no other test has touched."""
        taken, self._unused = self._unused[:number], self._unused[number:]
        assert len(taken) == number, "the sandbox is too small for the suite"
        return taken

    def pick(self, wanted: Callable[[dict[str, Any]], Any]) -> Existing:
        """Give a record, untouched as yet, whose body is as wanted."""
        found = next(record for record in self._unused if wanted(record.body))
        self._unused.remove(found)
        return found

    def bodies(self, object_name: str | None = None) -> dict[str, dict[str, Any]]:
        rows = self.sandbox.dump(self.kind.sandbox)[object_name or self.kind.object]
        return {row["id"]: row["body"] for row in rows}

    def names(self) -> list[str]:
        return [self.kind.name(body) for body in self.bodies().values()]

    def update(self, record: Existing, name: str, version: int = 1, **more: Any) -> Subject:
        """A customer whose family name in the system is to become `name`."""
        current = self.kind.current(record.body)
        given = current.get("given_name", attributes(given_name="Testa")["given_name"])
        golden = {"given_name": given, **attributes(family_name=name), **more.pop("golden", {})}
        key = RecordKey("there", self.kind.object, record.source_id)
        current |= more.pop("current", {})
        return Subject(_customer(name), version, "person", golden, key, current, 1, **more)

    def new(self, name: str, version: int = 1, entity_type: EntityType = "person", **golden: Any) -> Subject:
        """A customer that the system doesn't have."""
        said = {"given_name": "Testa", "family_name": name} if entity_type == "person" else {"organisation_name": name}
        return Subject(_customer(name), version, entity_type, attributes(**said) | attributes(**golden), None, {}, 1)


def _customer(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, name)


def fresh_name() -> str:
    """A name that stands nowhere else in the sandbox."""
    return f"Zz{uuid.uuid4().hex[:12]}"


@dataclass
class Hub:
    """The hub's side of one destination: its database, and what it was told has landed."""

    engine: Engine
    system: System
    clock: Clock = field(default_factory=Clock)
    taken: list[Applied] = field(default_factory=list)

    def remember(self, conn: Connection, applied: Sequence[Applied]) -> None:
        self.taken.extend(applied)

    def plan(self, subjects: Sequence[Subject], **destination: Any) -> int:
        """Plan as the publishing flow does; gives the entries that wait."""
        config = self.system.config(**destination)
        with self.system.open(self.clock, **destination) as opened, transaction(self.engine) as conn:
            operations = plan(subjects, config.destinations["dest"], opened, "dest")
            return ledger.store_plan(conn, "dest", [s.customer_id for s in subjects], operations).planned

    def run(self, **destination: Any) -> DeliveryReport:
        """Do what a publishing run does around its plan: recover, look up, send."""
        with self.system.open(self.clock, **destination) as opened:
            with transaction(self.engine) as conn:
                ledger.recover(conn, "dest")
            settle_unknown(self.engine, "dest", opened, on_receipts=self.remember)
            owner_of = self.system.config(**destination).destinations["dest"].owner_of
            return deliver(self.engine, "dest", opened, on_receipts=self.remember, owner_of=owner_of)

    def publish(self, *subjects: Subject, **destination: Any) -> DeliveryReport:
        """Plan and send."""
        self.plan(subjects, **destination)
        return self.run(**destination)
