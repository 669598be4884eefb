"""A steward's day in a real browser by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.postgres import EmbeddedPostgres
from identity import decision_log
from tests.web.conftest import PASSWORD, Site
from tests.web.outcome import approvals, golden, open_items, owners, together, wait_until
from tests.web.stewards import steward_site, stop_as_plan


@pytest.fixture(scope="module")
def site(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with steward_site(server, synced, tmp_path_factory.mktemp("stewards")) as running:
        yield running


def tab_to(page: Any, selector: str) -> None:
    """Go on by Tab until the focus is where it is wanted, as somebody without a mouse does."""
    for _ in range(150):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by Tab to {selector}")


def test_a_day_by_keyboard_alone(site: Site, page_as: Any) -> None:
    page = page_as("")
    page.goto("/queue?kind=possible_match")
    _sign_in(page)
    _decide_three_and_take_one_back(site, page)
    _claim(page)
    with site.hub.engine.connect() as conn:
        said = {d.kind: d for d in decision_log.newest(conn, by="steward")}
    assert set(said) == {"same", "different"}
    _cut_and_undo(site, page)
    _pin(site, page)
    for decision in said.values():
        site.client("steward").post(f"/decisions/{decision.decision_id}/revoke", data={"reason": "end of the day"})


def _sign_in(page: Any) -> None:
    keys = page.keyboard
    page.wait_for_selector("input[name=name]")
    for _ in range(12):  # to the field, wherever the page begins
        if page.evaluate("document.activeElement.name") == "name":
            break
        keys.press("Tab")
    keys.type("steward")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_selector(".items")
    page.wait_for_load_state()


def _decide_three_and_take_one_back(site: Site, page: Any) -> None:
    keys = page.keyboard
    first, second, third = open_items(site)[:3]
    keys.press("?")
    page.wait_for_selector("dialog[open]")
    keys.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_selector("h1:has-text('Compare')")
    with page.expect_navigation():
        keys.press("s")
    wait_until(lambda: together(site, first))
    with page.expect_navigation():
        keys.press("d")
    with page.expect_navigation():
        keys.press("u")
    assert not together(site, second)
    with page.expect_navigation():
        keys.press("z")  # the last one is taken back, and stands there again
    page.wait_for_selector(".outcome:has-text('undone')")
    assert [task.key for task in open_items(site)][:1] == [third.key]
    wait_until(lambda: "undone" in (page.text_content("#notice") or ""))  # told aloud
    with page.expect_navigation():
        keys.press("d")


def _claim(page: Any) -> None:
    keys = page.keyboard
    page.goto("/queue?kind=possible_match")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_selector("h1:has-text('Compare')")
    with page.expect_navigation():
        keys.press("c")
    assert page.locator("button:has-text('Give it free')").count() == 1
    with page.expect_navigation():
        keys.press("q")
    assert page.locator(".badge:has-text('you are at it')").count() == 1


def _cut_and_undo(site: Site, page: Any) -> None:
    keys = page.keyboard
    joined = owners(site, "desk", "d10")[0]
    page.goto(f"/clusters/{joined}")
    with page.expect_navigation():
        keys.press("x")
    wait_until(lambda: owners(site, "desk", "d10") != owners(site, "shop", "s10"))
    with page.expect_navigation():
        keys.press("z")
    wait_until(lambda: owners(site, "desk", "d10") == owners(site, "shop", "s10") == [joined])


def _pin(site: Site, page: Any) -> None:
    keys = page.keyboard
    page.goto(f"/customers/{owners(site, 'shop', 's11')[0]}")
    tab_to(page, "a[href$='/why/tier']")
    keys.press("Enter")
    page.wait_for_selector("#why form")
    tab_to(page, "#why input[name=value]")
    keys.press("Control+A")
    keys.type("silver")
    tab_to(page, "#why input[name=reason]")
    keys.type("by letter")
    with page.expect_navigation():
        keys.press("Enter")
    assert golden(site, "s11", "tier") == ["silver"]


def test_a_plan_is_approved_by_keyboard_alone(site: Site, page_as: Any) -> None:
    run = stop_as_plan(site)
    page = page_as("lead")
    page.goto("/queue?kind=plan")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("text=To the run")
    with page.expect_navigation():
        page.keyboard.press("o")
    tab_to(page, "input[name=reason]")
    page.keyboard.type("looked at")
    tab_to(page, "button[value=approve]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=approved it")
    assert approvals(site, run) == ["approve"]
    page.goto("/queue?kind=plan")
    assert "lead has approved it" in page.inner_text(".items")
