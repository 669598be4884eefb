"""Who the customers truly are.

Customers come in groups: a single, a family under one roof (with twins, and fathers and sons of one name), a company
with its contact persons, the branches of a chain. Group ``n`` of a seed is the same whatever the size asked for.
"""

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from apps.sandbox.seed import numbers
from apps.sandbox.seed.places import PLACES
from apps.sandbox.seed.places.place import Place, words

_COUNTRIES = (
    ("DE",) * 26 + ("FR",) * 13 + ("GB",) * 16 + ("US",) * 16 + ("IT",) * 8 + ("ES",) * 8 + ("NL",) * 6 + ("PL",) * 7
)
_MAIL_HOSTS = (
    *("brightmail-demo.com", "postfach-demo.de", "boitelettre-demo.fr", "quickpost-demo.net", "mailhaven-demo.co.uk"),
    *("posta-demo.it", "correo-demo.es", "poczta-demo.pl", "brievenbus-demo.nl", "skymail-demo.org"),
)
_HOST_OF = {"DE": 1, "FR": 2, "GB": 4, "US": 9, "IT": 5, "ES": 6, "PL": 7, "NL": 8}
_COINED = words(
    "Novara Altivo Brixel Centuno Dornova Elvatec Fennwick Gravanta Helior Intrex Jorvik Kelvaro Lumora Mentrix Nordal "
    "Ostrava Pelagon Quintara Rovanta Solvena Tarvos Unitex Velmora Westrion Xantis Yorvex Zelanda Aerona Borealix "
    "Corvina Delphia Ecoris Falkon Gardena Hexalis Iveron Juventa Krystex Lanthor Meridia"
)


@dataclass(frozen=True)
class Address:
    """A postal address in parts, with the fixed line that belongs to it."""

    street: str
    house: str
    unit: str
    postcode: str
    city: str
    region: str
    country: str
    landline: str


@dataclass(frozen=True)
class Organisation:
    """A company, or one branch of a chain."""

    key: str
    country: str
    name: str
    legal: tuple[str, str]
    branch: str
    address: Address
    former_address: Address | None
    domain: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    tax_number: str
    registration: str
    industry: str
    employees: int


@dataclass(frozen=True)
class Person:
    """A private customer or a contact person; ``family_before`` is a name borne before marriage."""

    key: str
    country: str
    female: bool
    title: str
    given: str
    middle: str
    family: str
    family_before: str
    suffix: str
    birth: date
    address: Address
    former_address: Address | None
    emails: tuple[str, ...]
    mobile: str
    shared_email: str = ""
    employer: Organisation | None = None
    job: str = ""


@dataclass
class Group:
    """Customers that belong together in life, and so share values."""

    persons: list[Person] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)

    @property
    def customers(self) -> "list[Person | Organisation]":
        """Everyone in the group, organisations first."""
        return [*self.organisations, *self.persons]


_UNMARKED = {ord(sign): plain for sign, plain in (("ß", "ss"), ("ł", "l"), ("Ł", "L"), ("ø", "o"), ("ı", "i"))}


def ascii_of(text: str) -> str:
    """Return the text without diacritics, as people type it into e-mail addresses."""
    text = text.translate(_UNMARKED)
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _slug(text: str) -> str:
    return "".join(sign for sign in ascii_of(text).lower() if sign.isalnum())


def _often(rng: Random, options: tuple[str, ...]) -> str:
    """Draw with a long tail: the first names of a list are much more frequent than its last."""
    return options[int(len(options) * rng.random() ** 1.6)]


def make_address(place: Place, rng: Random) -> Address:
    """Draw an address in the country."""
    city = rng.choice(place.cities)
    unit = ""
    if rng.random() < 0.22:
        number = rng.randrange(1, 60)
        unit = {"GB": f"Flat {number}", "US": f"Apt {number}", "ES": f"{number % 8 + 1}º {'ABCD'[number % 4]}"}.get(
            place.country, str(number) if place.country == "PL" else ""
        )
    house = str(rng.randrange(1, 2400 if place.country == "US" else 140))
    if place.country in {"DE", "NL", "FR"} and rng.random() < 0.08:
        house += rng.choice("abc") if place.country != "FR" else " bis"
    return Address(
        street=rng.choice(place.streets),
        house=house,
        unit=unit,
        postcode=numbers.postcode(place, city, rng),
        city=city.name,
        region=city.region,
        country=place.country,
        landline=numbers.landline(place, city, rng),
    )


def _birth(rng: Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=rng.randrange((last - first + 1) * 365))


def _mailbox(rng: Random, given: str, family: str, birth: date, country: str) -> str:
    g, f = _slug(given) or "x", _slug(family) or "y"
    local = rng.choice((f"{g}.{f}", f"{g}{f}", f"{g[0]}.{f}", f"{f}.{g}", f"{g}_{f}", f"{g[0]}{f}", f"{g}.{f}"))
    if rng.random() < 0.6:
        local += rng.choice((str(birth.year)[2:], str(birth.year), str(rng.randrange(1, 999))))
    host = _MAIL_HOSTS[_HOST_OF[country]] if rng.random() < 0.5 else rng.choice(_MAIL_HOSTS)
    return f"{local}@{host}"


def _family_name(place: Place, rng: Random) -> str:
    name = _often(rng, place.family)
    return f"{name} {_often(rng, place.family)}" if place.two_family_names else name


def _person(place: Place, key: str, rng: Random, address: Address, family: str, years: tuple[int, int]) -> Person:
    female = rng.random() < 0.5
    given = _often(rng, place.female if female else place.male)
    birth = _birth(rng, *years)
    emails = tuple(_mailbox(rng, given, family, birth, place.country) for _ in range(2 if rng.random() < 0.25 else 1))
    return Person(
        key=key,
        country=place.country,
        female=female,
        title=rng.choice(place.titles) if place.titles and rng.random() < 0.06 else "",
        given=given,
        middle=_often(rng, place.female if female else place.male) if rng.random() < 0.2 else "",
        family=family,
        family_before=_family_name(place, rng) if female and rng.random() < 0.18 else "",
        suffix="",
        birth=birth,
        address=address,
        former_address=make_address(place, rng) if rng.random() < 0.2 else None,
        emails=emails,
        mobile=numbers.mobile(place, rng),
    )


def _family(place: Place, group: int, rng: Random) -> Group:
    address, family = make_address(place, rng), _family_name(place, rng)
    count = rng.choice((2, 2, 3, 4))
    members = [_person(place, f"P{group:07d}-{i}", rng, address, family, (1945, 1978)) for i in range(2)]
    members += [_person(place, f"P{group:07d}-{i}", rng, address, family, (1988, 2006)) for i in range(2, count)]
    shared = (
        f"family.{_slug(family)}{rng.randrange(1, 999)}@{_MAIL_HOSTS[_HOST_OF[place.country]]}"
        if rng.random() < 0.3
        else ""
    )
    members = [replace(member, former_address=None, shared_email=shared) for member in members]
    if count == 4 and rng.random() < 0.5:  # twins
        names = place.female if members[2].female else place.male
        other = rng.choice([name for name in names if name != members[2].given])
        members[3] = replace(members[3], female=members[2].female, given=other, birth=members[2].birth)
    elif count > 2 and rng.random() < 0.35:  # a son or daughter of the parent's name
        parent, child = members[0], members[2]
        american = place.country == "US"
        members[0] = replace(parent, suffix="Sr." if american and rng.random() < 0.3 else "")
        members[2] = replace(
            child, female=parent.female, given=parent.given, suffix="Jr." if american else "", family_before=""
        )
    return Group(persons=members)


def _organisation(place: Place, key: str, rng: Random) -> Organisation:
    trade = rng.choice(place.trades)
    address = make_address(place, rng)
    style = rng.random()
    core = _often(rng, place.family) if style < 0.5 else rng.choice(_COINED) if style < 0.85 else address.city
    name = f"{core} {trade}" if style < 0.9 else f"{core} & {_often(rng, place.family)}"
    legal = rng.choice(place.legal_forms[:2] if rng.random() < 0.7 else place.legal_forms)
    ending = {"GB": "co.uk", "US": "com"}.get(place.country, place.country.lower())
    # "-demo" keeps every invented domain apart from the real ones.
    domain = f"{_slug(core)}-{_slug(trade)[:8]}{rng.randrange(1, 99)}-demo.{ending}"
    desk = {"DE": "info", "FR": "contact", "IT": "info", "ES": "info", "PL": "biuro", "NL": "info"}.get(
        place.country, "office"
    )
    return Organisation(
        key=key,
        country=place.country,
        name=name,
        legal=legal,
        branch="",
        address=address,
        former_address=make_address(place, rng) if rng.random() < 0.15 else None,
        domain=domain,
        emails=(f"{desk}@{domain}", f"billing@{domain}"),
        phones=(address.landline, f"{address.landline[:-2]}{rng.randrange(10, 99)}"),
        tax_number=numbers.tax_number(place.country, rng),
        registration=numbers.registration_number(place.country, rng),
        industry=trade,
        employees=int(3 * 10 ** (rng.random() * 2.5)),
    )


def _company(place: Place, group: int, rng: Random) -> Group:
    company = _organisation(place, f"O{group:07d}-0", rng)
    staff = []
    for number in range(rng.choice((0, 0, 1, 1, 2, 3))):
        someone = _person(place, f"P{group:07d}-{number}", rng, company.address, _family_name(place, rng), (1955, 2002))
        mail = f"{_slug(someone.given)}.{_slug(someone.family)}@{company.domain}"
        staff.append(
            replace(
                someone,
                emails=(mail, *someone.emails[:1]),
                employer=company,
                job=rng.choice(("Purchasing", "CEO", "Accounting", "IT", "Sales", "Logistics", "Office")),
            )
        )
    return Group(staff, [company])


def _chain(place: Place, group: int, rng: Random) -> Group:
    """Make independent franchise branches: one brand and domain, each its own address, telephone and tax number."""
    head = _organisation(place, f"O{group:07d}-0", rng)
    branches = []
    for number in range(rng.choice((3, 4, 5))):
        own = _organisation(place, f"O{group:07d}-{number}", rng)
        mail = f"{_slug(own.address.city)}{number}@{head.domain}"
        branches.append(
            replace(own, name=head.name, legal=head.legal, branch=own.address.city, domain=head.domain, emails=(mail,))
        )
    return Group([], branches)


def make_group(seed: int, number: int) -> Group:
    """Return group ``number`` of a seed."""
    rng = Random(f"{seed}/group/{number}")  # noqa: S311 - repeatable on purpose, nothing secret
    place = PLACES[rng.choice(_COUNTRIES)]
    kind = rng.random()
    if kind < 0.46:
        family = _family_name(place, rng)
        return Group([_person(place, f"P{number:07d}-0", rng, make_address(place, rng), family, (1940, 2005))])
    if kind < 0.64:
        return _family(place, number, rng)
    return _company(place, number, rng) if kind < 0.975 else _chain(place, number, rng)
