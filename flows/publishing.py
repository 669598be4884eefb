"""Publishing: golden records and crosswalk on one side, the ledger of a destination on the other.

The plan and the cursor behind it are one transaction; sending holds none. What a system took is remembered as told
in the transaction that settles its receipt, so that its echo is known when it comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from destinations import conflicts as kept_conflicts
from destinations import cursors, delivery, ledger
from destinations.consent_gate import Withheld
from destinations.operations import Applied, Operation
from destinations.owners import Conflict
from destinations.plan import plan
from destinations.registry import connect, shape_of
from flows.report import DestinationReport
from flows.subjects import subjects
from golden_record import consent_due, outbox
from hub.db import master_lock, only_one, snapshot, transaction
from hub.errors import RetryableError
from hub.records import RecordKey, canonical_json
from hub.session import Hub
from identity import echoes, links

Progress = Callable[[str], None]

_CHUNK = 10_000


def settle_lost(hub: Hub, name: str, progress: Progress) -> None:
    """Find out what became of writes whose answer was lost; opens no connection where there are none.

    Raises RetryableError where the system can't be asked now.
    """
    with only_one(hub.engine, f"publish to {name}"):
        with transaction(hub.engine) as conn:
            died = ledger.recover(conn, name) > 0
            if not ledger.unknown(conn, name, 0, 1):
                return
        progress(f"{name}: looking up what an earlier run was sending")
        with connect(hub.config, name) as destination:
            if died and not destination.knows_its_creates:
                # The system may still be at work on a create; looked up too early, it would be sent a second time.
                destination.patience.sleep(destination.patience.settling)
            looked_up = delivery.settle_unknown(hub.engine, name, destination, on_receipts=_remember)
        if looked_up.stopped:
            raise RetryableError(
                f"What an earlier run was sending to {name} can't be looked up now: {looked_up.stopped}",
                hint="Run again later; until then nothing is sent there or read from there.",
            )


def publish(hub: Hub, name: str, progress: Progress) -> DestinationReport:
    """Plan what differs at the destination and send everything that is due.

    Raises HubError where the plan would write more than the destination's limit, and RetryableError where writes with
    a lost answer can't be looked up; nothing is sent then.
    """
    report = DestinationReport()
    settle_lost(hub, name, progress)
    if hub.config.destinations[name].rests_on_consent:
        _hear_consents(hub)
    with only_one(hub.engine, f"publish to {name}"):
        with connect(hub.config, name) as destination:
            with transaction(hub.engine) as conn:
                _plan(conn, hub, name, report)
            if report.planned:
                progress(f"{name}: {report.planned:,} writes planned")
            owner_of = hub.config.destinations[name].owner_of
            sent = delivery.deliver(hub.engine, name, destination, on_receipts=_remember, owner_of=owner_of)
        report.sent, report.applied, report.rejected = sent.sent, sent.applied, sent.rejected + sent.parked
        report.unknown, report.error = sent.unknown, sent.stopped
        report.kept += sent.kept
        with snapshot(hub.engine) as conn:
            report.waiting, report.waiting_long = ledger.waiting(conn, name), ledger.waiting_long(conn, name)
    return report


def _hear_consents(hub: Hub) -> None:
    """Have every customer looked at again whose consents changed, or ran out, since the last time."""
    with transaction(hub.engine) as conn:
        consent_due.tick(conn)
        if consent_due.any_due(conn):
            master_lock(conn)
            consent_due.announce(conn)


def preview(hub: Hub, name: str) -> list[dict[str, Any]]:
    """Give the writes that publishing would add to the ledger now, and the fields that it would leave as they are.

    A field is left (action `keep`) where it was changed in the system, and the system has the last word on it, and
    not sent (`withhold`) where the consent for it is missing.
    """
    settings = hub.config.destinations[name]
    conflicts: list[Conflict] = []
    withheld: list[Withheld] = []
    with snapshot(hub.engine) as conn:
        customers, _ = _due(conn, hub, name)
        if settings.rests_on_consent:
            customers = list(dict.fromkeys([*customers, *consent_due.noted(conn)]))
        found = _subjects(conn, hub, name, customers)
        operations = plan(found, settings, shape_of(hub.config, name), name, conflicts.append, withheld.append)
    overwritten = {(c.record, c.slot) for c in conflicts if c.stands == "hub"}
    kept = [_kept(conflict) for conflict in conflicts if conflict.stands == "system"]
    return [*(_described(operation, overwritten) for operation in operations), *kept, *map(_withheld, withheld)]


def _plan(conn: Connection, hub: Hub, name: str, report: DestinationReport) -> None:
    """Plan all customers that changed since the cursor, and move it. One transaction, so nothing is skipped."""
    settings = hub.config.destinations[name]
    customers, seq = _due(conn, hub, name)
    conflicts: list[Conflict] = []
    withheld: list[Withheld] = []
    found = _subjects(conn, hub, name, customers)
    operations = plan(found, settings, shape_of(hub.config, name), name, conflicts.append, withheld.append)
    stored = ledger.store_plan(conn, name, customers, operations)
    kept_conflicts.store(conn, name, customers, conflicts)
    cursors.advance(conn, name, seq, grounds(hub, name))
    report.withheld = len({entry.customer_id for entry in withheld})
    report.planned = stored.planned
    report.overwritten = sum(conflict.stands == "hub" for conflict in conflicts)
    report.kept = len(conflicts) - report.overwritten


def grounds(hub: Hub, name: str) -> str:
    """Digest on what grounds a destination is written to."""
    settings = hub.config.destinations[name]
    said = {attribute: settings.ground_of(attribute).model_dump() for attribute in ("", *settings.grounds)}
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


def _due(conn: Connection, hub: Hub, name: str) -> tuple[list[UUID], int]:
    """Give the customers to look at, each once, and the cursor behind them; all, where the grounds have changed."""
    seq = cursors.cursor(conn, name, grounds(hub, name))
    customers = dict.fromkeys(ledger.to_replan(conn, name))
    while changes := outbox.after(conn, seq, _CHUNK):
        customers.update(dict.fromkeys(change.customer_id for change in changes))
        seq = changes[-1].seq
    return list(customers), seq


def _subjects(conn: Connection, hub: Hub, name: str, customers: Sequence[UUID]) -> Iterator[Any]:
    settings = hub.config.destinations[name]
    for start in range(0, len(customers), _CHUNK):
        yield from subjects(conn, customers[start : start + _CHUNK], name, settings)


def _remember(conn: Connection, applied: Sequence[Applied]) -> None:
    """Keep what a system was told, and tie the records that were created there to their customers."""
    for entry in applied:
        if entry.created:
            links.record_created(conn, entry.record, anchor_record_id=entry.anchor_record_id)
    at = echoes.now(conn)
    told = [
        echoes.Told(entry.record, attribute, values, at)
        for entry in applied
        for attribute, values in entry.written.items()
    ]
    echoes.record_told(conn, told)


def _described(operation: Operation, overwritten: Collection[tuple[RecordKey, str]]) -> dict[str, Any]:
    target = operation.target
    record = RecordKey(target.system, target.object, target.source_id or "")
    return {
        "action": operation.action,
        "customer_id": str(operation.customer_id),
        "version": operation.version,
        "target": target.source_id,
        "fields": sorted({change.slot for change in operation.changes}),
        "reasons": {change.slot: change.reason for change in operation.changes},
        "conflicts": sorted({change.slot for change in operation.changes if (record, change.slot) in overwritten}),
    }


def _withheld(entry: Withheld) -> dict[str, Any]:
    return {
        "action": "withhold",
        "customer_id": str(entry.customer_id),
        "version": entry.version,
        "target": entry.record.source_id if entry.record else None,
        "fields": [entry.field],
        "reasons": {entry.field: entry.reason},
        "conflicts": [],
    }


def _kept(conflict: Conflict) -> dict[str, Any]:
    return {
        "action": "keep",
        "customer_id": str(conflict.customer_id),
        "version": conflict.version,
        "target": conflict.record.source_id,
        "fields": [conflict.slot],
        "reasons": {conflict.slot: conflict.reason},
        "conflicts": [conflict.slot],
    }
