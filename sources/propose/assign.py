"""Assign: one role to each column, from its header where the values bear it out, else from the values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from sources.propose import shapes
from sources.propose.headers import Reading, read
from sources.propose.roles import fits, read_values
from sources.propose.sample import Sample, Sampled

_UNFIT = "its values don't fit its name"
_MANY = ("email", "phone", "phone.fax", "website", "identifier.", "address.", "family_name.", "organisation_name.more")


@dataclass(frozen=True)
class Assigned:
    """A column and its role, with the reason; role "" where none was found."""

    column: Sampled
    role: str
    reason: str
    sure: float = 0.0
    group: str = ""
    ordinal: int = 0
    of_contact: bool = False


def assign(sample: Sample) -> list[Assigned]:
    """Give each column its role, in the order of the file."""
    found: list[Assigned] = []
    for column in sample.columns:
        found.append(_assign_one(column, found[-1].role if found else ""))
    found = _settle_names(found)
    return _settle_rivals(found)


def _assign_one(column: Sampled, before: str) -> Assigned:
    readings = read(column.name)
    for reading in readings:
        if fits(reading, column):
            return _by_header(column, reading)
    if any(r.role == "title" for r in readings) and fits(Reading("job_title", 0.9), column) and len(column.counts) > 5:
        return Assigned(column, "job_title", "named a title, but its values are no forms of address", 0.7)
    if any(r.role.startswith("@") and r.role not in ("@name", "@type") for r in readings):
        return Assigned(column, "", _UNFIT)
    guess = read_values(column, before)
    # A header that is understood but not borne out is overruled by unmistakable values alone.
    if guess and (not readings or guess[0] in ("email", "phone", "website", "birth_date")):
        return Assigned(column, guess[0], guess[1], 0.5)
    return Assigned(column, "", _UNFIT if readings and column.filled else "")


def _by_header(column: Sampled, reading: Reading) -> Assigned:
    how = "its name says so" if reading.sure >= 0.9 else "part of its name says so"
    return Assigned(column, reading.role, how, reading.sure, reading.group, reading.ordinal, reading.of_contact)


def _settle_names(found: list[Assigned]) -> list[Assigned]:
    """Decide what a column that is just called "name" holds: the part that is missing, a whole name, or a firm's."""
    roles = {one.role for one in found}
    settled = []
    for one in found:
        if one.role == "@name":
            role, reason = _name_role(one.column, roles)
            one = replace(one, role=role, reason=reason, sure=0.8)
            roles.add(role)
        elif (
            one.role == "contact_name"
            and not roles & {"organisation_name", "@name", "full_name"}
            and shapes.share(one.column, shapes.is_person) >= 0.2
        ):
            one = replace(one, role="full_name", reason="a contact's name, and no organisation beside it", sure=0.7)
        settled.append(one)
    return settled


def _name_role(column: Sampled, roles: set[str]) -> tuple[str, str]:
    words = shapes.share(column, lambda text: len(text.split()) <= 2)
    if "given_name" in roles and "family_name" not in roles and words >= 0.7:
        return "family_name", "a name beside given names"
    if "family_name" in roles and "given_name" not in roles and words >= 0.7:
        return "given_name", "a name beside family names"
    firms, people = shapes.share(column, shapes.is_organisation), shapes.share(column, shapes.is_person)
    personal = bool(roles & {"birth_date", "gender", "title", "identifier.national", "middle_name"})
    businesslike = bool(roles & {"identifier.vat", "identifier.registration", "legal_form", "industry", "contact_name"})
    if "organisation_name" in roles:
        return "full_name", "a name beside the organisation's"
    if {"given_name", "family_name"} <= roles:
        if firms >= 0.1 and firms > people:
            return "organisation_name", f"{firms:.0%} of its values look like organisations"
        return "full_name", "a name beside given and family names"
    plain = shapes.share(column, lambda text: shapes.is_letters(text) and 2 <= len(text.split()) <= 4)
    if personal or (people >= firms and not businesslike and (people >= 0.3 or plain >= 0.8)):
        return "full_name", f"{people:.0%} of its values hold a known given name, {firms:.0%} look like organisations"
    return "organisation_name", f"{firms:.0%} of its values look like organisations, {people:.0%} like persons"


def _settle_rivals(found: list[Assigned]) -> list[Assigned]:
    """Leave each attribute of one value to the surest and fullest of its columns; the others lose the role."""
    rivals: dict[str, list[Assigned]] = defaultdict(list)
    for one in found:
        if one.role and not one.role.startswith(("@", *_MANY)):
            rivals[one.role].append(one)
    best = {
        role: max(ones, key=lambda one: (one.sure, one.column.fill, -one.column.place)) for role, ones in rivals.items()
    }
    by_header = {one.role for one in found if one.sure > 0.5}
    settled = []
    for one in found:
        if one.role.startswith("address.") and one.sure <= 0.5 and one.role in by_header:
            one = replace(one, role="", reason="another column is named so")
        winner = best.get(one.role)
        if winner is None or winner is one:
            settled.append(one)
        elif one.role == "family_name" and one.sure >= 0.9 and one.ordinal != winner.ordinal:
            settled.append(replace(one, role="family_name.after"))
        elif (
            one.role == "given_name" and one.sure >= 0.9 and one.ordinal > winner.ordinal and "middle_name" not in best
        ):
            settled.append(replace(one, role="middle_name", reason="a second given name"))
        else:
            settled.append(replace(one, role="", reason=f"'{winner.column.name}' says it more surely"))
    return settled
