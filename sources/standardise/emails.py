"""E-mail addresses: the address alone, in lower case, if it can be one; nothing is asked of the network."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

# What email-validator accepts without more ado; it decides everything else (a tenth of the time for the plain case).
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?=.{1,180}$)(?:(?!xn--)(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_ANGLES = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$")
_SHAPE = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_RESERVED = ("local", "localhost", "invalid", "test", "onion", "arpa")


@lru_cache(maxsize=1 << 15)
def email(cleaned: str) -> str | None:
    """Give the address in lower case (plus-tags kept), or None if it can't be one.

    A domain without a dot passes: a mistyped address ("ann@gmailcom") still tells customers apart.
    """
    text = cleaned.lower()
    if not _PLAIN.fullmatch(text) or text.endswith(_RESERVED):
        if inner := _ANGLES.search(text):
            text = inner[1]
        text = text.removeprefix("mailto:").strip(" .,;:'\"<>()[]").replace(" ", "")
        if not _SHAPE.fullmatch(text):
            return None
        try:
            checked = validate_email(
                text, check_deliverability=False, globally_deliverable=False, test_environment=True
            )
        except (EmailNotValidError, ValueError, IndexError):
            return None
        text = checked.normalized.lower()
    return text if len(text) <= 254 else None


def domain(standard: str) -> str:
    """Give the domain of a standardised address."""
    return standard.rpartition("@")[2]


def looks_like(cleaned: str) -> bool:
    """Tell whether the whole value is an address with a dotted domain, whatever column it stands in."""
    return "@" in cleaned and " " not in cleaned and "." in domain(cleaned) and email(cleaned) is not None
