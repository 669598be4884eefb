"""Names of persons: titles and suffixes apart, "Last, First" turned round, one field split into its parts.

Which of two given fields holds the family name can't be known from one record: they stay as the source has them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from nameparser import HumanName

from sources.standardise.text import clean, comparable, shorten, table

TITLES = table(
    """
    mr mrs ms miss mx dr prof professor sir dame rev herr frau hr fr dipl ing mag mme mlle monsieur madame sr
    sra srta don dona sig signor signora dott dottore dottoressa dhr mevr pan pani senor senora
    """
)
"""Words before a name, comparable."""
# Of these only the ones that are no given name anywhere may open a given name.
_OPENING_TITLES = TITLES - {"don", "dona", "fr", "pan", "sr", "ing", "mag", "sig", "hr"}
_SUFFIXES = table("jr sr ii iii iv phd md esq mba dds cpa junior senior")
_SPANISH_NAMED = table("ES MX AR CO CL PE VE EC BO UY PY CR PA DO GT HN NI SV CU PR")
_PARTICLES = table(
    """
    de del la las los y da do dos das di van von der den ter ten le du el al bin ibn
    """
)


class Parts(NamedTuple):
    """The parts of a name written in one field, as the source writes them; "" where there is none."""

    title: str = ""
    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    name_suffix: str = ""


@lru_cache(maxsize=1 << 16)
def given(cleaned: str) -> str:
    """Give the comparable form of a given or middle name, without titles before it ("Dr. Anna" anna)."""
    return " ".join(_without_titles(comparable(cleaned).split()))


@lru_cache(maxsize=1 << 16)
def family(cleaned: str) -> str:
    """Give the comparable form of a family name, without suffixes after it ("Smith Jr." smith)."""
    words = comparable(cleaned).split()
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)


def suffix(cleaned: str) -> str:
    """Give the suffix at the end of a family name as it is written, or ""."""
    words = cleaned.replace(",", " ").split()
    return words[-1] if len(words) > 1 and comparable(words[-1]) in _SUFFIXES else ""


@lru_cache(maxsize=1 << 14)
def full(cleaned: str) -> str:
    """Give the comparable form of a whole name: given before family, without titles before or suffixes after it."""
    parts = [words for part in cleaned.split(",") if (words := _without_titles(comparable(part).split()))]
    head, *tail = [words for words in parts if words[0] not in _SUFFIXES or len(words) > 1] or parts or [[]]
    words = _without_titles([word for words in [*tail, head] for word in words])
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return shorten(" ".join(words))


def _without_titles(words: list[str]) -> list[str]:
    """Drop the titles that open a name of more than titles."""
    start = 0
    while start < len(words) - 1 and words[start] in _OPENING_TITLES:
        start += 1
    return words[start:]


@lru_cache(maxsize=1 << 14)
def split(cleaned: str, country: str | None) -> Parts:
    """Split a name that came in one field. A name of one word can't be told to be given or family: no parts.

    Two plain words are given and family; "Last, First" and family names in capitals ("DUPONT Marie") are seen; in
    Spanish-named countries the last two words are the family name; nameparser decides the rest.
    """
    words = cleaned.split()
    if len(words) < 2:
        return Parts()
    if "," not in cleaned:
        folded = [comparable(word) for word in words]
        if not _PARTICLES.union(TITLES, _SUFFIXES).intersection(folded):
            loud = _leading_capitals(words)
            if loud:
                return Parts("", words[loud], " ".join(words[loud + 1 :]), " ".join(words[:loud]))
            if len(words) == 2 and cleaned.isascii() and cleaned.replace(" ", "").isalpha():
                return Parts("", words[0], "", words[1])
            if country in _SPANISH_NAMED and len(words) in (3, 4):
                return Parts("", words[0], " ".join(words[1:-2]), " ".join(words[-2:]))
    try:
        name = HumanName(cleaned[:256])
    except Exception:  # a third-party parser on any text whatever: a name that it can't read has no parts
        return Parts()
    parts = Parts(*(clean(str(part)) for part in (name.title, name.first, name.middle, name.last, name.suffix)))
    return parts if parts.given_name and parts.family_name else Parts()


def _leading_capitals(words: list[str]) -> int:
    """Count the words in capitals that open the name, if all that follow are not in capitals."""
    loud = [len(word) > 1 and word.isupper() and "." not in word for word in words]
    count = next((i for i, is_loud in enumerate(loud) if not is_loud), len(loud))
    return count if 0 < count < len(words) and not any(loud[count:]) else 0


_GENDERS = {
    "m": "m male man masculine mann mannlich herr h homme masculin masculino hombre varon maschio maschile uomo mr "
    "mezczyzna muz kille manlig muzhskoj muzhskoy muzh nan nanxing otoko namja",
    "f": "f female woman feminine frau weiblich w femme feminin femenino feminino mujer mulher femmina femminile donna "
    "mrs ms kobieta zena kvinna kvinnlig vrouw v k zh zhenskij zhenskiy zhen nu nuxing onna yeoja",
    "x": "x d other divers diverse non binary nonbinary nb enby autre otro altro inter",
}
_GENDER = {word: code for code, words in _GENDERS.items() for word in words.split()} | {"non binary": "x"}
_WITHHELD = frozenset(
    {
        "undisclosed",
        "prefer not to say",
        "prefer not to disclose",
        "not specified",
        "not stated",
        "u",
        "decline",
        "0",
        "9",
    }
)


def gender(cleaned: str) -> str | None:
    """Give m, f, x or, where the word isn't known, the word itself; None where the source withholds it."""
    text = comparable(cleaned)
    return None if text in _WITHHELD else _GENDER.get(text, text) or None
