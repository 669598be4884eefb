"""The console in a real Chromium: no serious fault for who can't see or use a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from hub.db import transaction
from tests.web.conftest import Site
from tests.web.test_pages import customer_of

pytestmark = pytest.mark.browser

PAGES = ("/", "/search?q=Baumann", "/runs", "/account", "/nowhere")
TABS = ("", "/systems", "/timeline", "/relations", "/history", "/why/email")


def test_no_page_has_a_serious_fault_for_who_can_not_see_it(site: Site, page_as: Callable[..., Any]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    customer, axe, faults = customer_of(site, "s6"), Axe(), []
    for scheme in ("light", "dark"):
        page = page_as("lead", color_scheme=scheme)
        run = "/runs/" + _newest_run(site)
        for path in (*PAGES, run, *(f"/customers/{customer}{tab}" for tab in TABS)):
            page.goto(path)
            faults += [
                (scheme, path, found["id"], node["target"])
                for found in axe.run(page).response["violations"]
                if found["impact"] in ("serious", "critical")
                for node in found["nodes"][:3]
            ]
    page = page_as("")
    page.goto("/sign-in")
    faults += [f["id"] for f in axe.run(page).response["violations"] if f["impact"] in ("serious", "critical")]
    assert faults == []


def _newest_run(site: Site) -> str:
    with transaction(site.hub.engine) as conn:
        return str(conn.scalar(sa.text("SELECT run_id FROM ops.run ORDER BY started_at DESC LIMIT 1")))


def test_a_person_signs_in_searches_and_pins_by_keyboard_alone(site: Site, page_as: Callable[..., Any]) -> None:
    page = page_as("", viewport={"width": 390, "height": 844})
    page.goto("/sign-in")
    page.keyboard.type("steward")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")
    page.keyboard.press("/")
    page.keyboard.type("Durand Sofia")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    page.locator("#found a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*")
    page.locator("a[href$='/why/given_name']").focus()
    page.keyboard.press("Enter")
    page.locator("#why [name=value]").wait_for()
    page.locator("#why [name=value]").fill("Sophia")
    page.locator("#why [name=reason]").fill("asked her")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*?done=*")
    assert "Sophia" in page.locator("h1").inner_text()
    page.goto(page.url.partition("?")[0] + "/history")
    page.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    page.locator("output", has_text="1").wait_for()
    for path in ("/", "/runs", "/search?q=Durand"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path  # fits a phone
