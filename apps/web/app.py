"""The web app: its routers, and what stands around every request."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Depends, FastAPI

from apps.web import errors, files
from apps.web.api import docs_page, problems, routers
from apps.web.api.guard import Guard
from apps.web.api.metrics import Metrics
from apps.web.background import running
from apps.web.console import (
    account,
    audit_log,
    bulk,
    cluster,
    compare,
    customer,
    decisions,
    history,
    home,
    item,
    pinning,
    queue,
    runs,
    search,
)
from apps.web.rights import declared
from apps.web.security import oidc, sign_in
from apps.web.security.csrf import check_origin
from apps.web.security.headers import SecurityHeaders
from apps.web.security.sign_in import Attempts
from hub.session import Hub
from identity.lookup import Lookup

ROUTERS: tuple[APIRouter, ...] = (
    files.router,
    sign_in.router,
    oidc.router,
    account.router,
    home.router,
    queue.router,
    bulk.router,
    item.router,
    compare.router,
    cluster.router,
    decisions.router,
    search.router,
    customer.router,
    pinning.router,
    history.router,
    runs.router,
    audit_log.router,
)
"""One list is the registry: a new group of pages or resources is one file and one line."""


def create_app(hub: Hub) -> FastAPI:
    """Put the app together for a hub. Raises SettingsError for a route that does not say who may call it.

    Handlers are plain functions, run in a pool of threads; each opens its own transaction, and nothing below commits.
    """
    # FastAPI's own pages of documentation load scripts from elsewhere; the API has pages of its own.
    app = FastAPI(
        title="customer-hub",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(check_origin)],
        lifespan=running,
    )
    app.state.hub = hub
    app.state.metrics = Metrics(hub)
    app.state.attempts = Attempts()
    app.state.lookup = Lookup(hub.config)  # with the scorers that pages and apps share
    app.state.cookie_key = secrets.token_bytes(32)  # of cookies that live for minutes: a restart may end them
    for router in (*ROUTERS, *routers.ROUTERS, docs_page.router):
        app.include_router(router)
    app.state.routes = declared(app)
    app.state.paths = frozenset(path for method, path, _ in app.state.routes if method == "GET")
    errors.install(app)
    app.add_exception_handler(customer.MovedError, customer.moved)
    problems.install(app)
    app.add_middleware(Guard, per_minute=hub.config.api.requests_per_minute, requests=app.state.metrics.requests)
    app.add_middleware(SecurityHeaders, https=(hub.config.access.public_url or "").startswith("https:"))
    return app
