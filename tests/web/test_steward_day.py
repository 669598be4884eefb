"""A steward's day in a browser, by mouse; no serious fault for a screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from hub.postgres import EmbeddedPostgres
from tests.web.conftest import PASSWORD, Site
from tests.web.outcome import approvals, golden, harmless, open_items, owners, together, wait_until
from tests.web.stewards import steward_site, stop_as_plan


@pytest.fixture(scope="module")
def site(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with steward_site(server, synced, tmp_path_factory.mktemp("stewards")) as running:
        yield running


def test_a_day_by_mouse(site: Site, page_as: Any) -> None:
    page = page_as("")
    page.goto("/queue")
    page.fill("input[name=name]", "lead")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button:has-text('Sign in')")
    assert page.url.endswith("/queue")
    page.click("text=Possible matches >> nth=0")
    _decide_and_end_it(site, page)
    _cut_and_undo(site, page)
    _let_live(site, page)
    _pin(site, page)
    _approve_a_plan(site, page)


def _decide_and_end_it(site: Site, page: Any) -> None:
    before = open_items(site)
    first = before[0]
    page.click(".items .what >> nth=0")
    page.wait_for_selector("#preview table")  # what would follow shows by itself
    assert page.locator("#preview th.then").count() == 1
    page.click("button:has-text('Same')[name=kind]")
    page.wait_for_selector(".outcome")
    assert "Decided: same" in page.inner_text(".outcome")
    wait_until(lambda: together(site, first))
    assert "item=match" in page.url  # the next item is there at once
    page.goto(f"/clusters/{owners(site, *first.records[0][::2])[0]}")
    assert page.locator("svg.graph circle").count() == 2
    page.check("input[name=record] >> nth=0")
    page.click("text=what would follow >> nth=0")
    page.wait_for_selector("#preview >> text=cannot be different")  # the word of before stands against it
    page.goto("/decisions")
    page.click("summary:has-text('End it') >> nth=0")
    page.fill("details[open] input[name=reason]", "seen again")
    page.click("details[open] button")
    page.wait_for_selector(".outcome")
    wait_until(lambda: not together(site, first))


def _cut_and_undo(site: Site, page: Any) -> None:
    """Split a customer that the scores have joined, and take it back."""
    joined = owners(site, "desk", "d2")[0]
    page.goto(f"/clusters/{joined}")
    page.click("button:has-text('Cut here')")
    page.wait_for_selector(".outcome")
    wait_until(lambda: owners(site, "desk", "d2") != owners(site, "shop", "s2"))
    page.click("button:has-text('Undo')")
    page.wait_for_selector(".outcome:has-text('undone')")
    wait_until(lambda: owners(site, "desk", "d2") == owners(site, "shop", "s2") == [joined])


def _let_live(site: Site, page: Any) -> None:
    """Let something that is held live."""
    held = open_items(site, "held")
    page.goto("/queue?kind=held")
    page.click(".items .what >> nth=0")
    page.goto(page.url.replace("/compare?", "/queue/item?"))
    page.fill("form[action='/queue/approve'] input[name=reason]", "one household account")
    page.click("button:has-text('Let it live')")
    page.wait_for_selector("text=let live")
    assert len(open_items(site, "held")) == len(held) - 1


def _pin(site: Site, page: Any) -> None:
    page.goto(f"/customers/{owners(site, 'shop', 's4')[0]}")
    page.click("a[href$='/why/tier'] >> nth=0")
    page.fill("#why input[name=value]", "platinum")
    page.fill("#why input[name=reason]", "by contract")
    with page.expect_navigation():
        page.click("#why button:has-text('Enter it')")
    assert golden(site, "s4", "tier") == ["platinum"]


def _approve_a_plan(site: Site, page: Any) -> None:
    run = stop_as_plan(site)
    page.goto("/queue?kind=plan")
    page.click(".items .what")
    page.click("text=To the run")
    page.fill("input[name=reason]", "a large import, looked at")
    page.click("button:has-text('Approve')")
    page.wait_for_selector("text=approved it")
    assert approvals(site, run) == ["approve"]


def test_the_second_steward_keeps_his_words_and_is_told(site: Site, page_as: Any) -> None:
    task = harmless(site, "h")[0]
    one, other = page_as("steward"), page_as("lead")
    for page in (one, other):
        page.goto(f"/compare?item={task.key}")
    other.fill("input[name=reason]", "He is the father")
    one.click("button[value=same]")
    one.wait_for_selector(".outcome")
    other.click("button[value=different]")
    told = other.inner_text("[role=alert]")
    assert "steward said same" in told
    assert other.input_value("input[name=reason]") == "He is the father"
    wait_until(lambda: together(site, task))
    one.click("button:has-text('Undo')")
    one.wait_for_selector(".outcome:has-text('undone')")


def test_several_are_decided_at_once_after_a_preview(site: Site, page_as: Any) -> None:
    tasks = open_items(site)[:2]
    page = page_as("lead")
    page.goto("/queue?kind=possible_match")
    page.check("input[name=key] >> nth=0")
    page.check("input[name=key] >> nth=1")
    page.click("button:has-text('Decide them')")
    page.check("input[value=different]")
    page.fill("input[name=reason]", "two branches")
    page.click("button:has-text('What would follow')")
    assert "0 merges and 0 splits" in page.inner_text("[role=status].told")
    assert {task.key for task in tasks} <= {task.key for task in open_items(site)}
    page.click("button:has-text('Decide 2')")
    page.wait_for_selector("text=2 items decided")
    assert not {task.key for task in tasks} & {task.key for task in open_items(site)}
    assert site.client("steward").post("/queue/bulk", data={"key": tasks[0].key}).status_code == 403


def test_axe_finds_nothing_serious(site: Site, page_as: Any) -> None:
    light, dark = page_as("lead"), page_as("lead", color_scheme="dark")
    item = open_items(site)[-1]
    joined = owners(site, "desk", "d4")[0]
    found = []
    pages = ("/queue?kind=parked", "/decisions?history=1", "/queue/item?item=gone")
    both = ("/queue", f"/compare?item={item.key}", f"/clusters/{joined}")
    for page, path in [*((light, path) for path in (*pages, *both)), *((dark, path) for path in both)]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        results = Axe().run(page).response["violations"]
        found += [
            (path, v["id"], [n["html"][:120] for n in v["nodes"]][:2])
            for v in results
            if v["impact"] in ("serious", "critical")
        ]
    assert found == []


def test_what_is_wrong_in_a_form_is_refused_in_words(site: Site) -> None:
    client: httpx.Client = site.client("lead")
    task = harmless(site, "h")[-1]
    record = ["|".join(key) for key in task.records]
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("/compare/decide", {"record": record, "kind": "alike", "seen": "x", "last": 0}),
        ("/compare/decide", {"record": record[:1], "kind": "same", "seen": "x", "last": 0}),
        ("/compare/decide", {"record": record, "kind": "same", "seen": "x", "last": 0, "reason": "r"}),
        ("/compare/decide", {"record": ["a|b"], "kind": "same", "seen": "x", "last": 0}),
        ("/queue/handle", {"action": "fly", "key": task.key}),
        ("/queue/handle", {"action": "defer", "key": task.key, "day": "someday"}),
        ("/queue/handle", {"action": "claim"}),
        ("/queue/bulk", {"key": [task.key] * 200}),
        ("/queue/approve", {"item": task.key, "reason": "r"}),
        ("/queue/read-again", {"item": task.key}),
        ("/decisions/999999/revoke", {"reason": "r"}),
        (f"/clusters/{task.customers[0]}/decide", {"action": "new", "seen": "x", "last": 0, "reason": "r"}),
    ]
    for path, form in wrong:
        answer = client.post(path, data=form)
        assert answer.status_code == 409, (path, answer.status_code)
        assert "<h1>" in answer.text, path
    for path in (
        "/compare?item=match:x",
        "/queue?after=1~%00&kind=nope&age=9&system=%00",
        "/compare",
        "/queue/item?item=%00",
        "/clusters/00000000-0000-0000-0000-000000000000",
        "/compare?record=a%7Cb%7Cc&record=d%7Ce%7Cf",
    ):
        assert client.get(path).status_code in (200, 404, 409), path
