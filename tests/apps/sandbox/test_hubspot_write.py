"""HubSpot, writing: creates, changes, batch upserts with and without trace ids, merges, erasure."""

from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess

OBJECTS = "/crm/v3/objects"
CONTACTS = f"{OBJECTS}/contacts"


@pytest.fixture
def key(hubspot: httpx.Client) -> str:
    """A custom property with unique values."""
    body = {
        "name": "hub_id",
        "label": "Hub",
        "type": "string",
        "fieldType": "text",
        "groupName": "g",
        "hasUniqueValue": True,
    }
    for object_type in ("contacts", "companies"):
        assert hubspot.post(f"/crm/v3/properties/{object_type}", json=body).status_code in {201, 409}
    return "hub_id"


def _make(client: httpx.Client, **properties: str) -> str:
    response = client.post(CONTACTS, json={"properties": properties})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def _get(client: httpx.Client, identifier: str, properties: str = "") -> dict[str, Any]:
    return dict(client.get(f"{CONTACTS}/{identifier}", params={"properties": properties}).json())


def _upsert(client: httpx.Client, *inputs: dict[str, Any], object_type: str = "contacts") -> httpx.Response:
    return client.post(f"{OBJECTS}/{object_type}/batch/upsert", json={"inputs": list(inputs)})


def _input(number: int, key: str, trace: bool = True, **properties: str) -> dict[str, Any]:
    row: dict[str, Any] = {"idProperty": key, "id": f"{key}-{number}", "properties": properties}
    return row | ({"objectWriteTraceId": f"t{number}"} if trace else {})


def test_a_known_email_is_a_409_that_names_the_contact(hubspot: httpx.Client) -> None:
    made = _make(hubspot, email="Known@Conflict-demo.com")
    response = hubspot.post(CONTACTS, json={"properties": {"email": "known@conflict-demo.com"}})
    assert response.status_code == 409
    assert response.json()["category"] == "CONFLICT"
    assert f"Existing ID: {made}" in response.json()["message"]


def test_patch_changes_what_is_named_and_moves_the_time(sandbox: SandboxProcess, hubspot: httpx.Client) -> None:
    made = _make(hubspot, email="patch@write-demo.com", firstname="A", lastname="B")
    before = _get(hubspot, made)
    sandbox.control("POST", "/clock", {"offset_seconds": 5})
    body = {"properties": {"firstname": "", "lastname": None, "phone": "1"}}
    assert (
        hubspot.patch(f"{CONTACTS}/patch%40write-demo.com", json=body, params={"idProperty": "email"}).status_code
        == 200
    )
    after = _get(hubspot, made, "phone")
    values = after["properties"]
    assert (values["firstname"], values["lastname"], values["phone"]) == (None, "B", "1")
    assert after["updatedAt"] > before["updatedAt"]
    assert values["lastmodifieddate"] == after["updatedAt"]
    assert hubspot.patch(f"{CONTACTS}/1", json=body).status_code == 404


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"nonsense": "x"}, "PROPERTY_DOESNT_EXIST"),
        ({"hs_object_id": "5"}, "READ_ONLY_VALUE"),
        ({"email": "no address"}, "INVALID_EMAIL"),
        ({"lifecyclestage": "Customer!"}, "INVALID_OPTION"),
    ],
)
def test_refused_values(hubspot: httpx.Client, properties: dict[str, str], code: str) -> None:
    response = hubspot.post(CONTACTS, json={"properties": properties})
    assert response.status_code == 400
    assert response.json()["category"] == "VALIDATION_ERROR"
    assert response.json()["errors"][0]["code"] == code


def test_upsert_creates_then_updates(hubspot: httpx.Client, key: str) -> None:
    rows = [_input(n, key, email=f"up{n}@upsert-demo.com", lastname="One") for n in range(3)]
    first = _upsert(hubspot, *rows)
    assert (first.status_code, {row["new"] for row in first.json()["results"]}) == (200, {True})
    again = _upsert(hubspot, *[row | {"properties": {"lastname": "Two"}} for row in rows]).json()["results"]
    assert {row["new"] for row in again} == {False}
    by_trace = {row["objectWriteTraceId"]: row["id"] for row in again}
    assert by_trace == {row["objectWriteTraceId"]: row["id"] for row in first.json()["results"]}
    assert [row["objectWriteTraceId"] for row in again] != ["t0", "t1", "t2"]  # the order is not that of the inputs
    assert hubspot.get(f"{CONTACTS}/{key}-1", params={"idProperty": key}).json()["properties"]["lastname"] == "Two"


def test_upsert_by_email_and_of_companies(hubspot: httpx.Client, key: str) -> None:
    made = _make(hubspot, email="mail@upsert-demo.com")
    row = {"idProperty": "email", "id": "MAIL@upsert-demo.com", "properties": {"city": "Bonn"}}
    assert _upsert(hubspot, row).json()["results"][0]["id"] == made
    company = _upsert(hubspot, _input(1, key, name="Upsert AG"), object_type="companies")
    assert company.json()["results"][0]["new"] is True
    wrong = _upsert(hubspot, {"idProperty": "lastname", "id": "x", "properties": {}})
    assert wrong.status_code == 400


def test_with_trace_ids_the_good_rows_land(hubspot: httpx.Client, key: str) -> None:
    taken = _make(hubspot, email="taken@multi-demo.com")
    rows = [
        _input(10, key, email="good@multi-demo.com"),
        _input(11, key, email="bad"),
        _input(12, key, email="taken@multi-demo.com"),
    ]
    response = _upsert(hubspot, *rows)
    answer = response.json()
    assert response.status_code == 207
    assert answer["numErrors"] == 2
    assert [row["objectWriteTraceId"] for row in answer["results"]] == ["t10"]
    errors = {error["context"]["objectWriteTraceId"][0]: error for error in answer["errors"]}
    assert errors["t11"]["category"] == "VALIDATION_ERROR"
    assert errors["t12"]["category"] == "CONFLICT"
    assert taken in errors["t12"]["message"]


def test_without_trace_ids_one_bad_row_spoils_the_batch(
    sandbox: SandboxProcess, hubspot: httpx.Client, key: str
) -> None:
    before = sandbox.dump("hubspot")
    rows = [_input(20, key, trace=False, email="fine@spoil-demo.com"), _input(21, key, trace=False, email="bad")]
    assert _upsert(hubspot, *rows).status_code == 400
    assert sandbox.dump("hubspot") == before


@pytest.mark.parametrize("trace", [True, False])
def test_an_unknown_property_or_a_twin_spoils_any_batch(
    sandbox: SandboxProcess, hubspot: httpx.Client, key: str, trace: bool
) -> None:
    before = sandbox.dump("hubspot")
    unknown = [_input(30, key, trace, email="fine@any-demo.com"), _input(31, key, trace, nonsense="x")]
    twins = [_input(32, key, trace, lastname="A"), _input(32, key, trace, lastname="B")]
    for rows in (unknown, twins):
        response = _upsert(hubspot, *rows)
        assert (response.status_code, response.json()["category"]) == (400, "VALIDATION_ERROR")
    assert _upsert(hubspot, *[_input(n, key, trace) for n in range(101)]).status_code == 400
    assert sandbox.dump("hubspot") == before


def test_batch_update_create_and_archive(hubspot: httpx.Client) -> None:
    rows = [{"properties": {"email": f"b{n}@batch-demo.com"}} for n in range(2)]
    created = hubspot.post(f"{CONTACTS}/batch/create", json={"inputs": rows})
    ids = [row["id"] for row in created.json()["results"]]
    assert created.status_code == 201
    changes = [{"id": ids[0], "properties": {"city": "Ulm"}, "objectWriteTraceId": "a"}]
    lost = {"id": "1", "properties": {"city": "Ulm"}, "objectWriteTraceId": "b"}
    updated = hubspot.post(f"{CONTACTS}/batch/update", json={"inputs": [*changes, lost]})
    assert updated.status_code == 207
    assert updated.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert _get(hubspot, ids[0], "city")["properties"]["city"] == "Ulm"
    gone = hubspot.post(f"{CONTACTS}/batch/archive", json={"inputs": [{"id": number} for number in [*ids, "1"]]})
    assert gone.status_code == 204
    assert hubspot.get(f"{CONTACTS}/{ids[0]}").status_code == 404


def test_unique_values_are_unique_and_found(hubspot: httpx.Client, key: str) -> None:
    made = _make(hubspot, **{key: "only-one"})
    response = hubspot.post(CONTACTS, json={"properties": {key: "only-one"}})
    assert response.json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    body = {"inputs": [{"id": "only-one"}], "idProperty": key}
    assert hubspot.post(f"{CONTACTS}/batch/read", json=body).json()["results"][0]["id"] == made


def test_at_most_ten_unique_properties(hubspot: httpx.Client) -> None:
    body = {"label": "x", "type": "string", "fieldType": "text", "groupName": "g", "hasUniqueValue": True}
    codes = [hubspot.post("/crm/v3/properties/companies", json=body | {"name": f"u{n}"}).status_code for n in range(12)]
    assert codes.count(201) in {9, 10}
    assert codes[-1] == 400
    assert hubspot.post("/crm/v3/properties/companies", json=body | {"name": "u1"}).status_code == 409


def test_a_merged_id_answers_with_the_winner(hubspot: httpx.Client) -> None:
    winner = _make(hubspot, email="winner@merge-demo.com", firstname="W")
    loser = _make(hubspot, email="loser@merge-demo.com", lastname="L")
    body = {"primaryObjectId": winner, "objectIdToMerge": loser}
    assert hubspot.post(f"{CONTACTS}/merge", json=body).status_code == 200
    answer = _get(hubspot, loser, "hs_merged_object_ids,hs_additional_emails")
    assert answer["id"] == winner
    values = answer["properties"]
    assert (values["hs_merged_object_ids"], values["hs_additional_emails"]) == (loser, "loser@merge-demo.com")
    assert (values["firstname"], values["lastname"], values["email"]) == ("W", "L", "winner@merge-demo.com")
    # The secondary e-mail finds the winner, but an upsert by it can neither find nor make a contact.
    found = hubspot.get(f"{CONTACTS}/loser@merge-demo.com", params={"idProperty": "email"})
    assert found.json()["id"] == winner
    row = {"idProperty": "email", "id": "loser@merge-demo.com", "properties": {}}
    assert _upsert(hubspot, row).status_code == 409


def test_an_erased_contact_appears_nowhere(hubspot: httpx.Client) -> None:
    made = _make(hubspot, email="erase@gdpr-demo.com")
    body = {"objectId": "erase@gdpr-demo.com", "idProperty": "email"}
    assert hubspot.post(f"{CONTACTS}/gdpr-delete", json=body).status_code == 204
    archived = hubspot.get(CONTACTS, params={"archived": "true", "limit": "100"}).json()["results"]
    assert made not in {row["id"] for row in archived}
    assert hubspot.get(f"{CONTACTS}/{made}", params={"archived": "true"}).status_code == 404
