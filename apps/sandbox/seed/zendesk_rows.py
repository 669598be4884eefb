"""A seeded customer in Zendesk's form: a user with one name field and custom user fields, or an organization."""

from random import Random
from typing import Any

from apps.sandbox.seed import dirt
from apps.sandbox.seed.hubspot_rows import country_text, date_text
from apps.sandbox.seed.places import PLACES
from apps.sandbox.seed.views import View

FIRST_USER = 360_000_000_001
FIRST_ORGANIZATION = 370_000_000_001
FIRST_TICKET = 1
FIRST_IDENTITY = 380_000_000_001

_SUBJECTS = (
    *("Where is my delivery?", "Invoice is wrong", "Wie kann ich mein Passwort ändern?", "Retour d'un article"),
    *("Change of address", "Cancelación del pedido", "Prodotto difettoso", "Defect na twee weken", "Reklamacja"),
    *("Login does not work", "Question about my order", "Vertragsverlängerung", "Double payment", "New contact person"),
)


def user_row(view: View, rng: Random) -> dict[str, Any]:
    """Return a user. There is one name field and one telephone; an address can only sit in custom fields."""
    name = " ".join(part for part in (view.title, view.given, view.middle, view.family, view.suffix) if part)
    if rng.random() < 0.05 and view.given:
        name = f"{view.family}, {view.given}"
    number = view.mobile or view.landline
    known = rng.random() < 0.7
    fields = {
        "street": view.address_line if known else "",
        "postal_code": view.postcode if known else "",
        "city": view.city if known or rng.random() < 0.3 else "",
        "country": country_text(view.country, rng) if rng.random() < 0.7 else "",
        "birth_date": date_text(view.birth, view.country, rng),
    }
    return {
        "name": name,
        "email": view.emails[0].lower() if view.emails else None,
        "phone": dirt.phone(number, view.country, rng) if number else None,
        "external_id": None,
        "organization_id": None,
        "role": "end-user",
        "locale": PLACES[view.country].language,
        "verified": bool(view.emails) and rng.random() < 0.7,
        "suspended": False,
        "tags": ["vip"] if rng.random() < 0.04 else [],
        "details": "",
        "notes": "",
        "user_fields": {field: value or None for field, value in fields.items()},
    }


def organization_row(view: View, rng: Random) -> dict[str, Any]:
    """Return an organization: little more than a name, some domains and custom fields."""
    legal = view.legal_form if rng.random() < 0.6 else ""
    fields = {
        "street": view.address_line,
        "postal_code": view.postcode,
        "city": view.city,
        "country": country_text(view.country, rng) if rng.random() < 0.8 else "",
        "phone": dirt.phone(view.landline, view.country, rng) if view.landline and rng.random() < 0.7 else "",
        "email": view.emails[0] if view.emails else "",
        "vat_id": view.tax_number,
    }
    return {
        "name": " ".join(
            part for part in (view.name, legal, f"({view.department})" if view.department else "") if part
        ),
        "external_id": None,
        "domain_names": [view.domain] if view.domain else [],
        "details": "",
        "notes": "",
        "group_id": None,
        "tags": [],
        "organization_fields": {field: value or None for field, value in fields.items()},
    }


def ticket_row(requester: int, organization: int | None, rng: Random) -> dict[str, Any]:
    """Return a ticket of a requester."""
    return {
        "subject": rng.choice(_SUBJECTS),
        "description": "Please see the subject.",
        "status": rng.choice(("new", "open", "pending", "hold", "solved", "closed", "closed", "closed")),
        "priority": rng.choice((None, "low", "normal", "high", "urgent")),
        "type": rng.choice((None, "question", "incident", "problem")),
        "requester_id": requester,
        "submitter_id": requester,
        "organization_id": organization,
        "external_id": None,
        "custom_fields": [],
        "tags": [],
        "via": {"channel": rng.choice(("email", "web", "voice", "chat"))},
    }
