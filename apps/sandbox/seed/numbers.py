"""Tax numbers with right check digits, and numbers and post codes filled from patterns.

The check digit rules are the public ones of each country's tax office, as also listed for the EU's VIES service.
"""

from random import Random

from apps.sandbox.seed.places.place import City, Place

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def fill(pattern: str, rng: Random) -> str:
    """Fill a pattern: ``#`` any digit, ``%`` a digit from 2 to 9, ``@`` a capital letter."""
    return "".join(
        str(rng.randrange(10))
        if sign == "#"
        else str(rng.randrange(2, 10))
        if sign == "%"
        else rng.choice(_LETTERS)
        if sign == "@"
        else sign
        for sign in pattern
    )


def postcode(place: Place, city: City, rng: Random) -> str:
    """Return a post code of the city."""
    return fill(place.postcode.replace("{}", city.postcode), rng)


def mobile(place: Place, rng: Random) -> str:
    """Return a mobile number in E.164."""
    return f"+{place.calling_code}{fill(rng.choice(place.mobiles), rng)}"


def landline(place: Place, city: City, rng: Random) -> str:
    """Return a fixed-line number of the city in E.164."""
    return f"+{place.calling_code}{fill(place.landline.replace('{}', city.dial), rng)}"


def _digits(count: int, rng: Random) -> str:
    return str(rng.randrange(1, 10)) + "".join(str(rng.randrange(10)) for _ in range(count - 1))


def _luhn(digits: str) -> str:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _german(rng: Random) -> str:
    digits, product = _digits(8, rng), 10
    for digit in digits:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return f"DE{digits}{(11 - product) % 10}"


def _french(rng: Random) -> str:
    siren = _digits(8, rng)
    siren += _luhn(siren)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _british(rng: Random) -> str:
    digits = _digits(7, rng)
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True))
    return f"GB{digits}{97 - weighted % 97:02d}"


def _italian(rng: Random) -> str:
    digits = f"{_digits(7, rng)}{rng.randrange(1, 101):03d}"
    return f"IT{digits}{_luhn(digits)}"


def _spanish(rng: Random) -> str:
    digits = _digits(7, rng)
    return f"ESB{digits}{_luhn(digits)}"


def _polish(rng: Random) -> str:
    while True:
        digits = _digits(9, rng)
        check = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
        if check < 10:
            return f"PL{digits}{check}"


def _dutch(rng: Random) -> str:
    while True:
        digits = _digits(8, rng)
        check = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"NL{digits}{check}B{rng.randrange(1, 4):02d}"


def _american(rng: Random) -> str:
    return f"{rng.choice(('20', '26', '45', '47', '81', '82', '83'))}-{_digits(7, rng)}"


_VAT = {
    "DE": _german,
    "FR": _french,
    "GB": _british,
    "IT": _italian,
    "ES": _spanish,
    "PL": _polish,
    "NL": _dutch,
    "US": _american,
}


def tax_number(country: str, rng: Random) -> str:
    """Return a tax number of the country (a VAT number with its prefix; in the US an EIN) with right check digits."""
    return _VAT[country](rng)


def registration_number(country: str, rng: Random) -> str:
    """Return a company register number as the country writes it."""
    number = _digits(6, rng)
    return {
        "DE": f"HRB {number[:5]}",
        "FR": f"RCS {number}{_digits(3, rng)}",
        "GB": f"0{number}{rng.randrange(10)}",
        "IT": f"REA {number}",
        "ES": f"Hoja {number}",
        "PL": f"0000{number}",
        "NL": f"KvK {number}{_digits(2, rng)}",
        "US": f"C{number}{rng.randrange(10)}",
    }[country]
