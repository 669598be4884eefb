"""What somebody typed into a search, as it may be read: in the comparable form that names, numbers and ids have."""

from __future__ import annotations

import re

from golden_record.search import Query
from hub.config import Config
from sources.standardise import standardise
from sources.standardise.text import clean, comparable

LONGEST = 200
"""Characters of a search that are looked at."""

_PHONE = re.compile(r"[+(\d][\d\s()/.+-]*")
_LEAST_DIGITS = 5  # fewer end too many numbers
_LEAST_ID = 3


def search_query(typed: str) -> Query:
    """Read what was typed: words, and what the whole of it would be as an address, a number or an id.

    >>> search_query("0151 / 23 45 67").whole["p"]
    ('765432151',)
    """
    text = clean(typed[:LONGEST])
    lower = text.lower()
    whole: dict[str, tuple[str, ...]] = {"r": (lower,)} if len(lower) >= _LEAST_ID else {}
    if "@" in lower:
        words = comparable(re.sub(r"\.[^.@]*$", "", lower)).split()
        return Query(tuple(words), {**whole, "e": (lower.replace(" ", ""),)}, mailbox=True)
    digits = re.sub(r"\D", "", lower).lstrip("0")
    if _PHONE.fullmatch(lower) and len(digits) >= _LEAST_DIGITS:
        whole["p"] = (digits[::-1],)
    number = re.sub(r"[^a-z0-9]", "", lower)
    if len(number) >= _LEAST_DIGITS and any(map(str.isdigit, number)):
        whole["i"] = (number,)
    return Query(tuple(comparable(text).split()), whole)


def contact_terms(config: Config, attribute: str, text: str, country: str | None) -> tuple[str, list[str]]:
    """Read an e-mail address or a phone number as a source's is read: the field and the terms that find it exactly."""
    own = {name: a for name, a in config.vocabulary().items() if name in config.attributes}
    found = standardise({attribute: [clean(text)]}, entity_type="person", country=country, custom=own).get(
        attribute, []
    )
    standards = [value.standard for value in found if isinstance(value.standard, str)]
    if attribute == "email":
        return "e", [standard.lower() for standard in standards]
    return "p", [standard.lstrip("+0")[::-1] for standard in standards]
