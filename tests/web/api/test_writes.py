"""Decisions and pins of apps: each once, carried out, and refused where they don't fit."""

from __future__ import annotations

import httpx

from tests.web.api.asking import NOBODY, carried_out, customer_of, is_problem, key
from tests.web.conftest import Site


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
