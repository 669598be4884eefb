"""The one table of how a value of each attribute and kind is made comparable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import pycountry

from hub.attributes import Attribute
from hub.records import Value
from sources.standardise import names, organisations
from sources.standardise.addresses import address, one_line
from sources.standardise.dates import birth_date
from sources.standardise.emails import email
from sources.standardise.identifiers import identifier
from sources.standardise.phones import phone
from sources.standardise.text import READ, comparable, readable, shorten, storable, table
from sources.standardise.websites import website


def number(cleaned: str) -> str | None:
    """Give a decimal number without needless zeros ("1,234.50" 1234.5), or None if it is none."""
    text = cleaned.replace(" ", "").replace("'", "")
    if "," in text:
        # The last of the two signs parts the decimals; a lone comma does where not exactly three digits follow.
        comma_last = text.rfind(",") > text.rfind(".")
        decimal_comma = comma_last and ("." in text or len(text) - text.rfind(",") != 4) and text.count(",") == 1
        text = text.replace(".", "").replace(",", ".") if decimal_comma else text.replace(",", "")
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found.adjusted()) > 30:
        return None
    return format(found.normalize() + 0, "f")


_TRUE = table("true t yes y 1 on ja j oui o si s sim tak da x wahr vrai vero verdadero")
_FALSE = table("false f no n 0 off nein non nao nie niet nej falsch faux falso")


def boolean(cleaned: str) -> str | None:
    """Give true or false from a yes or no in one of many languages, else None."""
    word = comparable(cleaned)
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def language(cleaned: str) -> str | None:
    """Give the ISO 639-1 code of a language's code, locale ("de_AT") or English name, else its comparable name."""
    word = comparable(cleaned.replace("_", "-").partition("-")[0])
    for field in ("alpha_2", "alpha_3", "name"):
        if found := pycountry.languages.get(**{field: word}):
            return str(getattr(found, "alpha_2", found.alpha_3))
    return comparable(cleaned) or None


_BY_NAME: dict[str, Callable[[str], str | None]] = {
    "given_name": names.given,
    "middle_name": names.given,
    "family_name": names.family,
    "full_name": names.full,
    "contact_name": names.full,
    "gender": names.gender,
    "legal_form": organisations.legal_form,
    "language": language,
}
_BY_KIND: dict[str, Callable[[str], str | None]] = {
    "text": comparable,
    "number": number,
    "boolean": boolean,
    "email": email,
    "website": website,
}


@lru_cache(maxsize=1 << 16)
def text_value(raw: str, name: str, kind: str, country: str | None, declared: str | None) -> Value | None:
    """Make the value of a text in attribute `name` of `kind`; None where the source says that there is none."""
    cleaned = readable(raw)
    if not cleaned:
        return None
    if kind == "date":
        standard = birth_date(cleaned, declared)
    elif kind == "phone":
        standard = phone(cleaned, country)
    elif kind == "address":
        parts = one_line(cleaned, country)
        return Value(storable(raw), address(parts, country))
    elif kind == "identifier":
        return Value(storable(raw), identifier({"value": cleaned}, country))
    else:
        standard = (_BY_NAME.get(name) or _BY_KIND[kind])(cleaned)
    return Value(storable(raw), shorten(standard) or None if standard else None)


def parts_value(raw: Mapping[str, str], kind: str, country: str | None) -> Value | None:
    """Make the value of an address or identifier in parts; None where no part says anything."""
    cleaned = {key: text for key, part in raw.items() if (text := readable(part))}
    if not (cleaned.keys() - {"country", "kind"}):
        return None
    standard = address(cleaned, country) if kind == "address" else identifier(cleaned, country)
    return Value({key: storable(raw[key]) for key in cleaned}, standard)


def value(
    raw: str | Mapping[str, str], attribute: Attribute, country: str | None, declared: str | None
) -> Value | None:
    """Make the value of one attribute of a record."""
    if not isinstance(raw, str):
        return parts_value(raw, attribute.kind, country)
    if len(raw) > READ:  # a long text would fill the cache; it is kept whole, and its beginning is compared
        made = text_value.__wrapped__(raw, attribute.name, attribute.kind, country, declared)
        return made if isinstance(made, Value) else None
    return text_value(raw, attribute.name, attribute.kind, country, declared)
