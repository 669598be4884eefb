"""How one system came to see one customer: a dirty, perhaps stale copy, still in no system's format.

A fixed "now" closes the history: the same seed gives the same data on any day.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from apps.sandbox.seed import dirt
from apps.sandbox.seed.entities import Address, Organisation, Person
from apps.sandbox.seed.places import PLACES

EPOCH_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""The end of the seeded history."""

_DAY = 86_400_000


@dataclass
class View:
    """One customer in one system's eyes. Empty text is a missing value; dates are ISO; times are milliseconds."""

    entity: str | None
    country: str
    organisation: bool = False
    title: str = ""
    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""
    female: bool | None = None
    birth: str = ""
    name: str = ""
    legal_form: str = ""
    department: str = ""
    domain: str = ""
    tax_number: str = ""
    registration: str = ""
    industry: str = ""
    employees: int = 0
    employer: str = ""
    job: str = ""
    street: str = ""
    house: str = ""
    unit: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    mobile: str = ""
    landline: str = ""
    emails: list[str] = field(default_factory=list)
    created: int = 0
    changed: int = 0

    @property
    def address_line(self) -> str:
        """Street, house number and unit in one line, in the country's order."""
        if not self.street:
            return ""
        first = f"{self.house} {self.street}" if PLACES[self.country].house_first else f"{self.street} {self.house}"
        if not self.unit:
            return first.strip()
        return f"{first}/{self.unit}" if self.country == "PL" else f"{first}, {self.unit}"

    @property
    def usable(self) -> bool:
        """Whether there is a name and anything to know the customer by."""
        return bool(self.family or self.name) and bool(self.emails or self.mobile or self.landline or self.street)


def _set_times(view: View, rng: Random) -> bool:
    """Set when the copy was made and last changed; return whether it is stale."""
    age = int(rng.random() * 7 * 365 * _DAY)
    view.created = EPOCH_MS - _DAY - age
    stale = rng.random() < 0.25
    if rng.random() < 0.55:
        view.changed = view.created + int((age + _DAY // 2) * rng.random() * (0.4 if stale else 1.0)) // 1000 * 1000
    view.created = view.created // 1000 * 1000
    view.changed = max(view.changed, view.created) if view.changed else view.created
    return stale


def _set_address(view: View, address: Address, rng: Random) -> None:
    view.street, view.house, view.unit = address.street, address.house, address.unit
    view.postcode, view.city, view.region = address.postcode, address.city, address.region
    view.landline = address.landline
    if rng.random() < 0.3:
        view.street = dirt.street(view.street, view.country, rng)
    if rng.random() < 0.05:
        view.street = dirt.typo(view.street, rng)
    if rng.random() < 0.04:
        view.city = dirt.typo(view.city, rng)
    if rng.random() < 0.03:
        view.postcode = dirt.typo(view.postcode, rng)
    if rng.random() < 0.3:
        view.unit = ""


def _set_names(view: View, person: Person, rng: Random, dirty: float, stale: bool) -> None:
    view.title, view.given, view.family, view.suffix = person.title, person.given, person.family, person.suffix
    if stale and person.family_before:
        view.family = person.family_before
    if rng.random() < 0.12 * dirty:
        view.given = dirt.nickname(view.given, view.country, rng)
    if person.middle and rng.random() < 0.35:
        view.middle = person.middle if rng.random() < 0.5 else f"{person.middle[0]}."
    slips: tuple[tuple[float, Callable[[], None]], ...] = (
        (0.04, lambda: setattr(view, "given", dirt.typo(view.given, rng))),
        (0.05, lambda: setattr(view, "family", dirt.typo(view.family, rng))),
        (0.02, lambda: setattr(view, "given", f"{view.given[0]}.")),
        (0.03, lambda: view.__dict__.update(given=view.family, family=view.given)),
        (0.015, lambda: setattr(view, "given", "")),
    )
    for chance, slip in slips:
        if rng.random() < chance * dirty:
            slip()
    if rng.random() < 0.07 * dirty:
        view.given, view.family = dirt.unaccented(view.given, rng), dirt.unaccented(view.family, rng)
    if rng.random() < 0.06 * dirty:
        view.given, view.family = dirt.recased(view.given, rng), dirt.recased(view.family, rng)
    if rng.random() < 0.3:
        view.title, view.suffix = "", ""


def _spoil_contacts(view: View, rng: Random, dirty: float) -> None:
    if rng.random() < 0.025 * dirty:
        view.emails = [rng.choice(dirt.PLACEHOLDER_EMAILS)]
    elif view.emails and rng.random() < 0.02 * dirty:
        view.emails[0] = dirt.typo(view.emails[0].split("@")[0], rng) + "@" + view.emails[0].split("@")[1]
    if rng.random() < 0.02 * dirty:
        view.landline = dirt.CALL_CENTRE_PHONES[view.country]
    if view.mobile and rng.random() < 0.02 * dirty:
        view.mobile = view.mobile[:-1] + str(rng.randrange(10))


def person_view(person: Person, rng: Random, *, birth: float, dirty: float = 1.0) -> View:
    """Return a copy of a person; ``birth`` is how often the system knows the birth date, ``dirty`` scales the slips."""
    view = View(person.key, person.country)
    stale = _set_times(view, rng)
    _set_names(view, person, rng, dirty, stale)
    view.female = person.female if rng.random() < 0.6 else None
    if rng.random() < birth:
        view.birth = person.birth.isoformat()
        if rng.random() < 0.03 * dirty:
            view.birth = dirt.birth_date(view.birth, rng)
    address = person.former_address if stale and person.former_address else person.address
    if rng.random() < 0.85:
        _set_address(view, address, rng)
        if not person.employer and rng.random() < 0.55:
            view.landline = ""
    if rng.random() < 0.62:
        view.mobile = person.mobile
    options = [*person.emails, *([person.shared_email] if person.shared_email else [])]
    if rng.random() < 0.74:
        first = 0 if rng.random() < 0.8 else rng.randrange(len(options))
        view.emails = [options[first], *(options[:first] + options[first + 1 :] if rng.random() < 0.15 else [])]
    if person.employer is not None:
        view.employer, view.job = person.employer.name, person.job if rng.random() < 0.6 else ""
    _spoil_contacts(view, rng, dirty)
    if not view.usable:
        view.family, view.mobile = view.family or person.family, view.mobile or person.mobile
    return view


def organisation_view(company: Organisation, rng: Random, *, tax: float, dirty: float = 1.0) -> View:
    """Return a copy of an organisation; ``tax`` is how often the system knows its tax and registration numbers."""
    view = View(company.key, company.country, organisation=True, name=company.name)
    stale = _set_times(view, rng)
    if company.branch and rng.random() < 0.6:
        view.name = (
            f"{view.name} {rng.choice(('', '- ', '/ ', 'Filiale ' if company.country == 'DE' else ''))}{company.branch}"
        )
    if rng.random() < 0.85:
        view.legal_form = company.legal[0] if rng.random() < 0.75 else company.legal[1]
        if rng.random() < 0.08:
            view.legal_form = company.legal[0].replace(".", "").replace(" ", "")
    if rng.random() < 0.05 * dirty:
        view.name = dirt.typo(view.name, rng)
    if rng.random() < 0.06 * dirty:
        view.name = dirt.unaccented(view.name, rng)
    if rng.random() < 0.08 * dirty:
        view.name = dirt.recased(view.name, rng)
    if rng.random() < 0.08:
        view.department = (
            rng.choice(("Einkauf", "Abt. IT")) if company.country == "DE" else rng.choice(("Purchasing", "Dept. IT"))
        )
    if rng.random() < 0.9:
        _set_address(view, company.former_address if stale and company.former_address else company.address, rng)
    view.landline = company.phones[0 if rng.random() < 0.75 else -1] if rng.random() < 0.8 else ""
    if rng.random() < 0.55:
        view.emails = [company.emails[0 if rng.random() < 0.75 else -1]]
    view.domain = company.domain if rng.random() < 0.7 else ""
    if rng.random() < tax:
        view.tax_number = company.tax_number if rng.random() < 0.97 else dirt.typo(company.tax_number, rng)
    if rng.random() < tax * 0.5:
        view.registration = company.registration
    view.industry = company.industry if rng.random() < 0.5 else ""
    view.employees = company.employees if rng.random() < 0.4 else 0
    _spoil_contacts(view, rng, dirty)
    if not view.usable:
        view.landline = company.phones[0]
    return view
