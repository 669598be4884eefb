"""Changes as an app follows them: pages, waiting, a stream, webhooks, and the export that it begins with."""

from __future__ import annotations

import csv
import io
import json
import threading
import time

import httpx
import pyarrow.parquet as pq
import sqlalchemy as sa

from golden_record import read
from hub.db import transaction
from tests.web.api.asking import customer_of, is_problem
from tests.web.conftest import Site


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
