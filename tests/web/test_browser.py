"""The console in a real Chromium: names that try to break out, no serious fault for who can't see or use a mouse."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from hub.db import transaction
from tests.web.conftest import Site
from tests.web.test_pages import customer_of

pytestmark = pytest.mark.browser

_BREAKING = (
    "<script>window.broken=1</script>", "<img src=x onerror=window.broken=1>", "\"><svg onload=window.broken=1>",
    "'-window.broken=1-'", "javascript:window.broken=1", "{{7*7}}", "${7*7}",
    "</title><script>window.broken=1</script>",
    "\u202egnp.exe", "\u2066\u2069\u200f", "<!--", "]]>", "&lt;b&gt;", "=HYPERLINK(\"http://x\")", "\u0301" * 40,
    "🏳️‍🌈" * 50,
    "a" * 500, "<a href=javascript:window.broken=1>x</a>", "<style>*{display:none}</style>", "<base href=//evil.test>",
    "<meta http-equiv=refresh content=0;url=//evil.test>", "<iframe srcdoc='<script>parent.broken=1</script>'>",
)  # fmt: skip


def hostile_names(count: int) -> list[str]:
    """Names that would do harm where a page forgot to escape them."""
    rng = random.Random(5)
    return [" ".join(rng.sample(_BREAKING, rng.randint(1, 3)))[:700] for _ in range(count)]


def test_five_hundred_hostile_names_do_nothing(site: Site, page_as: Callable[..., Any]) -> None:
    names = hostile_names(500)
    customer = customer_of(site, "s0")
    with transaction(site.hub.engine) as conn:
        values = [{"value": name, "standard": None} for name in names]
        conn.execute(
            sa.text("""
                UPDATE golden.golden_record SET
                    attributes = attributes || jsonb_build_object('family_name', CAST(:values AS jsonb),
                                                                  'given_name', CAST(:values AS jsonb)),
                    origins = jsonb_set(jsonb_set(origins, '{attributes,family_name,won}', CAST(:won AS jsonb)),
                                        '{attributes,given_name,won}', CAST(:won AS jsonb))
                WHERE customer_id = CAST(:id AS uuid) AND valid_to IS NULL"""),
            {"values": json.dumps(values), "won": json.dumps([[0, "union"]] * len(values)), "id": customer},
        )
        conn.execute(
            sa.text("""
                UPDATE identity.source_record SET attributes = attributes || jsonb_build_object(
                    'family_name', CAST(:values AS jsonb), 'full_name', CAST(:values AS jsonb))
                WHERE source_id IN ('s0', 'd0')"""),
            {"values": json.dumps(values[:8])},
        )
        for place, name in enumerate(names[:40]):
            conn.execute(
                sa.text("""
                    INSERT INTO golden.pin (kind, record_id, attribute, value, lifetime, entered_by, entered_at, reason)
                    SELECT 'value', record_id, 'family_name', CAST(:value AS jsonb), 'permanent', :by, now(), :name
                    FROM identity.source_record WHERE source_id = 's0'"""),
                {"value": json.dumps({"value": name, "standard": None}), "by": f"{place}{name[:50]}", "name": name},
            )
    page = page_as("steward")
    for path in ("", "/systems", "/timeline", "/relations", "/history", "/why/family_name"):
        page.goto(f"/customers/{customer}{path}")
        assert page.evaluate("window.broken") is None, path
        assert page.locator("main script, main iframe, main style, main base, main img").count() == 0, path
        assert page.url.startswith(site.url)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path  # nothing breaks out sideways
    for name in names[:25]:
        page.goto(f"/search?{httpx_encode(name)}")
        assert page.evaluate("window.broken") is None
        assert page.input_value("#q") == " ".join(name[:200].split(" ")).strip()
    assert "49" not in page_as("steward").goto(f"/search?{httpx_encode('{{7*7}}')}").text().partition("<main")[2][:200]


def httpx_encode(name: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"q": name})


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
