"""Fixtures of the web's tests: `site` (the app on a real port, on a base of its own, made once a module), `browser`
(Chromium, once a session) and `page_as(role)` (a page of somebody who is signed in).

The base is synced once a session and cloned for each module.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine

from apps.web.app import create_app
from apps.web.listening import bind
from apps.web.principal import COOKIE
from apps.web.security.csrf import HEADER, token
from flows.sync import sync
from hub import api_keys, users, web_sessions
from hub.access import USER_ROLES
from hub.config_file import load_config
from hub.db import make_engine, transaction
from hub.home import home_path
from hub.postgres import EmbeddedPostgres
from hub.session import Hub
from tests import databases
from tests.web import base

PASSWORD = "correct horse battery"
CHROMIUM = "/usr/bin/chromium"


@dataclass
class Site:
    """A running app. `client(role)` asks as somebody of that role, whose name is the role; "" is nobody."""

    url: str
    hub: Hub
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def cookie(self, name: str) -> str:
        """A new session's token of a user."""
        with transaction(self.hub.engine) as conn:
            user = users.by_name(conn, name)
            assert user is not None, name
            return web_sessions.start(conn, user.user_id, self.hub.config.access)

    def client(self, name: str = "") -> httpx.Client:
        """A client that is signed in as this user; it follows no redirects."""
        if name not in self.clients:
            made = httpx.Client(base_url=self.url, timeout=30)
            if name:
                cookie = self.cookie(name)
                made.cookies.set(COOKIE, cookie)
                made.headers[HEADER] = token(cookie)
            self.clients[name] = made
        return self.clients[name]

    def app_client(self, *scopes: str) -> httpx.Client:
        """A client with a new API key of these rights."""
        from apps.web.rights import APP_RIGHTS

        with transaction(self.hub.engine) as conn:
            _, secret = api_keys.add(conn, uuid.uuid4().hex, scopes, days=1, by="test", allowed=APP_RIGHTS)
        return httpx.Client(base_url=self.url, timeout=30, headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture(scope="session")
def synced(server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The name of a database with the small base resolved and one user a role, and its settings file."""
    settings = base.write(tmp_path_factory.mktemp("site"))
    databases.create(server, "template_site", template)
    engine = make_engine(server.url("template_site"))
    sync(_hub(settings, engine, server.url("template_site")))
    with transaction(engine) as conn:
        for role in USER_ROLES:
            users.add(conn, role, [role], PASSWORD)
    engine.dispose()
    return "template_site", settings


@contextmanager
def serving(server: EmbeddedPostgres, synced: tuple[str, Path], folder: Path, access: str = "") -> Iterator[Site]:
    """Serve a clone of the base; `access` is added to that section of its settings."""
    settings = Path(shutil.copytree(synced[1].parent, folder / "hub")) / "hub.yaml"
    settings.write_text(settings.read_text() + access)
    with databases.copied(server, synced[0]) as name:
        engine = make_engine(server.url(name))
        hub = _hub(settings, engine, server.url(name))
        with listening(create_app(hub)) as url:
            yield Site(url, hub)
        engine.dispose()


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Run an ASGI app on a free port of this machine."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", access_log=False, timeout_graceful_shutdown=3
    )
    socket = bind(config)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([socket],), daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def site(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The app on a base of its own, for this module."""
    with serving(server, synced, tmp_path_factory.mktemp("serving")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium."""
    if not os.path.exists(CHROMIUM) and not os.environ.get("CI"):
        pytest.skip("no /usr/bin/chromium here")
    from playwright.sync_api import sync_playwright

    flags = ("disable-gpu", "disable-background-networking", "disable-component-update", "disable-sync", "no-first-run")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", *(f"--{flag}" for flag in flags)]
        )
        yield running
        running.close()


_REPORTS = """
document.addEventListener("securitypolicyviolation", (report) => {
  console.error(`Content Security Policy: ${report.violatedDirective} ${report.blockedURI} ${report.sample}`);
});"""


@pytest.fixture
def page_as(browser: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Give a page of somebody signed in; at the end no script may have failed, no dialog of a browser have opened, and
    the content security policy have reported nothing."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_page(name: str, **options: Any) -> Any:
        context = browser.new_context(base_url=site.url, **options)
        contexts.append(context)
        if name:
            context.add_cookies([{"name": COOKIE, "value": site.cookie(name), "url": site.url}])
        context.add_init_script(_REPORTS)
        page = context.new_page()
        page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on(
            "console",
            lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None,
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def _hub(settings: Path, engine: Engine, url: str) -> Hub:
    return Hub(load_config(settings), settings, home_path(settings), engine, url)
