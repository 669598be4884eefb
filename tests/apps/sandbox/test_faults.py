"""Faults strike when, where and as often as they were told to."""

import time
from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess

CONTACTS = "/crm/v3/objects/contacts"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("system", ["sap", "hubspot", "zendesk"])
def test_an_error_status_has_no_effect(sandbox: SandboxProcess, system: str, status: int) -> None:
    client = {"sap": sandbox.sap, "hubspot": sandbox.hubspot, "zendesk": sandbox.zendesk}[system]()
    path = {"sap": "/A_BusinessPartner", "hubspot": CONTACTS, "zendesk": "/users.json"}[system]
    before = sandbox.dump(system)
    sandbox.fault(system, str(status), method="POST", retry_after=2)
    with client:
        assert client.get(path).status_code == 200
        refused = client.post(path, json={"properties": {}, "user": {"name": "X"}})
    assert refused.status_code == status
    if system == "zendesk" or status == 429:
        assert refused.headers["retry-after"] == "2"
    assert sandbox.dump(system) == before


def test_after_and_times_and_match(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "500", match=r"/contacts", after=1, times=2)
    assert hubspot.get("/crm/v3/objects/companies").status_code == 200
    assert [hubspot.get(CONTACTS).status_code for _ in range(4)] == [200, 500, 500, 200]
    fault = sandbox.control("GET", "/faults")["faults"][0]
    assert (fault["seen"], fault["struck"], fault["spent"]) == (3, 2, True)


def test_a_fault_can_be_switched_off(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    number = sandbox.fault("hubspot", "500", times=0)
    assert hubspot.get(CONTACTS).status_code == 500
    sandbox.control("DELETE", f"/faults/{number}")
    assert hubspot.get(CONTACTS).status_code == 200


@pytest.mark.parametrize("kind", ["lost_answer", "lost_request"])
def test_a_lost_answer_is_written_and_a_lost_request_is_not(
    sandbox: SandboxProcess, zendesk: httpx.Client, kind: str
) -> None:
    sandbox.fault("zendesk", kind, method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        zendesk.post("/users.json", json={"user": {"name": kind, "external_id": kind}})
    found = zendesk.get("/users/search.json", params={"external_id": kind}).json()["count"]
    assert found == (1 if kind == "lost_answer" else 0)


def test_a_timeout_has_its_effect_and_holds_the_answer(sandbox: SandboxProcess, zendesk: httpx.Client) -> None:
    sandbox.fault("zendesk", "timeout", method="POST", seconds=0.4)
    started = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        zendesk.post("/users.json", json={"user": {"name": "Slow", "external_id": "slow"}}, timeout=0.1)
    assert time.monotonic() - started < 0.4
    assert zendesk.get("/users/search.json", params={"external_id": "slow"}).json()["count"] == 1


def test_an_expired_token(sandbox: SandboxProcess, hubspot: httpx.Client, sap: httpx.Client) -> None:
    sandbox.fault("hubspot", "expired_token")
    sandbox.fault("sap", "expired_token")
    assert [hubspot.get(CONTACTS).status_code for _ in range(2)] == [401, 200]
    assert [sap.get("/").status_code for _ in range(2)] == [401, 200]


def test_poison_refuses_one_row_of_a_traced_batch(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    def batch() -> httpx.Response:
        rows: list[dict[str, Any]] = [
            {"idProperty": "email", "id": f"{name}@poison-demo.com", "properties": {}, "objectWriteTraceId": name}
            for name in ("sound", "sick")
        ]
        return hubspot.post(f"{CONTACTS}/batch/upsert", json={"inputs": rows})

    sandbox.fault("hubspot", "poison", key="sick@poison-demo.com")
    first = batch()
    assert first.status_code == 207
    assert first.json()["errors"][0]["context"]["objectWriteTraceId"] == ["sick"]
    assert batch().status_code == 207  # poison stays until it is taken away
    sandbox.clear_faults()
    sandbox.fault("hubspot", "poison", key="sick@poison-demo.com", whole=True, times=1)
    assert batch().status_code == 400
    assert batch().status_code == 200


def test_poison_in_a_zendesk_job_and_in_sap(sandbox: SandboxProcess, zendesk: httpx.Client, sap: httpx.Client) -> None:
    sandbox.fault("zendesk", "poison", key="P2")
    users = [{"external_id": f"P{n}", "name": "P"} for n in range(1, 4)]
    job = zendesk.post("/users/create_or_update_many.json", json={"users": users}).json()["job_status"]
    while job["status"] != "completed":
        job = zendesk.get(job["url"]).json()["job_status"]
    assert [row["success"] for row in job["results"]] == [True, False, True]
    sandbox.fault("sap", "poison", key="10000003")
    token = sap.get("/", headers={"x-csrf-token": "fetch"}).headers["x-csrf-token"]
    headers = {"x-csrf-token": token, "if-match": "*"}
    codes = [
        sap.patch(f"/A_BusinessPartner('{number}')", json={"SearchTerm1": "X"}, headers=headers).status_code
        for number in ("10000003", "10000004")
    ]
    assert codes == [400, 204]


def test_a_lock_and_an_expired_csrf_token(sandbox: SandboxProcess, sap: httpx.Client) -> None:
    token = sap.get("/", headers={"x-csrf-token": "fetch"}).headers["x-csrf-token"]
    headers = {"x-csrf-token": token, "if-match": "*"}

    def patch() -> httpx.Response:
        return sap.patch("/A_BusinessPartner('10000005')", json={"SearchTerm1": "X"}, headers=headers)

    sandbox.fault("sap", "locked", method="PATCH")
    locked = patch()
    assert locked.status_code == 400
    assert "is locked by user" in locked.json()["error"]["message"]["value"]
    assert patch().status_code == 204
    sandbox.fault("sap", "expired_csrf", method="PATCH")
    expired = patch()
    assert (expired.status_code, expired.headers["x-csrf-token"]) == (403, "Required")
    headers["x-csrf-token"] = sap.get("/", headers={"x-csrf-token": "fetch"}).headers["x-csrf-token"]
    assert patch().status_code == 204


@pytest.mark.parametrize(
    "wrong", [{"kind": "plague"}, {"system": "oracle"}, {"match": "("}, {"kind": "poison"}, {"nonsense": 1}]
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: SandboxProcess, wrong: dict[str, Any]) -> None:
    body = {"system": "sap", "kind": "500"} | wrong
    assert httpx.post(f"{sandbox.url}/_sandbox/faults", json=body).status_code == 400
