"""Columns that no attribute of the hub takes: attributes of your own, or left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from hub.attributes import ATTRIBUTES
from sources.propose import shapes
from sources.propose.assign import Assigned
from sources.standardise.text import comparable

Match = Literal["none", "exact", "fuzzy"]


@dataclass(frozen=True)
class Custom:
    """An attribute of one's own: name, kind, how it is matched, its column and the reason."""

    name: str
    kind: Literal["text", "date", "number", "boolean"]
    match: Match
    column: str
    reason: str


def attribute_name(header: str, taken: set[str]) -> str:
    """Make a name that hub.yaml takes from a header; numbered where another column has it already."""
    slug = re.sub(r"[^a-z0-9]+", "_", comparable(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))).strip("_")[:32]
    slug = slug if slug[:1].isalpha() else f"column_{slug}".rstrip("_")
    name, number = slug, 1
    while name in taken or name in ATTRIBUTES:
        number += 1
        name = f"{slug}_{number}"
    return name


def decide(one: Assigned, taken: set[str]) -> Custom | str:
    """Give the attribute that a column makes, or why it is left out."""
    column = one.column
    if not column.filled:
        return "it is empty"
    if column.nested:
        return "it holds nested data"
    if one.role in ("@created", "@modified", "@deleted", "@system", "@nothing"):
        return {"@created": "when the row was made says nothing of the customer"}.get(
            one.role, "another column serves for it" if one.role != "@nothing" else "a part without its whole"
        )
    if len(column.counts) == 1:
        return "all its rows say the same"
    if column.fill < 0.01:
        return f"only {column.filled} of {len(column.texts)} rows fill it"
    amounts = shapes.share(column, shapes.is_number) > 0.9 and one.role != "@id"
    if column.variety == 1.0 and column.fill > 0.99 and shapes.share(column, _is_code) > 0.9 and not amounts:
        return "each row has another: a second key"
    if one.reason.startswith("its values don't fit") and column.fill < 0.2:
        return one.reason
    longest = sum(len(text) for text in column.look) / len(column.look)
    if longest > 80:
        return "long free text"
    kind, match, reason = _kind(one)
    return Custom(attribute_name(column.name, taken), kind, match, column.name, reason)


def _is_code(text: str) -> bool:
    """Tell a text that can be someone's number: no amount, no sentence."""
    amount = shapes.is_number(text) and (not text.isdigit() or len(text) < 6)
    return " " not in text and any(map(str.isdigit, text)) and "@" not in text and not amount


def _kind(one: Assigned) -> tuple[Literal["text", "date", "number", "boolean"], Match, str]:
    column = one.column
    distinct, variety = len(column.counts), column.variety
    if one.role == "birth_date.year":
        return "text", "exact", "the year of birth, as far as the file tells it"
    if distinct <= 4 and shapes.share(column, shapes.is_boolean) == 1.0:
        return "boolean", "none", "yes or no: too common to tell customers apart"
    if shapes.share(column, lambda text: shapes.is_date(text) or shapes.is_time(text)) >= 0.8:
        return "date", "none", "days that are no birth dates"
    few = distinct <= 20 or distinct <= 0.02 * column.filled
    if few:
        return "text", "none", f"{distinct} different values: too few to tell customers apart"
    if shapes.share(column, _is_code) >= 0.8:
        # Amounts and counts have many lengths; numbers that were given out have few.
        lengths = {len(text) for text in column.look}
        if len(lengths) <= 3 and min(lengths) >= 5 and column.fill >= 0.2 and variety >= 0.05:
            return (
                "text",
                "exact",
                f"{distinct} different codes in {column.filled} rows: equal ones speak for one customer",
            )
        if any(map(str.isalpha, "".join(column.look))):
            return "text", "none", "codes that say little of who it is"
    if shapes.share(column, shapes.is_number) >= 0.8:
        return "number", "none", "numbers that say little of who it is"
    if (
        column.fill >= 0.2
        and variety >= 0.1
        and (one.sure == 0.0 or one.role == "@own")
        and shapes.share(column, lambda text: any(map(str.isalpha, text))) >= 0.8
    ):
        return "text", "fuzzy", f"{distinct} different texts in {column.filled} rows: like ones speak for one customer"
    return "text", "none", "kept, but not compared"
