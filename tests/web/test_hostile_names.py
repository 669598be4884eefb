"""Five hundred names that are meant to do harm, in every place where a page shows one: all of a name is there to be
read, and nothing of it becomes a part of the page.

Every page is taken apart by Chromium's own parser; those that show many names are opened as well, with the content
security policy and without it, so that neither defence hides a gap in the other. The slow ones read all pages and open
up to forty of each place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from apps.web.pages import HERE, plain
from hub.db import transaction
from hub.postgres import EmbeddedPostgres
from identity import holds
from tests.web.conftest import Site
from tests.web.hostile import FAMILIES, NAMES, USER, family_keys, hostile_site
from tests.web.outcome import open_items, owners
from tests.web.stewards import add_rows

pytestmark = pytest.mark.browser

_WRITTEN = {tag for file in HERE.glob("templates/*.html") for tag in re.findall(r"<([a-z]\w*)", file.read_text())}
OURS = sorted(_WRITTEN | {"wbr"})
"""Elements that the pages are made of."""

_READ = """
async ([ours, path, form]) => {
  const token = document.querySelector("meta[name=csrf]").content;
  const sent = form && { method: "POST", body: new URLSearchParams(form), headers: { "X-CSRF-Token": token } };
  const answer = await fetch(path, sent || {});
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const faults = answer.status === 200 ? [] : [`answered ${answer.status}`];
  for (const one of page.querySelectorAll("*")) {
    const tag = one.localName;
    if (!["html", "head", "body", ...ours].includes(tag)) faults.push(`element ${tag}`);
    if (tag === "script" && !one.getAttribute("src")?.startsWith("/static/")) faults.push("script");
    if (one.hasAttribute("http-equiv")) faults.push("http-equiv");
    for (const { name, value } of one.attributes) {
      if (/^(on|hx-on|style$|srcdoc$)/i.test(name)) faults.push(`${tag} ${name}`);
      const leads = /(href|src|action)$|^hx-(get|post)$/.test(name);
      if (leads && !/^(\\/(?!\\/)|#)/.test(value)) faults.push(`${name}=${value}`);
    }
  }
  const words = page.body.textContent.replace(/\\s+/g, " ");
  if (/[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]/.test(words)) faults.push("a mark of direction");
  const next = page.querySelector("a[rel=next]")?.getAttribute("href");
  return { faults, words, next };
}"""


@dataclass
class Place:
    """Where names show: addresses to begin at, each followed by its further pages, at most `most` in all."""

    starts: Sequence[str]
    shows: Sequence[str] = NAMES
    forms: Sequence[list[tuple[str, str]]] = ()
    most: int = 1000
    walked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with hostile_site(server, synced, tmp_path_factory.mktemp("hostile")) as running:
        yield running


def test_every_name_is_shown_and_is_no_part_of_any_page(site: Site, page_as: Any) -> None:
    page = page_as(USER)
    page.goto("/account")
    places = _places(site)
    for name, most in _FEW.items():
        places[name].shows, places[name].most = (), most
    assert _read(page, places) == {}
    _open(page_as, [places[name].walked[0] for name in _OPENED])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_page_is_read_and_many_are_opened(site: Site, page_as: Any) -> None:
    page = page_as(USER)
    page.goto("/account")
    places = _places(site)
    assert _read(page, places) == {}
    _open(page_as, [path for place in places.values() if not place.forms for path in place.walked[:40]])


@pytest.mark.slow
def test_every_name_is_shown_with_the_records_of_its_customer(site: Site, page_as: Any) -> None:
    """Families that were held are let live: each becomes one customer of twenty records."""
    with transaction(site.hub.engine) as conn:
        for task in open_items(site, "held"):
            holds.approve(conn, task.number, by=USER, reason=NAMES[task.number])
    add_rows(site, [], [])
    customers = [owners(site, *family_keys(n)[0][::2])[0] for n in range(len(FAMILIES))]
    page = page_as(USER)
    page.goto("/account")
    tabs = ("/clusters/{}", "/customers/{}", "/customers/{}/why/given_name", "/customers/{}/systems")
    places = {tab: Place([tab.format(one) for one in customers]) for tab in tabs}
    places["/customers/{}"].shows = ()
    assert _read(page, places) == {}
    _open(page_as, [path for place in places.values() for path in place.walked])


_FEW = {
    **{"queue of conflict": 1, "queue of quarantine": 1, "bulk": 1, "search": 5, "filters": 9, "households": 3},
    **{"cluster": 3, "item of possible_match": 2, "item of conflict": 2, "item of parked": 2, "item of held": 2},
    **{"why": 2, "customer/why/tier": 0},  # what would have to be otherwise is tried value by value: that takes seconds
}
"""Pages that are read in each run of the tests, of places that have many and look like another."""

_OPENED = (
    *("queue of possible_match", "decisions", "home", "search", "compare", "cluster", "customer", "customer/timeline"),
    "item of held",
)
"""Places whose first page is opened in each run of the tests."""


def _places(site: Site) -> dict[str, Place]:
    return {**_lists(site), **_of_one_customer(site), **_items(site)}


def _lists(site: Site) -> dict[str, Place]:
    """Pages that list what there is, and those that repeat what somebody has typed."""
    keys = [task.key for task in open_items(site)]
    with site.hub.engine.connect() as conn:
        run = conn.scalar(sa.text("SELECT run_id FROM ops.run WHERE command = 'sync' ORDER BY started_at DESC LIMIT 1"))
    kinds = ("possible_match", "conflict", "parked", "quarantine", "plan")
    typed = [(("/search", "q"), ("/audit", "who"), ("/decisions", "by"))[n % 3] for n in range(len(NAMES))]
    return {
        **{f"queue of {kind}": Place([f"/queue?kind={kind}"]) for kind in kinds},
        "queue of held": Place(["/queue?kind=held"], ()),
        "queue": Place(["/queue"], (), most=1),
        "bulk": Place(["/queue/bulk"] * 3, forms=[[("key", key) for key in keys[n::3]] for n in range(3)]),
        "decisions": Place(["/decisions"]),
        "audit log": Place(["/audit?what=decision.unsure"]),
        "runs": Place(["/runs"]),
        "run and its plan": Place([f"/runs/{run}"]),
        "home": Place(["/"]),
        "search": Place([f"/search?{urlencode({'q': family})}" for family in FAMILIES]),
        "filters": Place(
            [f"{path}?{urlencode({of: name[:200]})}" for name, (path, of) in zip(NAMES, typed, strict=True)], ()
        ),
    }


def _of_one_customer(site: Site) -> dict[str, Place]:
    """Pages of one customer who has all the names, and of some who belong with others of their family."""
    customer = owners(site, "shop", "s2")[0]
    tabs = ("", "/systems", "/timeline", "/relations", "/history", "/why/tier")
    homes = [owners(site, *family_keys(n)[0][::2])[0] for n in range(len(FAMILIES))]
    both = urlencode({"record": ["shop|customers|s2", "desk|contacts|d2"]}, doseq=True)
    return {
        **{f"customer{tab}": Place([f"/customers/{customer}{tab}"]) for tab in tabs},
        "households": Place([f"/customers/{one}/relations" for one in homes]),
        "cluster": Place([f"/clusters/{one}" for one in homes], ()),
        "why": Place([f"/customers/{one}/why/given_name" for one in homes], ()),
        "compare": Place([f"/compare?{both}"]),
    }


def _items(site: Site) -> dict[str, Place]:
    """Pages of one item each."""
    found = {}
    for kind in ("possible_match", "conflict", "parked", "quarantine", "held"):
        task = open_items(site, kind)[0]
        path = "/compare" if kind == "possible_match" else "/queue/item"
        found[f"item of {kind}"] = Place([f"{path}?{urlencode({'item': task.key, 'kind': kind})}"])
    found["item of quarantine"].most = 2  # the first row has all of them
    return found


def _read(page: Any, places: dict[str, Place]) -> dict[str, tuple[list[str], list[str]]]:
    """Take every page apart; gives by place what is wrong with its pages, and names that none of them shows."""
    wrong = {}
    for name, place in places.items():
        words, faults = "", []
        for n, start in enumerate(place.starts):
            path: str | None = start
            while path and len(place.walked) < place.most:
                found = page.evaluate(_READ, [OURS, path, place.forms[n] if place.forms else None])
                place.walked.append(path)
                words += found["words"]
                faults += [f"{path}: {fault}" for fault in found["faults"]]
                path = found["next"]
        missing = [one for one in place.shows if _as_shown(one) not in words]
        if faults or missing:
            wrong[name] = (faults[:5], missing[:5])
    return wrong


def _as_shown(name: str) -> str:
    return " ".join(plain(name).split())


def _open(page_as: Any, paths: Iterable[str]) -> None:
    """Open pages as a person does, by turns on a phone under the policy and without the policy on a desk."""
    guarded = page_as(USER, viewport={"width": 390, "height": 844})
    open_to_all = page_as(USER, bypass_csp=True)
    for n, path in enumerate(paths):
        page = (guarded, open_to_all)[n % 2]
        page.goto(path)
        assert page.evaluate("window.broken") is None, path
        assert page.evaluate("location.pathname + location.search") == path, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path  # nothing breaks out sideways
