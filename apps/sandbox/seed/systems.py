"""Which systems know a customer, and the rows that they hold of it.

One writer serves the seeding and the later additions: ``Rows`` hands out the systems' own numbers, and refuses what the
systems themselves refuse (HubSpot and Zendesk know each e-mail address once, Zendesk each organization name once).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from apps.sandbox.seed import hubspot_rows, sap_invoices, sap_rows, zendesk_rows
from apps.sandbox.seed.entities import Organisation, Person
from apps.sandbox.seed.places import PLACES
from apps.sandbox.seed.views import EPOCH_MS, View, organisation_view, person_view

DUPLICATES = 0.06
"""How often a system holds a customer twice."""


@dataclass
class Row:
    """A row to be stored: what ``state.Record`` holds, with its natural keys."""

    table: str
    id: int
    created: int
    updated: int
    parent: int | None
    entity: str | None
    body: dict[str, Any]
    keys: dict[str, list[str]] = field(default_factory=dict)


BULK_EDIT_MS = EPOCH_MS - 120 * 86_400_000
"""A bulk edit gave many rows of the marketing and service systems one and the same time of change."""


def person_systems(person: Person, rng: Random) -> list[str]:
    """Return the systems that know a person; contact persons of companies are rarely in the ERP."""
    chances = {"sap": 0.15 if person.employer else 0.62, "hubspot": 0.64, "zendesk": 0.5}
    return _draw(chances, rng)


def organisation_systems(rng: Random) -> list[str]:
    """Return the systems that know an organisation."""
    return _draw({"sap": 0.8, "hubspot": 0.62, "zendesk": 0.42}, rng)


def _draw(chances: dict[str, float], rng: Random) -> list[str]:
    chosen = [system for system, chance in chances.items() if rng.random() < chance]
    chosen = chosen or [rng.choice(list(chances))]
    return [system for system in chosen for _ in range(2 if rng.random() < DUPLICATES else 1)]


def view_in(system: str, customer: Person | Organisation, rng: Random, dirty: float) -> View:
    """Return a customer as the system sees it: each system asks for other things."""
    if isinstance(customer, Person):
        birth = {"sap": 0.55, "hubspot": 0.3, "zendesk": 0.15}[system]
        view = person_view(customer, rng, birth=birth, dirty=dirty)
    else:
        tax = {"sap": 0.7, "hubspot": 0.3, "zendesk": 0.15}[system]
        view = organisation_view(customer, rng, tax=tax, dirty=dirty)
    if system != "sap" and view.created < BULK_EDIT_MS and rng.random() < 0.12:
        view.changed = BULK_EDIT_MS
    return view


class Rows:
    """Makes rows of views. ``taken(table, kind, value)`` says whether a natural key is in use already."""

    def __init__(self, next_ids: dict[str, int], taken: Callable[[str, str, str], bool]) -> None:
        self._next = next_ids
        self._taken = taken

    def _number(self, table: str) -> int:
        number = self._next[table]
        self._next[table] = number + 1
        return number

    def _free(self, table: str, emails: list[str]) -> list[str]:
        free = [email.lower() for email in emails if not self._taken(table, "email", email.lower())]
        return list(dict.fromkeys(free))

    def customer(self, system: str, view: View, rng: Random, company: int | None = None) -> Row:
        """Return the row that a system stores for a view; ``company`` is the employer's number in that system."""
        if system == "sap":
            number = self._number("sap_partner")
            body = sap_rows.partner_row(view, number, rng)
            keys = sap_rows.partner_keys(body)
            return Row("sap_partner", number, view.created, view.changed, None, view.entity, body, keys)
        if system == "hubspot":
            return self._hubspot(view, rng, company)
        return self._zendesk(view, rng, company)

    def _hubspot(self, view: View, rng: Random, company: int | None) -> Row:
        if view.organisation:
            number = self._number("hubspot_company")
            body = hubspot_rows.company_row(view, rng)
            return Row("hubspot_company", number, view.created, view.changed, None, view.entity, body)
        view.emails = self._free("hubspot_contact", view.emails)
        body = hubspot_rows.contact_row(view, rng)
        if company is not None:
            body["_company"] = company
        keys = {"email": [*view.emails]}
        number = self._number("hubspot_contact")
        return Row("hubspot_contact", number, view.created, view.changed, None, view.entity, body, keys)

    def _zendesk(self, view: View, rng: Random, company: int | None) -> Row:
        if view.organisation:
            body = zendesk_rows.organization_row(view, rng)
            while self._taken("zendesk_organization", "name", body["name"].lower()):
                body["name"] += rng.choice((" 2", " (neu)", f" {view.city or view.country}", "."))
            keys = {"name": [body["name"].lower()]}
            number = self._number("zendesk_organization")
            return Row("zendesk_organization", number, view.created, view.changed, None, view.entity, body, keys)
        view.emails = self._free("zendesk_user", view.emails)
        number = self._number("zendesk_user")
        body = zendesk_rows.user_row(view, rng)
        body["organization_id"] = company
        first = zendesk_rows.FIRST_IDENTITY + (number - zendesk_rows.FIRST_USER) * 10
        body["_identities"] = [
            {"id": first + position, "type": "email", "value": email, "primary": position == 0}
            for position, email in enumerate(view.emails)
        ]
        keys = {"email": list(view.emails)}
        return Row("zendesk_user", number, view.created, view.changed, None, view.entity, body, keys)

    def activities(self, row: Row, view: View, rng: Random) -> Iterator[Row]:
        """Return what a customer did: orders and their invoices in SAP, mail events in HubSpot, tickets in Zendesk."""
        span = max(EPOCH_MS - row.created, 1)
        count = min(int(rng.expovariate(0.8)), 8)
        for _ in range(count):
            when = (row.created + int(span * rng.random())) // 1000 * 1000
            if row.table == "sap_partner":
                number = self._number("sap_order")
                body = sap_rows.order_row(number, row.id, PLACES[view.country].currency, when, rng)
                yield Row("sap_order", number, when, when, row.id, None, body)
                yield from self._invoices(body, row.id)
            elif row.table == "hubspot_contact" and view.emails:
                for moment, event in hubspot_rows.event_rows(view.emails[0], when, rng):
                    number = self._number("hubspot_event")
                    yield Row("hubspot_event", number, moment, moment, row.id, None, event)
            elif row.table == "zendesk_user":
                number = self._number("zendesk_ticket")
                body = zendesk_rows.ticket_row(row.id, row.body["organization_id"], rng)
                changed = min(when + rng.randrange(1_000, 10**9) // 1000 * 1000, EPOCH_MS)
                yield Row("zendesk_ticket", number, when, changed, row.id, None, body)

    def _invoices(self, order: dict[str, Any], partner: int) -> Iterator[Row]:
        for number, when, body in sap_invoices.billing_rows(order, lambda: self._number("sap_invoice")):
            yield Row("sap_invoice", number, when, body["LastChangeDateTime"], partner, None, body)
