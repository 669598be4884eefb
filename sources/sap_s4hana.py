"""SAP S/4HANA: business partners by the OData V2 service API_BUSINESS_PARTNER, with addresses, numbers and roles.

Sales orders and billing documents are the partners' activities: see sources.sap_orders and sources.sap_invoices.

A partner's day of change doesn't move when an address, e-mail or number of it changes, and nothing tells of deletions.
So all partners are read whole where there are few or a day has passed; in between those changed since the last day
read (that day again), and all keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.config import ObjectConfig
from sources import rest, sap_documents, sap_invoices, sap_odata, sap_orders
from sources.page import Page, Request, Row, Source, delivered
from sources.progress import Progress

SERVICE = "/sap/opu/odata/sap/API_BUSINESS_PARTNER"
OBJECT = "A_BusinessPartner"
KEY = "BusinessPartner"
EXPAND = (
    "to_BusinessPartnerAddress/to_AddressUsage",
    "to_BusinessPartnerAddress/to_EmailAddress",
    "to_BusinessPartnerAddress/to_PhoneNumber",
    "to_BusinessPartnerTax",
    "to_BuPaIdentification",
)
PAGE_ROWS = 200
PAGE_KEYS = 5_000

_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)S")


def read(request: Request) -> Iterator[Page]:
    """Give the partners (or documents): all, or those changed since the day of the last extract and every key."""
    if request.name in _DOCUMENTS:
        yield from sap_documents.read(request, _DOCUMENTS[request.name])
        return
    progress = Progress.of(request)
    with rest.hub_errors(request.system_name):
        partners = sap_odata.EntitySet(request, SERVICE, OBJECT, KEY)
        whole = progress.whole_due(request)
        since = "" if whole else f"(LastChangeDate ge {_day(progress)} or CreationDate ge {_day(progress)})"
        latest, rows = progress.position or "1970-01-01", 0
        for page in partners.pages(since, {"$expand": ",".join(EXPAND)}, request.system.page_size or PAGE_ROWS):
            latest = max([latest, *map(_changed_day, page)])
            rows += len(page)
            yield Page(delivered((str(row[KEY]), row, False) for row in page))
        if not whole and request.system.compare_keys:
            for page in partners.pages("", {"$select": KEY}, PAGE_KEYS):
                yield Page(keys=[str(row[KEY]) for row in page])
    latest = min(latest, _tomorrow())  # a day far in the future would hide all that changes until then
    complete = whole or request.system.compare_keys
    yield Page(complete=complete, cursor=progress.moved(latest, rows if whole else None))


def _tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def _day(progress: Progress) -> str:
    return f"datetime'{progress.position}T00:00:00'"


def _changed_day(row: Mapping[str, Any]) -> str:
    return (iso_date(row.get("LastChangeDate")) or iso_date(row.get("CreationDate")))[:10]


def iso_date(value: Any) -> str:
    """Write an Edm.DateTime (/Date(ms)/) as a day, "" where it holds none."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return ""
    try:
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def prepare(name: str, row: Row) -> Row:
    """Lay a partner's nested data out in columns; those of addresses have a value for each, the standard one first."""
    if name == sap_orders.KIND.name:
        return sap_orders.prepare(row)
    if name == sap_invoices.KIND.name:
        return sap_invoices.prepare(row)
    addresses = sorted(_results(row.get("to_BusinessPartnerAddress")), key=lambda one: not _is_standard(one))
    emails = [mail for one in addresses for mail in _default_first(one.get("to_EmailAddress"), "IsDefaultEmailAddress")]
    phones = [tel for one in addresses for tel in _default_first(one.get("to_PhoneNumber"), "IsDefaultPhoneNumber")]
    columns: dict[str, Any] = {name: value for name, value in row.items() if not name.startswith(("to_", "__"))}
    for name in (
        "StreetName",
        "HouseNumber",
        "HouseNumberSupplementText",
        "CityName",
        "PostalCode",
        "Region",
        "Country",
    ):
        columns[name] = [one.get(name) for one in addresses]
    return {
        **columns,
        "BirthDate": iso_date(row.get("BirthDate")) or row.get("BirthDate"),
        "Gender": "female" if row.get("IsFemale") else "male" if row.get("IsMale") else "",
        "OrganizationName": _organisation_name(row),
        "ChangedAt": _moment(row, "LastChange") or _moment(row, "Creation"),
        "EmailAddress": [mail.get("EmailAddress") for mail in emails],
        "PhoneNumber": [tel.get("InternationalPhoneNumber") or tel.get("PhoneNumber") for tel in phones],
        **_numbers(row),
    }


def _results(value: Any) -> list[dict[str, Any]]:
    return list(value.get("results", [])) if isinstance(value, dict) else []


def _is_standard(address: Mapping[str, Any]) -> bool:
    return any(usage.get("AddressUsage") == "XXDEFAULT" for usage in _results(address.get("to_AddressUsage")))


def _default_first(value: Any, mark: str) -> list[dict[str, Any]]:
    return sorted(_results(value), key=lambda one: not one.get(mark))


def _organisation_name(row: Row) -> str:
    """Join the lines of a name. A line nearly full goes on in the next; after a short one stands something else."""
    name = ""
    for number in range(1, 5):
        line = str(row.get(f"OrganizationBPName{number}") or "")
        name += line
        if len(line) < 30:
            break
        if len(line) < 40:  # broken between words; a full line may be cut within one
            name += " "
    return name.strip()


def _moment(row: Row, what: str) -> str:
    day, time = iso_date(row.get(f"{what}Date")), _TIME.fullmatch(str(row.get(f"{what}Time") or ""))
    return f"{day}T{int(time[1]):02}:{int(time[2]):02}:{int(time[3]):02}" if day and time else day


def _numbers(row: Row) -> dict[str, list[str]]:
    """Sort tax and identification numbers by their types. A tax type is a country and a digit, 0 for the VAT number."""
    columns: dict[str, list[str]] = {f"{kind}{part}": [] for kind in _KINDS for part in ("Number", "Country")}
    for tax in _results(row.get("to_BusinessPartnerTax")):
        kind = "Vat" if str(tax.get("BPTaxType", ""))[2:3] == "0" else "Tax"
        columns[f"{kind}Number"].append(tax.get("BPTaxLongNumber") or tax.get("BPTaxNumber") or "")
        columns[f"{kind}Country"].append(str(tax.get("BPTaxType", ""))[:2])
    for entry in _results(row.get("to_BuPaIdentification")):
        if known := _IDENTIFICATIONS.get(str(entry.get("BPIdentificationType"))):
            columns[f"{known}Number"].append(entry.get("BPIdentificationNumber") or "")
            columns[f"{known}Country"].append(entry.get("Country") or "")
    return columns


_KINDS = {"Vat": "vat", "Tax": "tax", "Registration": "registration", "National": "national"}
# Types delivered by SAP; own types of a company may mean anything, so they are left out.
_IDENTIFICATIONS = {"BUP002": "Registration", "FS0001": "National", "FS0002": "National"}

PARTNER = ObjectConfig.model_validate(
    {
        "id": KEY,
        "entity_type": {"column": "BusinessPartnerCategory", "values": {"1": "person", "2": "organisation"}},
        "modified_at": "ChangedAt",
        "deleted": {"column": "IsMarkedForArchiving", "values": ["true"]},
        "fields": {
            "given_name": "FirstName",
            "middle_name": "MiddleName",
            "family_name": "LastName",
            "name_suffix": "BusinessPartnerSupplementName",
            "gender": "Gender",
            "birth_date": "BirthDate",
            "language": "CorrespondenceLanguage",
            "employer": "NaturalPersonEmployerName",
            "organisation_name": "OrganizationName",
            "industry": "Industry",
            "email": "EmailAddress",
            "phone": "PhoneNumber",
            "address": {
                "street": "StreetName",
                "house_number": "HouseNumber",
                "line2": "HouseNumberSupplementText",
                "city": "CityName",
                "postcode": "PostalCode",
                "region": "Region",
                "country": "Country",
            },
            "identifier": [
                {"kind": kind, "value": f"{name}Number", "country": f"{name}Country"} for name, kind in _KINDS.items()
            ],
        },
    }
)

_DOCUMENTS = {kind.name: kind for kind in (sap_orders.KIND, sap_invoices.KIND)}

SOURCE = Source(
    "sap_s4hana",
    read,
    {OBJECT: PARTNER},
    prepare,
    {sap_orders.KIND.name: sap_orders.ORDER, sap_invoices.KIND.name: sap_invoices.INVOICE},
)
