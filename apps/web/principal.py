"""Who asks: a person with a session, or an app with a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from fastapi import Request

from hub import api_keys, web_sessions
from hub.db import transaction
from hub.session import Hub

API = ("/api/", "/metrics")
"""Paths where a key is asked for; everywhere else it is a session."""

COOKIE = "hub_session"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `name` is what decisions and the audit log say; `scopes` are an app's rights."""

    name: str
    roles: frozenset[str]
    kind: Literal["user", "key"]
    scopes: frozenset[str] = frozenset()
    user_id: int | None = None
    session_id: int | None = None


class NotSignedInError(Exception):
    """Nobody is signed in, or the key is not known: the answer is 401, or the way to the sign-in."""


class NotAllowedError(Exception):
    """Who asks is known but may not do this: the answer is 403."""

    def __init__(self, right: str) -> None:
        super().__init__(right)
        self.right = right


def hub_of(request: Request) -> Hub:
    """The hub that this process serves."""
    return cast("Hub", request.app.state.hub)


def current_principal(request: Request) -> Principal:
    """Who asks, on a route that requires a right. Raises NotSignedInError on one that is open to all."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise NotSignedInError
    return principal


def is_api(request: Request) -> bool:
    """Say whether an app asks rather than a browser."""
    return request.url.path.startswith(API)


def find_principal(request: Request, *, session_too: bool = False) -> Principal | None:
    """Who asks by the key or the session that came along; None where neither counts."""
    if is_api(request):
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and text:
            with transaction(hub_of(request).engine) as conn:
                key = api_keys.find(conn, text.strip())
            return Principal(f"key:{key.name}", frozenset({"app"}), "key", key.scopes) if key else None
        if not (session_too and request.method in ("GET", "HEAD")):
            return None
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    with transaction(hub_of(request).engine) as conn:
        session = web_sessions.find(conn, token, hub_of(request).config.access)
    if session is None:
        return None
    return Principal(session.name, session.roles, "user", frozenset(), session.user_id, session.session_id)
