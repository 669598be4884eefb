"""Search, and search before create, as an app asks for them."""

from __future__ import annotations

import httpx

from tests.web.api.asking import customer_of, is_problem
from tests.web.conftest import Site


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
