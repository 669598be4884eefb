"""The columns of a row as delivered: keys of it, or paths of keys with dots into its nested data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.feed import Columns
from sources.page import Row

_NOTHING = frozenset(("", "#N/A", "\\N", "NULL"))  # what spreadsheets and database exports write for no value


def listed(columns: Columns | None) -> list[str]:
    """Give one column, several or none as a list."""
    return [] if columns is None else [columns] if isinstance(columns, str) else list(columns)


def texts(row: Row, column: str) -> list[str]:
    """Give the values of a column as texts; "" where there is none. One value unless a list lies on the way."""
    value = row.get(column)
    if type(value) is str:  # by far the most frequent
        value = value.strip()
        return ["" if value in _NOTHING else value]
    if value is not None or column in row:
        return [_text(one) for one in _spread(value)]
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


def storable(value: str) -> str:
    """Replace what PostgreSQL can't hold: NUL and half surrogate pairs."""
    if "\x00" in value:
        value = value.replace("\x00", "\ufffd")
    return value if value.isascii() else value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
