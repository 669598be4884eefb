"""One's own account: a new password, and the end of one's sessions everywhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from apps.web.pages import page
from apps.web.principal import COOKIE, current_principal, hub_of
from apps.web.rights import RIGHTS, allows, requires
from hub import audit, users, web_sessions
from hub.db import snapshot, transaction
from hub.errors import RejectedError

router = APIRouter()


@router.get("/account", dependencies=[requires("account.write")])
def account(request: Request) -> Response:
    """Who I am here, what I may do."""
    return _page(request)


@router.post("/account/password", dependencies=[requires("account.write")])
def password(request: Request, old: Annotated[str, Form()] = "", new: Annotated[str, Form()] = "") -> Response:
    """Set a new password; all sessions end, this one too."""
    principal = current_principal(request)
    try:
        with transaction(hub_of(request).engine) as conn:
            if users.check(conn, principal.name, old) is None:
                raise RejectedError("The present password is not right.")
            users.set_password(conn, principal.name, new)
            audit.record(conn, who=principal.name, what="password.change", on=[f"user:{principal.name}"])
    except RejectedError as error:
        return _page(request, status=409, fault=str(error))
    return _signed_out()


@router.post("/account/sign-out-everywhere", dependencies=[requires("account.write")])
def everywhere(request: Request) -> Response:
    """End all my sessions, on every machine."""
    principal = current_principal(request)
    with transaction(hub_of(request).engine) as conn:
        if principal.user_id is not None:
            web_sessions.revoke_all(conn, principal.user_id)
        audit.record(conn, who=principal.name, what="sign-out.everywhere")
    return _signed_out()


def _signed_out() -> Response:
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _page(request: Request, *, status: int = 200, fault: str = "") -> Response:
    principal = current_principal(request)
    with snapshot(hub_of(request).engine) as conn:
        user = users.by_name(conn, principal.name)
    rights = sorted(right for right in RIGHTS if allows(principal, right))
    return page(request, "account.html", status=status, user=user, rights=rights, fault=fault)
