"""What is compared, and how: one comparison for each independent kind of evidence, with ordered levels.

Parts that go together (street, postcode, city; a given name and its nickname) are levels of one comparison, never
comparisons of their own: the model adds weights up as if comparisons were independent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.records import EntityType
from identity.levels import Comparison, Level, any_close, any_edit, both, close, shared_value

CustomAttribute = tuple[str, str]
"""Name of a custom attribute and how it matches: "exact" or "fuzzy"."""

_SWAPPED = "(given_name_l = family_name_r AND family_name_l = given_name_r)"
# People who share a home share its street, phone and often e-mail: with plainly different given names such a
# shared contact speaks for one household, not for one person. So does another birth date in year and day alike.
_OTHER_PERSON = (
    "((given_root_l <> given_root_r AND left(given_name_l, 1) <> left(given_name_r, 1)"
    " AND given_name_l <> coalesce(family_name_r, '') AND given_name_r <> coalesce(family_name_l, '')"
    " AND jaro_winkler_similarity(given_name_l, given_name_r) < 0.8)"
    " OR (left(birth_date_l, 4) <> left(birth_date_r, 4) AND right(birth_date_l, 5) <> right(birth_date_r, 5)))"
)
# Without a given name or a birth date on both sides, what a household shares can't tell its members apart.
_UNKNOWN_PERSON = "((given_name_l IS NULL OR given_name_r IS NULL) AND (birth_date_l IS NULL OR birth_date_r IS NULL))"
_INITIAL = "(least(length({0}_l), length({0}_r)) = 1 AND left({0}_l, 1) = left({0}_r, 1))"
_PLACE = (
    "(coalesce(list_has_any(postcodes_l, postcodes_r), false) OR coalesce(list_has_any(cities_l, cities_r), false))"
)

_GIVEN = Comparison(
    "given",
    "given_name is not null",
    both("given_name{} is null"),
    (
        Level("same given name", "given_name_l = given_name_r", 0.72, alike=0.9, tf="given_name"),
        Level("given and family name swapped", _SWAPPED, 0.02, ranked=False),
        Level("same name behind the nickname", "given_root_l = given_root_r", 0.05, alike=0.05),
        Level("close given name", close("given_name", 0.9), 0.07, alike=0.03),
        Level("initial fits", _INITIAL.format("given_name"), 0.04),
        Level("distant given name", close("given_name", 0.8), 0.03),
    ),
)
_FAMILY = Comparison(
    "family",
    "family_name is not null",
    f"({both('family_name{} is null')} OR coalesce({_SWAPPED}, false))",
    (
        Level("same family name", "family_name_l = family_name_r", 0.78, related=0.75, alike=0.95, tf="family_name"),
        Level("close family name", close("family_name", 0.92), 0.10, related=0.05),
        Level(
            "part of a double name",
            "list_has_any(string_split(family_name_l, ' '), string_split(family_name_r, ' '))",
            0.02,
        ),
        Level("distant family name", f"({close('family_name', 0.82)} OR {_INITIAL.format('family_name')})", 0.04),
    ),
)
_MIDDLE = Comparison(
    "middle",
    "middle_name is not null",
    both("middle_name{} is null"),
    (
        Level("same middle name", "middle_name_l = middle_name_r", 0.7, tf="middle_name"),
        Level("middle initial fits", "left(middle_name_l, 1) = left(middle_name_r, 1)", 0.25),
    ),
)
_BIRTH = Comparison(
    "birth",
    "birth_date is not null",
    both("birth_date{} is null"),
    (
        Level("same birth date", "birth_date_l = birth_date_r", 0.85, tf="birth_date"),
        Level(
            "one digit or day and month differ",
            "((length(birth_date_l) = length(birth_date_r) AND levenshtein(birth_date_l, birth_date_r) <= 1)"
            " OR (left(birth_date_l, 4) = left(birth_date_r, 4)"
            " AND substr(birth_date_l, 6, 2) = substr(birth_date_r, 9, 2)"
            " AND substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)))",
            0.08,
        ),
        Level(
            "two digits differ",
            "(length(birth_date_l) = length(birth_date_r) AND levenshtein(birth_date_l, birth_date_r) <= 2)",
            0.03,
        ),
    ),
)
_GENDER = Comparison(
    "gender",
    "gender is not null",
    both("gender{} is null"),
    (Level("same gender", "gender_l = gender_r", 0.95, tf="gender"),),
)


def _household(what: str, shared: str, key: str, *, other: float, unknown: float | None = None) -> tuple[Level, ...]:
    """Give the levels of a contact point that plainly different persons share, or persons of whom too little is known.

    `other` and `unknown`: how often related pairs are at them.
    """
    levels = (
        Level(f"{what}, other person", f"({shared} AND {_OTHER_PERSON})", 0.01, related=other, ranked=False, key=key),
    )
    if unknown is None:
        return levels
    nobody = f"({shared} AND {_UNKNOWN_PERSON})"
    return (*levels, Level(f"{what}, person unknown", nobody, 0.02, related=unknown, ranked=False, key=key))


def _email(person: bool) -> Comparison:
    same = shared_value("emails")
    related = None if person else 0.1
    return Comparison(
        "email",
        "emails is not null",
        both("emails{} is null"),
        (
            *(_household("same e-mail", same, "email", other=0.12) if person else ()),
            Level("same e-mail", same, 0.65, related=0.04 if person else 0.4, key="email"),
            Level("same mailbox elsewhere", shared_value("mailboxes"), 0.05),
            Level("one or two characters differ", any_edit("emails", 2), 0.05, related, 0.05 if person else None),
            Level("close e-mail", any_close("emails", 0.94), 0.02, related, 0.1 if person else None),
        ),
        else_most=0.7,
    )


def _phone(person: bool) -> Comparison:
    same = shared_value("phones")
    return Comparison(
        "phone",
        "phones is not null",
        both("phones{} is null"),
        (
            *(_household("same phone", same, "phone", other=0.3, unknown=0.02) if person else ()),
            Level("same phone", same, 0.65, related=0.1 if person else 0.5, key="phone"),
            Level("one digit differs", any_edit("phones", 1), 0.05, related=None if person else 0.05),
        ),
        else_most=0.7,
    )


def _address(person: bool) -> Comparison:
    same = f"({shared_value('streets')} AND {_PLACE})"
    return Comparison(
        "address",
        "(streets is not null or postcodes is not null or cities is not null)",
        "((streets_l is null OR streets_r is null) AND (postcodes_l is null OR postcodes_r is null)"
        " AND (cities_l is null OR cities_r is null))",
        (
            *(_household("same address", same, "street_place", other=0.6, unknown=0.05) if person else ()),
            Level("same address", same, 0.45, related=0.15 if person else None, key="street_place"),
            Level("same street", shared_value("streets"), 0.1, key="street"),
            Level("close street in the same place", f"({any_close('streets', 0.9)} AND {_PLACE})", 0.08),
            Level("same postcode", shared_value("postcodes"), 0.1),
            Level("same city", shared_value("cities"), 0.07, tf="city"),
            Level("close street", any_close("streets", 0.93), 0.03),
        ),
        else_most=0.7,
    )


_IDENTIFIER = Comparison(
    "identifier",
    "identifiers is not null",
    f"({both('identifiers{} is null')} OR NOT list_has_any(identifier_kinds_l, identifier_kinds_r))",
    (
        Level("same identifier", shared_value("identifiers"), 0.85, key="identifier"),
        Level("one character differs", any_edit("identifiers", 1), 0.06),
        Level("two characters differ", any_edit("identifiers", 2), 0.03),
    ),
)


def _contacts(*, person: bool) -> tuple[Comparison, ...]:
    """Give the comparisons of contact points, with levels for households if they are a person's."""
    return (_email(person), _phone(person), _address(person), _IDENTIFIER)


_SHARED_WORDS = "list_sum(list_transform(list_intersect(words_l, words_r), lambda w: w.weight))"
_ORGANISATION = Comparison(
    "organisation",
    "organisation_name is not null",
    both("organisation_name{} is null"),
    (
        Level("same name", "organisation_name_l = organisation_name_r", 0.5, related=0.25, tf="organisation_name"),
        Level("same words", f"{_SHARED_WORDS} >= 0.95 * greatest(words_weight_l, words_weight_r)", 0.08, related=0.02),
        Level("close name", close("organisation_name", 0.95), 0.1, related=0.05),
        Level("most telling words", f"{_SHARED_WORDS} >= 0.3 * (words_weight_l + words_weight_r)", 0.12, related=0.25),
        Level(
            "one name within the other", f"{_SHARED_WORDS} >= 0.9 * least(words_weight_l, words_weight_r)", 0.05, 0.1
        ),
        Level(
            "some telling words",
            f"({_SHARED_WORDS} >= 0.175 * (words_weight_l + words_weight_r) OR {close('organisation_name', 0.88)})",
            0.08,
            related=0.15,
        ),
    ),
)
_DOMAIN = Comparison(
    "domain",
    "domains is not null",
    both("domains{} is null"),
    (Level("same domain", shared_value("domains"), 0.8, related=0.6, key="domain"),),
)


def custom_column(name: str) -> str:
    """Give the prepared column of a custom attribute."""
    return "extra_" + re.sub(r"\W", "_", name)


def _custom(name: str, match: str) -> Comparison:
    column = custom_column(name)
    levels = [Level(f"same {name}", f"{column}_l = {column}_r", 0.85, tf=column)]
    if match == "fuzzy":
        levels += [Level(f"close {name}", close(column, 0.9), 0.07)]
    return Comparison(column, f"{column} is not null", both(f"{column}{{}} is null"), tuple(levels))


def comparisons(entity_type: EntityType, extra: Sequence[CustomAttribute] = ()) -> tuple[Comparison, ...]:
    """Give every comparison of an entity type, custom attributes last; training drops what the data doesn't fill."""
    custom = tuple(_custom(name, match) for name, match in sorted(extra))
    if entity_type == "person":
        return (
            _GIVEN,
            _FAMILY,
            _MIDDLE,
            _BIRTH,
            _GENDER,
            *_contacts(person=True),
            *custom,
        )
    return (_ORGANISATION, _DOMAIN, *_contacts(person=False), *custom)
