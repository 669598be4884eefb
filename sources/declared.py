"""What a declared mapping names: its columns, and a fingerprint of all that decides how rows become records."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hub.config import (
    AddressColumns,
    Config,
    FieldMapping,
    IdentifierColumns,
    ObjectConfig,
    TypeByColumn,
    TypeWhenPresent,
)
from hub.feed import ActivityConfig, ByColumn, Column, ConsentConfig, ContactColumns, Feed, FlagColumn, StatusByColumn
from hub.records import canonical_json
from sources.columns import listed

MAPPING_VERSION = 1  # raised when this module or the standard forms change, so that all rows are taken in anew
ISO_COUNTRY = re.compile(r"[A-Z]{2}")
ISO_CURRENCY = re.compile(r"[A-Z]{3}")


def key_columns(entry: Feed) -> list[str]:
    """Give the columns that tell one row from another: the system column, where there is one, and the id."""
    return [*listed(entry.system_column), *listed(entry.id)]


def mapped_columns(entry: Feed) -> list[str]:
    """Give all columns that a mapping names, each once, in the order of hub.yaml."""
    named: list[str] = key_columns(entry)
    match entry:
        case ObjectConfig():
            named += _type_columns(entry)
            named += [column for columns in entry.contact_points.values() for column in _contact_columns(columns)]
            specs: list[FieldMapping | None] = [entry.modified_at, *entry.fields.values()]
        case ActivityConfig():
            named += _activity_columns(entry)
            specs = [entry.modified_at, entry.at]
        case ConsentConfig():
            named += _consent_columns(entry)
            specs = [entry.modified_at, entry.at, entry.valid_to]
        case _:
            specs = [entry.modified_at]
    for spec in specs:
        named.extend(_named(spec))
    if entry.deleted:
        named.append(entry.deleted.column)
    return list(dict.fromkeys(named))


def _contact_columns(columns: ContactColumns) -> Iterator[str]:
    for said in (getattr(columns, name) for name in type(columns).model_fields):
        if said is not None:
            yield said.column if isinstance(said, FlagColumn) else said


def _type_columns(entry: ObjectConfig) -> list[str]:
    match entry.entity_type:
        case TypeByColumn() as rule:
            return [rule.column]
        case TypeWhenPresent() as present:
            return [column for columns in present.when_present.values() for column in listed(columns)]
        case _:
            return []


def _activity_columns(entry: ActivityConfig) -> list[str]:
    named = [*listed(entry.record.id), *listed(entry.record.email)] if entry.record else []
    named += [word.column for word in (entry.kind, entry.status) if isinstance(word, ByColumn)]
    constant = entry.currency is not None and ISO_CURRENCY.fullmatch(entry.currency)
    plain = (
        entry.title,
        entry.amount,
        None if constant else entry.currency,
        entry.status if isinstance(entry.status, str) else None,
    )
    return [*named, *(column for column in plain if column), *entry.attributes.values()]


def _consent_columns(entry: ConsentConfig) -> list[str]:
    named = [*listed(entry.record.id), *listed(entry.record.email)] if entry.record else []
    words = (entry.purpose, entry.channel, entry.status)
    named += [word.column for word in words if isinstance(word, ByColumn | StatusByColumn)]
    point = (entry.contact_point.email, entry.contact_point.phone) if entry.contact_point else ()
    plain = (*point, entry.legal_basis, entry.how, entry.wording, entry.wording_version)
    return [*named, *(column for column in plain if column), *entry.attributes.values()]


def _named(spec: FieldMapping | None) -> Iterator[str]:
    match spec:
        case None:
            return
        case str():
            yield spec
        case list():
            for one in spec:
                yield from _named(one)
        case Column():
            yield from listed(spec.column)
        case AddressColumns():
            for part in type(spec).model_fields:
                yield from listed(getattr(spec, part))
        case IdentifierColumns():
            yield spec.value
            if spec.country and not ISO_COUNTRY.fullmatch(spec.country):
                yield spec.country


def fingerprint(config: Config, system: str, objects: Mapping[str, Feed]) -> str:
    """Digest everything that decides how a system's rows become records."""
    told = {
        "version": MAPPING_VERSION,
        "country": config.systems[system].country,
        "attributes": {name: entry.model_dump(mode="json") for name, entry in config.attributes.items()},
        "objects": {name: _deciding(entry) for name, entry in objects.items()},
    }
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def _deciding(entry: Feed) -> dict[str, Any]:
    reading = {"path", "sheet", "encoding", "delimiter", "table", "query", "delivery"}
    return entry.model_dump(mode="json", exclude=reading)
