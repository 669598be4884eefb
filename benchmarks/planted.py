"""What `benchmarks.glue` plants: what clerks type where a customer says nothing, bridges, and second tax numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

from benchmarks.customers import Row

_SHARE = 0.05
# What is typed, in which field, and by which part of the clerks.
_PLACEHOLDERS = (
    ("email", "till4@shop.example.com", 0.4),
    ("phone", "555-201-0100", 0.3),
    ("phone", "212-555-0199", 0.2),
    ("email", "noreply@shop.example.com", 0.1),  # known for a placeholder: it never becomes a value
)
DENSE = 12
"""How many records each of the customers has that a bridge lies between."""

_ADA = {
    "first": "Ada", "last": "Bridgewater", "born": "1961-03-04", "email": "ada.b@mail.example.org",
    "phone": "202-555-7101", "street": "4 Lantern Road", "zip": "10013", "city": "Fallow",
}  # fmt: skip
_OTTO = {
    "first": "Otto", "last": "Tunnelby", "born": "1984-11-23", "email": "otto.t@mail.example.org",
    "phone": "404-555-9303", "street": "88 Harbor Lane", "zip": "94110", "city": "Quarry",
}  # fmt: skip
_VERA = {
    "first": "Vera", "last": "Likewell", "born": "1977-05-16", "email": "vera.l@mail.example.org",
    "phone": "503-555-4417", "street": "19 Willow Court", "zip": "97205", "city": "Marren",
}  # fmt: skip
# Customers who get a second tax number, with both.
_TAXED = (
    ("Tilda", "Quartermain", "1951-02-11", "tilda.q@mail.example.org", "614-555-3107", "1 Mint Square", "43004",
     "Blackl", "901704551", "377120984"),
    ("Egon", "Vasquell", "1969-12-30", "egon.v@mail.example.com", "816-555-7742", "230 Copper Row", "64105",
     "Tarn", "482195036", "615038842"),
    ("Noor", "Haddingley", "1990-07-08", "noor.h@mail.example.net", "904-555-1260", "76 Pelican Way", "32202",
     "Osprey", "250943377", "739461205"),
)  # fmt: skip
_OWN = 4  # records of each with the first
# What of a namesake of hers may be like hers, less and less.
_LIKE = {
    "first": ("Vera", "V", "Verona"),
    "born": ("", "1977-05-19", "1977-08-19", "1958-10-02"),
    "phone": ("", "718-555-2290"),
    "place": (("19 Willow Court", "97205", "Marren"), ("7 Fern Alley", "97205", "Marren"),
              ("7 Fern Alley", "97211", "Marren"), ("", "", ""), ("7 Fern Alley", "30303", "Ostley")),
}  # fmt: skip


def placeholders(rows: dict[str, Row], rng: random.Random) -> tuple[dict[str, Row], dict[str, set[str]]]:
    """Give the rows that change, and who holds each placeholder."""
    changed: dict[str, Row] = {}
    holders: dict[str, set[str]] = {}
    chosen = iter(rng.sample(sorted(rows), int(_SHARE * len(rows))))
    for field, value, part in _PLACEHOLDERS:
        for _ in range(int(part * _SHARE * len(rows))):
            source_id = next(chosen)
            changed[source_id] = rows[source_id] | {field: value}
            holders.setdefault(value, set()).add(source_id)
    return changed, holders


def many(name: str, row: Row) -> dict[str, Row]:
    """Give the records of a dense customer."""
    return {f"{name}{i}": dict(row) for i in range(DENSE)}


def base() -> dict[str, Row]:
    """Give the dense customers, and those with one tax number each: no two of them have anything in common."""
    taxed = {name: row for rows in first_numbers() for name, row in rows.items()}
    return many("ada", _ADA) | many("otto", _OTTO) | many("vera", _VERA) | taxed


def first_numbers() -> list[dict[str, Row]]:
    """Give the records of each customer with a tax number."""
    return [_taxed(who, range(_OWN), 0) for who in range(len(_TAXED))]


def second_numbers() -> list[dict[str, Row]]:
    """Give two further records of each, with another tax number."""
    return [_taxed(who, range(_OWN, _OWN + 2), 1) for who in range(len(_TAXED))]


def _taxed(who: int, records: range, nth: int) -> dict[str, Row]:
    *own, first, second = _TAXED[who]
    row = dict(zip(_ADA, own, strict=True)) | {"tax": (first, second)[nth]}
    return {f"tax{who}-{at}": row for at in records}


def bridge() -> dict[str, Row]:
    """Give what ties Ada and Otto: a record of each with one phone, and one with her name and his contacts."""
    return {
        "ada0": _ADA | {"phone": "303-555-1212"},
        "otto0": _OTTO | {"phone": "303-555-1212"},
        "both": _ADA | {"email": _OTTO["email"], "phone": _OTTO["phone"]},
    }


def namesakes() -> Iterator[Row]:
    """Give Vera Likewells with an e-mail address of their own, in every way of being like the first one."""
    for first, born, phone, (street, postcode, city) in product(*_LIKE.values()):
        own = {"first": first, "born": born, "phone": phone, "street": street, "zip": postcode, "city": city}
        yield _VERA | own | {"email": "likewell77@post.example.net"}
