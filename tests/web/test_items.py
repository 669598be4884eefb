"""The pages of items that are not two records to compare: a row that can't be used, a refused write, a conflict."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from apps.web.console import item_view
from destinations import conflicts
from destinations.owners import Conflict
from golden_record import read
from hub.config import DestinationConfig, SystemConfig
from hub.db import transaction
from hub.masking import MARK
from hub.records import RecordKey
from sources import quarantine
from sources.quarantine import Entry, QuarantinedRow
from tests.web.conftest import Site
from tests.web.outcome import open_items, owners

_ROW = {"id": "4711", "name": "Ada <b>", "changed": "someday", "tags": ["a", "b"]}


@pytest.fixture(scope="module", autouse=True)
def items(site: Site) -> None:
    """One item of each kind."""
    customer = owners(site, "shop", "s0")[0]
    with transaction(site.hub.engine) as conn:
        row = QuarantinedRow("partners", "r", "4711", None, json.dumps(_ROW), "changed", "no_time", "No such time.")
        quarantine.put(conn, "shop", [row], None)
        conn.execute(
            sa.text("""
                INSERT INTO ops.delivery (destination, customer_id, version, entity_type, action, system, object,
                                          source_id, fields, content_key, state, attempts, reason)
                VALUES ('crm', :id, 1, 'person', 'update', 'crm', 'contacts', '9', '{birth_date,email}', '',
                        'rejected', 1, 'no such <day>')"""),
            {"id": customer},
        )
        record = RecordKey("shop", "customers", "s0")
        conflicts.store(conn, "crm", [customer], [Conflict(customer, 1, record, "date_of_birth", "system", "system")])


def _shown(site: Site, kind: str) -> str:
    (task,) = open_items(site, kind)
    return site.client("lead").get("/queue/item", params={"item": task.key}).text


def test_a_row_is_taken_apart_and_the_wrong_field_marked(site: Site) -> None:
    told = _shown(site, "quarantine")
    assert "shop/<wbr>partners/<wbr>4711" in told
    assert "Ada &lt;b&gt;" in told
    assert "[&#34;a&#34;, &#34;b&#34;]" in told
    wrong = told.partition('<tr class="wrong">')[2].partition("</tr>")[0]
    assert "changed" in wrong
    assert "someday" in wrong


def test_a_row_that_is_no_row_is_shown_as_it_came() -> None:
    now = sa.func.now()
    entry = Entry(1, "shop", "customers", None, 7, None, "column_count", "odd", now, now, '"a,b\\"c"')  # type: ignore[arg-type]  # no times needed
    assert item_view.row_of(entry).line == 'a,b"c'
    assert item_view.row_of(entry._replace(payload="a,b")).line == "a,b"


def test_a_refused_write_names_its_fields_and_the_systems_words(site: Site) -> None:
    told = _shown(site, "parked")
    assert "Not taken by crm" in told
    assert ">birth date<" in told
    assert "no such &lt;day&gt;" in told
    assert "/queue/send-again" in told


def test_a_conflict_shows_both_sides_masked_for_who_must_not_see_them(site: Site) -> None:
    assert "date_of_birth was changed in shop" in _shown(site, "conflict")  # though hub.yaml has no such destination
    (task,) = open_items(site, "conflict")
    hub = SystemConfig.model_validate({"kind": "hubspot", "url": "http://127.0.0.1:1", "token": "x" * 10})
    to = DestinationConfig.model_validate({"system": "crm", "purpose": "service", "legal_basis": "contract"})
    config = site.hub.config.model_copy(update={"systems": {"crm": hub}, "destinations": {"crm": to}})
    with site.hub.engine.connect() as conn:
        golden = read.customer(conn, task.customers[0])
        assert golden is not None
        born = golden.attributes["birth_date"][0].value
        sides = item_view.sides_of(conn, config, task, frozenset({"lead"}))
        assert sides == item_view.Sides("birth_date", (born,), (born,))
        hidden = item_view.sides_of(conn, config, task, frozenset({"reader"}))
        assert hidden == item_view.Sides("birth_date", (MARK,), (MARK,))
        gone = replace(task, key=task.key.replace("date_of_birth", "shoe_size"))
        assert item_view.sides_of(conn, config, gone, frozenset({"lead"})) is None


@pytest.mark.browser
def test_their_pages_have_no_serious_fault(site: Site, page_as: Any) -> None:
    phone = page_as("lead", color_scheme="dark", viewport={"width": 390, "height": 844})
    for kind in ("quarantine", "parked", "conflict"):
        (task,) = open_items(site, kind)
        phone.goto(f"/queue/item?item={task.key}")
        found = [one for one in Axe().run(phone).response["violations"] if one["impact"] in ("serious", "critical")]
        assert found == [], kind
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
