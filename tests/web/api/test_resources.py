"""The API as an app sees it: every answer that is promised, masked, audited, once, and never a stack trace."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from apps.web.rights import APP_RIGHTS
from flows.single import resolve
from golden_record import read
from hub import audit
from hub.db import transaction
from identity import crosswalk
from tests.web.conftest import Site

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def api(site: Site) -> Iterator[httpx.Client]:
    with site.app_client(*APP_RIGHTS) as client:
        yield client


def customer_of(site: Site, system: str, source_id: str) -> str:
    with transaction(site.hub.engine) as conn:
        return str(crosswalk.customers_of(conn, system, source_id)[0])


def key(system: str, source_id: str) -> dict[str, str]:
    return {"system": system, "object": {"shop": "customers", "desk": "contacts"}[system], "source_id": source_id}


def carried_out(site: Site, answer: httpx.Response) -> None:
    """Let a run do what could not be done at once: on a busy machine a lock may be taken for a moment."""
    assert answer.status_code == 201, answer.text
    if answer.json()["later"]:
        resolve(site.hub, progress=lambda _: None)


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["title"]
    return found


def test_a_customer_by_id_by_key_and_by_contact_point(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s2")
    whole = api.get(f"/api/v1/customers/{customer_id}").json()
    assert whole["status"] == "current"
    assert whole["attributes"]["given_name"] == [{"value": "Katharina", "standard": "katharina"}]
    assert {r["system"] for r in whole["records"]} == {"shop", "desk"}
    assert whole["relations"] is None
    for query in ({"system": "desk", "source_id": "d2"}, key("shop", "s2")):
        assert api.get("/api/v1/customers/by-key", params=query).json()["customers"] == [whole]
    email = whole["attributes"]["email"][0]["value"]
    for body in ({"email": email.upper()}, {"phone": "030 9000002", "country": "DE"}):
        assert whole in api.post("/api/v1/customers/lookup", json=body).json()["customers"]
    assert api.post("/api/v1/customers/lookup", json={"email": "nobody@example.org"}).json() == {"customers": []}


def test_chosen_parts_and_only_those(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s2")
    got = api.get(f"/api/v1/customers/{customer_id}", params={"include": "relations, consents"}).json()
    assert (got["relations"], got["consents"], got["activities"], got["computed"]) == ([], [], None, None)
    is_problem(api.get(f"/api/v1/customers/{customer_id}", params={"include": "everything"}), 422)


def test_masked_values_are_nowhere(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s2")
    with transaction(site.hub.engine) as conn:
        golden = read.customer(conn, uuid.UUID(customer_id))
    assert golden is not None
    born = str(golden.attributes["birth_date"][0].value)
    match = {"entity_type": "person", "attributes": {"given_name": "Katharina", "birth_date": born}, "explain": True}
    answers = [
        api.get(f"/api/v1/customers/{customer_id}", params={"include": "activities,relations,consents,computed"}),
        api.get(f"/api/v1/customers/{customer_id}/versions"),
        api.get(f"/api/v1/customers/{customer_id}/why/birth_date"),
        api.post("/api/v1/search", json={"text": "Katharina"}),
        api.post("/api/v1/match", json={**match, "attributes": {**match["attributes"], "family_name": "Durand"}}),
        *(api.get("/api/v1/export", params={"format": form}) for form in ("ndjson", "csv")),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert born not in answer.text, answer.url
    assert "••••" in answers[0].text
    assert api.post("/api/v1/search", json={"text": born}).json()["hits"] == []


def test_etags(site: Site, api: httpx.Client) -> None:
    url = f"/api/v1/customers/{customer_of(site, 'shop', 's4')}"
    first = api.get(url)
    tag = first.headers["etag"]
    assert api.get(url).headers["etag"] == tag
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = api.get(url, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get(url, headers={"If-None-Match": '"x"'}).content == first.content
    assert api.get(url, params={"include": "relations"}).headers["etag"] != tag


def test_pins_once_and_only_on_what_was_read(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s12")
    url = f"/api/v1/customers/{customer_id}"
    tag = api.get(url).headers["etag"]
    body = {"kind": "pin", "attribute": "given_name", "value": "Kathi", "reason": "She says so"}
    is_problem(api.post(f"{url}/pins", json=body, headers={"If-Match": '"old"'}), 412)
    once = {"If-Match": tag, "Idempotency-Key": "pin-1"}
    made = api.post(f"{url}/pins", json=body, headers=once)
    carried_out(site, made)
    shown = api.get(url)
    assert shown.json()["attributes"]["given_name"][0]["value"] == "Kathi"
    assert shown.headers["etag"] != tag
    again = api.post(f"{url}/pins", json=body, headers=once)
    assert again.status_code == 201, again.text
    assert again.json()["entry"] == made.json()["entry"]
    is_problem(api.post(f"{url}/pins", json={**body, "value": "Kath"}, headers={"Idempotency-Key": "pin-1"}), 409)
    is_problem(api.post(f"{url}/pins", json=body, headers={"If-Match": tag}), 412)
    number = made.json()["entry"]
    assert api.post(f"/api/v1/pins/{number}/end", json={"reason": "no"}).status_code == 204
    is_problem(api.post(f"/api/v1/pins/{number}/end", json={"reason": "no"}), 404)
    is_problem(api.post(f"{url}/pins", json={**body, "attribute": "shoe_size"}), 409)
    is_problem(api.post(f"/api/v1/customers/{NOBODY}/pins", json=body), 404)


def test_decisions_merge_split_and_every_id_goes_on_answering(site: Site, api: httpx.Client) -> None:
    mine, other = customer_of(site, "shop", "s11"), customer_of(site, "shop", "s13")
    body = {"kind": "same", "left": [key("shop", "s11")], "right": [key("shop", "s13")], "reason": "A call"}
    made = api.post("/api/v1/decisions", json=body, headers={"Idempotency-Key": "d-1"})
    carried_out(site, made)
    assert customer_of(site, "shop", "s11") == customer_of(site, "shop", "s13")
    number = made.json()["decision"]["decision_id"]
    assert made.headers["location"] == f"/api/v1/decisions/{number}"
    again = api.post("/api/v1/decisions", json=body, headers={"Idempotency-Key": "d-1"}).json()
    assert again["decision"] == made.json()["decision"] == api.get(f"/api/v1/decisions/{number}").json()
    gone = mine if customer_of(site, "shop", "s11") != mine else other
    kept = other if gone == mine else mine
    moved = api.get(f"/api/v1/customers/{gone}?include=relations")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/api/v1/customers/{kept}?include=relations")
    assert moved.json() == {"customer_id": gone, "status": "merged", "current": [kept]}
    assert api.get(f"/api/v1/customers/{gone}", follow_redirects=True).json()["customer_id"] == kept
    assert is_problem(api.get(f"/api/v1/customers/{gone}/timeline"), 404)["current"] == [kept]
    assert len(api.get(f"/api/v1/customers/{gone}/versions").json()["versions"]) >= 1
    against = {**body, "kind": "different"}
    assert "by #" in is_problem(api.post("/api/v1/decisions", json=against), 409)["detail"]
    ended = api.post(f"/api/v1/decisions/{number}/revoke", json={"reason": "A mistake"})
    assert ended.json()["decision"]["revokes"] == number
    carried_out(site, ended)
    assert api.get(f"/api/v1/customers/{gone}").status_code == 200
    is_problem(api.post(f"/api/v1/decisions/{number}/revoke", json={"reason": "A mistake"}), 409)
    is_problem(api.get("/api/v1/decisions/999999"), 404)


def test_split_and_retired_ids_answer(site: Site, api: httpx.Client) -> None:
    split, gone = customer_of(site, "shop", "s23"), customer_of(site, "shop", "s43")
    with transaction(site.hub.engine) as conn:  # as identity would leave them
        for name, heirs in ((split, ["s33", "s41"]), (gone, [])):
            conn.execute(
                sa.text("UPDATE golden.golden_record SET valid_to = now() WHERE customer_id = :id"), {"id": name}
            )
            conn.execute(
                sa.text("UPDATE identity.customer SET status = :status WHERE customer_id = :id"),
                {"id": name, "status": "split" if heirs else "retired"},
            )
            conn.execute(
                sa.text("UPDATE identity.crosswalk SET valid_to = now() WHERE customer_id = :id AND valid_to IS NULL"),
                {"id": name},
            )
            for heir in heirs:
                conn.execute(
                    sa.text("""INSERT INTO identity.crosswalk (record_id, customer_id, valid_from, valid_to)
                        SELECT record_id, :id, now() - interval '1 day', now() FROM identity.source_record
                        WHERE source_id = :heir"""),
                    {"id": name, "heir": heir},
                )
    answer = api.get(f"/api/v1/customers/{split}")
    assert answer.status_code == 300
    heirs_now = {customer_of(site, "shop", "s33"), customer_of(site, "shop", "s41")}
    assert set(answer.json()["current"]) == heirs_now
    assert answer.headers["link"].count("alternate") == 2
    is_problem(api.get(f"/api/v1/customers/{gone}"), 410)
    is_problem(api.get(f"/api/v1/customers/{NOBODY}"), 404)
    is_problem(api.get("/api/v1/customers/by-key", params={"system": "shop", "source_id": "none"}), 404)


def test_match_says_what_a_batch_run_would(site: Site, api: httpx.Client) -> None:
    whole = api.get(f"/api/v1/customers/{customer_of(site, 'shop', 's20')}").json()
    said = {name: whole["attributes"][name][0]["value"] for name in ("given_name", "family_name", "email", "phone")}
    body = {"entity_type": "person", "attributes": said, "country": "DE", "explain": True}
    best = api.post("/api/v1/match", json=body).json()["candidates"][0]
    assert (best["customer_id"], best["band"]) == (whole["customer_id"], "link")
    assert {step["comparison"] for step in best["steps"]}
    assert api.post("/api/v1/match", json={**body, "explain": False}).json()["candidates"][0]["steps"] == []
    for wrong in ({"shoe_size": "42"}, {"email": ""}, {"given_name": {"street": "x"}}, {}):
        is_problem(api.post("/api/v1/match", json={**body, "attributes": wrong}), 422)


def test_search_finds_the_misspelt(api: httpx.Client) -> None:
    hits = api.post("/api/v1/search", json={"text": "Katarina Lindqivst"}).json()["hits"]
    assert hits[0]["customer"]["attributes"]["family_name"][0]["value"] == "Lindqvist"
    assert hits[0]["by"] == ["name"]


def test_as_of_and_why_and_timeline(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s22")
    now = api.get(f"/api/v1/customers/{customer_id}").json()
    then = api.get(f"/api/v1/customers/{customer_id}", params={"as_of": now["valid_from"]})
    assert then.json()["attributes"] == now["attributes"]
    is_problem(api.get(f"/api/v1/customers/{customer_id}", params={"as_of": "2001-01-01T00:00:00Z"}), 404)
    is_problem(api.get(f"/api/v1/customers/{customer_id}", params={"as_of": "2001-01-01T00:00:00"}), 422)
    why = api.get(f"/api/v1/customers/{customer_id}/why/email").json()
    assert why["won"][0]["value"] == now["attributes"]["email"][0]["value"]
    is_problem(api.get(f"/api/v1/customers/{customer_id}/why/shoe_size"), 404)
    assert api.get(f"/api/v1/customers/{customer_id}/timeline").json() == {"activities": [], "next": None}
    is_problem(api.get(f"/api/v1/customers/{customer_id}/timeline", params={"cursor": "x"}), 400)


def test_the_feed_by_pages_by_waiting_and_as_a_stream(site: Site, api: httpx.Client) -> None:
    cursor, seen = None, []
    while True:
        page = api.get("/api/v1/changes", params={"limit": 7, **({"cursor": cursor} if cursor else {})}).json()
        seen += page["changes"]
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert len(seen) >= 60
    assert api.get("/api/v1/changes", params={"now": True}).json()["cursor"] == cursor
    place = seen.index(seen[30])
    assert api.get("/api/v1/changes", params={"cursor": seen[30]["cursor"]}).json()["changes"][0] == seen[place + 1]

    def later() -> None:
        time.sleep(0.5)
        url = f"/api/v1/customers/{customer_of(site, 'shop', 's24')}/pins"
        with httpx.Client(base_url=api.base_url, headers=api.headers, timeout=30) as other:
            body = {"kind": "pin", "attribute": "given_name", "value": "Anneli", "reason": "x"}
            assert other.post(url, json=body).status_code == 201

    writer = threading.Thread(target=later)
    writer.start()
    woken = api.get("/api/v1/changes", params={"cursor": cursor, "wait": 20}).json()
    writer.join()
    assert [one["attributes"] for one in woken["changes"]] == [["given_name"]]
    with api.stream(
        "GET", "/api/v1/changes/stream", params={"seconds": 1}, headers={"Last-Event-ID": cursor}
    ) as stream:
        lines = [line for line in stream.iter_lines() if line]
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert told == woken["changes"]
    assert f"id: {told[0]['cursor']}" in lines
    is_problem(api.get("/api/v1/changes", params={"cursor": "nonsense"}), 400)
    with transaction(site.hub.engine) as conn:
        conn.execute(
            sa.text("UPDATE golden.change SET version = version + 1 WHERE seq = (SELECT max(seq) FROM golden.change)")
        )
    is_problem(api.get("/api/v1/changes", params={"cursor": woken["cursor"]}), 410)
    is_problem(api.get("/api/v1/changes/stream", params={"cursor": woken["cursor"]}), 410)


def test_webhook_subscriptions(api: httpx.Client) -> None:
    made = api.post("/api/v1/webhooks", json={"url": "https://example.com/hook", "kinds": ["merged"]})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    url = made.headers["location"]
    assert api.get(url).json()["state"] == "active"
    assert "secret" not in api.get(url).text + api.get("/api/v1/webhooks").text
    assert api.patch(url, json={"state": "paused"}).json()["state"] == "paused"
    is_problem(api.patch(url, json={"state": "parked"}), 422)
    for bad in ("https://127.0.0.1/", "http://example.com/", "https://169.254.169.254/x"):
        is_problem(api.post("/api/v1/webhooks", json={"url": bad}), 422)
    assert api.delete(url).status_code == 204
    is_problem(api.delete(url), 404)
    is_problem(api.get(url), 404)


def test_export_has_everybody_and_the_cursor_to_go_on(site: Site, api: httpx.Client) -> None:
    with transaction(site.hub.engine) as conn:
        count = read.count(conn)
    forms = {form: api.get("/api/v1/export", params={"format": form}) for form in ("ndjson", "csv", "parquet")}
    lines = [json.loads(line) for line in forms["ndjson"].text.splitlines()]
    rows = list(csv.DictReader(io.StringIO(forms["csv"].text)))
    table = pq.read_table(io.BytesIO(forms["parquet"].content)).to_pylist()
    assert len(lines) == len(rows) == len(table) == count
    assert {line["customer_id"] for line in lines} == {row["customer_id"] for row in rows}
    assert [row["email"] for row in table] == [row["email"] for row in rows]
    cursor = forms["csv"].headers["hub-cursor"]
    assert api.get("/api/v1/changes", params={"cursor": cursor}).json()["changes"] == []
    assert api.get("/api/v1/export", params={"entity_type": "organisation"}).text == ""


def test_errors_are_problems_whatever_goes_wrong(site: Site, api: httpx.Client) -> None:
    is_problem(httpx.get(f"{site.url}/api/v1/webhooks"), 401)
    assert "Bearer" in httpx.get(f"{site.url}/api/v1/webhooks").headers["www-authenticate"]
    is_problem(httpx.get(f"{site.url}/api/v1/webhooks", headers={"Authorization": "Bearer hub_x_y"}), 401)
    with site.app_client("customer.read") as narrow:
        is_problem(narrow.get("/api/v1/webhooks"), 403)
    is_problem(api.get("/api/v1/nothing"), 404)
    is_problem(api.put("/api/v1/changes"), 405)
    is_problem(api.get("/api/v1/customers/not-an-id"), 404)
    is_problem(api.post("/api/v1/search", json={"text": "x", "tekst": "y"}), 422)
    is_problem(api.post("/api/v1/search", content=b"{", headers={"Content-Type": "application/json"}), 422)
    is_problem(api.post("/api/v1/search", json={"text": "a\0b"}), 422)
    is_problem(api.post("/api/v1/search", content=b" " * (2 << 20)), 413)
    is_problem(api.post("/api/v1/search", content=iter([b" " * (1 << 20)] * 3)), 413)
    secret = "s3cret-value"
    assert secret not in api.post("/api/v1/search", json={"text": "x", "limit": secret}).text


def test_a_key_that_asks_too_often_is_told_to_wait(site: Site) -> None:
    from apps.web.app import create_app
    from hub.session import Hub
    from tests.web.conftest import listening

    api = site.hub.config.api.model_copy(update={"requests_per_minute": 3})
    hub = Hub(site.hub.config.model_copy(update={"api": api}), *(
        getattr(site.hub, name) for name in ("settings", "home", "engine", "database_url")
    ))  # fmt: skip
    with listening(create_app(hub)) as url, site.app_client("feed.read") as one, site.app_client("feed.read") as two:
        asked = [one.get(f"{url}/api/v1/changes").status_code for _ in range(4)]
        refused = one.get(f"{url}/api/v1/changes")
        assert asked == [200, 200, 200, 429]
        assert int(refused.headers["retry-after"]) >= 1
        assert two.get(f"{url}/api/v1/changes").status_code == 200


def test_personal_reads_are_in_the_audit_log(site: Site) -> None:
    customer_id = customer_of(site, "shop", "s30")
    with site.app_client("customer.read") as client:
        client.get(f"/api/v1/customers/{customer_id}")
        client.post("/api/v1/search", json={"text": "Katharina"})
    with transaction(site.hub.engine) as conn:
        entries = audit.entries(conn, on=f"customer:{customer_id}")
        assert entries[0].what == "customer.read"
        assert any(entry.what == "customer.search" for entry in audit.entries(conn, who=entries[0].who))
        assert not audit.verify(conn).fault


def test_the_description_as_a_file_and_as_a_page(site: Site, api: httpx.Client) -> None:
    made = api.get("/api/v1/openapi.json").json()
    shown = site.client("steward").get("/api/v1/docs")
    assert shown.headers["content-type"].startswith("text/html")
    for path in made["paths"]:
        assert path in shown.text
    is_problem(site.client().get("/api/v1/docs"), 401)
    is_problem(site.client("steward").get("/api/v1/changes"), 401)


def test_health_readiness_and_metrics(site: Site, api: httpx.Client) -> None:
    assert httpx.get(f"{site.url}/health").json() == httpx.get(f"{site.url}/ready").json() == {"status": "ok"}
    api.get(f"/api/v1/customers/{NOBODY}")
    figures = api.get("/metrics").text
    assert 'hub_api_requests_total{method="GET",route="/api/v1/customers/{customer_id}",status="404"}' in figures
    assert "hub_customers " in figures
    assert NOBODY not in figures
    is_problem(httpx.get(f"{site.url}/metrics"), 401)
