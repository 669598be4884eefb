"""One feature row -> the row that is compared: `identity.prepared` for a single record, without a query.

Invariant: for any features, model and junk it gives the very values that `prepared.prepare` gives; a test holds the
two together. Ten queries a look-up would cost more than all the rest of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from identity.comparisons import custom_column
from identity.model import CONTACT_KINDS, Model

Row = dict[str, Any]
Values = set[tuple[str, str]]

_TEXTS = ("given_name", "given_root", "middle_name", "family_name", "birth_date", "gender", "organisation_name")
_LEAST_WORD_WEIGHT = 0.1


def counted_columns(model: Model) -> list[str]:
    """Give the columns whose values' frequencies the model looks at, in order."""
    return sorted({level.tf for c in model.comparisons() for level in c.levels if level.tf})


def values_to_look_up(
    features: Iterable[Mapping[str, Any]], model: Model, columns: Sequence[str]
) -> tuple[Values, Values]:
    """Give what must be known to compare these features: (column, value) of frequencies, (kind, value) of junk.

    `columns` are the model's counted ones.
    """
    frequencies: Values = set()
    contacts: Values = set()
    for feature in features:
        plain = _plain(feature, model)
        frequencies |= {(column, plain[column]) for column in columns if plain.get(column) is not None}
        frequencies |= {("word", word) for word in _words(feature)}
        contacts |= {(kind, value) for kind, column in CONTACT_KINDS.items() for value in _contacts(feature, column)}
    return frequencies, contacts


def compared_row(
    record_id: int,
    feature: Mapping[str, Any],
    model: Model,
    columns: Sequence[str],
    frequencies: Mapping[tuple[str, str], float],
    junk: Values,
) -> Row:
    """Make the row of one record, with the frequency of each of its counted values beside it (`tf_<column>`).

    `columns` are the model's counted ones; `frequencies` and `junk` have what the frozen model says of
    `values_to_look_up`, and may lack a value.
    """
    row = {"record_id": record_id, **_plain(feature, model)}
    for kind, column in CONTACT_KINDS.items():
        row[column] = [v for v in _contacts(feature, column) if (kind, v) not in junk] or None
    for column in ("streets", "postcodes", "cities"):
        row[column] = list(feature[column] or ()) or None
    floor = model.floors.get("word", 1.0)
    words: list[Row] = [
        {"word": word, "weight": max(-math.log(frequencies.get(("word", word), floor)), _LEAST_WORD_WEIGHT)}
        for word in _words(feature)
    ]
    row["words"] = words or None
    # One by one, as DuckDB adds: Python's own sum is more exact from 3.12 on.
    row["words_weight"] = reduce(add, (word["weight"] for word in words)) if words else None
    emails, identifiers = row["emails"], row["identifiers"]
    names = ["@" if row[name] is None else row[name] for name in ("family_name", "given_name")]
    row["mailboxes"] = None if emails is None else [box for box in map(_local, emails) if _own(box, names)]
    row["identifier_kinds"] = None if identifiers is None else sorted({i.split(":", 1)[0] for i in identifiers})
    for column in columns:
        row[f"tf_{column}"] = _frequency(column, row.get(column), model, frequencies)
    return row


def _plain(feature: Mapping[str, Any], model: Model) -> Row:
    """Give the columns that are single texts."""
    extra = feature["extra"] or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    cities: Sequence[str] = feature["cities"] or ()
    row = {column: feature[column] for column in _TEXTS}
    row |= {custom_column(name): extra.get(name) for name, _ in model.extra}
    return row | {"city": cities[0] if len(cities) == 1 else None}


def _contacts(feature: Mapping[str, Any], column: str) -> list[str]:
    values = feature[column] or ()
    # The key of a phone is its last nine digits (`identity.keys`): with or without country code, one line.
    return list(dict.fromkeys(value[-9:] for value in values)) if column == "phones" else list(values)


def _words(feature: Mapping[str, Any]) -> list[str]:
    name = feature["organisation_name"]
    return sorted(set(name.split(" "))) if name is not None else []


def _local(email: str) -> str:
    return email.partition("@")[0]


def _own(mailbox: str, names: Sequence[str]) -> bool:
    return len(mailbox) > 3 and not any(name in mailbox for name in names)


def _frequency(
    column: str, value: str | None, model: Model, frequencies: Mapping[tuple[str, str], float]
) -> float | None:
    """A value that the frozen table lacks is rare: it gets the floor of its column, if that has one."""
    return None if value is None else frequencies.get((column, value), model.floors.get(column))
