"""The mappings that come with the named systems: vendor's payload in, source record out, one case for each oddity."""

from pathlib import Path
from typing import Any

import pytest

from hub.config import Config
from hub.errors import SettingsError
from hub.records import SourceRecord
from sources.mapping import Mapper
from sources.registry import effective_objects, source_of
from tests.sources.cycle import config_of

SETTINGS: dict[str, dict[str, Any]] = {
    "sap_s4hana": {"kind": "sap_s4hana", "url": "http://erp.example", "user": "u", "password": "p"},
    "hubspot": {"kind": "hubspot", "url": "http://crm.example", "token": "t"},
    "zendesk": {"kind": "zendesk", "url": "http://desk.example", "user": "u", "token": "t"},
}


def _config(kind: str, **more: Any) -> Config:
    return config_of({"sys": {**SETTINGS[kind], **more}}, Path())


def _record(kind: str, name: str, row: dict[str, Any], **more: Any) -> SourceRecord:
    config = _config(kind, **more)
    mapper = Mapper(config, "sys", name, effective_objects(config, "sys")[name])
    return mapper.record(source_of(config, "sys").prepare(name, row))


def _said(record: SourceRecord, name: str) -> list[Any]:
    return [value.value for value in record.attributes.get(name, [])]


def _address(number: str, usage: str, **more: Any) -> dict[str, Any]:
    return {"AddressID": number, "to_AddressUsage": {"results": [{"AddressUsage": usage}]}, **more}


PARTNER: dict[str, Any] = {
    "__metadata": {"etag": 'W/"1"'},
    "BusinessPartner": "0000001000",
    "BusinessPartnerCategory": "1",
    "FirstName": "Ann",
    "LastName": "Lee",
    "IsFemale": True,
    "BirthDate": "/Date(315619200000)/",
    "LastChangeDate": "/Date(1767312000000)/",
    "LastChangeTime": "PT12H30M05S",
    "to_BusinessPartnerAddress": {
        "results": [
            _address(
                "2",
                "HOME",
                CityName="York",
                to_EmailAddress={"results": [{"EmailAddress": "home@x.example", "IsDefaultEmailAddress": True}]},
            ),
            _address(
                "1",
                "XXDEFAULT",
                CityName="Leeds",
                StreetName="High St",
                HouseNumber="22",
                Country="GB",
                to_EmailAddress={
                    "results": [
                        {"EmailAddress": "second@x.example", "IsDefaultEmailAddress": False},
                        {"EmailAddress": "first@x.example", "IsDefaultEmailAddress": True},
                    ]
                },
                to_PhoneNumber={"results": [{"PhoneNumber": "0113 496 0000", "InternationalPhoneNumber": ""}]},
            ),
        ]
    },
    "to_BusinessPartnerTax": {"results": [{"BPTaxType": "GB0", "BPTaxNumber": "GB980780684"}]},
    "to_BuPaIdentification": {
        "results": [
            {"BPIdentificationType": "BUP002", "BPIdentificationNumber": "HRB 1", "Country": "DE"},
            {"BPIdentificationType": "ZOWN", "BPIdentificationNumber": "whatever"},
        ]
    },
}


def test_sap_person() -> None:
    record = _record("sap_s4hana", "A_BusinessPartner", PARTNER)
    assert (record.key.source_id, record.entity_type) == ("0000001000", "person")
    assert _said(record, "birth_date") == ["1980-01-02"]
    assert _said(record, "gender") == ["female"]
    # The standard address and its default e-mail come first.
    assert _said(record, "email") == ["first@x.example", "second@x.example", "home@x.example"]
    assert [place["city"] for place in _said(record, "address")] == ["Leeds", "York"]
    assert _said(record, "identifier") == [
        {"kind": "vat", "value": "GB980780684", "country": "GB"},
        {"kind": "registration", "value": "HRB 1", "country": "DE"},
    ]
    assert record.modified_at is not None
    assert record.modified_at.isoformat() == "2026-01-02T12:30:05+00:00"


def test_sap_times_are_in_the_zone_of_the_system() -> None:
    objects = {"a_businesspartner": {"timezone": "Europe/Berlin"}}
    record = _record("sap_s4hana", "A_BusinessPartner", PARTNER, objects=objects)
    assert record.modified_at is not None
    assert record.modified_at.isoformat() == "2026-01-02T11:30:05+00:00"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["Acme Ltd", "Purchasing"], "Acme Ltd"),  # a short line ends the name
        (
            ["Toulouse Girard Entreprise Unipersonnell", "e a responsabilite limitee"],
            "Toulouse Girard Entreprise Unipersonnelle a responsabilite limitee",
        ),
        (["Northern Manufacturing Company of", "Leeds Ltd"], "Northern Manufacturing Company of Leeds Ltd"),
    ],
)
def test_sap_names_of_several_lines(lines: list[str], name: str) -> None:
    row = {"BusinessPartner": "1", "BusinessPartnerCategory": "2"}
    row |= {f"OrganizationBPName{number}": line for number, line in enumerate(lines, start=1)}
    assert _said(_record("sap_s4hana", "A_BusinessPartner", row), "organisation_name") == [name]


def test_sap_partners_to_be_archived_count_as_deleted() -> None:
    config = _config("sap_s4hana")
    mapper = Mapper(config, "sys", "A_BusinessPartner", effective_objects(config, "sys")["A_BusinessPartner"])
    assert mapper.is_deleted({**PARTNER, "IsMarkedForArchiving": True})
    assert not mapper.is_deleted({**PARTNER, "IsMarkedForArchiving": False})


def test_hubspot_contact() -> None:
    properties = {
        "email": "ann@x.example",
        "hs_additional_emails": "a2@x.example;a3@x.example",
        "firstname": "Ann",
        "phone": None,
        "mobilephone": "+44 7700 900123",
        "city": "Leeds",
    }
    row = {"id": "101", "properties": properties, "updatedAt": "2026-01-02T03:04:05.678Z"}
    record = _record("hubspot", "contacts", row)
    assert (record.key.object, record.key.source_id, record.entity_type) == ("contacts", "101", "person")
    assert _said(record, "email") == ["ann@x.example", "a2@x.example", "a3@x.example"]
    assert _said(record, "phone") == ["+44 7700 900123"]
    assert record.modified_at is not None


def test_zendesk_records() -> None:
    user = {"id": 36, "name": "Ann Lee", "user_fields": {"city": "Leeds", "name": "not this"}, "role": "end-user"}
    record = _record("zendesk", "users", user)
    assert _said(record, "full_name") == ["Ann Lee"]
    assert _said(record, "address") == [{"city": "Leeds"}]
    organization = {"id": 37, "name": "Acme Ltd", "domain_names": ["acme.example", "acme.test"]}
    record = _record("zendesk", "organizations", organization)
    assert (record.key.source_id, record.entity_type) == ("37", "organisation")
    assert _said(record, "website") == ["acme.example", "acme.test"]


def test_settings_override_single_fields() -> None:
    objects = {"contacts": {"fields": {"job_title": "my_title", "gender": []}, "country": "GB"}}
    row = {"id": "1", "properties": {"firstname": "Ann", "my_title": "Boss", "jobtitle": "Clerk", "gender": "f"}}
    record = _record("hubspot", "contacts", row, objects=objects)
    assert _said(record, "job_title") == ["Boss"]
    assert _said(record, "gender") == []
    assert _said(record, "given_name") == ["Ann"]
    with pytest.raises(SettingsError, match="no object 'deals'"):
        effective_objects(_config("hubspot", objects={"deals": {}}), "sys")
