"""What every answer of the API has in common: problems, limits, its description, health and figures."""

from __future__ import annotations

import httpx

from tests.web.api.asking import NOBODY, is_problem
from tests.web.conftest import Site


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
