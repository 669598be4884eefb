"""Which source record a row of a feed belongs to, and the words that stand in its columns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from hub.activity import Belonging
from hub.feed import ByColumn, RecordReference
from sources.columns import listed, storable, text
from sources.mapping import KEY_LIMIT, KEY_SEPARATOR, RefusedRowError
from sources.page import Row
from sources.standardise.emails import email

_Word = TypeVar("_Word", bound=str)


def belonging(reference: RecordReference | None, row: Row, system: str) -> Belonging:
    """Give the record that a row of `system` names. Raises RefusedRowError where it names none."""
    if reference is None:
        raise RefusedRowError("missing_record", "Nothing says which record the row belongs to.")
    where = reference.system or system
    if reference.email is not None:
        address = email(text(row, reference.email)[:KEY_LIMIT])
        if address is None:
            raise RefusedRowError("missing_record", "The row names no e-mail address.", reference.email)
        return Belonging(where, reference.object, email=storable(address))
    parts = [text(row, column) for column in listed(reference.id)]
    source_id = storable(KEY_SEPARATOR.join(parts))
    if not all(parts) or len(source_id) > KEY_LIMIT:
        raise RefusedRowError("missing_record", "The row names no record.", "|".join(listed(reference.id)))
    return Belonging(where, reference.object, source_id=source_id)


class Words(Generic[_Word]):
    """What the values of a column mean; `default` for all others."""

    def __init__(self, column: str, values: Mapping[str, _Word], default: _Word | None = None) -> None:
        self._column = column
        self._known = {value.casefold(): word for value, word in values.items()}
        self._default = default

    def of(self, row: Row) -> _Word | None:
        """Give the word for what the row says."""
        said = text(row, self._column).casefold() if self._column else ""
        return self._known.get(said, self._default)


def words(rule: object) -> Words[str]:
    """Give what a rule of hub.yaml says of a column; no word for anything where it names none."""
    return Words(rule.column, rule.values, rule.default) if isinstance(rule, ByColumn) else Words("", {})


def short(row: Row, column: str | None, limit: int) -> str | None:
    """Give a column's text, cut to `limit` characters; None where there is none."""
    return (storable(text(row, column))[:limit] or None) if column else None
