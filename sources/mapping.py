"""Mapping: from a row as delivered to a source record, as hub.yaml or the kind of system declares. Pure.

Where a column has several values, because its path leads through a list, so has the attribute; the parts of an address
or number are taken in step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hub.attributes import ATTRIBUTES, Attribute
from hub.config import (
    AddressColumns,
    Config,
    FieldMapping,
    IdentifierColumns,
    ObjectConfig,
    TypeByColumn,
    TypeWhenPresent,
)
from hub.errors import RejectedError
from hub.feed import Column, Feed
from hub.records import EntityType, Part, RecordKey, SourceRecord
from sources.columns import listed, storable, text, texts
from sources.contact_states import contact_states
from sources.declared import ISO_COUNTRY
from sources.page import Row
from sources.standardise import standardise
from sources.times import read_time

KEY_LIMIT = 500  # characters; a longer key is a sign of a wrong column, and no index holds it
KEY_SEPARATOR = "|"  # between the parts of a key of several columns
_NAMES = ("given_name", "family_name", "full_name", "organisation_name")
_CONTACTS = ("email", "phone", "address", "identifier", "website")

Reader = Callable[[Row], list[Part]]


class RefusedRowError(RejectedError):
    """A row that makes no source record; `code` names the reason, `field` where it lies."""

    def __init__(self, code: str, reason: str, field: str | None = None) -> None:
        super().__init__(reason, field=field)
        self.code = code


class Keyed:
    """What records and activities have in common: a row's key, and whether it says that it is deleted."""

    def __init__(self, system: str, name: str, entry: Feed) -> None:
        self._system = system
        self._object = name
        self._id = listed(entry.id)
        self._system_column = entry.system_column
        self._deleted = entry.deleted

    def key(self, row: Row) -> RecordKey:
        """Name the record of a row. Raises RefusedRowError where its key is missing or no key."""
        parts = [text(row, column) for column in self._id]
        if not all(parts) or not parts:
            raise RefusedRowError("missing_key", "The row has no key.", "|".join(self._id))
        source_id = storable(KEY_SEPARATOR.join(parts))
        if len(source_id) > KEY_LIMIT:
            raise RefusedRowError("key_too_long", f"The key is longer than {KEY_LIMIT} characters.", "|".join(self._id))
        # A row that names no system is one of the system that the file itself is.
        named = storable(text(row, self._system_column)) if self._system_column else ""
        system = named or self._system
        return RecordKey(system[:KEY_LIMIT], self._object, source_id)

    def is_deleted(self, row: Row) -> bool:
        """Tell whether the row itself says that it is deleted."""
        rule = self._deleted
        if rule is None:
            return False
        return text(row, rule.column).casefold() in {value.casefold() for value in rule.values}


class Mapper(Keyed):
    """The mapping of one object of one system."""

    def __init__(self, config: Config, system: str, name: str, entry: ObjectConfig) -> None:
        super().__init__(system, name, entry)
        self._entry = entry
        self._country = entry.country or config.systems[system].country
        self._custom = {k: v for k, v in config.vocabulary().items() if k not in ATTRIBUTES}
        vocabulary = config.vocabulary()
        self._readers = [(name, _reader(spec, vocabulary[name])) for name, spec in entry.fields.items()]
        self._usable = {*_NAMES, *_CONTACTS, *self._custom}
        self._formats = {
            field: spec.format for field, spec in entry.fields.items() if isinstance(spec, Column) and spec.format
        }
        modified = entry.modified_at
        self._modified = listed(modified.column if isinstance(modified, Column) else modified)
        self._modified_format = modified.format if isinstance(modified, Column) else None

    def record(self, row: Row) -> SourceRecord:
        """Make the source record of a row. Raises RefusedRowError where there is none in it."""
        key = self.key(row)
        entity_type = self._entity_type(row)
        values = {name: parts for name, reader in self._readers if (parts := reader(row))}
        attributes = standardise(
            values, entity_type=entity_type, country=self._country, custom=self._custom, formats=self._formats
        )
        if not attributes.keys() & self._usable:
            raise RefusedRowError("nothing_usable", "The row has no name and no way to reach anyone.")
        if states := list(contact_states(self._entry.contact_points, row, attributes, self._entry.timezone)):
            attributes["contact_state"] = states
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
                    if any(text(row, column) for column in listed(columns)):
                        return entity_type
                return rule.default
            case None:
                raise RefusedRowError("unknown_entity_type", "Nothing says which entity type the row is.")
            case entity_type:
                return entity_type


def _reader(spec: FieldMapping, attribute: Attribute) -> Reader:
    """Make of a field's declaration a function that reads its values from a row."""
    match spec:
        case AddressColumns():
            parts = {part: columns for part in type(spec).model_fields if (columns := listed(getattr(spec, part)))}
            return lambda row: list(_in_step(row, parts))
        case IdentifierColumns():
            return lambda row: list(_identifiers(row, spec))
        case [first, *_] if not isinstance(first, str):
            readers = [_reader(one, attribute) for one in spec if not isinstance(one, str)]
            return lambda row: [part for reader in readers for part in reader(row)]
        case Column():
            return _plain_reader(listed(spec.column), attribute)
        case _:
            return _plain_reader([one for one in listed(spec) if isinstance(one, str)], attribute)  # type: ignore[arg-type]  # columns alone are left; mypy doesn't see it


def _plain_reader(columns: list[str], attribute: Attribute) -> Reader:
    def read(row: Row) -> list[Part]:
        found: list[Part] = [storable(value) for column in columns for value in texts(row, column) if value]
        if attribute.multi or len(found) < 2:
            return found
        return [" ".join(str(value) for value in found)] if attribute.kind in ("text", "date") else found[:1]

    return read


def _in_step(row: Row, parts: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """Give one value for each place in the columns' lists, of the parts that are filled there."""
    found = {part: [texts(row, column) for column in columns] for part, columns in parts.items()}
    for place in range(max((len(values) for lists in found.values() for values in lists), default=0)):
        value = {}
        for part, lists in found.items():
            told = " ".join(values[place] for values in lists if place < len(values) and values[place])
            if told:
                value[part] = storable(told)
        if value:
            yield value


def _identifiers(row: Row, spec: IdentifierColumns) -> Iterator[dict[str, str]]:
    constant = bool(spec.country and ISO_COUNTRY.fullmatch(spec.country) and spec.country not in row)
    columns = {"value": [spec.value]}
    if spec.country and not constant:
        columns["country"] = [spec.country]
    for value in _in_step(row, columns):
        if "value" in value:
            yield {"kind": spec.kind, **value, **({"country": spec.country} if constant and spec.country else {})}
