"""Customers as a destination shall see them: the golden record beside what the system holds of it now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection

from destinations import ledger
from destinations.operations import Subject
from golden_record import effective_consents, read
from golden_record.read import GoldenRecord
from hub.config import DestinationConfig
from hub.records import Attributes, RecordKey, Value
from identity import crosswalk
from identity.crosswalk import Member
from identity.placeholders import is_placeholder_email, is_placeholder_number

GoldenReader = Callable[[Connection, Sequence[UUID]], list[GoldenRecord]]
"""Gives golden records by ids, as they are or as they would be."""


def subjects(
    conn: Connection,
    customers: Sequence[UUID],
    name: str,
    settings: DestinationConfig,
    *,
    golden: GoldenReader = read.customers,
) -> Iterator[Subject]:
    """Give the destination `name` a subject for each customer that has a golden record now, in the order of ids.

    The record written to is the system's oldest of this customer (the lowest record id); further ones are named, so
    that a value which the system allows once is not written where another record has it.
    """
    records = {record.customer_id: record for record in golden(conn, customers)}
    wanted = [i for i, record in records.items() if record.entity_type in settings.entity_types]
    written = ledger.written(conn, name, wanted)
    allowed = effective_consents.of(conn, wanted) if settings.rests_on_consent else {}
    for customer_id, group in groupby(crosswalk.members(conn, wanted), key=lambda member: member.customer_id):
        subject = _subject(records[customer_id], list(group), settings.system, written)
        yield replace(subject, consents=tuple(allowed.get(customer_id, ())))


def _subject(
    record: GoldenRecord, members: Sequence[Member], system: str, written: Mapping[RecordKey, frozenset[str]]
) -> Subject:
    there = [member for member in members if member.key.system == system]
    target = there[0] if there else None
    changed_at = {member.key: member.modified_at for member in members if member.modified_at is not None}
    won = {name: origins.won[0] for name, origins in record.origins.items() if origins.won}
    return Subject(
        customer_id=record.customer_id,
        version=record.version,
        entity_type=record.entity_type,
        golden=_worth_telling(record.attributes),
        target=target.key if target else None,
        current=target.current if target else {},
        anchor_record_id=members[0].record_id,
        other_records=tuple(member.key for member in there[1:]),
        origins={name: f"{'/'.join(origin.record)} by {origin.rule}" for name, origin in won.items()},
        told=target.told if target else {},
        evidence=target.attributes if target else {},
        written=written.get(target.key, frozenset()) if target else frozenset(),
        changed_at=target.modified_at if target else None,
        golden_at={name: changed_at[origin.record] for name, origin in won.items() if origin.record in changed_at},
    )


def _worth_telling(golden: Attributes) -> Attributes:
    """Leave out what stands for "none": a system that lacks an e-mail is not helped by noemail@noemail.com."""
    told = {name: [value for value in values if not _says_nothing(name, value)] for name, values in golden.items()}
    return {name: values for name, values in told.items() if values}


def _says_nothing(name: str, value: Value) -> bool:
    if not isinstance(value.standard, str):
        return False
    if name == "email":
        return is_placeholder_email(value.standard)
    return name == "phone" and is_placeholder_number(value.standard)
