"""Persons or organisations: which of the two a file's rows are, or how each row tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sources.propose import shapes
from sources.propose.assign import Assigned
from sources.propose.headers import words_of
from sources.standardise.kinds import boolean

_PERSONAL = ("given_name", "family_name", "full_name")
_PERSON_CODES, _FIRM_CODES = (
    "PIFN",
    "OBCJ",
)  # person, individual, física, natural; organisation, business, company, jurídica
_SOME = 0.01
"""Share of rows from which a kind of row is no accident."""


@dataclass(frozen=True)
class EntityRule:
    """The entity type as hub.yaml declares it, why, and the entity types that occur."""

    declared: Any
    reason: str
    occurring: tuple[str, ...]
    column: str = ""


def decide(found: list[Assigned]) -> EntityRule:
    """Decide from a type column, else from which names the file has and which rows fill them."""
    for one in sorted(found, key=lambda one: one.role != "@type"):
        if one.role in ("@type", "") and (rule := _by_column(one)):
            return rule
    people = [one for one in found if one.role in _PERSONAL]
    firms = [one for one in found if one.role == "organisation_name"]
    personal = [
        one for one in found if one.role in ("birth_date", "gender", "middle_name", "identifier.national", "title")
    ]
    if not firms:
        why = "it has columns of persons" if people or personal else "nothing in it says organisation"
        return EntityRule("person", why, ("person",))
    if not people:
        return EntityRule(
            "organisation",
            f"'{firms[0].column.name}' is a name of organisations, and no column of persons",
            ("organisation",),
        )
    if all(one.of_contact for one in people) and not personal:
        return EntityRule("organisation", "its persons are contacts of organisations", ("organisation",))
    return _by_filled(people, firms[0])


def _by_column(one: Assigned) -> EntityRule | None:
    """Read a column of types: words for both kinds, or a yes or no to "is it a company?"."""
    column = one.column
    if not 2 <= len(column.counts) <= 30:
        return None
    values = shapes.entity_types(column)
    words = words_of(column.name)
    asks = {"is", "flag", "company", "organization", "organisation", "business"}.intersection(words)
    if one.role == "@type" and asks and all(shapes.is_boolean(text) for text in column.counts):
        values = {text: "organisation" if boolean(text) == "true" else "person" for text in column.counts}
    if (
        one.role == "@type"
        and not values
        and {text.upper() for text in column.counts} <= {*_PERSON_CODES, *_FIRM_CODES}
    ):
        values = {text: "person" if text.upper() in _PERSON_CODES else "organisation" for text in column.counts}
    if set(values.values()) != {"person", "organisation"}:
        return None
    told = sum(column.counts[text] for text in values)
    if told < 0.5 * len(column.texts):
        return None
    weights: Counter[str] = Counter()
    for text, entity_type in values.items():
        weights[entity_type] += column.counts[text]
    declared: dict[str, Any] = {"column": column.name, "values": values}
    reason = f"'{column.name}' has words for persons and for organisations"
    if told < len(column.texts):
        declared["default"] = weights.most_common(1)[0][0]
        reason += f"; {len(column.texts) - told} rows say neither"
    return EntityRule(declared, reason, ("person", "organisation"), column.name)


def _by_filled(people: list[Assigned], firm: Assigned) -> EntityRule:
    """Decide where there are names of persons and of organisations: by which of them each row fills."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for row in zip(firm.column.texts, *(one.column.texts for one in people), strict=True):
        counts[bool(row[0]), any(row[1:])] += 1
    rows = counts.total() or 1
    only_firm, only_person, both = counts[True, False] / rows, counts[False, True] / rows, counts[True, True] / rows
    names = f"'{firm.column.name}'"
    if only_firm < _SOME:
        return EntityRule("person", f"every row with {names} names a person too: their employer", ("person",))
    if only_person < _SOME and only_firm >= 0.2:
        return EntityRule(
            "organisation", f"{only_firm:.0%} of rows have {names} alone; the persons are contacts", ("organisation",)
        )
    declared = {"when_present": {"person": [one.column.name for one in people]}, "default": "organisation"}
    reason = f"{only_person + both:.0%} of rows name a person, {only_firm:.0%} an organisation ({names}) alone"
    return EntityRule(declared, reason, ("person", "organisation"))
