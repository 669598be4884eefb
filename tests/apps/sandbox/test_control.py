"""The control API, the truth, change on demand, and survival."""

import csv
import io
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess, running_sandbox


def _flat(report: dict[str, Any], kind: str) -> set[tuple[str, str, str]]:
    return {(s, o, n) for s, objects in report.items() for o, found in objects.items() for n in found[kind]}


def _live(sandbox: SandboxProcess) -> dict[tuple[str, str, str], dict[str, Any]]:
    customers = {"A_BusinessPartner", "contacts", "companies", "users", "organizations"}
    return {
        (system, name, row["id"]): row
        for system in ("sap", "hubspot", "zendesk")
        for name, rows in sandbox.dump(system).items()
        if name in customers
        for row in rows
    }


def test_truth_as_json_and_csv(sandbox: SandboxProcess) -> None:
    rows = sandbox.truth()
    text = sandbox.control("GET", "/truth.csv")
    assert list(csv.DictReader(io.StringIO(text))) == rows
    assert set(rows[0]) == {"system", "object", "source_id", "entity"}
    persons, organisations = sandbox.truth("person"), sandbox.truth("organisation")
    assert len(persons) + len(organisations) == len(rows)
    assert {row["object"] for row in persons} == {"A_BusinessPartner", "contacts", "users"}
    assert {row["object"] for row in organisations} == {"A_BusinessPartner", "companies", "organizations"}


def test_a_record_written_by_a_client_is_not_in_the_truth(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    made = zendesk.post("/users.json", json={"user": {"name": "Unknown"}}).json()["user"]["id"]
    assert str(made) not in {row["source_id"] for row in sandbox.truth()}


def test_mutation_changes_adds_and_deletes_and_keeps_the_truth(sandbox: SandboxProcess) -> None:
    before, truth = _live(sandbox), {tuple(row.values())[:3]: row["entity"] for row in sandbox.truth()}
    report = sandbox.mutate(0.05, seed=4)
    after, new_truth = _live(sandbox), {tuple(row.values())[:3]: row["entity"] for row in sandbox.truth()}
    changed, added, deleted = (_flat(report, kind) for kind in ("changed", "added", "deleted"))
    assert set(after) == (set(before) | added) - deleted
    assert {key for key in set(before) & set(after) if before[key] != after[key]} == changed
    assert all(after[key]["updated"] > before[key]["updated"] for key in changed)
    assert set(new_truth) == (set(truth) | added) - deleted
    assert all(new_truth[key] == truth[key] for key in set(truth) & set(new_truth))
    share = (len(changed) + len(added) + len(deleted)) / len(before)
    assert 0.035 < share < 0.075
    for system, objects in report.items():
        for name, found in objects.items():
            assert all(found[kind] for kind in ("changed", "added", "deleted")), (system, name)


def test_mutation_shows_in_the_systems_own_deltas(
    sandbox: SandboxProcess, sap: httpx.Client, hubspot: httpx.Client, zendesk: httpx.Client
) -> None:
    start = sandbox.control("GET", "/clock")["now_ms"]
    report = sandbox.mutate(0.03, seed=5)
    day = time.strftime("%Y-%m-%d", time.gmtime(start / 1000))
    since = f"LastChangeDate ge datetime'{day}T00:00:00' or CreationDate ge datetime'{day}T00:00:00'"
    partners = sap.get("/A_BusinessPartner", params={"$filter": since}).json()["d"]["results"]
    contacts = hubspot.post(
        "/crm/v3/objects/contacts/search",
        json={
            "filterGroups": [
                {"filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(start)}]}
            ],
            "limit": 200,
        },
    ).json()["results"]
    users = zendesk.get("/incremental/users/cursor", params={"start_time": str(start // 1000)}).json()["users"]
    found = {
        ("sap", "A_BusinessPartner"): {row["BusinessPartner"] for row in partners},
        ("hubspot", "contacts"): {row["id"] for row in contacts},
        ("zendesk", "users"): {str(row["id"]) for row in users},
    }
    for (system, name), ids in found.items():
        assert set(report[system][name]["changed"]) | set(report[system][name]["added"]) <= ids
    assert {str(row["id"]) for row in users if not row["active"]} >= set(report["zendesk"]["users"]["deleted"])


def test_silent_changes_of_children_do_not_show_in_sap(sandbox: SandboxProcess) -> None:
    before = {row["id"]: row for row in sandbox.dump("sap")["A_BusinessPartner"]}
    changed = sandbox.mutate(0.03, seed=6, silent_children=True)["sap"]["A_BusinessPartner"]["changed"]
    after = {row["id"]: row for row in sandbox.dump("sap")["A_BusinessPartner"]}
    for number in changed:
        old, new = before[number]["body"], after[number]["body"]
        assert old["LastChangeDate"] == new["LastChangeDate"]
        assert old["to_BusinessPartnerAddress"] != new["to_BusinessPartnerAddress"]


@pytest.mark.parametrize("wrong", [{"fraction": 0}, {"fraction": 2}, {"fraction": "many"}])
def test_a_wrong_fraction_is_refused(sandbox: SandboxProcess, wrong: dict[str, Any]) -> None:
    assert httpx.post(f"{sandbox.url}/_sandbox/mutate", json=wrong).status_code == 400


@pytest.mark.parametrize("wrong", [{"nonsense": 1}, {"limits": {"nonsense": [1, 1]}}, {"limits": "nonsense"}])
def test_a_wrong_setting_is_refused(sandbox: SandboxProcess, wrong: dict[str, Any]) -> None:
    assert httpx.post(f"{sandbox.url}/_sandbox/settings", json=wrong).status_code == 400


def test_stats_count_requests_by_route_and_status(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    sandbox.control("DELETE", "/stats")
    hubspot.get("/crm/v3/objects/contacts/1")
    hubspot.get("/crm/v3/objects/contacts/2")
    stats = sandbox.stats()
    path = "/hubspot/crm/v3/objects/contacts/{identifier}"
    assert stats["requests"] == [{"system": "hubspot", "method": "GET", "path": path, "status": 404, "count": 2}]
    assert stats["records"]["sap.A_BusinessPartner"]["live"] == len(sandbox.dump("sap")["A_BusinessPartner"])


def test_it_listens_on_the_loopback_interface_only(sandbox: SandboxProcess) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")


def test_it_survives_kill(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, customers=150, seed=2) as sandbox:
        sandbox.settings(sap_page_size=9)
        with sandbox.zendesk() as client:
            job = client.post("/users/create_or_update_many", json={"users": [{"name": "Kept", "external_id": "K"}]})
            before, port = _live(sandbox), sandbox.port
            sandbox.kill()
            sandbox.start(port)
            assert _live(sandbox) == before
            assert sandbox.settings()["sap_page_size"] == 9
            path = job.json()["job_status"]["id"]
            states = [client.get(f"/job_statuses/{path}").json()["job_status"]["status"] for _ in range(2)]
            assert states == ["working", "completed"]
            made = client.post("/users", json={"user": {"name": "After"}}).json()["user"]["id"]
            rows = client.get("/incremental/users/cursor", params={"start_time": "0"}).json()["users"]
            assert rows[-1]["id"] == made  # what is written after a restart is later than all before


def test_a_csrf_token_does_not_survive(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, customers=20) as sandbox, sandbox.sap() as client:
        token = client.get("/", headers={"x-csrf-token": "fetch"}).headers["x-csrf-token"]
        port = sandbox.port
        sandbox.kill()
        sandbox.start(port)
        refused = client.post("/A_BusinessPartner", json={}, headers={"x-csrf-token": token})
        assert refused.status_code == 403
