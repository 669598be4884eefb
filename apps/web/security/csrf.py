"""No other site can send a form in a person's name: where it comes from is checked, and the session's own token.

The token is derived from the session's cookie, which no script can read; pages carry it in a meta tag (HTMX sends it as
`X-CSRF-Token`) and forms in the field `csrf`.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request

from apps.web.principal import COOKIE, hub_of, is_api

FIELD = "csrf"
HEADER = "x-csrf-token"
_SAFE = ("GET", "HEAD", "OPTIONS")


class ForgedError(Exception):
    """A form that did not come from one of our pages, or from one of an earlier session."""


def token_of(request: Request) -> str:
    """The token that pages of this session carry; "" without a session."""
    return token(request.cookies.get(COOKIE, ""))


def token(cookie: str) -> str:
    """The token of the session with this cookie."""
    return hmac.new(cookie.encode("utf-8", "replace"), b"csrf", hashlib.sha256).hexdigest() if cookie else ""


async def check_origin(request: Request) -> None:
    """Let a changing request through only from our own pages. Raises ForgedError.

    Apps are left out: their key comes in a header that no other site can set.
    """
    if request.method in _SAFE or is_api(request):
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedError
    origin = request.headers.get("origin")
    public = hub_of(request).config.access.public_url
    ours = {request.headers.get("host"), urlsplit(public).netloc if public else None}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise ForgedError
    expected = token_of(request)
    if not expected:
        return
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = str((await request.form()).get(FIELD, ""))
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode()):
        raise ForgedError
