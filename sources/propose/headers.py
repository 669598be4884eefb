"""Headers: from a column's name to the role it speaks of, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sources.propose.qualifiers import ADDRESS_GROUPS, OTHERWISE, QUALIFIERS
from sources.propose.vocabulary import HEADERS
from sources.standardise.text import clean, comparable, table

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CUSTOM_FIELD = re.compile(r"__(?:c|pc)$")  # Salesforce marks its users' own fields so


@dataclass(frozen=True, slots=True)
class Reading:
    """What a header says: the role, how surely (0 to 1), the address group and number that tell it from its like."""

    role: str
    sure: float
    group: str = ""
    ordinal: int = 0
    of_contact: bool = False


def words_of(header: str) -> list[str]:
    """Give the comparable words of a header in any naming style."""
    text = _CUSTOM_FIELD.sub("", clean(header))
    return comparable(_CAMEL.sub(" ", text).replace("&", " ")).split()


@cache
def _phrases() -> dict[str, str]:
    """Index every header of the vocabulary, with and without spaces; the first role that claims one has it."""
    index: dict[str, str] = {}
    for role, headers in HEADERS.items():
        for header in headers.split(","):
            phrase = " ".join(words_of(header))
            if phrase:
                index.setdefault(phrase, role)
    for phrase, role in list(index.items()):
        joined = phrase.replace(" ", "")
        if len(joined) > 3:
            index.setdefault(joined, role)
    return index


def read(header: str) -> list[Reading]:
    """Give the readings of a header, the surest first; none where it says nothing that the vocabulary knows."""
    words = words_of(header)
    found: dict[str, Reading] = {}

    def note(role: str, sure: float) -> None:
        group = next((ADDRESS_GROUPS[word] for word in words if word in ADDRESS_GROUPS), "")
        ordinal = next((int(word) for word in words if word.isdigit() and len(word) < 3), 0)
        found.setdefault(role, Reading(role, sure, group, ordinal, bool(_CONTACT.intersection(words))))

    for phrase, sure in _attempts(words):
        for text in (" ".join(phrase), "".join(phrase)):
            if role := _phrases().get(text):
                note(role, sure)
    if not found and not OTHERWISE.intersection(words):
        for role in _within([word for word in words if not word.isdigit()]):
            note(role, 0.6)
    return list(found.values())


_CONTACT = table("contact ansprechpartner kontakt kontaktperson attn contacto contatto referente")


def _attempts(words: list[str]) -> Iterator[tuple[list[str], float]]:
    """Give the words, then ever fewer of them, as qualifiers and numbers at their ends and within are left out."""
    yield words, 1.0
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            left_out = words[:start] + words[start + length :]
            if all(word in QUALIFIERS or word.isdigit() for word in left_out):
                yield words[start : start + length], 0.95 if all(map(str.isdigit, left_out)) else 0.9
    bare = [word for word in words if word not in QUALIFIERS and not word.isdigit()]
    if bare:
        yield bare, 0.9


def _within(words: list[str]) -> Iterator[str]:
    """Give the roles of known phrases at the end, then the start, of a header with more words than are known.

    Words written together are taken apart too ("custfirstname", "telefonprivat").
    """
    for length in range(len(words) - 1, 0, -1):
        for part in (words[-length:], words[:length]):
            phrase = " ".join(part)
            if len(phrase) > 2 and (role := _phrases().get(phrase)) and not (role.startswith("@") and length == 1):
                yield role
    joined = "".join(words)
    for length in range(len(joined) - 1, 4, -1):
        for glued in (joined[-length:], joined[:length]):
            if (role := _phrases().get(glued)) and not role.startswith("@"):
                yield role
