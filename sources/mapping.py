"""Mapping: from a row as delivered to a source record, as hub.yaml or the kind of system declares. Pure.

A column is a key of the row, or a path of keys with dots into nested data; where a path leads through a list, the
column has several values, and the parts of an address or number are taken in step.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hub.attributes import ATTRIBUTES
from hub.config import (
    AddressColumns,
    Column,
    Columns,
    Config,
    FieldMapping,
    IdentifierColumns,
    ObjectConfig,
    TypeByColumn,
    TypeWhenPresent,
)
from hub.errors import RejectedError
from hub.records import EntityType, Part, RecordKey, SourceRecord, canonical_json
from sources.page import Row
from sources.standardise import standardise
from sources.times import read_time

MAPPING_VERSION = 1  # raised when this module or the standard forms change, so that all rows are taken in anew

KEY_LIMIT = 500  # characters; a longer key is a sign of a wrong column, and no index holds it
KEY_SEPARATOR = "|"  # between the parts of a key of several columns
_ISO_COUNTRY = re.compile(r"[A-Z]{2}")
_NOTHING = frozenset(("", "#N/A", "\\N", "NULL"))
_NAMES = ("given_name", "family_name", "full_name", "organisation_name")
_CONTACTS = ("email", "phone", "address", "identifier", "website")


class RefusedRowError(RejectedError):
    """A row that makes no source record; `code` names the reason, `field` where it lies."""

    def __init__(self, code: str, reason: str, field: str | None = None) -> None:
        super().__init__(reason, field=field)
        self.code = code


class Mapper:
    """The mapping of one object of one system."""

    def __init__(self, config: Config, system: str, name: str, entry: ObjectConfig) -> None:
        self._system = system
        self._object = name
        self._entry = entry
        self._country = entry.country or config.systems[system].country
        self._custom = {k: v for k, v in config.vocabulary().items() if k not in ATTRIBUTES}
        self._vocabulary = config.vocabulary()
        self._id = _listed(entry.id)
        self._formats = {
            field: spec.format for field, spec in entry.fields.items() if isinstance(spec, Column) and spec.format
        }
        modified = entry.modified_at
        self._modified = _listed(modified.column if isinstance(modified, Column) else modified)
        self._modified_format = modified.format if isinstance(modified, Column) else None

    def key(self, row: Row) -> RecordKey:
        """Name the record of a row. Raises RefusedRowError where its key is missing or no key."""
        parts = [text(row, column) for column in self._id]
        if not all(parts) or not parts:
            raise RefusedRowError("missing_key", "The row has no key.", "|".join(self._id))
        source_id = _storable(KEY_SEPARATOR.join(parts))
        if len(source_id) > KEY_LIMIT:
            raise RefusedRowError("key_too_long", f"The key is longer than {KEY_LIMIT} characters.", "|".join(self._id))
        system = self._system
        if self._entry.system_column:
            system = _storable(text(row, self._entry.system_column))
            if not system:
                raise RefusedRowError("missing_system", "The row names no system.", self._entry.system_column)
        return RecordKey(system[:KEY_LIMIT], self._object, source_id)

    def is_deleted(self, row: Row) -> bool:
        """Tell whether the row itself says that it is deleted."""
        rule = self._entry.deleted
        if rule is None:
            return False
        return text(row, rule.column).casefold() in {value.casefold() for value in rule.values}

    def record(self, row: Row) -> SourceRecord:
        """Make the source record of a row. Raises RefusedRowError where there is none in it."""
        key = self.key(row)
        entity_type = self._entity_type(row)
        values = {name: parts for name, spec in self._entry.fields.items() if (parts := self._parts(row, name, spec))}
        attributes = standardise(
            values, entity_type=entity_type, country=self._country, custom=self._custom, formats=self._formats
        )
        if not attributes.keys() & {*_NAMES, *_CONTACTS, *self._custom}:
            raise RefusedRowError("nothing_usable", "The row has no name and no way to reach anyone.")
        stamp = next((value for column in self._modified if (value := text(row, column))), "")
        return SourceRecord(key, entity_type, attributes, read_time(stamp, self._modified_format, self._entry.timezone))

    def _entity_type(self, row: Row) -> EntityType:
        match self._entry.entity_type:
            case TypeByColumn() as rule:
                said = text(row, rule.column).casefold()
                known = {value.casefold(): entity_type for value, entity_type in rule.values.items()}
                found = known.get(said, rule.default)
                if found is None:
                    raise RefusedRowError("unknown_entity_type", "The entity type is not a known one.", rule.column)
                return found
            case TypeWhenPresent() as rule:
                for entity_type, columns in rule.when_present.items():
                    if any(text(row, column) for column in _listed(columns)):
                        return entity_type
                return rule.default
            case None:
                raise RefusedRowError("unknown_entity_type", "Nothing says which entity type the row is.")
            case entity_type:
                return entity_type

    def _parts(self, row: Row, name: str, spec: FieldMapping) -> list[Part]:
        if isinstance(spec, list) and spec and not isinstance(spec[0], str):
            return [part for one in spec for part in self._parts(row, name, one)]
        if isinstance(spec, AddressColumns):
            return list(_in_step(row, {part: _listed(getattr(spec, part)) for part in type(spec).model_fields}))
        if isinstance(spec, IdentifierColumns):
            return list(_identifiers(row, spec))
        columns = _listed(spec.column if isinstance(spec, Column) else spec)  # type: ignore[arg-type]
        found: list[Part] = [_storable(value) for column in columns for value in texts(row, column) if value]
        attribute = self._vocabulary[name]
        if attribute.multi or len(found) < 2:
            return found
        return [" ".join(str(value) for value in found)] if attribute.kind in ("text", "date") else found[:1]


def _listed(columns: Columns | None) -> list[str]:
    return [] if columns is None else [columns] if isinstance(columns, str) else list(columns)


def _in_step(row: Row, parts: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """Give one value for each place in the columns' lists, of the parts that are filled there."""
    found = {part: [texts(row, column) for column in columns] for part, columns in parts.items() if columns}
    for place in range(max((len(values) for lists in found.values() for values in lists), default=0)):
        value = {}
        for part, lists in found.items():
            told = " ".join(values[place] for values in lists if place < len(values) and values[place])
            if told:
                value[part] = _storable(told)
        if value:
            yield value


def _identifiers(row: Row, spec: IdentifierColumns) -> Iterator[dict[str, str]]:
    country = [spec.country] if spec.country else []
    constant = bool(spec.country and _ISO_COUNTRY.fullmatch(spec.country) and spec.country not in row)
    for value in _in_step(row, {"value": [spec.value], "country": [] if constant else country}):
        if "value" in value:
            yield {"kind": spec.kind, **value, **({"country": spec.country} if constant and spec.country else {})}


def texts(row: Row, column: str) -> list[str]:
    """Give the values of a column as texts; "" where there is none. One value unless a list lies on the way."""
    if column in row:
        return [_text(value) for value in _spread(row[column])]
    if "." not in column:
        return []
    here: list[Any] = [row]
    for step in column.split("."):
        here = [
            found for value in here for found in (_spread(value.get(step)) if isinstance(value, Mapping) else [None])
        ]
    return [_text(value) for value in here]


def text(row: Row, column: str) -> str:
    """Give the first value of a column as text."""
    return next((value for value in texts(row, column) if value), "")


def _spread(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    match value:
        case None | dict():
            return ""
        case str():
            cleaned = value.strip()
            return "" if cleaned in _NOTHING else cleaned
        case bool():
            return str(value).lower()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def _storable(value: str) -> str:
    """Replace what PostgreSQL can't hold: NUL and half surrogate pairs."""
    if "\x00" in value:
        value = value.replace("\x00", "\ufffd")
    return value if value.isascii() else value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def key_columns(entry: ObjectConfig) -> list[str]:
    """Give the columns that tell one row from another: the system column, where there is one, and the id."""
    return [*_listed(entry.system_column), *_listed(entry.id)]


def mapped_columns(entry: ObjectConfig) -> list[str]:
    """Give all columns that a mapping names, each once, in the order of hub.yaml."""
    named: list[str] = key_columns(entry)
    match entry.entity_type:
        case TypeByColumn() as rule:
            named.append(rule.column)
        case TypeWhenPresent() as present:
            named.extend(column for columns in present.when_present.values() for column in _listed(columns))
    for spec in (entry.modified_at, *entry.fields.values()):
        named.extend(_named(spec))
    if entry.deleted:
        named.append(entry.deleted.column)
    return list(dict.fromkeys(named))


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
            yield from _listed(spec.column)
        case AddressColumns():
            for part in type(spec).model_fields:
                yield from _listed(getattr(spec, part))
        case IdentifierColumns():
            yield spec.value
            if spec.country and not _ISO_COUNTRY.fullmatch(spec.country):
                yield spec.country


def fingerprint(config: Config, system: str, objects: Mapping[str, ObjectConfig]) -> str:
    """Digest everything that decides how a system's rows become records."""
    told = {
        "version": MAPPING_VERSION,
        "country": config.systems[system].country,
        "attributes": {name: entry.model_dump(mode="json") for name, entry in config.attributes.items()},
        "objects": {name: _deciding(entry) for name, entry in objects.items()},
    }
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def _deciding(entry: ObjectConfig) -> dict[str, Any]:
    reading = {"path", "sheet", "encoding", "delimiter", "table", "query", "delivery"}
    return entry.model_dump(mode="json", exclude=reading)
