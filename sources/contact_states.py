"""What a row says of its own contact points: verified by whom, undeliverable, valid since and until when. Pure.

It is kept with the record, as the derived attribute `contact_state`: so it changes, is dated and follows merges and
splits as the record does. Survivorship reads its comparable form, people its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from hub.feed import ContactColumns, FlagColumn
from hub.records import Attributes, Value, canonical_json
from sources.columns import storable, text
from sources.page import Row
from sources.times import read_time

_YES = frozenset({"true", "yes", "1", "y", "x", "t"})
_LIMIT = 200


def contact_states(
    declared: Mapping[Literal["email", "phone"], ContactColumns], row: Row, attributes: Attributes, timezone: str
) -> Iterator[Value]:
    """Give a value for each contact point in comparable form of which the row says anything."""
    for attribute, columns in declared.items():
        said = {
            name: word
            for name in ("verified_at", "verified_by", "since", "until")
            if (word := _word(row, getattr(columns, name), name, timezone))
        }
        if _flag(row, columns.verified):
            said["verified"] = "true"
        if _flag(row, columns.undeliverable):
            said["undeliverable"] = "true"
        state = "undeliverable" if "undeliverable" in said else "verified" if "verified" in said else "said"
        for value in attributes.get(attribute, []) if said else []:
            if isinstance(value.standard, str):
                point = {"attribute": attribute, "point": value.standard}
                yield Value({**point, **said}, f"{state}:{attribute}:{canonical_json(value.standard)}")


def _flag(row: Row, said: str | FlagColumn | None) -> bool:
    if isinstance(said, FlagColumn):
        return text(row, said.column).casefold() in {value.casefold() for value in said.values}
    return said is not None and text(row, said).casefold() in _YES


def _word(row: Row, column: str | None, name: str, timezone: str) -> str:
    told = storable(text(row, column))[:_LIMIT] if column else ""
    if name == "verified_by":
        return told
    moment = read_time(told, None, timezone)
    return moment.isoformat() if moment else ""
