"""A seeded customer in SAP's form: a business partner with its addresses, roles, tax and identification numbers.

The nested lists bear the names of the navigation properties; ``_v`` is an entity's version, for its ETag.
"""

from datetime import UTC, datetime
from random import Random
from typing import Any

from apps.sandbox.seed import dirt
from apps.sandbox.seed.places import PLACES
from apps.sandbox.seed.views import View

FIRST_PARTNER = 10_000_001
FIRST_ORDER = 5_000_001
IMPOSSIBLE_MS = 253_402_214_400_000
"""31 December 9999: SAP's "for ever", seen in birth dates after bad migrations."""


def day_ms(iso: str) -> int:
    """Return midnight UTC of an ISO date in milliseconds."""
    return int(datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp() * 1000)


def stamp(milliseconds: int) -> tuple[int, str]:
    """Split a moment into an ``Edm.DateTime`` (midnight, in ms) and an ``Edm.Time``."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    midnight = milliseconds - milliseconds % 86_400_000
    return midnight, moment.strftime("PT%HH%MM%SS")


def _phones(view: View, address: str, rng: Random) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for kind, number in (("1", view.landline), ("3", view.mobile)):
        if number:
            rows.append(
                {
                    "AddressID": address,
                    "Person": "",
                    "OrdinalNumber": str(len(rows) + 1),
                    "DestinationLocationCountry": view.country,
                    "IsDefaultPhoneNumber": not rows,
                    "PhoneNumber": dirt.phone(number, view.country, rng)[:30],
                    "PhoneNumberType": kind,
                    "_v": 1,
                }
            )
    return rows


def _address(view: View, partner: str, address: str, rng: Random) -> dict[str, Any]:
    unsplit = rng.random() < 0.1 and len(view.address_line) <= 60
    return {
        "BusinessPartner": partner,
        "AddressID": address,
        "Country": view.country,
        "CityName": view.city[:40],
        "PostalCode": view.postcode,
        "Region": view.region,
        "StreetName": view.address_line if unsplit else view.street,
        "HouseNumber": "" if unsplit else view.house,
        "HouseNumberSupplementText": "" if unsplit else view.unit,
        "Language": PLACES[view.country].language.upper(),
        "_v": 1,
        "to_AddressUsage": [{"BusinessPartner": partner, "AddressID": address, "AddressUsage": "XXDEFAULT", "_v": 1}],
        "to_EmailAddress": [
            {
                "AddressID": address,
                "Person": "",
                "OrdinalNumber": str(number + 1),
                "IsDefaultEmailAddress": number == 0,
                "EmailAddress": email,
                "_v": 1,
            }
            for number, email in enumerate(view.emails)
        ],
        "to_PhoneNumber": _phones(view, address, rng),
    }


def partner_row(view: View, number: int, rng: Random) -> dict[str, Any]:
    """Return the business partner with the given number."""
    partner, address = str(number), str(number + 20_000_000)
    created, created_time = stamp(view.created)
    changed, changed_time = stamp(view.changed) if view.changed > view.created else (None, "PT00H00M00S")
    place = PLACES[view.country]
    if rng.random() < 0.006:
        view.emails = [rng.choice(dirt.BROKEN_EMAILS)]
    row: dict[str, Any] = {
        "BusinessPartner": partner,
        "Customer": partner,
        "BusinessPartnerCategory": "2" if view.organisation else "1",
        "BusinessPartnerGrouping": "BP02",
        "CorrespondenceLanguage": "" if view.organisation else place.language.upper(),
        "CreatedByUser": "MIGRATION" if rng.random() < 0.5 else "CLERK01",
        "CreationDate": created,
        "CreationTime": created_time,
        "LastChangeDate": changed,
        "LastChangeTime": changed_time,
        "LastChangedByUser": "CLERK02" if changed else "",
        "_v": 1,
        "to_BusinessPartnerAddress": [_address(view, partner, address, rng)],
        "to_BusinessPartnerRole": [
            {"BusinessPartner": partner, "BusinessPartnerRole": role, "_v": 1} for role in ("FLCU00", "FLCU01")
        ],
        "to_BuPaIdentification": [],
        "to_BusinessPartnerTax": [],
    }
    if view.organisation:
        legal = "" if rng.random() < 0.1 else view.legal_form
        name = " ".join(part for part in (view.name, legal) if part)
        # Names are cut to forty characters a line, words or no words.
        row |= {"OrganizationBPName1": name[:40], "OrganizationBPName2": name[40:80] or view.department}
        row |= {"Industry": view.industry[:10].upper(), "SearchTerm1": view.name[:20].upper()}
    else:
        row |= {"FirstName": view.given, "MiddleName": view.middle, "LastName": view.family}
        row |= {"BusinessPartnerSupplementName": view.suffix[:4], "SearchTerm1": view.family[:20].upper()}
        row |= {"AcademicTitle": {"Dr.": "0001", "Prof. Dr.": "0002"}.get(view.title, "")}
        row |= {"IsFemale": view.female is True, "IsMale": view.female is False, "IsSexUnknown": view.female is None}
        row |= {
            "BirthDate": day_ms(view.birth) if view.birth else None,
            "NaturalPersonEmployerName": view.employer[:35],
        }
    if view.tax_number:
        kind = f"{view.country}{'1' if view.country == 'US' else '0'}"
        row["to_BusinessPartnerTax"] = [
            {"BusinessPartner": partner, "BPTaxType": kind, "BPTaxNumber": view.tax_number, "_v": 1}
        ]
    if view.registration:
        row["to_BuPaIdentification"] = [
            {
                "BusinessPartner": partner,
                "BPIdentificationType": "BUP002",
                "BPIdentificationNumber": view.registration,
                "Country": view.country,
                "_v": 1,
            }
        ]
    return row


def order_row(number: int, partner: int, currency: str, when: int, rng: Random) -> dict[str, Any]:
    """Return a sales order. The sold-to party is written with its leading zeros, as ABAP keeps it."""
    order = str(number)
    items: list[dict[str, Any]] = []
    for position in range(1, rng.randrange(2, 5)):
        quantity = rng.randrange(1, 12)
        items.append(
            {
                "SalesOrder": order,
                "SalesOrderItem": str(position * 10),
                "Material": f"MAT-{rng.randrange(100, 999)}",
                "RequestedQuantity": str(quantity),
                "NetAmount": f"{quantity * rng.randrange(300, 90_000) / 100:.2f}",
                "TransactionCurrency": currency,
                "_v": 1,
            }
        )
    return {
        "SalesOrder": order,
        "SalesOrderType": "OR",
        "SoldToParty": f"{partner:010d}",
        "PurchaseOrderByCustomer": f"PO-{rng.randrange(10_000, 99_999)}",
        "TotalNetAmount": f"{sum(float(item['NetAmount']) for item in items):.2f}",
        "TransactionCurrency": currency,
        "SalesOrderDate": stamp(when)[0],
        "CreationDate": stamp(when)[0],
        "LastChangeDate": stamp(when)[0],
        "LastChangeDateTime": when,
        "OverallSDProcessStatus": (status := rng.choice(("A", "B", "C", "C", "C"))),
        "OverallSDDocumentRejectionSts": "C" if status == "C" and number % 20 == 0 else "A",
        "_v": 1,
        "to_Item": items,
    }


def partner_keys(partner: dict[str, Any]) -> dict[str, list[str]]:
    """Return the numbers by which a partner is looked up: those of its addresses and its identifications."""
    return {
        "address": [address["AddressID"] for address in partner["to_BusinessPartnerAddress"]],
        "identification": [item["BPIdentificationNumber"] for item in partner["to_BuPaIdentification"]],
    }
