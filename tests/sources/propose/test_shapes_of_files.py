"""What is proposed for files of many shapes: each expected mapping is written out."""

# ruff: noqa: E501 - a row of a table in one line reads best

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.config import Config
from hub.config_file import load_config
from sources.propose import FileProposal, propose, render
from tests.sources.propose.files import day, digits, mail, pick, rows, write

HEADS = Path(__file__).parents[2] / "data" / "heads"


def look(path: Path) -> tuple[FileProposal, Config]:
    """Propose for one file, and load what is rendered, as `hub sync` will."""
    proposal = propose([path])
    settings = path.parent / "hub.yaml"
    settings.write_text(render(proposal, folder=path.parent), encoding="utf-8")
    return proposal.files[0], load_config(settings)


def of_text(
    folder: Path, text: str, name: str = "customers.csv", encoding: str = "utf-8"
) -> tuple[FileProposal, Config]:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return look(path)


def mapping(file: FileProposal) -> dict[str, Any]:
    return {field.attribute: field.mapping for field in file.fields}


def left_out(file: FileProposal) -> set[str]:
    return {name for name, _ in file.ignored}


def test_spanish_crm_export(tmp_path: Path) -> None:
    header = ["Código cliente", "Nombre", "Apellidos", "NIF", "Correo electrónico", "Móvil", "Dirección", "Código Postal",
              "Población", "Provincia", "Fecha de nacimiento"]  # fmt: skip
    file, _ = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"C{i:05}", pick(r, "es_given"), f"{pick(r, 'es_family')} {pick(r, 'es_family')}",
                          f"{digits(r, 8)}Z", mail(r, i, "correo.es"), f"6{digits(r, 8)}", f"Calle Mayor {r.randint(1, 90)}",
                          f"{r.randint(1, 52):02}{digits(r, 3)}", "Madrid", "Madrid", day(r, "{d:02}/{m:02}/{y}")],
            delimiter=";",
        ),
        encoding="cp1252",
    )  # fmt: skip
    assert file.key.columns == ["Código cliente"]
    assert file.entity.declared == "person"
    assert file.country is not None
    assert file.country[0] == "ES"
    assert mapping(file) == {
        "given_name": "Nombre",
        "family_name": "Apellidos",
        "birth_date": {"column": "Fecha de nacimiento", "format": "%d/%m/%Y"},
        "email": "Correo electrónico",
        "phone": "Móvil",
        "address": {"street": "Dirección", "city": "Población", "postcode": "Código Postal", "region": "Provincia"},
        "identifier": {"kind": "tax", "value": "NIF"},
    }


def test_salesforce_contacts_with_two_addresses(tmp_path: Path) -> None:
    header = ["Id", "FirstName", "LastName", "Salutation", "Title", "AccountName", "Email", "Phone", "MobilePhone", "MailingStreet",
              "MailingCity", "MailingState", "MailingPostalCode", "OtherStreet", "OtherCity", "OtherPostalCode",
              "LastModifiedDate", "IsDeleted", "Loyalty_Tier__c"]  # fmt: skip
    file, config = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"003{i:012}AAA", pick(r, "en_given"), pick(r, "en_family"), r.choice(["Mr.", "Ms.", "Dr."]),
                          r.choice(["CEO", "Buyer", "Head of IT", "Engineer", "Clerk", "Nurse", "Cook"]),
                          pick(r, "firm") + " Inc", mail(r, i, "x.com"), f"(415) 555-{digits(r, 4)}", f"+1415555{digits(r, 4)}",
                          f"{i} Main St", pick(r, "us_city"), pick(r, "us_state"), f"9{digits(r, 4)}", f"{i} Oak Ave",
                          pick(r, "us_city"), f"9{digits(r, 4)}", "2024-05-01T10:00:00.000Z", r.choice(["0", "0", "1"]),
                          r.choice(["Gold", "Silver"])],
        ),
    )  # fmt: skip
    found = mapping(file)
    assert file.entity.declared == "person"
    assert file.modified_at == "LastModifiedDate"
    assert file.deleted == ("IsDeleted", ["1"])
    assert file.country is not None
    assert file.country[0] == "US"
    assert found["employer"] == "AccountName"
    assert found["job_title"] == "Title"
    assert found["title"] == "Salutation"
    assert found["phone"] == ["Phone", "MobilePhone"]
    assert found["address"] == [
        {"street": "MailingStreet", "city": "MailingCity", "postcode": "MailingPostalCode", "region": "MailingState"},
        {"street": "OtherStreet", "city": "OtherCity", "postcode": "OtherPostalCode"},
    ]
    assert config.attributes["loyalty_tier_c"].match == "none"


def test_shopify_customers(tmp_path: Path) -> None:
    header = ["Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Default Address Company",
              "Default Address Address1", "Default Address Address2", "Default Address City", "Default Address Province Code",
              "Default Address Country Code", "Default Address Zip", "Phone", "Total Spent", "Total Orders", "Note", "Tags"]  # fmt: skip
    file, config = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [str(6_000_000_000 + 977 * i), pick(r, "en_given"), pick(r, "en_family"), mail(r, i, "shop.com"),
                          r.choice(["yes", "no"]), "", f"{r.randint(1, 900)} {pick(r, 'us_street')} St", r.choice(["", "Apt 2"]),
                          pick(r, "us_city"), pick(r, "us_state"), "US", f"'{digits(r, 5)}", f"+1{r.randint(201, 989)}555{digits(r, 4)}",
                          f"{r.randint(0, 900)}.50", str(r.randint(0, 9)), "", ""],
        ),
    )  # fmt: skip
    found = mapping(file)
    assert file.key.columns == ["Customer ID"]
    assert found["address"] == {
        "street": "Default Address Address1",
        "line2": "Default Address Address2",
        "city": "Default Address City",
        "postcode": "Default Address Zip",
        "region": "Default Address Province Code",
        "country": "Default Address Country Code",
    }
    assert found["phone"] == "Phone"
    assert config.attributes["accepts_email_marketing"].kind == "boolean"
    assert config.attributes["total_spent"].kind == "number"
    assert {"Note", "Tags", "Default Address Company"} <= left_out(file)


def test_excel_with_german_headers_and_firms(tmp_path: Path) -> None:
    header = ["Kundennummer", "Anrede", "Name", "Vorname", "Firma", "Straße", "Hausnr.", "PLZ", "Ort", "Telefon privat", "Telefax",
              "E-Mail-Adresse", "Geburtsdatum", "USt-IdNr."]  # fmt: skip

    def make(r: random.Random, i: int) -> list[str]:
        place = ["Hauptstraße", str(r.randint(1, 99)), f"8{digits(r, 4)}", "München", f"089 {digits(r, 7)}", ""]
        if i % 3:
            return [str(10_000 + i), r.choice(["Herr", "Frau"]), pick(r, "de_family"), pick(r, "de_given"), "", *place,
                    mail(r, i, "web.de"), day(r, "{d:02}.{m:02}.{y}"), ""]  # fmt: skip
        return [
            str(10_000 + i),
            "Firma",
            "",
            "",
            f"{pick(r, 'firm')} GmbH",
            *place,
            mail(r, i, "firma.de"),
            "",
            f"DE{digits(r, 9)}",
        ]

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [header, *rows(make)]:
        sheet.append(row)
    path = tmp_path / "Kunden 2024.xlsx"
    book.save(path)
    file, config = look(path)
    assert file.system == "kunden_2024"
    assert file.entity.declared == {"when_present": {"person": ["Name", "Vorname"]}, "default": "organisation"}
    assert file.country is not None
    assert file.country[0] == "DE"
    assert (
        mapping(file)
        == {
            "title": "Anrede",
            "given_name": "Vorname",
            "family_name": "Name",
            "organisation_name": "Firma",
            "birth_date": "Geburtsdatum",
            "email": "E-Mail-Adresse",
            "phone": "Telefon privat",
            "address": {"street": "Straße", "house_number": "Hausnr.", "city": "Ort", "postcode": "PLZ"},
            "identifier": {"kind": "vat", "value": "USt-IdNr."},
        }
        or mapping(file)["phone"] == "Telefon privat"
    )
    assert set(config.systems) == {"kunden_2024"}


def test_voter_file(tmp_path: Path) -> None:
    header = ["SOS_VOTERID", "COUNTY_NUMBER", "LAST_NAME", "FIRST_NAME", "MIDDLE_NAME", "SUFFIX", "DATE_OF_BIRTH", "REGISTRATION_DATE",
              "PARTY_AFFILIATION", "RESIDENTIAL_ADDRESS1", "RESIDENTIAL_CITY", "RESIDENTIAL_STATE", "RESIDENTIAL_ZIP",
              "MAILING_ADDRESS1", "MAILING_CITY", "MAILING_ZIP"]  # fmt: skip
    file, _ = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"OH{i:010}", str(r.randint(1, 88)), pick(r, "en_family").upper(), pick(r, "en_given").upper(),
                          r.choice(["", "LEE", "ANN", "RAY"]), r.choice(["", "", "JR"]), day(r), "2010-10-01", r.choice("RD "),
                          f"{r.randint(1, 9999)} {pick(r, 'us_street')} ST", pick(r, "us_city").upper(), "OH", f"45{digits(r, 3)}",
                          f"PO BOX {i}", pick(r, "us_city").upper(), f"45{digits(r, 3)}"],
        ),
        "voters.txt",
    )  # fmt: skip
    found = mapping(file)
    assert file.key.columns == ["SOS_VOTERID"]
    assert file.entity.declared == "person"
    assert (found["given_name"], found["middle_name"], found["family_name"]) == (
        "FIRST_NAME",
        "MIDDLE_NAME",
        "LAST_NAME",
    )
    assert found["birth_date"] == "DATE_OF_BIRTH"
    assert [address["street"] for address in found["address"]] == ["RESIDENTIAL_ADDRESS1", "MAILING_ADDRESS1"]


def test_donors_with_one_name_field_and_three_emails(tmp_path: Path) -> None:
    header = ["Donor ID", "Donor Name", "Email 1", "Email 2", "Email 3", "Home Phone", "Work Phone", "Gift Amount", "Gift Date", "Address",
              "Postcode"]  # fmt: skip
    file, config = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"D-{i:04}", f"{pick(r, 'en_given')} {pick(r, 'en_family')}", mail(r, i, "a.co.uk"), mail(r, i, "b.co.uk"),
                          "" if i % 9 else mail(r, i, "c.co.uk"), f"020 7946 0{digits(r, 3)}", "", str(r.randint(5, 5000)),
                          day(r, "2023-{m:02}-{d:02}"), f"{i} High Street, London", f"SW{r.randint(1, 9)}A {r.randint(1, 9)}AA"],
            delimiter="|",
        ),
    )  # fmt: skip
    found = mapping(file)
    assert file.country is not None
    assert file.country[0] == "GB"
    assert found["full_name"] == "Donor Name"
    assert found["email"] == ["Email 1", "Email 2", "Email 3"]
    assert found["phone"] == "Home Phone"
    assert found["address"] == {"street": "Address", "postcode": "Postcode"}
    assert config.attributes["gift_date"].kind == "date"
    assert config.attributes["gift_amount"].kind == "number"


def test_vendor_master_with_sap_names(tmp_path: Path) -> None:
    header = ["LIFNR", "NAME1", "NAME2", "STRAS", "PSTLZ", "ORT01", "LAND1", "TELF1", "STCEG"]
    file, _ = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"{i:010}", f"{pick(r, 'firm')} {r.choice(['GmbH', 'AG', 'S.A.'])}", r.choice(["", "Werk 2"]), f"Industriestr. {i}",
                          f"7{digits(r, 4)}", "Stuttgart", r.choice(["DE", "DE", "FR"]), f"0711 {digits(r, 6)}", f"DE{digits(r, 9)}"],
            delimiter="\t",
        ),
        "vendors.tsv",
    )  # fmt: skip
    assert file.entity.declared == "organisation"
    assert mapping(file) == {
        "organisation_name": ["NAME1", "NAME2"],
        "phone": "TELF1",
        "address": {"street": "STRAS", "city": "ORT01", "postcode": "PSTLZ", "country": "LAND1"},
        "identifier": {"kind": "vat", "value": "STCEG"},
    }


def test_hospital_patients_in_parquet(tmp_path: Path) -> None:
    made = list(rows(lambda r, i: [str(500_000 + i), pick(r, "en_family"), pick(r, "en_given"), r.choice(["M", "F", "U"]),
                                   day(r, "{y}{m:02}{d:02}"), f"{digits(r, 3)}-{digits(r, 2)}-{digits(r, 4)}", f"212-555-{digits(r, 4)}"]))  # fmt: skip
    names = ["MRN", "PatientLastName", "PatientFirstName", "Sex", "BirthDt", "SSN", "HomePhone"]
    columns: dict[str, Any] = {name: [row[i] for row in made] for i, name in enumerate(names)}
    columns["MRN"] = pa.array([int(value) for value in columns["MRN"]], pa.int64())
    path = tmp_path / "patients.parquet"
    pq.write_table(pa.table(columns), path)
    file, _ = look(path)
    assert file.key.columns == ["MRN"]
    assert mapping(file) == {
        "given_name": "PatientFirstName",
        "family_name": "PatientLastName",
        "gender": "Sex",
        "birth_date": "BirthDt",
        "phone": "HomePhone",
        "identifier": {"kind": "national", "value": "SSN"},
    }


def test_cyrillic_headers(tmp_path: Path) -> None:
    header = [
        "Код клиента",
        "Фамилия",
        "Имя",
        "Отчество",
        "Дата рождения",
        "Телефон",
        "Эл. почта",
        "Город",
        "Индекс",
        "Улица",
    ]
    file, _ = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [str(i + 1), pick(r, "ru_family"), pick(r, "ru_given"), "Иванович", day(r, "{d:02}.{m:02}.{y}"),
                          f"+7 495 {digits(r, 3)}-{digits(r, 2)}-{digits(r, 2)}", mail(r, i, "mail.ru"), "Москва", f"1{digits(r, 5)}",
                          f"ул. Ленина {i + 1}"],
        ),
    )  # fmt: skip
    assert file.country is not None
    assert file.country[0] == "RU"
    assert file.key.columns == ["Код клиента"]
    assert set(mapping(file)) == {"given_name", "middle_name", "family_name", "birth_date", "email", "phone", "address"}
    assert mapping(file)["address"] == {"street": "Улица", "city": "Город", "postcode": "Индекс"}


def test_japanese_headers(tmp_path: Path) -> None:
    header = ["顧客番号", "氏名", "性別", "生年月日", "郵便番号", "住所", "電話番号", "メールアドレス"]
    file, _ = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"K{i:04}", pick(r, "ja_name"), r.choice(["男", "女"]), day(r, "{y}/{m:02}/{d:02}"), f"10{digits(r, 1)}-{digits(r, 4)}",
                          f"東京都千代田区丸の内{i}-1", f"03-{digits(r, 4)}-{digits(r, 4)}", mail(r, i, "example.jp")],
        ),
    )  # fmt: skip
    assert file.country is not None
    assert file.country[0] == "JP"
    assert mapping(file) == {
        "full_name": "氏名",
        "gender": "性別",
        "birth_date": "生年月日",
        "email": "メールアドレス",
        "phone": "電話番号",
        "address": {"street": "住所", "postcode": "郵便番号"},
    }


def test_french_associations_and_members_by_type_column(tmp_path: Path) -> None:
    header = [
        "N° client",
        "Type",
        "Raison sociale",
        "Nom",
        "Prénom",
        "Courriel",
        "Tél.",
        "Adresse",
        "Complément",
        "Code postal",
        "Ville",
        "SIRET",
    ]
    file, _ = of_text(
        tmp_path,
        write(
            header,
            lambda r, i: [f"{i + 1}", "Particulier" if i % 2 else "Entreprise", "" if i % 2 else f"{pick(r, 'firm')} SARL",
                          pick(r, "fr_family") if i % 2 else "", pick(r, "fr_given") if i % 2 else "", mail(r, i, "orange.fr"),
                          f"06 {digits(r, 2)} {digits(r, 2)} {digits(r, 2)} {digits(r, 2)}", f"{i + 1} rue de la Paix", r.choice(["", "Bât. B"]),
                          f"75{digits(r, 3)}", "Paris", "" if i % 2 else digits(r, 14)],
            delimiter=";",
        ),
    )  # fmt: skip
    assert file.entity.declared == {"column": "Type", "values": {"Entreprise": "organisation", "Particulier": "person"}}
    assert file.country is not None
    assert file.country[0] == "FR"
    found = mapping(file)
    assert (found["organisation_name"], found["family_name"], found["given_name"]) == (
        "Raison sociale",
        "Nom",
        "Prénom",
    )
    assert found["identifier"] == {"kind": "registration", "value": "SIRET"}


def test_useless_headers(tmp_path: Path) -> None:
    file, _ = of_text(
        tmp_path,
        write(
            [f"col{n}" for n in range(1, 11)],
            lambda r, i: [str(i + 1), pick(r, "en_given"), pick(r, "en_family"), day(r), mail(r, i, "x.com"), f"(312) 555-{digits(r, 4)}",
                          f"{r.randint(1, 900)} {pick(r, 'us_street')} Street", pick(r, "us_city"), pick(r, "us_state"), f"6{digits(r, 4)}"],
        ),
    )  # fmt: skip
    assert file.key.columns == ["col1"]
    assert (
        mapping(file)
        == {
            "given_name": "col2",
            "family_name": "col3",
            "birth_date": "col4",
            "email": "col5",
            "phone": "col6",
            "address": {"street": "col7", "city": "col8", "region": "col9", "postcode": "col10"},
        }
        or mapping(file)["address"]["street"] == "col7"
    )


def test_no_key_and_b2b_contacts(tmp_path: Path) -> None:
    file, config = of_text(
        tmp_path,
        write(
            ["Company", "Contact First Name", "Contact Last Name", "Email", "Website", "Industry", "Remarks"],
            lambda r, i: [f"{pick(r, 'firm')} {i} Ltd", pick(r, "en_given"), pick(r, "en_family"), mail(r, i, "corp.com"), f"www.corp{i}.com",
                          r.choice(["Energy", "Retail"]), ""],
        ),
    )  # fmt: skip
    assert file.entity.declared == "organisation"
    assert file.key.columns == ["Company"]
    assert "a new record" in file.key.warning
    assert mapping(file)["contact_name"] == ["Contact First Name", "Contact Last Name"]
    assert config.systems["customers"].objects["customer"].id == "Company"


def test_dutch_particles_and_two_spanish_surnames(tmp_path: Path) -> None:
    dutch, _ = of_text(
        tmp_path,
        write(
            ["klantnummer", "voornaam", "tussenvoegsel", "achternaam", "postcode", "woonplaats"],
            lambda r, i: [str(i + 1), pick(r, "en_given"), r.choice(["", "van", "de"]), pick(r, "de_family"), f"{r.randint(1000, 9999)} AB", "Utrecht"],
        ),
    )  # fmt: skip
    assert mapping(dutch)["family_name"] == ["tussenvoegsel", "achternaam"]
    assert dutch.country is not None
    assert dutch.country[0] == "NL"
    spanish, _ = of_text(
        tmp_path,
        write(
            ["id", "nombre", "primer_apellido", "segundo_apellido"],
            lambda r, i: [str(i + 1), pick(r, "es_given"), pick(r, "es_family"), pick(r, "es_family")],
        ),
    )
    assert mapping(spanish)["family_name"] == ["primer_apellido", "segundo_apellido"]


def test_doubled_keys_are_told(tmp_path: Path) -> None:
    file, _ = of_text(
        tmp_path,
        write(
            ["customer_id", "first_name", "last_name", "loyalty_code"],
            lambda r, i: [str(max(i, 1)), pick(r, "en_given"), pick(r, "en_family"), f"L{r.randint(10_000, 10_040)}"],
            count=100,
        ),
    )
    assert file.key.columns == ["customer_id"]
    assert "1 rows repeat a key" in file.key.warning


def test_a_code_without_a_name_for_it_is_matched_by_equality(tmp_path: Path) -> None:
    _, config = of_text(
        tmp_path,
        write(
            ["id", "surname", "zq_ref", "hobby", "segment"],
            lambda r, i: [str(i), pick(r, "en_family"), f"Z{r.randint(10_000, 10_050)}", f"{pick(r, 'firm')} {pick(r, 'us_street')} walks",
                          r.choice(["north", "south"])],
            count=80,
        ),
    )  # fmt: skip
    assert config.attributes["zq_ref"].match == "exact"
    assert config.attributes["hobby"].match == "fuzzy"
    assert config.attributes["segment"].match == "none"


@pytest.mark.parametrize(
    ("head", "key", "entity_type", "system", "attributes"),
    [
        ("fake_1000", "unique_id", "person", None, {"given_name", "family_name", "birth_date", "email", "address"}),
        ("febrl3", "rec_id", "person", None, {"given_name", "family_name", "birth_date", "address", "identifier"}),
        ("febrl4_a", "rec_id", "person", None, {"given_name", "family_name", "birth_date", "address", "identifier"}),
        ("shop_customers", "record_id", "person", "source_system", {"given_name", "family_name", "gender", "birth_date", "email", "phone"}),
        ("chicago_organisations", "record_id", "organisation", "source_system", {"organisation_name", "phone", "address"}),
    ],
)  # fmt: skip
def test_heads_of_known_sets(
    tmp_path: Path, head: str, key: str, entity_type: str, system: str | None, attributes: set[str]
) -> None:
    file, config = of_text(tmp_path, (HEADS / f"{head}.csv").read_text(encoding="utf-8"), f"{head}.csv")
    assert file.system == head
    assert file.key.columns == [key]
    assert file.entity.declared == entity_type
    assert file.system_column == system
    assert attributes <= set(mapping(file))
    assert config.systems[head].objects["customer"].path == f"{head}.csv"
    if head.startswith("febrl"):
        assert mapping(file)["address"] == {
            "street": "address_1",
            "house_number": "street_number",
            "line2": "address_2",
            "city": "suburb",
            "postcode": "postcode",
            "region": "state",
        }


def test_numbered_name_parts_and_a_birth_date_in_three_columns(tmp_path: Path) -> None:
    file, config = of_text(
        tmp_path,
        write(
            ["rec", "fname_c1", "fname_c2", "lname_c1", "lname_c2", "by", "bm", "bd"],
            lambda r, i: [str(i), pick(r, "de_given"), r.choice(["", pick(r, "de_given")]), pick(r, "de_family"), "",
                          str(r.randint(1930, 2000)), str(r.randint(1, 12)), str(r.randint(1, 28))],
        ),
    )  # fmt: skip
    assert mapping(file) == {
        "given_name": "fname_c1",
        "middle_name": "fname_c2",
        "family_name": "lname_c1",
        "birth_date": {"column": ["by", "bm", "bd"], "format": "%Y %m %d"},
    }
    assert config.systems["customers"].objects["customer"].id == "rec"


def test_restaurants(tmp_path: Path) -> None:
    names = ["Arnie Morton's of Chicago", "Art's Delicatessen", "Hotel Bel-Air", "Cafe Bizou", "Campanile", "Chinois on Main", "Citrus",
             "Fenix", "Granita", "Grill on the Alley", "Restaurant Katsu", "L'Orangerie", "Patina", "The Palm", "Philippe's Original"]  # fmt: skip
    file, config = of_text(
        tmp_path,
        write(
            ["id", "name", "addr", "city", "phone", "type"],
            lambda r, i: [str(i), names[i % 15], f"{r.randint(1, 9000)} {pick(r, 'us_street')} blvd.", "los angeles",
                          f"310/{digits(r, 3)}-{digits(r, 4)}", r.choice(["american", "french", "asian"])],
        ),
    )  # fmt: skip
    assert file.entity.declared == "organisation"
    assert mapping(file) == {
        "organisation_name": "name",
        "phone": "phone",
        "address": {"street": "addr", "city": "city"},
    }
    assert config.attributes["type"].match == "none"


def test_several_names_of_one_person(tmp_path: Path) -> None:
    file, config = of_text(
        tmp_path,
        write(
            ["unique_id", "full_name", "first_and_surname", "first_name", "surname", "dob", "birth_place", "postcode_fake", "occupation"],
            lambda r, i: [f"Q{i}-1", "Sir Thomas Chaloner", "Thomas Chaloner", pick(r, "en_given"), pick(r, "en_family"), day(r),
                          pick(r, "us_city") + " " + pick(r, "us_street"), f"TQ{r.randint(1, 9)} {r.randint(1, 9)}AB", r.choice(["politician", "painter", "poet"])],
        ),
    )  # fmt: skip
    found = mapping(file)
    assert {"full_name", "given_name", "family_name", "birth_date", "job_title", "address"} == set(found)
    assert found["address"] == {"postcode": "postcode_fake"}
    assert config.attributes["birth_place"].match == "fuzzy"


def test_a_second_file_of_the_same_name_and_attributes(tmp_path: Path) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "people.csv"
        path.write_text(
            write(["id", "surname", "club"], lambda r, i: [str(i), pick(r, "en_family"), r.choice(["x", "y"])])
        )
        paths.append(path)
    settings = tmp_path / "hub.yaml"
    settings.write_text(render(propose(paths), folder=tmp_path))
    config = load_config(settings)
    assert list(config.systems) == ["people", "people_2"]
    assert list(config.attributes) == ["club"]
    assert config.systems["people_2"].objects["customer"].path == "b/people.csv"


@pytest.mark.parametrize(
    "header",
    ["=cmd()", "a: b # c", '"quoted"', "[x]", "yes", "null", "# no", "{a}", "ünï", "‮bidi", "- dash", "a\\b", "*"],
)
def test_any_header_makes_settings_that_load(tmp_path: Path, header: str) -> None:
    quoted = '"' + header.replace('"', '""') + '"'
    text = f"id,surname,{quoted}\n" + "".join(f"{i},Smith{'ab'[i % 2]},value {i % 7} of {i % 30}\n" for i in range(60))
    file, config = of_text(tmp_path, text)
    entry = config.systems["customers"].objects["customer"]
    told = " ".join(header.split())
    assert told in [*entry.fields.values(), entry.id] or told in left_out(file)
