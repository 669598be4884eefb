"""The pages of the console, as people of each role get them, and what a person enters there."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa

from apps.web.console import deciding
from hub import audit, plans, runs
from hub.db import transaction
from hub.errors import RejectedError
from hub.masking import MARK
from tests.web.conftest import Site


def customer_of(site: Site, source_id: str) -> str:
    with transaction(site.hub.engine) as conn:
        found = conn.scalar(
            sa.text("""
                SELECT x.customer_id FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)
                WHERE s.source_id = :id AND x.valid_to IS NULL"""),
            {"id": source_id},
        )
    return str(found)


def test_home_says_what_waits_and_what_ran(site: Site) -> None:
    told = site.client("steward").get("/").text
    assert "Quarantine" in told
    assert re.search(r"/runs/[0-9a-f-]{36}", told)
    assert 'aria-label="shop: ' in told  # the line of what the shop delivers, in words too
    auditors = site.client("auditor").get("/").text
    assert "What needs you now" not in auditors
    assert 'href="/search"' not in auditors


def test_a_page_shows_only_ways_that_are_open(site: Site) -> None:
    for role, there, not_there in (
        ("reader", ("/search", "/runs"), ("/queue", "/decisions")),
        ("steward", ("/search", "/queue", "/runs"), ()),
        ("auditor", ("/runs",), ("/search", "/queue")),
    ):
        navigation = site.client(role).get("/account").text.partition("<main")[0]
        assert all(f'href="{path}"' in navigation for path in there), role
        assert not any(f'href="{path}"' in navigation for path in not_there), role


def test_search_finds_and_is_noted(site: Site) -> None:
    customer = customer_of(site, "s0")
    for typed in ("Katharina Baumann", "katarina bauman", "k.baumann0@mail-demo.de", "s0"):
        told = site.client("reader").get("/search", params={"q": typed}).text
        assert customer in told, typed
    assert "Nobody was found" in site.client("reader").get("/search", params={"q": "zzqqxx"}).text
    part = site.client("reader").get("/search", params={"q": "Baumann"}, headers={"hx-request": "true"})
    assert "<html" not in part.text
    with transaction(site.hub.engine) as conn:
        entry = audit.entries(conn, who="reader", what="search", limit=1)[0]
    assert f"customer:{customer}" in entry.things


@pytest.mark.parametrize("tab", ["", "/systems", "/timeline", "/relations", "/history", "/why/email"])
def test_every_page_of_a_customer_is_there_and_noted(site: Site, tab: str) -> None:
    customer = customer_of(site, "s0")
    with transaction(site.hub.engine) as conn:
        before = audit.verify(conn).entries
    answer = site.client("reader").get(f"/customers/{customer}{tab}")
    assert answer.status_code == 200
    with transaction(site.hub.engine) as conn:
        newest = audit.entries(conn, limit=5)
        assert newest[0].seq > before
        assert any(e.what == "customer.read" and f"customer:{customer}" in e.things for e in newest)


def test_a_masked_field_is_masked_wherever_it_stands(site: Site) -> None:
    customer = customer_of(site, "s0")
    for tab in ("", "/systems", "/history", "/relations"):
        seen = site.client("steward").get(f"/customers/{customer}{tab}").text
        masked = site.client("reader").get(f"/customers/{customer}{tab}").text
        assert "1950-01-01" not in masked, tab
        if tab != "/relations":
            assert "1950-01-01" in seen, tab
            assert MARK in masked, tab
    refused = site.client("reader").get(f"/customers/{customer}/why/birth_date")
    assert refused.status_code == 409
    assert "1950" not in refused.text
    assert customer not in site.client("reader").get("/search", params={"q": "1950-01-01"}).text


def test_a_steward_pins_excludes_and_ends_it(site: Site) -> None:
    customer, steward = customer_of(site, "s2"), site.client("steward")
    where = f"/customers/{customer}"
    entry = {"kind": "pin", "attribute": "given_name", "value": "Amelia", "lasts": "permanent", "reason": "told me"}
    done = steward.post(f"{where}/pins", data=entry)
    assert (done.status_code, done.headers["location"]) == (303, f"{where}?done=entered")
    told = steward.get(where).text
    assert "Amelia" in told  # at once, by the road of every change
    assert "pinned by a person" in told
    assert "Amelia" in steward.get(f"{where}/history").text
    with transaction(site.hub.engine) as conn:
        noted = audit.entries(conn, who="steward", what="pin.write", limit=1)[0]
        assert f"customer:{customer}" in noted.things
        assert noted.after == {"given_name": audit.digest(conn, "given_name", "Amelia")}
        assert noted.before
    found = re.search(r"/pins/(\d+)/end", told)
    assert found
    assert steward.post(f"{where}/pins/{found[1]}/end", data={"reason": " "}).status_code == 409
    assert steward.post(f"{where}/pins/{found[1]}/end", data={"reason": "was wrong"}).status_code == 303
    assert "Amelia" not in steward.get(where).text
    other = customer_of(site, "s4")
    assert steward.post(f"/customers/{other}/pins/{found[1]}/end", data={"reason": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"value": ""}, "empty"),
        ({"reason": ""}, "why"),
        ({"kind": "revoke"}, "entered"),
        ({"attribute": "given_nam"}, "no such attribute"),
        ({"attribute": "email", "value": "nonsense"}, "no value for email"),
        ({"lasts": "date", "until": ""}, "day"),
        ({"lasts": "date", "until": "2001-01-01"}, "over"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(site: Site, change: dict[str, str], told: str) -> None:
    entry = {"kind": "pin", "attribute": "given_name", "value": "A", "lasts": "permanent", "reason": "r", **change}
    answer = site.client("steward").post(f"/customers/{customer_of(site, 's4')}/pins", data=entry)
    assert answer.status_code == 409
    assert told in answer.text


def test_the_audit_log_is_for_who_may_read_it(site: Site) -> None:
    customer = customer_of(site, "s0")
    site.client("reader").get(f"/customers/{customer}")
    told = site.client("auditor").get("/audit", params={"on": f"customer:{customer}"}).text
    assert "customer.read" in told
    assert f'href="/customers/{customer}"' not in told  # an auditor sees no customers
    assert "There is no such entry" in site.client("auditor").get("/audit?who=nobody%00").text
    assert site.client("steward").get("/audit").status_code == 403


def test_ids_that_are_none_are_not_there(site: Site) -> None:
    for path in (f"/customers/{uuid.uuid4()}", "/customers/x", f"/runs/{uuid.uuid4()}", "/runs/x"):
        assert site.client("steward").get(path).status_code == 404


def _plan(site: Site, changes: int) -> uuid.UUID:
    with transaction(site.hub.engine) as conn:
        run_id = runs.start(conn, "sync", "prefect:0f0f")
        summary = {"master": {"plan": "This run would move 7 customers.", "plan_changes": changes}}
        runs.finish(conn, run_id, "warning", summary)
    return run_id


def test_a_plan_is_approved_by_who_may_and_by_two_where_two_are_asked(site: Site) -> None:
    run_id = _plan(site, 7)
    where = f"/runs/{run_id}"
    assert "look at its plan" in site.client("reader").get("/runs").text.lower()
    told = site.client("lead").get(where).text
    assert 'value="approve"' in told
    assert "/runs/flow-run/0f0f" in told
    assert 'value="approve"' not in site.client("reader").get(where).text
    assert site.client("steward").post(f"{where}/plan", data={"word": "approve", "reason": "x"}).status_code == 403
    assert site.client("lead").post(f"{where}/plan", data={"word": "approve", "reason": ""}).status_code == 409
    with transaction(site.hub.engine) as conn:
        assert not plans.lets(conn, 1, second_person=False)
    assert site.client("lead").post(f"{where}/plan", data={"word": "approve", "reason": "ok"}).status_code == 303
    assert site.client("lead").post(f"{where}/plan", data={"word": "approve", "reason": "again"}).status_code == 409
    with transaction(site.hub.engine) as conn:
        assert plans.lets(conn, 7, second_person=False)
        assert not plans.lets(conn, 8, second_person=False)  # no more than was approved
        assert not plans.lets(conn, 7, second_person=True)
        plans.say(conn, run_id, "approve", by="engineer", reason="me too")
        assert plans.lets(conn, 7, second_person=True)
    later = _plan(site, 3)
    with transaction(site.hub.engine) as conn:
        assert not plans.lets(conn, 3, second_person=False)  # that is another plan
        with pytest.raises(RejectedError, match="waits no more"):
            plans.say(conn, run_id, "refuse", by="lead", reason="late")
        plans.say(conn, later, "refuse", by="lead", reason="no")
        with pytest.raises(RejectedError, match="refused already"):
            plans.say(conn, later, "approve", by="engineer", reason="but")
    assert "Refused" in site.client("lead").get(f"/runs/{later}").text


def test_runs_are_listed_a_page_at_a_time(site: Site) -> None:
    with transaction(site.hub.engine) as conn:
        for _ in range(35):
            runs.finish(conn, runs.start(conn, "verify", "command"), "completed", {})
        conn.execute(sa.text("UPDATE ops.run SET started_at = started_at - random() * interval '9 days'"))
    first = site.client("reader").get("/runs")
    found = re.search(r'/runs\?before=([^"]+)"', first.text)
    assert found
    second = site.client("reader").get(f"/runs?before={found[1]}")
    assert second.status_code == 200
    # Above the list, a plan that waits is named on each page.
    one, other = (
        set(re.findall(r"/runs/([0-9a-f-]{36})", page.text.partition("<section")[2])) for page in (first, second)
    )
    assert one
    assert other
    assert not one & other


def test_previews_take_turns(site: Site) -> None:
    asked = {"record": ["shop|customers|s1", "shop|customers|s3"], "kind": "same"}
    steward = site.client("steward")
    with deciding._in_turn():  # somebody else's
        told = steward.post("/compare/preview", data=asked).text
    assert "Others are being worked out" in told
    assert 'hx-trigger="load delay:2s"' in told  # it asks again by itself
    assert "Others are" not in steward.post("/compare/preview", data=asked).text
