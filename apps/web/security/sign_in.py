"""Signing in by name and password, and out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from apps.web.pages import page
from apps.web.principal import COOKIE, current_principal, find_principal, hub_of
from apps.web.rights import public, requires
from hub import audit, users, web_sessions
from hub.db import transaction
from hub.users import User

router = APIRouter()

# Guessing is made slow by address and by name; neither alone would do (many addresses, many names). The limit by name
# alone is wide, so that a stranger can't easily lock a person out.
_BY_BOTH: RateLimitItem = RateLimitItemPerMinute(5)
_BY_ADDRESS: RateLimitItem = RateLimitItemPerMinute(30)
_BY_NAME: RateLimitItem = RateLimitItemPerHour(60)


class Attempts:
    """Counts failed attempts of this process; a success clears the person's own."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def too_many(self, address: str, name: str) -> bool:
        """Count an attempt; say whether it is one too many."""
        return not all(self._limiter.hit(limit, *key) for limit, key in self._keys(address, name))

    def clear(self, address: str, name: str) -> None:
        """Forget a person's attempts from an address, after a success."""
        for limit, key in self._keys(address, name):
            self._limiter.clear(limit, *key)

    @staticmethod
    def _keys(address: str, name: str) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
        name = name.strip().lower()[:200]
        return (_BY_BOTH, ("both", address, name)), (_BY_ADDRESS, ("address", address)), (_BY_NAME, ("name", name))


@router.get("/sign-in", dependencies=[public()])
def form(request: Request, next: str = "/") -> Response:
    """The form; who is signed in already goes on."""
    if find_principal(request) is not None:
        return RedirectResponse(local(next), status_code=303)
    return page(request, "sign_in.html", next=local(next), fault="", name="")


@router.post("/sign-in", dependencies=[public()])
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session, or say that name and password don't fit."""
    address = request.client.host if request.client else ""
    attempts: Attempts = request.app.state.attempts
    if attempts.too_many(address, name):
        refused = _again(request, 429, name, next, "Too many attempts. Wait a minute, then try again.")
        refused.headers["Retry-After"] = "60"
        return refused
    hub = hub_of(request)
    with transaction(hub.engine) as conn:
        user = users.check(conn, name, password)
        if user is None:
            # What was typed as a name may be a password: the log gets it only where there is such a user.
            known = users.by_name(conn, name)
            audit.record(conn, who=known.name if known else "unknown", what="sign-in.refused")
    if user is None:
        return _again(request, 401, name, next, "This name and password don't fit together.")
    attempts.clear(address, name)
    answer = RedirectResponse(local(next), status_code=303)
    begin(request, answer, user)
    return answer


@router.post("/sign-out", dependencies=[requires("account.write")])
def sign_out(request: Request) -> Response:
    """End this session."""
    principal = current_principal(request)
    with transaction(hub_of(request).engine) as conn:
        if principal.session_id is not None:
            web_sessions.revoke(conn, principal.session_id)
        audit.record(conn, who=principal.name, what="sign-out")
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def begin(request: Request, answer: Response, user: User) -> None:
    """Begin a session of a person: always a new token, whatever the browser had; an earlier one of it is ended."""
    access = hub_of(request).config.access
    earlier = find_principal(request)
    with transaction(hub_of(request).engine) as conn:
        if earlier is not None and earlier.session_id is not None:
            web_sessions.revoke(conn, earlier.session_id)
        token = web_sessions.start(conn, user.user_id, access)
        audit.record(conn, who=user.name, what="sign-in")
    answer.set_cookie(
        COOKIE, token, max_age=int(access.session_hours * 3600), path="/", httponly=True, samesite="strict",
        secure=secure(request),
    )  # fmt: skip


def secure(request: Request) -> bool:
    """Say whether cookies are to travel by https alone."""
    return request.url.scheme == "https" or (hub_of(request).config.access.public_url or "").startswith("https:")


def local(path: str) -> str:
    """Give a path of this site to go on to; anything else leads home (an open redirect would serve phishing)."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if safe and len(path) < 2000 else "/"


def _again(request: Request, status: int, name: str, next: str, fault: str) -> HTMLResponse:
    return page(request, "sign_in.html", status=status, next=local(next), fault=fault, name=name)
