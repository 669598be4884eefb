"""SAP, writing: CSRF, ETags, deep insert, children, what does and does not move LastChangeDate."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess

_NEW = {
    "BusinessPartnerCategory": "1",
    "FirstName": "Zoë",
    "LastName": "Quill",
    "BirthDate": "/Date(315532800000)/",
    "to_BusinessPartnerAddress": [
        {
            "Country": "DE",
            "CityName": "Köln",
            "to_EmailAddress": [{"EmailAddress": "zoe@quill-demo.com", "IsDefaultEmailAddress": True}],
            "to_PhoneNumber": [{"PhoneNumber": "0221 555777", "PhoneNumberType": "1"}],
        }
    ],
    "to_BusinessPartnerRole": {"results": [{"BusinessPartnerRole": "FLCU01"}]},
    "to_BuPaIdentification": [{"BPIdentificationType": "HUB", "BPIdentificationNumber": "c/1"}],
}


@pytest.fixture
def writer(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with sandbox.sap() as client:
        token = client.get("/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
        client.headers["x-csrf-token"] = token
        yield client


@pytest.fixture
def partner(writer: httpx.Client) -> dict[str, Any]:
    return dict(writer.post("/A_BusinessPartner", json=_NEW).json()["d"])


def _path(entity: dict[str, Any]) -> str:
    return str(entity["__metadata"]["uri"])


def _match(entity: dict[str, Any]) -> dict[str, str]:
    return {"if-match": entity["__metadata"]["etag"]}


def test_a_change_needs_a_token_of_its_own_session(sandbox: SandboxProcess, writer: httpx.Client) -> None:
    with sandbox.sap() as other:
        for headers in ({}, {"x-csrf-token": "guess"}, {"x-csrf-token": writer.headers["x-csrf-token"]}):
            response = other.post("/A_BusinessPartner", json=_NEW, headers=headers)
            assert response.status_code == 403
            assert response.headers["x-csrf-token"] == "Required"
    assert writer.head("/", headers={"x-csrf-token": "fetch"}).headers["x-csrf-token"] == writer.headers["x-csrf-token"]


def test_deep_insert_numbers_everything(writer: httpx.Client) -> None:
    response = writer.post("/A_BusinessPartner", json=_NEW)
    partner = response.json()["d"]
    assert response.status_code == 201
    assert response.headers["location"].endswith(f"A_BusinessPartner('{partner['BusinessPartner']}')")
    assert partner["Customer"] == partner["BusinessPartner"]  # it appears through the role
    assert partner["LastChangeDate"] is None
    address = partner["to_BusinessPartnerAddress"]["results"][0]
    expand = {"$expand": "to_EmailAddress,to_PhoneNumber"}
    stored = writer.get(_path(address), params=expand).json()["d"]
    assert stored["to_EmailAddress"]["results"][0]["EmailAddress"] == "zoe@quill-demo.com"
    assert stored["to_PhoneNumber"]["results"][0]["OrdinalNumber"] == "1"


def test_create_is_not_idempotent_and_the_identification_finds_the_copies(writer: httpx.Client) -> None:
    body = _NEW | {"to_BuPaIdentification": [{"BPIdentificationType": "HUB", "BPIdentificationNumber": "twice"}]}
    numbers = {writer.post("/A_BusinessPartner", json=body).json()["d"]["BusinessPartner"] for _ in range(2)}
    question = {"$filter": "BPIdentificationType eq 'HUB' and BPIdentificationNumber eq 'twice'"}
    found = writer.get("/A_BuPaIdentification", params=question).json()["d"]["results"]
    assert {row["BusinessPartner"] for row in found} == numbers
    assert len(numbers) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"LastName": ""},
        {"BusinessPartnerCategory": ""},
        {"LastName": "x" * 41},
        {"Nonsense": "x"},
        {"BusinessPartnerFullName": "read-only"},
        {"IsFemale": "yes"},
        {"BirthDate": "1.1.1980"},
        {"to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}, {"BusinessPartnerRole": "FLCU01"}]},
        {"to_BusinessPartnerAddress": [{"Country": "too long"}]},
    ],
)
def test_a_refused_create_leaves_nothing_behind(
    sandbox: SandboxProcess, writer: httpx.Client, wrong: dict[str, Any]
) -> None:
    before = sandbox.dump("sap")
    response = writer.post("/A_BusinessPartner", json=_NEW | wrong)
    assert response.status_code == 400
    assert response.json()["error"]["innererror"]["errordetails"]
    assert sandbox.dump("sap") == before


def test_if_match_missing_stale_and_right(writer: httpx.Client, partner: dict[str, Any]) -> None:
    path, change = _path(partner), {"LastName": "Quill-Feather"}
    assert writer.patch(path, json=change).status_code == 428
    assert writer.patch(path, json=change, headers={"if-match": 'W/"1"'}).status_code == 412
    done = writer.patch(path, json=change, headers=_match(partner))
    assert (done.status_code, done.content) == (204, b"")
    assert writer.patch(path, json=change, headers=_match(partner)).status_code == 412  # it has moved on
    after = writer.get(path).json()["d"]
    assert (after["LastName"], after["FirstName"]) == ("Quill-Feather", "Zoë")
    assert after["LastChangeDate"] is not None
    assert after["__metadata"]["etag"] == done.headers["etag"]


@pytest.mark.parametrize("how", ["MERGE", "POST"])
def test_merge_is_a_patch(writer: httpx.Client, partner: dict[str, Any], how: str) -> None:
    headers = {"if-match": "*"} | ({"x-http-method": "MERGE"} if how == "POST" else {})
    assert writer.request(how, _path(partner), json={"LastName": "M"}, headers=headers).status_code == 204
    after = writer.get(_path(partner)).json()["d"]
    assert (after["LastName"], after["FirstName"]) == ("M", "Zoë")


def test_put_blanks_what_is_left_out(writer: httpx.Client, partner: dict[str, Any]) -> None:
    body = {"BusinessPartnerCategory": "1", "LastName": "Only"}
    assert writer.put(_path(partner), json=body, headers=_match(partner)).status_code == 204
    after = writer.get(_path(partner)).json()["d"]
    assert (after["LastName"], after["FirstName"], after["CreatedByUser"]) == ("Only", "", "SANDBOX")


def test_there_is_no_deep_update_and_no_upsert(writer: httpx.Client, partner: dict[str, Any]) -> None:
    deep = {"to_BusinessPartnerAddress": [{"CityName": "X"}]}
    assert writer.patch(_path(partner), json=deep, headers=_match(partner)).status_code == 400
    unknown = writer.patch("/A_BusinessPartner('77')", json={"LastName": "X"}, headers={"if-match": "*"})
    assert unknown.status_code == 404


def test_children_are_their_own_requests_and_leave_the_partner_alone(
    writer: httpx.Client, partner: dict[str, Any]
) -> None:
    address = partner["to_BusinessPartnerAddress"]["results"][0]
    created = writer.post(f"{_path(address)}/to_EmailAddress", json={"EmailAddress": "second@quill-demo.com"})
    email = created.json()["d"]
    assert (created.status_code, email["OrdinalNumber"]) == (201, "2")
    change = {"EmailAddress": "third@quill-demo.com"}
    assert writer.patch(_path(email), json=change, headers=_match(email)).status_code == 204
    assert writer.get(_path(email)).json()["d"]["EmailAddress"] == "third@quill-demo.com"
    assert writer.patch(_path(address), json={"CityName": "Bonn"}, headers=_match(address)).status_code == 204
    assert writer.get(_path(partner)).json()["d"]["LastChangeDate"] is None


def test_children_by_their_own_set(writer: httpx.Client, partner: dict[str, Any]) -> None:
    number = partner["BusinessPartner"]
    padded = {"BusinessPartner": f"{int(number):010d}"}
    tax = writer.post("/A_BusinessPartnerTaxNumber", json=padded | {"BPTaxType": "DE0", "BPTaxNumber": "DE136695976"})
    again = writer.post("/A_BusinessPartnerTaxNumber", json=padded | {"BPTaxType": "DE0", "BPTaxNumber": "other"})
    role = writer.post(f"{_path(partner)}/to_BusinessPartnerRole", json={"BusinessPartnerRole": "FLCU00"})
    address = partner["to_BusinessPartnerAddress"]["results"][0]["AddressID"]
    phone = writer.post(
        "/A_AddressPhoneNumber", json={"AddressID": address, "PhoneNumber": "0221 1", "PhoneNumberType": "3"}
    )
    assert [r.status_code for r in (tax, again, role, phone)] == [201, 400, 201, 201]


def test_a_switch_lets_children_touch_the_partner(
    sandbox: SandboxProcess, writer: httpx.Client, partner: dict[str, Any]
) -> None:
    sandbox.settings(sap_child_touches_parent=True)
    address = partner["to_BusinessPartnerAddress"]["results"][0]
    writer.patch(_path(address), json={"CityName": "Bonn"}, headers=_match(address))
    assert writer.get(_path(partner)).json()["d"]["LastChangeDate"] is not None


def test_partners_and_roles_cannot_be_deleted_but_what_hangs_below_can(
    writer: httpx.Client, partner: dict[str, Any]
) -> None:
    role = partner["to_BusinessPartnerRole"]["results"][0]
    identification = partner["to_BuPaIdentification"]["results"][0]
    assert writer.delete(_path(partner), headers={"if-match": "*"}).status_code == 405
    assert writer.delete(_path(role), headers={"if-match": "*"}).status_code == 405
    assert writer.delete(_path(identification), headers=_match(identification)).status_code == 204
    assert writer.get(_path(identification)).status_code == 404


def test_an_archived_partner_is_gone(sandbox: SandboxProcess, sap: httpx.Client) -> None:
    archived = sandbox.mutate(0.01, seed=3)["sap"]["A_BusinessPartner"]["deleted"][0]
    assert sap.get(f"/A_BusinessPartner('{archived}')").status_code == 404
    question = {"$filter": f"BusinessPartner eq '{archived}'"}
    assert sap.get("/A_BusinessPartner", params=question).json()["d"]["results"] == []
    assert sap.get("/A_BusinessPartnerAddress", params=question).json()["d"]["results"] == []
