"""Cases of many countries that a steward can read: what the source has, and the form in which it compares."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sources.standardise import countries, dates, emails, identifiers, names, nicknames, organisations, phones, websites
from sources.standardise.addresses import address, one_line, postcode
from sources.standardise.kinds import boolean, language, number
from sources.standardise.text import clean, comparable, is_nothing


@pytest.mark.parametrize(
    ("value", "standard"),
    [
        ("  José  María ", "jose maria"),
        ("O’Brien", "obrien"),
        ("Saint-Exupéry", "saint exupery"),
        ("Straßer", "strasser"),
        ("Łukasz", "lukasz"),
        ("Иванов", "ivanov"),
        ("A.M.E. Zion", "ame zion"),
        ("J.P. Morgan", "jp morgan"),
        ("\u202eSm\u200bith\x00", "smith"),
        ("line\nbreak\x1ftab\t", "line break tab"),
        ("Ｗｉｄｅ", "wide"),
    ],
)
def test_text(value: str, standard: str) -> None:
    assert comparable(clean(value)) == standard


@pytest.mark.parametrize(
    "value", ["n/a", "N/A", "-", ".", "???", "None", "NULL", "unknown", "Keine Angabe", "#N/A", "\\N"]
)
def test_nothing(value: str) -> None:
    assert is_nothing(clean(value))


@pytest.mark.parametrize("value", ["Na", "Nan", "Nil", "0", "Null & Partner", "X Æ A-12", "五"])
def test_not_nothing(value: str) -> None:
    assert not is_nothing(clean(value))


@pytest.mark.parametrize(
    ("value", "country", "given", "middle", "family", "suffix"),
    [
        ("John Smith", "US", "John", "", "Smith", ""),
        ("Smith, John Q., Jr.", "US", "John", "Q.", "Smith", "Jr."),
        ("Dr. Ludwig van Beethoven", "DE", "Ludwig", "", "van Beethoven", ""),
        ("van der Berg, Jan", "NL", "Jan", "", "van der Berg", ""),
        ("DUPONT Marie", "FR", "Marie", "", "DUPONT", ""),
        ("Marie DUPONT", "FR", "Marie", "", "DUPONT", ""),
        ("JOHN SMITH", "US", "JOHN", "", "SMITH", ""),
        ("María García López", "ES", "María", "", "García López", ""),
        ("María García López", "US", "María", "García", "López", ""),
        ("Juan Carlos Pérez Ruiz", "MX", "Juan", "Carlos", "Pérez Ruiz", ""),
        ("Juan de la Vega", "MX", "Juan", "", "de la Vega", ""),
        ("Madonna", None, "", "", "", ""),
    ],
)
def test_split(value: str, country: str, given: str, middle: str, family: str, suffix: str) -> None:
    parts = names.split(value, country)
    assert (parts.given_name, parts.middle_name, parts.family_name, parts.name_suffix) == (
        given,
        middle,
        family,
        suffix,
    )


@pytest.mark.parametrize(
    ("value", "standard"),
    [
        ("Smith, John", "john smith"),
        ("Mr John Smith", "john smith"),
        ("Dr. van Beethoven, Ludwig", "ludwig van beethoven"),
        ("Smith, John, PhD", "john smith"),
        ("John Smith Jr.", "john smith"),
    ],
)
def test_full_name(value: str, standard: str) -> None:
    assert names.full(value) == standard


@pytest.mark.parametrize(
    ("short", "root"),
    [("bob", "robert"), ("bill", "william"), ("liz", "elizabeth"), ("sepp", "josef"), ("uschi", "ursula"),
     ("paco", "francisco"), ("pepe", "jose"), ("beppe", "giuseppe"), ("kasia", "katarzyna"), ("vanya", "ivan"),
     ("kees", "cornelis"), ("robert", "robert"), ("frank", "frank"), ("bob james", "robert"), ("j robert", "robert"),
     ("j", None), ("", None), ("wolfeschlegel", "wolfeschlegel")],
)  # fmt: skip
def test_nickname(short: str, root: str | None) -> None:
    assert nicknames.root(short) == root


@pytest.mark.parametrize(
    ("value", "gender"), [("Male", "m"), ("Frau", "f"), ("männlich", "m"), ("F", "f"), ("non-binary", "x"),
        ("mujer", "f"), ("prefer_not_to_say", None)]
)  # fmt: skip
def test_gender(value: str, gender: str | None) -> None:
    assert names.gender(value) == gender


@pytest.mark.parametrize(
    ("value", "core", "form"),
    [
        ("Acme Inc.", "acme", "inc"),
        ("The Home Depot, Inc", "home depot", "inc"),
        ("Müller & Söhne GmbH & Co. KG", "muller sohne", "gmbhcokg"),
        ("Müller und Söhne", "muller sohne", ""),
        ("Siemens Aktiengesellschaft", "siemens", "ag"),
        ("Foo S.p.A.", "foo", "spa"),
        ("Bar Sp. z o.o.", "bar", "spzoo"),
        ("Foo s.r.o.", "foo", "sro"),
        ("Co-op Pty Ltd", "co op", "ltd"),
        ("Smith & Co", "smith", ""),
        ("ООО Ромашка", "romashka", ""),
        ("株式会社トヨタ", "toyota", ""),
        ("Limited", "limited", ""),
        ("YMCA of Metropolitan Chicago", "ymca of metropolitan chicago", ""),
    ],
)
def test_organisation(value: str, core: str, form: str) -> None:
    assert organisations.core(value) == core
    assert organisations.legal_form(organisations.legal_form_within(value)) == form


@pytest.mark.parametrize(
    ("value", "standard"),
    [
        ("A.B+tag@Example.COM ", "a.b+tag@example.com"),
        ("John <j.s@x.com>", "j.s@x.com"),
        ("mailto:a@b.de", "a@b.de"),
        ("jörg@bücher.de", "jörg@bücher.de"),
        ("ann@gmailcom", "ann@gmailcom"),
        ("a..b@c.de", None),
        ("x@y@z.de", None),
        ("01/31/13", None),
        ("@x.de", None),
        ("no", None),
    ],
)
def test_email(value: str, standard: str | None) -> None:
    assert emails.email(clean(value)) == standard


@pytest.mark.parametrize(
    ("value", "country", "standard"),
    [
        ("(773) 645-1432", "US", "+17736451432"),
        ("+1-370-555-0196 x2132", None, "+13705550196"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("0171 1234567", "DE", "+491711234567"),
        ("0049 89 123456", None, "+4989123456"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("612345678", "ES", "+34612345678"),
        ("(11) 91234-5678", "BR", "+5511912345678"),
        ("03-1234-5678", "JP", "+81312345678"),
        ("0171 1234567", None, "01711234567"),
        ("5350690", "US", "5350690"),
        ("12345", "US", None),
        ("4.9E+11", "DE", None),
        ("01/31/2013", None, None),
        ("1" * 30, None, None),
    ],
)
def test_phone(value: str, country: str | None, standard: str | None) -> None:
    assert phones.phone(value, country) == standard


@pytest.mark.parametrize(
    ("street", "country", "name", "house_number", "line2"),
    [
        ("22 Foo St", "US", "foo street", "22", ""),
        ("6311 S. Calumet Ave", None, "south calumet avenue", "6311", ""),
        ("2929 W 19th St", None, "west 19th street", "2929", ""),
        ("1200 Main St Apt 4B", "US", "main street", "1200", "apt 4b"),
        ("St Mary's Rd 5", "GB", "saint marys road", "5", ""),
        ("Hauptstr. 12a", "DE", "hauptstrasse", "12a", ""),
        ("Hauptstraße 12 a", "DE", "hauptstrasse", "12a", ""),
        ("Straße des 17. Juni 135", "DE", "strasse des 17 juni", "135", ""),
        ("12 bis rue de la Paix", "FR", "rue de la paix", "12bis", ""),
        ("C/ Mayor, 5, 3º B", "ES", "calle mayor", "5", "3o b"),
        ("Via Roma, 10", "IT", "via roma", "10", ""),
        ("ul. Długa 7/9 m. 3", "PL", "ulica dluga", "7-9", "m 3"),
        ("Rua Augusta nº 100", "BR", "rua augusta", "100", ""),
        ("Kerkstraat 12-14", "NL", "kerkstraat", "12-14", ""),
        ("5 de Mayo 23", "MX", "5 de mayo", "23", ""),
        ("ул. Ленина 5", "RU", "ulica lenina", "5", ""),
        ("PO Box 123", "US", "po box 123", "", ""),
        ("Highway 61", "US", "highway 61", "", ""),
        ("5th Avenue", "US", "5th avenue", "", ""),
    ],
)
def test_street(street: str, country: str | None, name: str, house_number: str, line2: str) -> None:
    found = address({"street": street}, country)
    assert found is not None
    assert (found["street"], found.get("house_number", ""), found.get("line2", "")) == (name, house_number, line2)


def test_a_house_number_of_its_own_is_not_looked_for_in_the_street() -> None:
    assert address({"street": "5 de Mayo", "house_number": "23"}, None) == {"street": "5 de mayo", "house_number": "23"}
    assert address({"street": "23 High St", "house_number": "23"}, None) == {
        "street": "high street",
        "house_number": "23",
    }


@pytest.mark.parametrize(
    ("line", "country", "standard"),
    [
        ("12 Foo St, Chicago, IL 60637", "US",
         {"street": "foo street", "house_number": "12", "city": "chicago", "region": "il", "postcode": "60637",
          "country": "US"}),
        ("Hauptstr. 5, 80331 München, Deutschland", None,
         {"street": "hauptstrasse", "house_number": "5", "city": "munchen", "postcode": "80331", "country": "DE"}),
        ("Calle Mayor, 5, 28013 Madrid", "ES",
         {"street": "calle mayor", "house_number": "5", "city": "madrid", "postcode": "28013", "country": "ES"}),
        ("10 Downing Street, London SW1A 1AA", "GB",
         {"street": "downing street", "house_number": "10", "city": "london", "postcode": "SW1A1AA", "country": "GB"}),
    ],
)  # fmt: skip
def test_address_in_one_line(line: str, country: str | None, standard: dict[str, str]) -> None:
    assert address(one_line(line, country), country) == standard


@pytest.mark.parametrize(
    ("value", "country", "standard"),
    [("sw1a 1aa", "GB", "SW1A1AA"), ("D-80331", None, "80331"), ("1067", "DE", "01067"),
        ("60637-1234", "US", "60637"),
     ("2069.0", "AU", "2069"), ("1234 AB", "NL", "1234AB"), ("〒100-0001", "JP", "1000001"),
         ("00-950", "PL", "00950")],
)  # fmt: skip
def test_postcode(value: str, country: str | None, standard: str) -> None:
    assert postcode(value, country) == standard


@pytest.mark.parametrize(
    ("value", "code"),
    [("Deutschland", "DE"), ("U.S.A.", "US"), ("uk", "GB"), ("England", "GB"), ("DEU", "DE"), ("España", "ES"),
        ("日本", "JP"),
     ("Россия", "RU"), ("Türkiye", "TR"), ("Côte d’Ivoire", "CI"), ("at", "AT"), ("Narnia", None), ("", None)],
)  # fmt: skip
def test_country(value: str, code: str | None) -> None:
    assert countries.country(value) == code


@pytest.mark.parametrize(
    ("value", "country", "code"),
    [("Illinois", "US", "il"), ("Illinois", None, "il"), ("IL", "US", "il"), ("New South Wales", "AU", "nsw"),
        ("Bayern", "DE", "by"), ("Somewhere", "DE", "somewhere")],
)  # fmt: skip
def test_region(value: str, country: str | None, code: str) -> None:
    assert countries.region(value, country) == code


@pytest.mark.parametrize(
    ("value", "standard"),
    [
        ("1971-06-24", "1971-06-24"), ("19060315", "1906-03-15"), ("1971/6/4", "1971-06-04"),
        ("1971-06-24T00:00:00Z", "1971-06-24"), ("1980-03-04 12:30:00.000", "1980-03-04"),
        ("24.06.1971", "1971-06-24"),
        ("01.02.1980", "1980-02-01"), ("14-11-1979", "1979-11-14"), ("03-15-2002", "2002-03-15"),
        ("24.06.71", "1971-06-24"),
        ("1953-27-03", "1953-03-27"), ("26041980", "1980-04-26"), ("24 juin 1971", "1971-06-24"),
        ("June 3rd, 1980", "1980-06-03"), ("3. März 1980", "1980-03-03"), ("12-DEC-1980", "1980-12-12"),
        ("3 de mayo de 1980", "1980-05-03"), ("15 stycznia 1990", "1990-01-15"), ("1980年3月4日", "1980-03-04"),
        ("02/04/1955", None), ("04/05/60", None), ("1971-02-30", None), ("0001-01-01", None), ("1849-12-31", None),
        ("1850-01-01", "1850-01-01"), ("2999-01-01", None), ("June 1980", None), ("1980", None), ("yesterday", None),
    ],
)  # fmt: skip
def test_birth_date(value: str, standard: str | None) -> None:
    assert dates.birth_date(value) == standard


@pytest.mark.parametrize(
    ("value", "declared", "standard"),
    [
        ("02/04/1955", "%d/%m/%Y", "1955-04-02"), ("02/04/1955", "%m/%d/%Y", "1955-02-04"),
        ("2/4/55", "%m/%d/%y", "1955-02-04"),
        ("02-04-1955", "%d/%m/%Y", "1955-04-02"), ("1955-04-02", "%d/%m/%Y", "1955-04-02"),
        ("31/31/1955", "%d/%m/%Y", None),
    ],
)  # fmt: skip
def test_declared_date(value: str, declared: str, standard: str | None) -> None:
    assert dates.birth_date(value, declared) == standard


def test_tomorrow_is_no_birth_date() -> None:
    assert dates.birth_date((date.today() + timedelta(days=1)).isoformat()) is None
    assert dates.birth_date(date.today().isoformat()) is not None


@pytest.mark.parametrize(
    ("column", "order"),
    [(["14-11-1979", "02-03-1980"], "day"), (["11/14/1979", "02/03/1980"], "month"), (["02/03/1980"], None),
        (["14/11/1979", "11/14/1979"], None)],
)  # fmt: skip
def test_order_in_a_column(column: list[str], order: str | None) -> None:
    assert dates.order_in(column) == order


@pytest.mark.parametrize(
    ("value", "kind", "country", "standard"),
    [
        ("DE 136.695.976", "vat", None, "DE136695976"), ("136695976", "vat", "DE", "DE136695976"),
        ("ATU 13585627", "vat", "DE", "ATU13585627"),
        ("FR 40 303265045", "vat", None, "FR40303265045"), ("EL 094259216", "vat", None, "GR094259216"),
        ("078-05-1120", "national", "US", "078051120"),
        ("HRB 1234", "registration", "DE", "HRB1234"), ("3375779", "national", None, "3375779"),
        ("12345.0", "other", None, "12345"),
        ("12", "tax", None, None), ("applied for", "tax", None, None),
    ],
)  # fmt: skip
def test_identifier(value: str, kind: str, country: str | None, standard: str | None) -> None:
    assert identifiers.number(value, kind, country) == standard


@pytest.mark.parametrize(
    ("value", "standard"),
    [
        ("https://www.Acme.com/about?x=1", "acme.com"), ("shop.acme.co.uk", "acme.co.uk"),
        ("http://münchen.de", "xn--mnchen-3ya.de"),
        ("facebook.com/acme/posts", "facebook.com/acme"), ("https://acme.wordpress.com", "acme.wordpress.com"),
        ("Yes", None),
        ("a b.com", None), ("ann@acme.com", None), ("1.2.3.4", None),
    ],
)  # fmt: skip
def test_website(value: str, standard: str | None) -> None:
    assert websites.website(value) == standard


@pytest.mark.parametrize(("value", "standard"), [("1,234.50", "1234.5"), ("1.234,50", "1234.5"), ("12,5", "12.5"),
    ("1,234", "1234"), ("-0", "0"), ("1e3", "1000"), ("NaN", None), ("x", None)])  # fmt: skip
def test_number(value: str, standard: str | None) -> None:
    assert number(value) == standard


def test_boolean_and_language() -> None:
    assert [boolean(v) for v in ("Yes", "nein", "1", "maybe")] == ["true", "false", "true", None]
    assert [language(v) for v in ("de_AT", "English", "EN", "deu", "Klingonese")] == [
        "de",
        "en",
        "en",
        "de",
        "klingonese",
    ]
