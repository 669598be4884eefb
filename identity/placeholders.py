"""Values that say nothing in any base: made-up e-mails, dummy numbers, defaults of date pickers.

They are dropped before blocking and scoring. What is junk in one base only (a call centre's phone) is found in
training and frozen in the model instead.
"""

from __future__ import annotations

_LOCAL_PART_WORDS = (
    "noemail nomail noreply no-reply donotreply do-not-reply none null na n.a unknown test testing tester anonymous "
    "notprovided not.provided not-provided example keineemail keine unbekannt sansmail sinemail dummy fake nobody "
    "noemailprovided noone invalid blank xxx xx x asdf abc aaa"
)
_DOMAIN_WORDS = "test.com test.de noemail.com none.com nomail.com email.invalid na.com null.com"
_NAME_WORDS = (
    "unknown|n a|none|null|not provided|not known|not available|tba|tbc|test|testing|xxx|xx|no name|noname|anonymous|"
    "unbekannt|inconnu|desconocido|sconosciuto|onbekend|kunde|customer|guest|gast|dummy|missing|nan|undefined"
)
# Defaults of date pickers and databases; a real birthday among them is far rarer than the default.
_DATE_WORDS = "1900-01-01 1899-12-30 1899-12-31 1901-01-01 1970-01-01 1111-11-11 9999-12-31 2000-00-00"
_SEQUENCES = ("0123456789012345", "9876543210987654", "1234567890123456")
_LOCAL_PARTS = frozenset(_LOCAL_PART_WORDS.split())
_DOMAINS = frozenset(_DOMAIN_WORDS.split())
_NAMES = frozenset(_NAME_WORDS.split("|"))
_DATES = frozenset(_DATE_WORDS.split())


def is_placeholder_email(address: str) -> bool:
    """Say whether a standardised e-mail address stands for "none"."""
    local, _, domain = address.partition("@")
    return not domain or local in _LOCAL_PARTS or domain in _DOMAINS or domain.endswith(".invalid")


def is_placeholder_number(number: str) -> bool:
    """Say whether the digits and letters of a phone or an identifier are one repeated character or a plain sequence."""
    core = "".join(filter(str.isalnum, number))
    tail = core[-6:]
    return (
        len(core) < 4 or len(set(tail)) == 1 or any(core in s or (len(core) > 7 and core[-8:] in s) for s in _SEQUENCES)
    )


def is_placeholder_name(name: str) -> bool:
    """Say whether a standardised name stands for "unknown"."""
    return name in _NAMES or not any(c.isalpha() for c in name)


def is_placeholder_date(date: str) -> bool:
    """Say whether an ISO birth date is a well-known default or lies outside any living memory."""
    return date in _DATES or not "1880" < date[:4] < "2100"
