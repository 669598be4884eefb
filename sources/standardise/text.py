"""Text: what may be stored, what counts as empty, and the form in which two texts compare."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

LIMIT = 256
"""No standard is longer: what follows can't tell two customers apart, but could fill an index page."""

READ = 1024
"""Of a longer value no more than this is looked at; the value itself is kept whole."""


def table(text: str) -> frozenset[str]:
    """Give the words of a table that is kept as text, for reading's sake."""
    return frozenset(text.split())


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_APOSTROPHE = re.compile(r"['`\"]")
_INITIALS = re.compile(r"(?<![a-z0-9])([a-z])\.(?=[a-z](?![a-z0-9]))")
_SEPARATOR = re.compile(r"[^a-z0-9]+")

# Ways of writing nothing, casefolded. A real name is not among them, whatever its language ("Na", "Nan", "Nil").
_NOTHING = table(
    """
    n/a n.a. n.a #n/a #null! #value! none null (null) <null> [null] nil() \\n undefined unknown (unknown)
    unspecified unbekannt inconnu inconnue desconocido desconocida sconosciuto sconosciuta desconhecido onbekend
    nieznany okänd ukjent ukendt neznámý неизвестно (none) (blank) (empty) (leer) empty blank missing tbd t.b.d.
    k.a. k.a
    """
) | {
    "not available", "not applicable", "not provided", "not known", "not set", "no value", "no data", "keine angabe",
    "keine angaben", "k. a.", "nicht bekannt", "nicht angegeben", "non renseigné", "non communiqué", "sin datos",
    "no consta", "no disponible", "non disponibile", "non disponible", "nie podano", "brak danych", "sem dados",
    "нет данных",
}  # fmt: skip


def storable(value: str) -> str:
    """Give `value` as PostgreSQL and JSON can hold it: no NUL, no half of a surrogate pair; all else as it is."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-8", "replace").decode()
    return value


def clean(value: str) -> str:
    """Give the readable part of a value: no control, zero-width or bidi characters, single spaces, at most READ."""
    value = storable(value[:READ])
    if not value.isprintable():
        value = _CONTROL.sub(" ", _INVISIBLE.sub("", value))
    elif not value.isascii():
        value = _INVISIBLE.sub("", value)
    return " ".join(value.split())


def is_nothing(cleaned: str) -> bool:
    """Tell whether a cleaned value says that there is none ("n/a", "-", "unknown"), by its writing alone."""
    return not any(map(str.isalnum, cleaned)) or (len(cleaned) < 20 and cleaned.casefold() in _NOTHING)


@lru_cache(maxsize=1 << 16)
def _readable(value: str) -> str:
    cleaned = clean(value)
    return "" if is_nothing(cleaned) else cleaned


def readable(value: str) -> str:
    """Give a value cleaned, or "" where it says that there is none."""
    return _readable(value if len(value) <= READ else value[:READ])


def shorten(standard: str) -> str:
    """Cut a standard to LIMIT."""
    return standard if len(standard) <= LIMIT else standard[:LIMIT].rstrip()


@lru_cache(maxsize=1 << 16)
def comparable(cleaned: str) -> str:
    """Give the comparable form: ASCII of any script, lower case, words parted by one space; "" if nothing is left.

    Apostrophes join ("O'Brien" obrien), dots between single letters join ("A.M.E." ame), other punctuation parts words.
    """
    text = cleaned if cleaned.isascii() else anyascii(cleaned)
    text = _APOSTROPHE.sub("", text.lower())
    if "." in text:
        text = _INITIALS.sub(r"\1", text)
    return shorten(_SEPARATOR.sub(" ", text).strip())
