"""A record to search for, made from raw values as a row of a source is: the way in of search before create."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.attributes import ATTRIBUTES, PARTS
from hub.config import Config
from hub.errors import RejectedError
from hub.records import ENTITY_TYPES, EntityType, Part, RecordKey, SourceRecord
from hub.section import did_you_mean
from sources.columns import storable
from sources.standardise import standardise


def unsaved_record(
    config: Config, values: Mapping[str, Any], entity_type: str, country: str | None = None
) -> SourceRecord:
    """Make the source record of raw values: attribute -> a text, named parts (address, identifier), or a list of them.

    `country` (a code or a name) is that of phones and addresses that name none. Raises RejectedError for a type, an
    attribute or a part that there is not, and where nothing is left to search by.
    """
    if entity_type not in ENTITY_TYPES:
        raise RejectedError(
            f"'{entity_type}' is no entity type.", hint=f"It is one of: {', '.join(ENTITY_TYPES)}", field="type"
        )
    kind: EntityType = "person" if entity_type == "person" else "organisation"
    vocabulary = config.vocabulary()
    known = [name for name, a in vocabulary.items() if not a.derived and kind in a.entity_types]
    raw: dict[str, list[Part]] = {}
    for name, given in values.items():
        if name not in known:
            raise RejectedError(
                f"There is no attribute '{name}' of type {kind}{did_you_mean(name, known)}",
                hint=f"There are: {', '.join(known)}",
                field=name,
            )
        parts = given if isinstance(given, list) else [given]
        found = [_part(name, vocabulary[name].kind, part) for part in parts if part is not None]
        if found:
            raw[name] = found
    custom = {name: attribute for name, attribute in vocabulary.items() if name not in ATTRIBUTES}
    attributes = standardise(raw, entity_type=kind, country=country, custom=custom)
    if not attributes:
        raise RejectedError("There is nothing to search by.", hint="Give a name, a contact point or a number.")
    return SourceRecord(RecordKey("", "", ""), kind, attributes)


def _part(name: str, kind: str, given: Any) -> Part:
    """Take one value as it was given: a text, a number as its text, or the parts of an address or identifier."""
    allowed = PARTS.get(kind)
    if isinstance(given, Mapping) and allowed:
        for part, text in given.items():
            if part not in allowed or not (text is None or isinstance(text, str | int)):
                raise RejectedError(
                    f"'{part}' does not fit into '{name}'.",
                    hint=f"Its parts are texts: {', '.join(allowed)}",
                    field=name,
                )
        return {str(part): storable(str(text).strip()) for part, text in given.items() if text is not None}
    if isinstance(given, bool | Mapping | list) or not isinstance(given, str | int | float):
        raise RejectedError(
            f"The value of '{name}' has no use here.", hint="Give texts, or a list of texts.", field=name
        )
    return storable(str(given).strip())
