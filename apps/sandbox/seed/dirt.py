"""What happens to values on their way into a system: slips of hand, habits of clerks, scanners and imports."""

from random import Random

from apps.sandbox.seed.entities import ascii_of
from apps.sandbox.seed.places import PLACES

PLACEHOLDER_EMAILS = (
    "noemail@noemail.com",
    "test@test.com",
    "none@none.com",
    "na@na.com",
    "kunde@unbekannt-demo.de",
    "noreply@brightmail-demo.com",
)
"""Addresses that clerks type when a form insists on one; borne by many differing people."""

BROKEN_EMAILS = ("n/a", "keine", "max.mustermann@", "unbekannt", "www.brightmail-demo.com", "a@b", "siehe Notiz")
"""What stands in e-mail fields that nobody checks."""

CALL_CENTRE_PHONES = {
    "DE": "+498005893210",
    "FR": "+33800915521",
    "GB": "+448005875412",
    "US": "+18005872231",
    "IT": "+39800912345",
    "ES": "+34900123456",
    "PL": "+48800123456",
    "NL": "+318000223344",
}
"""The free-call number of the call centre that entered the record, left in the customer's field."""

_NEIGHBOURS = {
    **{"a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk"},
    **{"k": "jl", "l": "kö", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "rz"},
    **{"u": "zi", "v": "cb", "w": "qe", "x": "yc", "y": "xa", "z": "tu"},
}
_SCANNED = (("l", "1"), ("o", "0"), ("m", "rn"), ("rn", "m"), ("i", "l"), ("e", "c"), ("h", "b"), ("u", "v"))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def typo(text: str, rng: Random) -> str:
    """Return the text with one slip: a neighbouring key, a transposition, a letter lost or doubled, a misread scan."""
    if len(text) < 3:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.random()
    if kind < 0.25:
        near = _NEIGHBOURS.get(text[at].lower())
        return text[:at] + rng.choice(near) + text[at + 1 :] if near else text
    if kind < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind < 0.68:
        return text[:at] + text[at + 1 :]
    if kind < 0.84:
        return text[:at] + text[at] + text[at:]
    old, new = rng.choice(_SCANNED)
    return text[:1] + text[1:].replace(old, new, 1)


def unaccented(text: str, rng: Random) -> str:
    """Return the text without diacritics: dropped, or written out as German keyboards do."""
    return ascii_of(text.translate(_UMLAUTS) if rng.random() < 0.6 else text)


def recased(text: str, rng: Random) -> str:
    """Return the text in capitals or in small letters."""
    return text.upper() if rng.random() < 0.6 else text.lower()


def nickname(given: str, country: str, rng: Random) -> str:
    """Return a short form of a given name, or the name where it has none."""
    known = PLACES[country].nicknames.get(given)
    return rng.choice(known) if known else given


def street(text: str, country: str, rng: Random) -> str:
    """Return a street as some clerk abbreviates it."""
    long, short = rng.choice(PLACES[country].street_short)
    return text.replace(long, short).strip()


def phone(e164: str, country: str, rng: Random) -> str:
    """Return a number in one of the ways in which people write it."""
    place = PLACES[country]
    national = e164[len(place.calling_code) + 1 :]
    head, tail = national[:3], national[3:]
    forms: tuple[str, ...]
    if country == "US":
        forms = (
            f"({head}) {tail[:3]}-{tail[3:]}",
            f"{head}-{tail[:3]}-{tail[3:]}",
            f"{head}.{tail[:3]}.{tail[3:]}",
            f"+1 {head} {tail}",
        )
    else:
        forms = (
            f"{place.trunk}{head} {tail}",
            f"{place.trunk}{head}/{tail}",
            f"+{place.calling_code} {head} {tail[:3]} {tail[3:]}",
            f"00{place.calling_code} {national}",
            f"+{place.calling_code} ({place.trunk}){head} {tail}" if place.trunk else f"{national[:3]}-{tail}",
            f"{place.trunk}{national}",
        )
    return e164 if rng.random() < 0.3 else rng.choice(forms)


def birth_date(iso: str, rng: Random) -> str:
    """Return a birth date with one slip: day and month swapped, a digit off, or the year's digits turned."""
    year, month, day = iso.split("-")
    kind = rng.random()
    if kind < 0.4 and int(day) <= 12:
        return f"{year}-{day}-{month}"
    if kind < 0.7:
        return f"{year}-{month}-{max(1, int(day) - 1):02d}"
    return f"{year[:2]}{year[3]}{year[2]}-{month}-{day}" if year < "2000" else f"{int(year) - 1}-{month}-{day}"
