"""Values that stand in the wrong attribute: an e-mail among the phones, a phone among the e-mails, a URL in a name."""

from __future__ import annotations

from functools import lru_cache

from sources.standardise import emails, phones, websites
from sources.standardise.text import READ, clean, table

_LOOKS = {"email": emails.looks_like, "website": websites.looks_like, "phone": phones.looks_like}
_NAMES = table("given_name middle_name family_name full_name organisation_name contact_name")
_WATCHED = _NAMES | _LOOKS.keys()


@lru_cache(maxsize=1 << 16)
def home(raw: str, name: str) -> str:
    """Give the attribute that a text belongs to: `name`, unless it is clearly an e-mail, URL or phone elsewhere."""
    if name == "email" and "@" in raw:
        return name
    if name in _NAMES and not ("@" in raw or "/" in raw or "www" in raw or "+" in raw):
        return name
    cleaned = clean(raw)
    if name in _NAMES and "@" not in cleaned and not cleaned.startswith(("+", "http", "www")):
        return name  # only a written-out country code makes digits a phone among names
    if name in _LOOKS and _LOOKS[name](cleaned):
        return name
    return next((other for other, looks in _LOOKS.items() if other != name and looks(cleaned)), name)


def place(raw: object, name: str) -> str:
    """Give the attribute that a value belongs to.

    Only contact points and names are looked at: an identifier may look like anything.
    """
    return home(raw, name) if name in _WATCHED and isinstance(raw, str) and len(raw) <= READ else name
