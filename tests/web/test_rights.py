"""Every route says who may call it and lets in nobody else: tried for each route and role from the routes."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI

from apps.web.app import create_app
from apps.web.principal import API
from apps.web.rights import RIGHTS, declared, public, requires
from hub.access import USER_ROLES
from hub.errors import SettingsError
from tests.web.conftest import Site

_DUMMY = "00000000-0000-0000-0000-000000000000"


def _path(pattern: str) -> str:
    """An address of a route: none of what it names exists."""
    return "".join(_DUMMY if part.startswith("{") else part for part in _parts(pattern))


def _parts(pattern: str) -> list[str]:
    parts, rest = [], pattern
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        parts += [before, "{" + name]
    return [*parts, rest]


def test_every_route_lets_in_the_roles_of_its_right_and_no_other(site: Site) -> None:
    routes = [entry for entry in create_app(site.hub).state.routes if entry[2] is not None]
    assert len(routes) >= 5
    wrong = []
    for method, pattern, right in routes:
        path = _path(pattern)
        if path.startswith(API):
            found = site.client().request(method, path).status_code
            if found != 401:
                wrong.append((method, pattern, "nobody", found))
            continue
        found = site.client().request(method, path).status_code
        if found not in (303, 401):
            wrong.append((method, pattern, "nobody", found))
        for role in USER_ROLES:
            if pattern.startswith(("/sign-out", "/account/sign-out")):
                continue
            found = site.client(role).request(method, path).status_code
            if (found == 403) == (role in RIGHTS[right]):
                wrong.append((method, pattern, role, found))
            if found >= 500:
                wrong.append((method, pattern, role, found))
    assert wrong == []


def test_a_route_that_declares_nothing_stops_the_start() -> None:
    app, router = FastAPI(openapi_url=None), APIRouter()

    @router.get("/open", dependencies=[public()])
    def open_() -> None: ...

    app.include_router(router)
    assert declared(app) == [("GET", "/open", None)]

    @router.get("/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(SettingsError, match="/forgotten"):
        declared(app)


def test_an_unknown_right_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"customer\.reed"):
        requires("customer.reed")
