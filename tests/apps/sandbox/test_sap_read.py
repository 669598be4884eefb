"""SAP, reading: the wire format, query options, paging, deltas."""

import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess


def _all(client: httpx.Client, path: str, **params: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    answer = client.get(path, params=params).json()["d"]
    while True:
        rows += answer["results"]
        if "__next" not in answer:
            return rows
        answer = client.get(answer["__next"]).json()["d"]


def test_without_credentials_nothing_is_said(sap: httpx.Client) -> None:
    assert sap.get("/", auth=("sandbox", "wrong")).status_code == 401


def test_only_json_is_spoken(sap: httpx.Client) -> None:
    assert sap.get("/A_BusinessPartner", headers={"accept": "application/xml"}).status_code == 406


def test_an_entity_on_the_wire(sap: httpx.Client) -> None:
    row = sap.get("/A_BusinessPartner", params={"$top": "1", "$filter": "LastName ne ''"}).json()["d"]["results"][0]
    assert set(row["__metadata"]) == {"id", "uri", "type", "etag"}
    assert row["__metadata"]["type"] == "API_BUSINESS_PARTNER.A_BusinessPartnerType"
    assert re.fullmatch(r"/Date\(-?\d+\)/", row["CreationDate"])
    assert re.fullmatch(r"PT\d\dH\d\dM\d\dS", row["CreationTime"])
    assert row["OrganizationBPName1"] == ""
    assert row["to_BusinessPartnerAddress"]["__deferred"]["uri"].endswith("/to_BusinessPartnerAddress")
    assert row["BusinessPartnerIsBlocked"] is False


def test_a_key_with_and_without_leading_zeros(sap: httpx.Client) -> None:
    plain = sap.get("/A_BusinessPartner('10000003')").json()["d"]
    assert sap.get("/A_BusinessPartner('0010000003')").json()["d"] == plain
    assert sap.get("/A_BusinessPartner(BusinessPartner='10000003')").json()["d"] == plain
    assert sap.get("/A_BusinessPartner", params={"$filter": "BusinessPartner eq '0010000003'"}).json()["d"][
        "results"
    ] == [plain]


def test_an_unknown_key_is_a_404_in_sap_form(sap: httpx.Client) -> None:
    response = sap.get("/A_BusinessPartner('1')")
    error = response.json()["error"]
    assert response.status_code == 404
    assert error["message"]["lang"] == "en"
    assert {"code", "message", "propertyref", "severity", "target"} <= set(error["innererror"]["errordetails"][0])


def test_nested_expand(sap: httpx.Client) -> None:
    expand = "to_BusinessPartnerAddress/to_EmailAddress,to_BusinessPartnerAddress/to_PhoneNumber,to_BusinessPartnerRole"
    expand += ",to_BuPaIdentification,to_BusinessPartnerTax"
    rows = _all(sap, "/A_BusinessPartner", **{"$expand": expand})
    addresses = [address for row in rows for address in row["to_BusinessPartnerAddress"]["results"]]
    emails = [email for address in addresses for email in address["to_EmailAddress"]["results"]]
    phones = [phone for address in addresses for phone in address["to_PhoneNumber"]["results"]]
    assert {role["BusinessPartnerRole"] for role in rows[5]["to_BusinessPartnerRole"]["results"]} == {
        "FLCU00",
        "FLCU01",
    }
    assert all("@" in email["EmailAddress"] for email in emails[:20])
    assert {phone["PhoneNumberType"] for phone in phones} == {"1", "3"}
    assert any(row["to_BusinessPartnerTax"]["results"] for row in rows)
    assert all("__deferred" in address["to_AddressUsage"] for address in addresses)


def test_select_leaves_out_what_is_not_named_expanded_or_not(sap: httpx.Client) -> None:
    options = {"$select": "BusinessPartner,to_BusinessPartnerRole/BusinessPartnerRole", "$top": "1"}
    row = sap.get(
        "/A_BusinessPartner", params=options | {"$expand": "to_BusinessPartnerRole,to_BusinessPartnerAddress"}
    )
    found = row.json()["d"]["results"][0]
    assert set(found) == {"__metadata", "BusinessPartner", "to_BusinessPartnerRole"}
    assert set(found["to_BusinessPartnerRole"]["results"][0]) == {"__metadata", "BusinessPartnerRole"}


@pytest.mark.parametrize(
    "params",
    [
        {"$select": "Nonsense"},
        {"$expand": "to_Nonsense"},
        {"$filter": "Nonsense eq 'x'"},
        {"$filter": "LastName eq"},
        {"$filter": "LastName eq 5"},
        {"$filter": "(LastName eq 'x'"},
        {"$filter": "LastChangeDate ge datetime'yesterday'"},
        {"$orderby": "Nonsense"},
        {"$top": "many"},
        {"$nonsense": "1"},
    ],
)
def test_what_is_wrong_is_a_400(sap: httpx.Client, params: dict[str, str]) -> None:
    assert sap.get("/A_BusinessPartner", params=params).status_code == 400


def test_filters_agree_with_python(sap: httpx.Client) -> None:
    rows = _all(sap, "/A_BusinessPartner")
    kept = {
        "BusinessPartnerCategory eq '2' and (SearchTerm1 ge 'M' or Industry ne '')": lambda r: (
            r["BusinessPartnerCategory"] == "2" and (r["SearchTerm1"] >= "M" or r["Industry"] != "")
        ),
        "IsFemale eq true": lambda r: r["IsFemale"],
        "not (IsFemale eq true) and startswith(LastName,'S')": lambda r: (
            not r["IsFemale"] and r["LastName"].startswith("S")
        ),
        "substringof('mann',LastName) eq true": lambda r: "mann" in r["LastName"],
        "LastChangeDate eq null": lambda r: r["LastChangeDate"] is None,
        "LastChangeTime gt time'PT12H00M00S'": lambda r: r["LastChangeTime"] > "PT12H00M00S",
        "FirstName eq 'D''Angelo' or LastName eq 'Müller'": lambda r: r["LastName"] == "Müller",
    }
    for text, condition in kept.items():
        expected = [row["BusinessPartner"] for row in rows if condition(row)]
        found = [row["BusinessPartner"] for row in _all(sap, "/A_BusinessPartner", **{"$filter": text})]
        assert found == expected, text


def test_the_delta_filter_works_by_day(sap: httpx.Client) -> None:
    rows = _all(sap, "/A_BusinessPartner", **{"$filter": "LastChangeDate ge datetime'2025-06-01T00:00:00'"})
    days = [int(row["LastChangeDate"][6:-2]) for row in rows]
    assert days
    assert all(day % 86_400_000 == 0 and day >= 1_748_736_000_000 for day in days)


def test_never_changed_partners_have_no_change_date(sap: httpx.Client) -> None:
    rows = _all(sap, "/A_BusinessPartner", **{"$filter": "LastChangeDate eq null"})
    assert rows
    assert {row["LastChangeTime"] for row in rows} == {"PT00H00M00S"}


@pytest.mark.parametrize("order", ["", "LastName desc,BusinessPartner"])
def test_pages_neither_repeat_nor_lose_rows(sandbox: SandboxProcess, sap: httpx.Client, order: str) -> None:
    sandbox.settings(sap_page_size=7)
    answer = sap.get("/A_BusinessPartner", params={"$inlinecount": "allpages"} | ({"$orderby": order} if order else {}))
    first = answer.json()["d"]
    assert len(first["results"]) == 7
    assert "$skiptoken=" in first["__next"]
    rows = _all(sap, "/A_BusinessPartner", **({"$orderby": order} if order else {}))
    assert len({row["BusinessPartner"] for row in rows}) == len(rows) == int(first["__count"])
    if order:
        assert [row["LastName"] for row in rows] == sorted((row["LastName"] for row in rows), reverse=True)


def test_children_can_be_paged_on_their_own(sandbox: SandboxProcess, sap: httpx.Client) -> None:
    whole = _all(sap, "/A_AddressPhoneNumber")
    sandbox.settings(sap_page_size=3)
    torn = _all(sap, "/A_AddressPhoneNumber")
    assert [row["__metadata"]["id"] for row in torn] == [row["__metadata"]["id"] for row in whole]


def test_top_and_skip(sandbox: SandboxProcess, sap: httpx.Client) -> None:
    everything = [row["BusinessPartner"] for row in _all(sap, "/A_BusinessPartner")]
    some = _all(sap, "/A_BusinessPartner", **{"$top": "5", "$skip": "3"})
    assert [row["BusinessPartner"] for row in some] == everything[3:8]
    sandbox.settings(sap_page_size=4)
    assert len(_all(sap, "/A_BusinessPartner", **{"$top": "10"})) == 10
    sandbox.settings(sap_page_size=0)
    assert "__next" not in sap.get("/A_BusinessPartner").json()["d"]


def test_navigation_and_children_by_key(sap: httpx.Client) -> None:
    address = sap.get("/A_BusinessPartner('10000003')/to_BusinessPartnerAddress").json()["d"]["results"][0]
    key = f"BusinessPartner='10000003',AddressID='{address['AddressID']}'"
    assert sap.get(f"/A_BusinessPartnerAddress({key})").json()["d"] == address
    email = _all(sap, "/A_AddressEmailAddress", **{"$top": "1"})[0]
    assert email in _all(sap, "/A_AddressEmailAddress", **{"$filter": f"AddressID eq '00{email['AddressID']}'"})
    key = f"AddressID='{email['AddressID']}',Person='',OrdinalNumber='{email['OrdinalNumber']}'"
    response = sap.get(f"/A_AddressEmailAddress({key})")
    assert response.json()["d"] == email
    assert response.headers["etag"] == email["__metadata"]["etag"]


def test_sales_orders(sandbox: SandboxProcess) -> None:
    base = f"{sandbox.url}/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    with httpx.Client(base_url=base, auth=("sandbox", "sandbox"), headers={"accept": "application/json"}) as client:
        since = "LastChangeDateTime ge datetimeoffset'2024-01-01T00:00:00Z'"
        rows = _all(client, "/A_SalesOrder", **{"$filter": since, "$expand": "to_Item"})
        assert rows
        assert all(int(row["LastChangeDateTime"][6:-7]) >= 1_704_067_200_000 for row in rows)
        order = rows[0]
        assert isinstance(order["TotalNetAmount"], str)
        assert len(order["SoldToParty"]) == 10  # with its leading zeros
        assert sum(round(float(i["NetAmount"]) * 100) for i in order["to_Item"]["results"]) == round(
            float(order["TotalNetAmount"]) * 100
        )
        unpadded = order["SoldToParty"].lstrip("0")
        assert order in _all(
            client, "/A_SalesOrder", **{"$filter": f"SoldToParty eq '{unpadded}'", "$expand": "to_Item"}
        )
        assert client.get("/A_BusinessPartner").status_code == 404


def test_billing_documents(sandbox: SandboxProcess) -> None:
    base = f"{sandbox.url}/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV"
    orders = {row["id"]: row["body"] for row in sandbox.dump("sap")["A_SalesOrder"]}
    with httpx.Client(base_url=base, auth=("sandbox", "sandbox"), headers={"accept": "application/json"}) as client:
        sandbox.settings(sap_page_size=7)
        rows = _all(client, "/A_BillingDocument", **{"$expand": "to_Item", "$orderby": "BillingDocument"})
        assert len({row["BillingDocument"] for row in rows}) == len(rows) > len(orders) / 2
        for row in rows:
            items = row["to_Item"]["results"]
            (order,) = {item["SalesDocument"] for item in items}
            assert row["SoldToParty"] == orders[order]["SoldToParty"]
            assert orders[order]["OverallSDDocumentRejectionSts"] != "C"
            assert Decimal(row["TotalNetAmount"]) == sum(Decimal(item["NetAmount"]) for item in items) > 0
        cancelled = {row["BillingDocument"]: row for row in rows if row["BillingDocumentIsCancelled"]}
        undone = {row["CancelledBillingDocument"]: row for row in rows if row["SDDocumentCategory"] == "N"}
        assert cancelled.keys() == undone.keys() != set()
        for number, row in cancelled.items():
            assert row["TotalNetAmount"] == undone[number]["TotalNetAmount"]
            assert row["LastChangeDateTime"] == undone[number]["LastChangeDateTime"] > row["BillingDocumentDate"]
        first = rows[0]
        assert client.get(f"/A_BillingDocument('00{first['BillingDocument']}')").json()["d"]["SoldToParty"]
        beyond = f"BillingDocument gt '{first['BillingDocument']}' and SoldToParty eq '{first['SoldToParty']}'"
        found = _all(client, "/A_BillingDocument", **{"$filter": beyond, "$expand": "to_Item"})
        assert found == [row for row in rows[1:] if row["SoldToParty"] == first["SoldToParty"]]
        assert client.get("/A_SalesOrder").status_code == 404
        assert client.get("/").json()["d"]["EntitySets"] == ["A_BillingDocument", "A_BillingDocumentItem"]
        assert 'Namespace="API_BILLING_DOCUMENT_SRV"' in client.get("/$metadata").text


def test_metadata_and_service_document(sap: httpx.Client) -> None:
    assert "A_BuPaIdentification" in sap.get("/").json()["d"]["EntitySets"]
    text = sap.get("/$metadata").text
    assert '<Property Name="LastName" Type="Edm.String" MaxLength="40"/>' in text
