"""The shape of a country's stock of names, streets and number plans."""

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city with its region, the fixed start of its post codes and its dialling code (national, without the 0)."""

    name: str
    region: str
    postcode: str
    dial: str


@dataclass(frozen=True)
class Place:
    """One country.

    ``postcode`` and the number patterns are written with ``#`` for a digit, ``%`` for a digit from 2 to 9 and ``@``
    for a capital letter; ``{}`` is the city's own part. ``trunk`` is the digit dialled before a national number.
    """

    country: str
    language: str
    calling_code: str
    trunk: str
    currency: str
    male: tuple[str, ...]
    female: tuple[str, ...]
    family: tuple[str, ...]
    nicknames: dict[str, tuple[str, ...]]
    streets: tuple[str, ...]
    street_short: tuple[tuple[str, str], ...]
    cities: tuple[City, ...]
    postcode: str
    mobiles: tuple[str, ...]
    landline: str
    legal_forms: tuple[tuple[str, str], ...]
    trades: tuple[str, ...]
    house_first: bool = False
    postcode_first: bool = True
    titles: tuple[str, ...] = ()
    date_format: str = "%d/%m/%Y"
    two_family_names: bool = False


def words(text: str) -> tuple[str, ...]:
    """Split a list written with commas or, where there are none, with spaces."""
    parts = text.split(",") if "," in text else text.split()
    return tuple(part.strip() for part in parts if part.strip())


def nicknames(text: str) -> dict[str, tuple[str, ...]]:
    """Read ``Formal=Short/Shorter`` pairs."""
    pairs = (pair.split("=") for pair in text.split())
    return {formal: tuple(short.split("/")) for formal, short in pairs}


def cities(text: str) -> tuple[City, ...]:
    """Read one ``name|region|postcode|dial`` a line."""
    return tuple(City(*line.strip().split("|")) for line in text.strip().splitlines())


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read ``short=long`` pairs written with commas."""
    return tuple((left.strip(), right.strip()) for left, right in (pair.split("=") for pair in text.split(",")))
