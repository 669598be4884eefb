"""HubSpot, reading: lists, search and its limits, batches, properties, deletions, mail events."""

from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess

OBJECTS = "/crm/v3/objects"


def _all(client: httpx.Client, object_type: str, **params: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    url, query = f"{OBJECTS}/{object_type}", {"limit": "100"} | params
    while True:
        answer = client.get(url, params=query).json()
        rows += answer["results"]
        if "paging" not in answer:
            return rows
        query = query | {"after": answer["paging"]["next"]["after"]}


def _search(client: httpx.Client, object_type: str = "contacts", **query: Any) -> dict[str, Any]:
    body = {"filterGroups": [], "sorts": [], "properties": [], "limit": 200, "after": "0"} | query
    return dict(client.post(f"{OBJECTS}/{object_type}/search", json=body).json())


def _filter(name: str, operator: str, value: Any = None, **more: Any) -> list[dict[str, Any]]:
    item = {"propertyName": name, "operator": operator} | more
    return [{"filters": [item | ({"value": value} if value is not None else {})]}]


def test_a_wrong_token_is_a_401(hubspot: httpx.Client) -> None:
    response = hubspot.get(f"{OBJECTS}/contacts", headers={"authorization": "Bearer wrong"})
    assert response.status_code == 401
    assert response.json()["category"] == "INVALID_AUTHENTICATION"


def test_lists_page_and_the_last_page_has_no_paging(hubspot: httpx.Client) -> None:
    first = hubspot.get(f"{OBJECTS}/contacts", params={"limit": "100"}).json()
    linked = hubspot.get(first["paging"]["next"]["link"]).json()
    rows = _all(hubspot, "contacts")
    assert rows[:100] == first["results"]
    assert rows[100 : 100 + len(linked["results"])] == linked["results"]
    assert len({row["id"] for row in rows}) == len(rows) > 100
    assert hubspot.get(f"{OBJECTS}/contacts", params={"limit": "101"}).status_code == 400


def test_properties_come_when_named_and_are_text(hubspot: httpx.Client) -> None:
    plain = hubspot.get(f"{OBJECTS}/contacts").json()["results"][0]
    assert set(plain["properties"]) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }
    rows = _all(hubspot, "companies", properties="numberofemployees,vat_number,nonsense")
    assert all("nonsense" not in row["properties"] for row in rows)
    assert all(isinstance(value, str | None) for row in rows for value in row["properties"].values())
    assert any(row["properties"]["numberofemployees"] for row in rows)
    assert all("lastmodifieddate" not in row["properties"] for row in rows)


def test_contacts_name_their_company(hubspot: httpx.Client) -> None:
    rows = _all(hubspot, "contacts", associations="companies", properties="associatedcompanyid")
    tied = [row for row in rows if "associations" in row]
    assert tied
    assert tied[0]["associations"]["companies"]["results"][0]["id"] == tied[0]["properties"]["associatedcompanyid"]
    body = {"inputs": [{"id": tied[0]["id"]}]}
    v4 = hubspot.post("/crm/v4/associations/contacts/companies/batch/read", json=body).json()["results"]
    assert str(v4[0]["to"][0]["toObjectId"]) == tied[0]["properties"]["associatedcompanyid"]


def test_search_agrees_with_python(hubspot: httpx.Client) -> None:
    rows = _all(hubspot, "contacts", properties="city,mobilephone")
    moment = 1_700_000_000_000
    kept: list[tuple[list[dict[str, Any]], Any]] = [
        (_filter("lastmodifieddate", "GTE", str(moment)), lambda r: r["updatedAt"] >= "2023-11-14T22:13:20.000Z"),
        (_filter("hs_object_id", "GT", rows[50]["id"]), lambda r: int(r["id"]) > int(rows[50]["id"])),
        (_filter("city", "IN", values=["berlin", "Paris"]), lambda r: r["properties"]["city"] in {"Berlin", "Paris"}),
        (_filter("mobilephone", "NOT_HAS_PROPERTY"), lambda r: not r["properties"]["mobilephone"]),
        (
            _filter("email", "CONTAINS_TOKEN", "*brightmail*"),
            lambda r: "brightmail" in (r["properties"]["email"] or ""),
        ),
        (
            _filter("createdate", "BETWEEN", "0", highValue=str(moment)),
            lambda r: r["createdAt"] <= "2023-11-14T22:13:20Z",
        ),
    ]
    for groups, condition in kept:
        found = {row["id"] for row in _search(hubspot, filterGroups=groups)["results"]}
        expected = {row["id"] for row in rows if condition(row)}
        assert expected
        assert found == expected, groups


def test_search_pages_in_the_order_asked_for(hubspot: httpx.Client) -> None:
    sorts = [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
    first = _search(hubspot, "companies", sorts=sorts, limit=10)
    second = _search(hubspot, "companies", sorts=sorts, limit=10, after=first["paging"]["next"]["after"])
    moments = [row["updatedAt"] for row in first["results"] + second["results"]]
    assert moments == sorted(moments)
    assert len({row["id"] for row in first["results"] + second["results"]}) == 20
    last = _search(hubspot, "companies", sorts=sorts, after=str(first["total"] - 1))
    assert "paging" not in last


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 201},
        {"after": "9900", "limit": 200},
        {"sorts": ["createdate", "email"]},
        {"filterGroups": _filter("nonsense", "EQ", "x")},
        {"filterGroups": _filter("email", "LIKES", "x")},
        {"filterGroups": _filter("email", "EQ", "x") * 7},
    ],
)
def test_what_search_refuses(hubspot: httpx.Client, wrong: dict[str, Any]) -> None:
    body = {"filterGroups": [], "limit": 100, "after": "0"} | wrong
    assert hubspot.post(f"{OBJECTS}/contacts/search", json=body).status_code == 400


def test_search_lags_when_switched(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    sandbox.settings(hubspot_search_lag_seconds=60)
    made = hubspot.post(f"{OBJECTS}/contacts", json={"properties": {"email": "late@search-demo.com"}}).json()["id"]
    question = _filter("email", "EQ", "late@search-demo.com")
    assert _search(hubspot, filterGroups=question)["total"] == 0
    assert hubspot.get(f"{OBJECTS}/contacts/{made}").status_code == 200
    sandbox.settings(hubspot_search_lag_seconds=0)
    assert _search(hubspot, filterGroups=question)["total"] == 1


def test_batch_read_by_id_and_by_property(hubspot: httpx.Client) -> None:
    rows = [row for row in _all(hubspot, "contacts") if row["properties"]["email"]][:3]
    body = {"inputs": [{"id": row["properties"]["email"].upper()} for row in rows], "idProperty": "email"}
    whole = hubspot.post(f"{OBJECTS}/contacts/batch/read", json=body | {"properties": []})
    assert (whole.status_code, {row["id"] for row in whole.json()["results"]}) == (200, {row["id"] for row in rows})
    part = hubspot.post(f"{OBJECTS}/contacts/batch/read", json={"inputs": [{"id": rows[0]["id"]}, {"id": "1"}]})
    assert part.status_code == 207
    assert part.json()["errors"][0]["context"]["ids"] == ["1"]


def test_archived_records_are_in_their_own_list_only(hubspot: httpx.Client) -> None:
    made = hubspot.post(f"{OBJECTS}/contacts", json={"properties": {"email": "gone@archive-demo.com"}}).json()["id"]
    assert hubspot.delete(f"{OBJECTS}/contacts/{made}").status_code == 204
    assert hubspot.delete(f"{OBJECTS}/contacts/{made}").status_code == 204
    assert hubspot.get(f"{OBJECTS}/contacts/{made}").status_code == 404
    assert made not in {row["id"] for row in _all(hubspot, "contacts")}
    assert _search(hubspot, filterGroups=_filter("email", "EQ", "gone@archive-demo.com"))["total"] == 0
    archived = {row["id"]: row for row in _all(hubspot, "contacts", archived="true")}
    assert archived[made]["archived"] is True
    assert archived[made]["archivedAt"]


def test_mail_events_page_by_offset(hubspot: httpx.Client) -> None:
    events: list[dict[str, Any]] = []
    offset = ""
    while True:
        answer = hubspot.get(
            "/email/public/v1/events", params={"limit": "100"} | ({"offset": offset} if offset else {})
        ).json()
        events += answer["events"]
        offset = answer["offset"]
        if not answer["hasMore"]:
            break
    assert len({event["id"] for event in events}) == len(events) > 100
    assert {"SENT", "DELIVERED", "OPEN", "CLICK"} <= {event["type"] for event in events}
    recipients = {row["properties"]["email"] for row in _all(hubspot, "contacts")}
    assert {event["recipient"] for event in events} <= recipients
    clicks = hubspot.get("/email/public/v1/events", params={"eventType": "CLICK"}).json()["events"]
    assert {event["type"] for event in clicks} == {"CLICK"}
    campaign = hubspot.get(f"/email/public/v1/campaigns/{events[0]['emailCampaignId']}").json()
    assert campaign["id"] == events[0]["emailCampaignId"]


def test_rate_limit_headers_but_not_on_search(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    headers = hubspot.get(f"{OBJECTS}/contacts").headers
    assert {"x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-max", "x-hubspot-ratelimit-remaining"} <= set(headers)
    searched = hubspot.post(f"{OBJECTS}/contacts/search", json={"limit": 1})
    assert not [name for name in searched.headers if name.startswith("x-hubspot-ratelimit")]


@pytest.mark.parametrize(
    ("limit", "path", "policy"),
    [("hubspot", "contacts", "TEN_SECONDLY_ROLLING"), ("hubspot_search", "contacts/search", "SECONDLY")],
)
def test_beyond_the_limit_is_a_429(
    sandbox: SandboxProcess, hubspot: httpx.Client, limit: str, path: str, policy: str
) -> None:
    sandbox.settings(limits={limit: [2, 10]})
    method, body = ("POST", {"limit": 1}) if path.endswith("search") else ("GET", None)
    last = [hubspot.request(method, f"{OBJECTS}/{path}", json=body) for _ in range(4)][-1]
    assert last.status_code == 429
    assert last.json()["policyName"] == policy
    assert last.json()["errorType"] == "RATE_LIMIT"


def test_properties_are_described(hubspot: httpx.Client) -> None:
    known = {row["name"]: row for row in hubspot.get("/crm/v3/properties/contacts").json()["results"]}
    assert known["email"]["hasUniqueValue"] is False
    assert known["lastmodifieddate"]["modificationMetadata"]["readOnlyValue"] is True
    assert hubspot.get("/crm/v3/properties/contacts/nonsense").status_code == 404
