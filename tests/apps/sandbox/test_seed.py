"""The seeded world: repeatable, of any size, dirty, and known."""

import hashlib
import json
import sqlite3
from collections import Counter
from pathlib import Path

import phonenumbers
import pytest
from email_validator import validate_email
from stdnum.eu import vat

from apps.sandbox.seed.entities import make_group
from apps.sandbox.seed.generate import generate
from apps.sandbox.state import CUSTOMER_TABLES, TABLES


def _digest(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        text = "\n".join(connection.iterdump())
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path = tmp_path_factory.mktemp("world") / "world.sqlite"
    generate(path, 7, 2000)
    return sqlite3.connect(path)


def _entities(world: sqlite3.Connection) -> Counter[str]:
    found: Counter[str] = Counter()
    for table in CUSTOMER_TABLES:
        found.update(row[0] for row in world.execute(f"SELECT entity FROM {table} WHERE entity IS NOT NULL"))
    return found


def test_same_seed_and_size_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        generate(tmp_path / name, 11, 120)
    generate(tmp_path / "c", 12, 120)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert _digest(tmp_path / "a") != _digest(tmp_path / "c")


def test_a_larger_world_begins_with_the_smaller_one(tmp_path: Path) -> None:
    generate(tmp_path / "small", 5, 100)
    generate(tmp_path / "large", 5, 300)
    sql = "SELECT id, entity, json_extract(body, '$.LastName') FROM sap_partner ORDER BY id LIMIT 40"
    small, large = (sqlite3.connect(tmp_path / name).execute(sql).fetchall() for name in ("small", "large"))
    assert small == large


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "w.partial").write_text("what a killed start left behind")
    generate(tmp_path / "w", 1, 20)
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_three_quarters_are_persons_and_each_is_in_one_to_three_systems(world: sqlite3.Connection) -> None:
    records = _entities(world)
    persons = sum(entity.startswith("P") for entity in records)
    assert 2000 <= len(records) < 2010
    assert 0.70 < persons / len(records) < 0.80
    systems: dict[str, set[str]] = {}
    for table in CUSTOMER_TABLES:
        for (entity,) in world.execute(f"SELECT entity FROM {table} WHERE entity IS NOT NULL"):
            systems.setdefault(entity, set()).add(TABLES[table][0])
    spread = Counter(len(names) for names in systems.values())
    assert set(spread) == {1, 2, 3}
    assert min(spread.values()) > 150


def test_some_records_are_twice_in_one_system(world: sqlite3.Connection) -> None:
    rows = world.execute("SELECT count(*) - count(DISTINCT entity), count(*) FROM hubspot_contact").fetchone()
    assert 0.03 < rows[0] / rows[1] < 0.10


def test_countries_are_several(world: sqlite3.Connection) -> None:
    sql = "SELECT json_extract(body, '$.to_BusinessPartnerAddress[0].Country'), count(*) FROM sap_partner GROUP BY 1"
    assert {country for country, count in world.execute(sql) if count > 20} == {
        *["DE", "FR", "GB", "US", "IT", "ES", "PL", "NL"]
    }


def test_telephones_are_valid_numbers_but_for_slips(world: sqlite3.Connection) -> None:
    good = bad = 0
    for (body,) in world.execute("SELECT body FROM sap_partner"):
        for address in json.loads(body)["to_BusinessPartnerAddress"]:
            for phone in address["to_PhoneNumber"]:
                parsed = phonenumbers.parse(phone["PhoneNumber"], address["Country"])
                good, bad = (good + 1, bad) if phonenumbers.is_valid_number(parsed) else (good, bad + 1)
    assert bad < 0.01 * good


def test_seeded_emails_pass_a_strict_check_in_systems_that_check_them(world: sqlite3.Connection) -> None:
    for (email,) in world.execute("SELECT json_extract(body, '$.email') FROM hubspot_contact"):
        if email:
            validate_email(email, check_deliverability=False)


@pytest.mark.parametrize("country", ["DE", "FR", "IT", "ES", "PL", "NL"])
def test_vat_numbers_have_right_check_digits(country: str) -> None:
    numbers = [
        company.tax_number
        for group in range(3000)
        for company in make_group(3, group).organisations
        if company.country == country
    ]
    assert len(numbers) > 20
    assert all(vat.is_valid(number) for number in numbers)


def test_the_dirt_of_real_life_is_there(world: sqlite3.Connection) -> None:
    emails: dict[str, set[str]] = {}
    phones: dict[str, set[str]] = {}
    for entity, body in world.execute("SELECT entity, body FROM sap_partner WHERE entity IS NOT NULL"):
        for address in json.loads(body)["to_BusinessPartnerAddress"]:
            for item in address["to_EmailAddress"]:
                emails.setdefault(item["EmailAddress"], set()).add(entity)
            for item in address["to_PhoneNumber"]:
                parsed = phonenumbers.parse(item["PhoneNumber"], address["Country"])
                phones.setdefault(phonenumbers.format_number(parsed, 0), set()).add(entity)
    assert len(emails["test@test.com"]) > 2  # a placeholder of differing people
    assert max(len(holders) for number, holders in phones.items() if "800" in number) > 2  # the call centre's number
    assert sum(len(holders) > 1 for holders in phones.values()) > 20  # households and offices


def test_families_hold_twins_and_namesakes() -> None:
    families = [group.persons for group in (make_group(7, n) for n in range(3000)) if len(group.persons) > 2]
    roofs = [family for family in families if len({person.address for person in family}) == 1]
    twins = [f for f in roofs if len({(p.birth, p.family) for p in f}) < len(f)]
    namesakes = [f for f in roofs if len({(p.given, p.family, p.female) for p in f}) < len(f)]
    assert len(twins) > 5
    assert len(namesakes) > 20


def test_branches_share_a_name_but_no_address() -> None:
    chains = [group.organisations for group in (make_group(7, n) for n in range(2000)) if len(group.organisations) > 1]
    assert len(chains) > 10
    for chain in chains:
        assert len({branch.name for branch in chain}) == 1
        assert len({branch.address for branch in chain}) == len(chain)
        assert len({branch.tax_number for branch in chain}) == len(chain)


def test_unusable_rows_are_there_and_stand_for_nobody(world: sqlite3.Connection) -> None:
    def unknown(table: str) -> list[dict[str, object]]:
        return [json.loads(body) for (body,) in world.execute(f"SELECT body FROM {table} WHERE entity IS NULL")]

    partners, contacts, users = unknown("sap_partner"), unknown("hubspot_contact"), unknown("zendesk_user")
    assert any(not p["LastName"] and not p["FirstName"] for p in partners)
    assert any(p["BirthDate"] == 253_402_214_400_000 for p in partners)
    assert any("lastname" not in c and "email" not in c and "phone" not in c for c in contacts)
    assert any(c.get("date_of_birth") == "1985-02-31" for c in contacts)
    assert any(u["name"] == "-" for u in users)
    assert len(partners) + len(contacts) + len(users) < 15


def test_activities_belong_to_customers(world: sqlite3.Connection) -> None:
    for child, parent in (
        ("sap_order", "sap_partner"),
        ("sap_invoice", "sap_partner"),
        ("zendesk_ticket", "zendesk_user"),
        ("hubspot_event", "hubspot_contact"),
    ):
        count, orphans = world.execute(
            f"SELECT count(*), sum(p.id IS NULL) FROM {child} c LEFT JOIN {parent} p ON p.id = c.parent"
        ).fetchone()
        assert count > 300
        assert orphans == 0
