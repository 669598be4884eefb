"""Zendesk: exports, lists, jobs, identities, deletions, merges, tickets."""

from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess


def _export(client: httpx.Client, kind: str = "users", start: str = "0") -> tuple[list[dict[str, Any]], str]:
    rows: list[dict[str, Any]] = []
    answer = client.get(f"/incremental/{kind}/cursor.json", params={"start_time": start}).json()
    while True:
        rows += answer[kind]
        if answer["end_of_stream"]:
            return rows, answer["after_cursor"]
        answer = client.get(answer["after_url"]).json()


def _run(client: httpx.Client, method: str, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    job = client.request(method, path, json=body).json()["job_status"]
    assert job["status"] == "queued"
    seen = []
    while job["status"] not in {"completed", "failed", "killed"}:
        job = client.get(job["url"]).json()["job_status"]
        seen.append(job["status"])
    assert seen == ["working", "completed"]
    return list(job["results"])


def _make(client: httpx.Client, kind: str = "users", **values: Any) -> dict[str, Any]:
    response = client.post(f"/{kind}.json", json={kind[:-1]: values})
    assert response.status_code == 201, response.text
    return dict(response.json()[kind[:-1]])


def test_without_a_token_nothing_is_said(zendesk: httpx.Client) -> None:
    response = zendesk.get("/users.json", auth=("agent@sandbox.test", "sandbox-zendesk-token"))
    assert response.status_code == 401


def test_the_cursor_export_brings_each_record_once(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    sandbox.settings(zendesk_export_page_size=37)
    for kind in ("users", "tickets"):
        rows, _ = _export(zendesk, kind)
        assert len({row["id"] for row in rows}) == len(rows) == len(sandbox.dump("zendesk")[kind])
        moments = [row["updated_at"] for row in rows]
        assert moments == sorted(moments)
    late, _ = _export(zendesk, start="1735689600")
    assert 0 < len(late) < len(_export(zendesk)[0])
    assert min(row["updated_at"] for row in late) >= "2025-01-01"


def test_the_cursor_goes_on_where_it_ended(zendesk: httpx.Client) -> None:
    _, cursor = _export(zendesk)
    made = [_make(zendesk, name=f"Later {n}") for n in range(3)]
    answer = zendesk.get("/incremental/users/cursor.json", params={"cursor": cursor}).json()
    assert [row["id"] for row in answer["users"]] == [row["id"] for row in made]
    empty = zendesk.get(answer["after_url"]).json()
    assert (empty["users"], empty["end_of_stream"], empty["after_cursor"]) == ([], True, answer["after_cursor"])


def test_the_last_minute_is_left_out_when_switched(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    sandbox.settings(zendesk_leave_out_last_minute=True)
    made = _make(zendesk, name="Fresh")["id"]
    assert made not in {row["id"] for row in _export(zendesk)[0]}
    sandbox.control("POST", "/clock", {"offset_seconds": 61})
    assert made in {row["id"] for row in _export(zendesk)[0]}


def test_the_time_based_export_repeats_its_last_second(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    sandbox.settings(zendesk_export_page_size=10)
    rows: list[dict[str, Any]] = []
    answer = zendesk.get("/incremental/organizations.json", params={"start_time": "0"}).json()
    while True:
        rows += answer["organizations"]
        if answer["end_of_stream"]:
            break
        assert f"start_time={answer['end_time']}" in answer["next_page"]
        answer = zendesk.get(answer["next_page"]).json()
    ids = [row["id"] for row in rows]
    assert len(ids) > len(set(ids)) == len(sandbox.dump("zendesk")["organizations"])


def test_deleted_users_come_inactive_and_are_in_no_list(zendesk: httpx.Client) -> None:
    made = _make(zendesk, name="Goner", email="goner@delete-demo.com")["id"]
    _, cursor = _export(zendesk)
    assert zendesk.delete(f"/users/{made}.json").json()["user"]["active"] is False
    changed = zendesk.get("/incremental/users/cursor.json", params={"cursor": cursor}).json()["users"]
    assert [(row["id"], row["active"]) for row in changed] == [(made, False)]
    assert zendesk.get("/users/search.json", params={"query": "goner@delete-demo.com"}).json()["count"] == 0
    deleted = zendesk.get("/deleted_users.json").json()["deleted_users"]
    assert made in {row["id"] for row in deleted}
    assert zendesk.put(f"/users/{made}.json", json={"user": {"name": "X"}}).status_code == 404
    _make(zendesk, name="Again", email="goner@delete-demo.com")


def test_deleted_organizations_say_when(zendesk: httpx.Client) -> None:
    made = _make(zendesk, "organizations", name="Short-lived")["id"]
    member = _make(zendesk, name="Member", organization_id=made)["id"]
    assert zendesk.delete(f"/organizations/{made}.json").status_code == 204
    rows = zendesk.get("/incremental/organizations.json", params={"start_time": "1767225600"}).json()["organizations"]
    assert next(row for row in rows if row["id"] == made)["deleted_at"]
    assert zendesk.get(f"/users/{member}.json").json()["user"]["organization_id"] is None


def test_lists_by_cursor_and_by_page(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    ids: list[int] = []
    answer = zendesk.get("/users.json", params={"page[size]": "50"}).json()
    while True:
        ids += [row["id"] for row in answer["users"]]
        if not answer["meta"]["has_more"]:
            break
        answer = zendesk.get(answer["links"]["next"]).json()
    assert len(ids) == len(set(ids)) == len(sandbox.dump("zendesk")["users"])
    second = zendesk.get("/users.json", params={"page": "2", "per_page": "50"}).json()
    assert [row["id"] for row in second["users"]] == ids[50:100]
    assert zendesk.get("/users.json", params={"page": "101"}).status_code == 400
    assert zendesk.get("/users.json", params={"page[size]": "101"}).status_code == 400


def test_a_job_tells_each_row_apart(zendesk: httpx.Client) -> None:
    old = _make(zendesk, name="Old", email="old@job-demo.com")["id"]
    users = [
        {"external_id": "J1", "name": "New", "email": "new@job-demo.com"},
        {"external_id": "J2", "name": "Renamed", "email": "OLD@job-demo.com"},
        {"external_id": "J3", "name": " "},
        {"external_id": "J4", "name": "Crooked", "email": "not an address"},
    ]
    results = _run(zendesk, "POST", "/users/create_or_update_many.json", {"users": users})
    assert [(row["index"], row.get("action"), row["success"]) for row in results] == [
        (0, "create", True),
        (1, "update", True),
        (2, None, False),
        (3, None, False),
    ]
    assert results[1]["id"] == old
    assert results[2]["error"] == "RecordInvalid"
    assert "Name" in results[2]["details"]
    again = _run(zendesk, "POST", "/users/create_or_update_many.json", {"users": users[:2]})
    assert [(row["id"], row["action"]) for row in again] == [(results[0]["id"], "update"), (old, "update")]
    found = zendesk.get("/users/show_many.json", params={"external_ids": "J1,J2,J9"}).json()
    assert {row["name"] for row in found["users"]} == {"New", "Renamed"}


def test_external_id_goes_before_email(zendesk: httpx.Client) -> None:
    one = _make(zendesk, name="One", external_id="X1", email="one@both-demo.com")["id"]
    _make(zendesk, name="Two", external_id="X2", email="two@both-demo.com")
    body = {"users": [{"external_id": "X1", "email": "two@both-demo.com", "name": "Mixed"}]}
    result = _run(zendesk, "POST", "/users/create_or_update_many", body)[0]
    assert (result["success"], result["error"]) == (False, "RecordInvalid")
    assert zendesk.get(f"/users/{one}").json()["user"]["name"] == "One"


def test_update_many_and_its_short_form(zendesk: httpx.Client) -> None:
    ids = [_make(zendesk, name=f"Many {n}", external_id=f"M{n}")["id"] for n in range(2)]
    rows = [{"id": ids[0], "phone": "+49301"}, {"id": 1, "phone": "+49302"}]
    results = _run(zendesk, "PUT", "/users/update_many.json", {"users": rows})
    assert [row["success"] for row in results] == [True, False]
    assert results[1]["error"] == "RecordNotFound"
    _run(zendesk, "PUT", "/users/update_many.json?external_ids=M0,M1", {"user": {"notes": "seen"}})
    assert {zendesk.get(f"/users/{number}.json").json()["user"]["notes"] for number in ids} == {"seen"}


def test_batches_and_jobs_have_their_limits(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    users = [{"external_id": f"L{n}", "name": "L"} for n in range(101)]
    assert zendesk.post("/users/create_or_update_many", json={"users": users}).status_code == 400
    codes = [zendesk.post("/users/create_or_update_many", json={"users": users[:1]}) for _ in range(31)]
    assert codes[-1].status_code == 429
    assert codes[-1].json()["error"] == "TooManyJobs"
    assert int(codes[-1].headers["retry-after"]) > 0
    assert zendesk.get("/job_statuses/unknown").status_code == 404
    sandbox.control("POST", "/clock", {"offset_seconds": 300})  # jobs nobody asks for end by themselves
    assert zendesk.post("/users/create_or_update_many", json={"users": users[:1]}).status_code == 200


def test_a_changed_email_becomes_a_second_identity(zendesk: httpx.Client) -> None:
    made = _make(zendesk, name="Mover", email="first@identity-demo.com")["id"]
    changed = zendesk.put(f"/users/{made}.json", json={"user": {"email": "second@identity-demo.com"}}).json()["user"]
    assert changed["email"] == "first@identity-demo.com"
    identities = zendesk.get(f"/users/{made}/identities.json").json()["identities"]
    assert [(row["value"], row["primary"]) for row in identities] == [
        ("first@identity-demo.com", True),
        ("second@identity-demo.com", False),
    ]
    zendesk.put(f"/users/{made}/identities/{identities[1]['id']}/make_primary.json")
    assert zendesk.get(f"/users/{made}.json").json()["user"]["email"] == "second@identity-demo.com"
    body = {"identity": {"type": "phone_number", "value": "+4930123456"}}
    assert zendesk.post(f"/users/{made}/identities.json", json=body).status_code == 201


def test_a_taken_email_is_a_422_in_zendesk_form(zendesk: httpx.Client) -> None:
    _make(zendesk, name="Owner", email="owner@taken-demo.com")
    response = zendesk.post("/users.json", json={"user": {"name": "Thief", "email": "Owner@taken-demo.com"}})
    assert response.status_code == 422
    assert response.json()["error"] == "RecordInvalid"
    assert response.json()["details"]["email"][0]["error"] == "DuplicateValue"


def test_an_update_without_difference_moves_no_time(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    made = _make(zendesk, name="Still", user_fields={"city": "Bonn"})
    sandbox.control("POST", "/clock", {"offset_seconds": 600})
    same = zendesk.put(f"/users/{made['id']}", json={"user": {"name": "Still", "user_fields": {"city": "Bonn"}}})
    assert same.json()["user"]["updated_at"] == made["updated_at"]
    other = zendesk.put(f"/users/{made['id']}", json={"user": {"user_fields": {"street": "X 1"}}}).json()["user"]
    assert other["updated_at"] > made["updated_at"]
    assert other["user_fields"] == {"city": "Bonn", "street": "X 1"}


def test_organizations_are_matched_by_external_id_never_by_name(zendesk: httpx.Client) -> None:
    made = _make(zendesk, "organizations", name="Acme Demo", external_id="Org-1")["id"]
    duplicate = zendesk.post("/organizations/create_or_update.json", json={"organization": {"name": "ACME demo"}})
    assert duplicate.status_code == 422
    change = {"organization": {"external_id": "org-1", "name": "Acme Demo AG"}}
    assert zendesk.post("/organizations/create_or_update.json", json=change).json()["organization"]["id"] == made
    found = zendesk.get("/organizations/search.json", params={"external_id": "ORG-1"}).json()["organizations"]
    assert [row["id"] for row in found] == [made]
    rows = [{"name": "Bulk One"}, {"name": "Acme Demo AG"}]
    results = _run(zendesk, "POST", "/organizations/create_many.json", {"organizations": rows})
    assert [row["success"] for row in results] == [True, False]
    rows = [{"id": made, "notes": "bulk"}]
    assert _run(zendesk, "PUT", "/organizations/update_many.json", {"organizations": rows})[0]["success"]
    assert zendesk.post("/organizations/create_or_update_many.json", json={"organizations": rows}).status_code == 404


def test_a_merge_moves_identities_and_tickets(zendesk: httpx.Client) -> None:
    winner = _make(zendesk, name="Winner", email="winner@zmerge-demo.com")["id"]
    loser = _make(zendesk, name="Loser", email="loser@zmerge-demo.com")["id"]
    body = {"ticket": {"requester_id": loser, "subject": "S", "comment": {"body": "text"}}}
    ticket = zendesk.post("/tickets.json", json=body).json()["ticket"]["id"]
    assert zendesk.put(f"/users/{loser}/merge.json", json={"user": {"id": winner}}).json()["user"]["id"] == winner
    values = {row["value"] for row in zendesk.get(f"/users/{winner}/identities").json()["identities"]}
    assert values == {"winner@zmerge-demo.com", "loser@zmerge-demo.com"}
    assert zendesk.get(f"/tickets/{ticket}").json()["ticket"]["requester_id"] == winner
    assert zendesk.get(f"/users/{loser}").json()["user"]["active"] is False


def test_tickets_safe_updates_idempotency_and_deletion(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    body = {"ticket": {"subject": "Once", "comment": {"body": "text"}}}
    first = zendesk.post("/tickets", json=body, headers={"idempotency-key": "k1"})
    again = zendesk.post("/tickets", json=body, headers={"idempotency-key": "k1"})
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert first.json() == again.json()
    other = {"ticket": {"subject": "Other", "comment": {"body": "text"}}}
    assert zendesk.post("/tickets", json=other, headers={"idempotency-key": "k1"}).status_code == 400
    ticket = first.json()["ticket"]
    change = {"status": "open", "safe_update": True, "updated_stamp": ticket["updated_at"]}
    sandbox.control("POST", "/clock", {"offset_seconds": 1200})
    assert zendesk.put(f"/tickets/{ticket['id']}", json={"ticket": change}).status_code == 200
    conflict = zendesk.put(f"/tickets/{ticket['id']}", json={"ticket": change})
    assert (conflict.status_code, conflict.json()["error"]) == (409, "UpdateConflict")
    assert zendesk.delete(f"/tickets/{ticket['id']}").status_code == 204
    exported = {row["id"]: row for row in _export(zendesk, "tickets")[0]}
    assert exported[ticket["id"]]["status"] == "deleted"
    assert ticket["id"] in {row["id"] for row in zendesk.get("/deleted_tickets").json()["deleted_tickets"]}


@pytest.mark.parametrize("path", ["/users.json", "/incremental/users/cursor.json?start_time=0"])
def test_limits_and_their_headers(sandbox: SandboxProcess, zendesk: httpx.Client, path: str) -> None:
    assert {"x-rate-limit", "x-rate-limit-remaining"} <= set(zendesk.get(path).headers)
    limit = "zendesk_incremental" if "incremental" in path else "zendesk"
    sandbox.settings(limits={limit: [2, 60]})
    last = [zendesk.get(path) for _ in range(3)][-1]
    assert last.status_code == 429
    assert 1 <= int(last.headers["retry-after"]) <= 60
    if "incremental" in path:
        assert "remaining=0" in last.headers["zendesk-ratelimit-incremental-exports"]
