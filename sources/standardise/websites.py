"""Web sites: the host that tells whose it is, without scheme, www and path."""

from __future__ import annotations

import re
from functools import lru_cache

from sources.standardise.text import table

_HOST = re.compile(r"(?=.{3,200}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})")
_PREFIX = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*:)?/{0,3}(?:[^/@\s]*@)?(?:www\d?\.)+|^(?:[a-z][a-z0-9+.-]*:)?/{1,3}(?:[^/@\s]*@)?"
)
# Second levels under which the public registers below country domains, the commonest of publicsuffix.org.
_SECOND = table(
    """
    co com org net gov gob ac edu or ne go gv govt asn id ltd plc sch nhs nom in web blog
    """
)
# Hosts of many owners: only the path says whose page it is.
_SHARED = table(
    """
    facebook.com linkedin.com instagram.com twitter.com x.com youtube.com etsy.com yelp.com tripadvisor.com
    github.com google.com linktr.ee vk.com tiktok.com xing.com
    """
)
_PARTED = table(
    """
    wordpress.com blogspot.com wixsite.com weebly.com github.io myshopify.com jimdo.com
    """
)


@lru_cache(maxsize=1 << 14)
def website(cleaned: str) -> str | None:
    """Give the registered domain ("https://shop.acme.co.uk/x" acme.co.uk); of a shared host, the page; else None."""
    text = _PREFIX.sub("", cleaned.strip().lower(), count=1)
    location, _, path = re.split(r"[?#]", text, maxsplit=1)[0].partition("/")
    host = location.partition(":")[0].rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if not _HOST.fullmatch(host):
        return None
    labels = host.split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND else 2
    registered = ".".join(labels[-keep:])
    if registered in _PARTED:
        return ".".join(labels[-3:])
    page = path.partition("/")[0]
    return f"{registered}/{page}"[:256] if registered in _SHARED and page and page.isprintable() else registered


def looks_like(cleaned: str) -> bool:
    """Tell whether the value is written as a web address, whatever column it stands in."""
    return cleaned.lower().startswith(("http://", "https://", "www.")) and website(cleaned) is not None
