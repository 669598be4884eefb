"""Who may do what: one table. Every route names the right it needs, or says that it is open to all.

An app (an API key) has of the rights of its role only those that its key names.
"""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from apps.web.principal import NotAllowedError, NotSignedInError, Principal, find_principal
from hub.access import Role
from hub.errors import SettingsError


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_PEOPLE = _roles("reader", "steward", "lead", "engineer", "auditor")

RIGHTS: dict[str, frozenset[Role]] = {
    "home.read": _PEOPLE,
    "account.write": _PEOPLE,  # one's own password and sessions
    "docs.read": _PEOPLE | _roles("app"),
    "customer.read": _roles("reader", "steward", "lead", "engineer", "app"),
    "queue.read": _roles("steward", "lead", "engineer"),
    "queue.work": _roles("steward", "lead"),  # claim, defer, lock
    "queue.assign": _roles("lead"),  # to somebody else
    "decision.read": _roles("steward", "lead", "engineer", "auditor"),
    "decision.write": _roles("steward", "lead", "app"),
    "decision.bulk": _roles("lead"),
    "pin.write": _roles("steward", "lead", "app"),
    "hold.approve": _roles("steward", "lead"),
    "quarantine.read": _roles("steward", "lead", "engineer"),
    "quarantine.write": _roles("steward", "lead", "engineer"),
    "delivery.write": _roles("lead", "engineer"),  # try a parked change again
    "run.read": _PEOPLE,
    "plan.approve": _roles("lead", "engineer"),
    "audit.read": _roles("lead", "auditor"),
    "match": _roles("steward", "lead", "engineer", "app"),
    "feed.read": _roles("engineer", "app"),
    "export": _roles("lead", "app"),
    "webhook.read": _roles("engineer", "app"),
    "webhook.write": _roles("engineer", "app"),
    "metrics": _roles("engineer", "app"),
}

APP_RIGHTS = frozenset(right for right, roles in RIGHTS.items() if "app" in roles)


def allows(principal: Principal, right: str) -> bool:
    """Say whether somebody has a right."""
    granted = bool(principal.roles & RIGHTS[right])
    return granted and (principal.kind == "user" or right in principal.scopes)


class Requires:
    """A dependency of a route: only who has the right gets in. `session_too`: of the API, also people signed in."""

    def __init__(self, right: str, *, session_too: bool = False) -> None:
        if right not in RIGHTS:
            raise SettingsError(f"A route asks for the right '{right}', which is not in the table of rights.")
        self.right = right
        self.session_too = session_too

    def __call__(self, request: Request) -> None:
        """Let in, or raise NotSignedInError or NotAllowedError."""
        principal = find_principal(request, session_too=self.session_too)
        if principal is None:
            raise NotSignedInError
        request.state.principal = principal
        if not allows(principal, self.right):
            raise NotAllowedError(self.right)


class Public:
    """A dependency of a route that is open to all; it knows who asks where somebody is signed in."""

    def __call__(self, request: Request) -> None:
        """Let in."""
        request.state.principal = None


def requires(right: str, *, session_too: bool = False) -> Any:
    """Name the right that a route needs: `@router.get("/", dependencies=[requires("customer.read")])`."""
    return Depends(Requires(right, session_too=session_too))


def public() -> Any:
    """Open a route to everybody."""
    return Depends(Public())


def declared(app: FastAPI) -> list[tuple[str, str, str | None]]:
    """Every route as (method, path, right); None: open to all.

    Raises SettingsError for a route that declares nothing, or both, so that the app can't start with one.
    """
    found: list[tuple[str, str, str | None]] = []
    for route in iter_route_contexts(app.routes):
        words = _words(getattr(route, "dependant", None))
        if len(words) != 1:
            raise SettingsError(f"The route {route.path} must say once who may call it.", hint="See apps/web/rights.py")
        right = words[0].right if isinstance(words[0], Requires) else None
        found += [(method, route.path or "", right) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


def _words(dependant: Dependant | None) -> list[Requires | Public]:
    if dependant is None:
        return []
    own = [dependant.call] if isinstance(dependant.call, Requires | Public) else []
    return [*own, *(word for inner in dependant.dependencies for word in _words(inner))]
