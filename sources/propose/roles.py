"""Roles: which a column can have by its values, and which its values alone suggest."""

from __future__ import annotations

import re
from collections.abc import Callable

from sources.propose import shapes
from sources.propose.headers import Reading
from sources.propose.sample import Sampled
from sources.standardise import countries, names, phones, websites


def _digits(fewest: int, most: int) -> Callable[[str], bool]:
    return lambda text: fewest <= sum(map(str.isdigit, text)) <= most


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _has_no_digit(text: str) -> bool:
    return not any(map(str.isdigit, text)) and "@" not in text


def _is_code(text: str) -> bool:
    return 3 <= len(text) <= 30 and any(map(str.isdigit, text)) and "@" not in text and not shapes.is_time(text)


def _is_moment(text: str) -> bool:
    return bool(re.match(r"\d{4}-?\d{2}-?\d{2}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text)) or (
        text.isdigit() and len(text) in (10, 13)
    )


# Role -> what its values must look like, and in which share of them at least. Mangled data must still pass.
_FITS: dict[str, tuple[Callable[[str], bool], float]] = {
    "email": (shapes.is_email, 0.02),
    "phone": (_digits(6, 25), 0.4),
    "phone.fax": (_digits(6, 25), 0.4),
    "birth_date": (shapes.is_date, 0.4),
    "birth_date.year": (lambda text: text.isdigit() and 1850 <= int(text) <= 2100, 0.6),
    "birth_date.month": (lambda text: text.isdigit() and 1 <= int(text) <= 12, 0.6),
    "birth_date.day": (lambda text: text.isdigit() and 1 <= int(text) <= 31, 0.6),
    "address.postcode": (lambda text: len(text) <= 12 and any(map(str.isdigit, text)), 0.5),
    "address.country": (shapes.is_country, 0.4),
    "address.region": (_has_letters, 0.5),
    "address.house_number": (lambda text: len(text) <= 12 and any(map(str.isdigit, text)), 0.5),
    "address.street": (_has_letters, 0.5),
    "address.city": (_has_no_digit, 0.5),
    "given_name": (_has_no_digit, 0.5),
    "middle_name": (_has_no_digit, 0.5),
    "family_name": (_has_no_digit, 0.5),
    "full_name": (_has_letters, 0.7),
    "contact_name": (lambda text: shapes.is_letters(text) or shapes.is_person(text), 0.5),
    "organisation_name": (_has_letters, 0.6),
    "@name": (_has_letters, 0.6),
    "employer": (_has_letters, 0.6),
    "gender": (shapes.is_gender, 0.3),
    "title": (shapes.is_title, 0.3),
    "name_suffix": (lambda text: len(text) <= 12, 0.5),
    "job_title": (_has_letters, 0.7),
    "industry": (_has_letters, 0.5),
    "language": (lambda text: len(text) <= 30 and _has_letters(text), 0.7),
    "@modified": (_is_moment, 0.6),
    "@created": (_is_moment, 0.6),
    "@deleted": (shapes.is_boolean, 0.8),
}


def fits(reading: Reading, column: Sampled) -> bool:
    """Tell whether a column's values can be what its header says. An empty column can't be anything."""
    if not column.filled or column.nested:
        return False
    role = reading.role
    if role == "@system":
        return (
            1 < len(column.counts) <= 60 and column.variety <= 0.5 and not shapes.share(column, shapes.is_number) > 0.9
        )
    if role == "@type":
        return len(column.counts) <= 60 and (len(column.counts) > 1 or bool(shapes.entity_types(column)))
    if role in ("gender", "title", "language") and len(column.counts) > 200:
        return False
    if role == "website":
        return shapes.weight(column, shapes.is_website) >= 0.2
    if role.startswith("identifier."):
        return shapes.share(column, _is_code) >= 0.5 and len(column.counts) > 1
    test, least = _FITS.get(role, (bool, 0.0))
    return max(shapes.share(column, test), shapes.weight(column, test)) >= least


def read_values(column: Sampled, before: str) -> tuple[str, str] | None:
    """Guess a role from the values alone, with the reason; `before` is the role of the column to the left."""
    if column.nested or column.filled < 3 or len(column.counts) < 2:
        return None
    for role, test, least, what in (
        ("email", shapes.is_email, 0.5, "are e-mail addresses"),
        ("website", lambda text: "." in text and websites.looks_like(text), 0.5, "are web addresses"),
    ):
        if (found := shapes.share(column, test)) >= least:
            return role, f"{found:.0%} of its values {what}"
    return _read_numbers(column, before) if shapes.share(column, _has_letters) < 0.3 else _read_words(column, before)


def _read_numbers(column: Sampled, before: str) -> tuple[str, str] | None:
    dates = shapes.share(column, shapes.is_date)
    if dates >= 0.7:
        years = sorted(int(year[0]) for text in column.look if (year := re.search(r"(?:18|19|20)\d\d", text)))
        if years and years[len(years) // 2] <= 2005 and years[0] <= 1975 and shapes.share(column, shapes.is_time) < 0.5:
            return "birth_date", f"{dates:.0%} of its values are days, half of them before {years[len(years) // 2] + 1}"
        return None
    written = shapes.share(column, phones.looks_like)
    if written >= 0.6:
        return "phone", f"{written:.0%} of its values are written as phone numbers"
    plain = shapes.share(column, lambda text: text.isdigit() and 9 <= len(text) <= 12)
    if plain >= 0.8 and len({len(text) for text in column.look}) <= 4 and not _sequence(column):
        return "phone", f"{plain:.0%} of its values have as many digits as phone numbers"
    house = shapes.share(column, shapes.is_house_number)
    if house >= 0.9 and before in ("address.street", "family_name", "given_name") and column.variety < 0.6:
        return "address.house_number", "short numbers beside a street or name"
    post = shapes.share(column, lambda text: (text.isdigit() and len(text) in (4, 5, 6)) or shapes.is_postcode(text))
    if (
        post >= 0.9
        and len({len(text) for text in column.look}) <= 2
        and (before.startswith("address.") or column.variety < 0.7)
    ):
        return "address.postcode", f"{post:.0%} of its values have the form of postcodes"
    return None


def _sequence(column: Sampled) -> bool:
    """Tell numbers that were given out one after the other: keys, not phones."""
    numbers = sorted(int(text) for text in column.look if text.isdigit())
    return bool(numbers) and numbers[-1] - numbers[0] < 20 * column.filled


def _read_words(column: Sampled, before: str) -> tuple[str, str] | None:
    distinct = len(column.counts)
    if distinct <= 8 and shapes.weight(column, lambda t: names.gender(t) in ("m", "f", "x")) >= 0.6:
        return "gender", "its few values are words for genders"
    if distinct <= 15 and shapes.weight(column, shapes.is_title) >= 0.8:
        return "title", "its few values are forms of address"
    if distinct <= 250 and shapes.weight(column, shapes.is_country) >= 0.9 and column.variety < 0.3:
        return "address.country", "its values are countries"
    place = region_country(column)
    if place and column.variety < 0.3:
        return "address.region", f"its values are regions of {place}"
    if (post := shapes.share(column, shapes.is_postcode)) >= 0.7:
        return "address.postcode", f"{post:.0%} of its values have the form of postcodes"
    streets = shapes.share(column, shapes.is_street)
    if streets >= 0.35 or shapes.share(column, shapes.is_street_with_number) >= 0.6:
        return "address.street", f"{max(streets, 0.35):.0%} or more of its values look like streets"
    if (firms := shapes.share(column, shapes.is_organisation)) >= 0.25:
        return "organisation_name", f"{firms:.0%} of its values have a legal form or a word of organisations"
    if (people := shapes.share(column, shapes.is_person)) >= 0.3 and distinct > 5:
        return "full_name", f"{people:.0%} of its values hold a known given name and more"
    words = shapes.share(column, shapes.is_word)
    given = shapes.share(column, shapes.is_given_name)
    if words >= 0.7 and given >= 0.3 and distinct > 5 and before != "given_name":
        return "given_name", f"{given:.0%} of its values are known given names"
    if words >= 0.7 and before == "given_name" and distinct > 5:
        return "family_name", "words beside the given name"
    if shapes.share(column, shapes.is_letters) >= 0.9 and before.startswith("address.") and column.variety < 0.8:
        return "address.city", "words beside another part of an address"
    return None


def region_country(column: Sampled) -> str | None:
    """Give the country whose region codes or names a column holds, if it is plainly one."""
    if len(column.counts) < 2:
        return None

    def known(place: str) -> float:
        codes = countries.region_codes(place)
        return shapes.weight(column, lambda text: countries.region(text, place) in codes)

    best = sorted(
        ((known(place), place) for place in ("US", "AU", "CA", "BR", "IT", "DE", "MX", "ES", "GB", "IN", "AT", "CH")),
        reverse=True,
    )
    return best[0][1] if best[0][0] >= 0.6 and best[0][0] > best[1][0] else None
