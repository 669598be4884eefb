"""Sending what the ledger holds: claim, read, write what is left, settle. No HTTP inside a transaction.

A process may die at any point. What it was sending becomes unknown, and what is unknown is looked up in the system
before anything is sent again; what a system holds already is never sent twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine

from destinations import ledger
from destinations.assessment import Assessment, assess
from destinations.client import LostAnswerError, Patience
from destinations.operations import Applied, Delivery, Found, Operation, Outcome, Receipt, Todo
from destinations.slots import Slot
from hub.config import Owner
from hub.db import transaction
from hub.errors import HubError, RetryableError
from hub.records import EntityType, RecordKey

OnReceipts = Callable[[Connection, Sequence[Applied]], None]
"""What to do in the transaction that settles a batch: remember told values, tie created records."""

OwnerOf = Callable[[str], Owner]
"""Gives the owner of an attribute: who settles a conflict over it."""

_LOST_IN_A_ROW = 3


class Destination(Protocol):
    """A system that is written to. One file a system; registry.py lists them."""

    patience: Patience
    batch_size: int
    knows_its_creates: bool
    """Whether a create that comes a second time, by the hub's key, makes no second record."""

    def slots(self, entity_type: EntityType) -> Sequence[Slot]:
        """Give the places of a record of this type, in a fixed order."""

    def object_of(self, entity_type: EntityType) -> str:
        """Name the object that holds records of this type, as its source record keys do."""

    def read(self, deliveries: Sequence[Delivery]) -> Mapping[int, Found]:
        """Find the records of the deliveries, by their number or (creates) by the hub's key; absent: not there."""

    def write(self, todo: Sequence[Todo]) -> Iterator[Receipt]:
        """Send each delivery's open slots and give the receipts as they come.

        A delivery whose request got no answer has the receipt unknown. A passing fault of the whole system is raised
        after that; deliveries without a receipt count as not sent.
        """

    def close(self) -> None:
        """Close the connections."""


@dataclass
class DeliveryReport:
    """What a run sent: deliveries tried, and by outcome. `stopped` says why it ended before all was tried.

    `kept`: deliveries in which a field stays that was changed in the system, for the system has the last word on it.
    `parked`: deliveries tried in vain too often, which wait for a person from now on.
    """

    sent: int = 0
    applied: int = 0
    rejected: int = 0
    unknown: int = 0
    retried: int = 0
    kept: int = 0
    parked: int = 0
    stopped: str = ""

    def count(self, receipts: Sequence[Receipt], settled: Mapping[int, str]) -> None:
        """Add the outcomes of a batch, and which of its deliveries the ledger gave up on."""
        for receipt in receipts:
            self.sent += 1
            self.applied += receipt.outcome == "applied"
            self.rejected += receipt.outcome == "rejected"
            self.unknown += receipt.outcome == "unknown"
            self.retried += receipt.outcome in ("retry", "busy", "moved")
            self.kept += bool(receipt.kept)
            self.parked += settled.get(receipt.delivery_id) == "rejected" != receipt.outcome

    def take(self, looked_up: DeliveryReport) -> None:
        """Count deliveries whose lost answer was looked up by what was found, in place of `unknown`."""
        self.applied += looked_up.applied
        self.retried += looked_up.retried
        self.parked += looked_up.parked
        self.unknown -= looked_up.sent
        self.stopped = looked_up.stopped


def deliver(
    engine: Engine,
    name: str,
    destination: Destination,
    *,
    on_receipts: OnReceipts,
    owner_of: OwnerOf = lambda _: "hub",
    progress: Callable[[DeliveryReport], None] | None = None,
) -> DeliveryReport:
    """Send everything that is due for the destination `name`; `owner_of` gives the owner of an attribute there.

    The caller holds the destination's lock and has called `ledger.recover`. A passing fault that lasts ends the run
    with what was not sent still planned; a wrong setting is raised after the batch is settled.
    """
    report = DeliveryReport()
    patience = destination.patience
    lost_in_a_row = 0
    while lost_in_a_row < _LOST_IN_A_ROW:
        with transaction(engine) as conn:
            batch = ledger.claim(conn, name, destination.batch_size, patience.clock())
        if not batch:
            break
        receipts, fault = _send(destination, batch, owner_of)
        report.count(receipts, _settle(engine, batch, receipts, on_receipts, patience.clock()))
        if progress is not None:
            progress(report)
        if isinstance(fault, RetryableError) and not isinstance(fault, LostAnswerError):
            report.stopped = str(fault)
        elif fault is not None and not isinstance(fault, RetryableError):
            raise fault
        elif any(receipt.outcome == "unknown" for receipt in receipts):
            if fault is not None:
                # What timed out here may still be under way there; looking at once would not see it land.
                patience.sleep(patience.settling)
            report.take(settle_unknown(engine, name, destination, on_receipts=on_receipts))
        elif fault is not None:
            report.stopped = str(fault)
        if report.stopped:
            break
        lost_in_a_row = 0 if any(receipt.landed for receipt in receipts) else lost_in_a_row + 1
    return report


def settle_unknown(engine: Engine, name: str, destination: Destination, *, on_receipts: OnReceipts) -> DeliveryReport:
    """Look up each delivery whose answer was lost: applied if the system holds its values, else planned again.

    Called before planning, so that a newer version can take the place of one that had not landed. What can't be
    looked up now stays unknown.
    """
    report = DeliveryReport()
    after = 0
    while True:
        with transaction(engine) as conn:
            batch = ledger.unknown(conn, name, after, destination.batch_size)
        if not batch:
            return report
        after = batch[-1].delivery_id
        try:
            found = destination.read(batch)
        except RetryableError as fault:
            report.unknown += len(batch)
            report.stopped = str(fault)
            return report
        receipts = [_look_up(destination, entry, found.get(entry.delivery_id)) for entry in batch]
        report.count(receipts, _settle(engine, batch, receipts, on_receipts, destination.patience.clock()))


def _send(
    destination: Destination, batch: Sequence[Delivery], owner_of: OwnerOf
) -> tuple[list[Receipt], HubError | None]:
    """Read, compare and write one batch; gives a receipt for each of its deliveries, and the fault that ended it."""
    receipts: dict[int, Receipt] = {}
    seen: dict[int, Assessment] = {}
    operations = {entry.delivery_id: entry.operation for entry in batch}
    fault: HubError | None = None
    try:
        found = destination.read(batch)
        todo = []
        for entry in batch:
            record = found.get(entry.delivery_id)
            if record is not None:
                seen[entry.delivery_id] = assess(
                    entry.operation, record, destination.slots(entry.operation.entity_type), owner_of
                )
            step = _decide(entry, record, seen.get(entry.delivery_id))
            if isinstance(step, Receipt):
                receipts[entry.delivery_id] = step
            else:
                todo.append(step)
        for receipt in destination.write(todo):
            operation = operations[receipt.delivery_id]
            receipts[receipt.delivery_id] = _with_seen(operation, receipt, seen.get(receipt.delivery_id))
    except HubError as error:
        fault = error
    reason = fault.message if fault else "The system gave no answer for this record."
    wait = fault.retry_after if isinstance(fault, RetryableError) else None
    for entry in batch:
        if entry.delivery_id not in receipts:
            receipts[entry.delivery_id] = Receipt(entry.delivery_id, "retry", reason=reason, retry_after=wait)
    return list(receipts.values()), fault


def _decide(entry: Delivery, record: Found | None, seen: Assessment | None) -> Receipt | Todo:
    """Tell from the record as found what is left to do for a claimed delivery."""
    operation = entry.operation
    if record is None or seen is None:
        if operation.action == "update":
            return Receipt(entry.delivery_id, "moved", reason="The record is not in the system any more.")
        return Todo(entry, tuple(change.slot for change in operation.changes), None)
    if seen.left and operation.action == "update":
        return Todo(entry, seen.left, record)
    outcome: Outcome = "moved" if seen.left or seen.moved else "applied"
    return _with_seen(operation, Receipt(entry.delivery_id, outcome, record.source_id), seen)


def _look_up(destination: Destination, entry: Delivery, record: Found | None) -> Receipt:
    """Settle a delivery with a lost answer by the record as found."""
    if record is None:
        return Receipt(entry.delivery_id, "retry", reason="An answer was lost; it had not landed.", retry_after=0)
    seen = assess(entry.operation, record, destination.slots(entry.operation.entity_type))
    complete = not seen.left and not seen.moved
    if complete or entry.operation.action == "create":
        outcome: Outcome = "applied" if complete else "moved"
        return _with_seen(entry.operation, Receipt(entry.delivery_id, outcome, record.source_id), seen)
    return Receipt(
        entry.delivery_id, "retry", record.source_id, seen.landed, "An answer was lost; it had not all landed.", 0
    )


def _with_seen(operation: Operation, receipt: Receipt, seen: Assessment | None) -> Receipt:
    """Add to a receipt what had landed before, and turn it to moved where someone else had changed a slot."""
    if seen is None:
        return receipt
    landed = (*seen.landed, *(slot for slot in receipt.landed if slot not in seen.landed))
    if seen.moved and receipt.outcome in ("applied", "moved"):
        return replace(receipt, outcome="moved", landed=landed, reason=_unread(operation, seen.moved), kept=seen.kept)
    if seen.kept and receipt.outcome == "applied":
        reason = f"Changed in the system, which has the last word on it: {', '.join(seen.kept)}."
        return replace(receipt, landed=landed, reason=reason, kept=seen.kept)
    return replace(receipt, landed=landed)


def _unread(operation: Operation, slots: Sequence[str]) -> str:
    """Say what to do about fields that hold what the hub has not read from them."""
    where = operation.target.system
    names = ", ".join(dict.fromkeys(c.attribute for c in operation.changes if c.slot in slots))
    return (
        f"{where} holds something in {', '.join(slots)} that the hub has not read from there as {names}: it was changed"
        " just now, or is none (a web address in place of an e-mail, say). The next sync reads it again. If that does"
        f" not settle it, correct or empty the field in {where}, or let {where} keep it"
        f" (destinations.{operation.destination}.owners in hub.yaml), then: hub parked --retry"
    )


def _settle(
    engine: Engine,
    batch: Sequence[Delivery],
    receipts: Sequence[Receipt],
    on_receipts: OnReceipts,
    now: datetime,
) -> dict[int, str]:
    operations = {entry.delivery_id: entry.operation for entry in batch}
    with transaction(engine) as conn:
        settled = ledger.settle(conn, receipts, now)
        taken = [
            _applied(operations[receipt.delivery_id], receipt)
            for receipt in receipts
            if receipt.delivery_id in settled and receipt.landed
        ]
        if taken:
            on_receipts(conn, taken)
    return settled


def _applied(operation: Operation, receipt: Receipt) -> Applied:
    source_id = receipt.source_id or operation.target.source_id
    if source_id is None:  # a system's file must name what it created
        raise ValueError("a landed delivery has no record number")
    return Applied(
        destination=operation.destination,
        customer_id=operation.customer_id,
        version=operation.version,
        record=RecordKey(operation.target.system, operation.target.object, source_id),
        created=operation.action == "create",
        written=operation.written(receipt.landed),
        anchor_record_id=operation.anchor_record_id,
    )
