"""A seeded customer in HubSpot's form: a flat set of properties, all of them text."""

from datetime import date
from random import Random
from typing import Any

from apps.sandbox.seed import dirt
from apps.sandbox.seed.places import PLACES
from apps.sandbox.seed.views import View

FIRST_CONTACT = 100_001
FIRST_COMPANY = 9_000_000_001
FIRST_EVENT = 1

_COUNTRY_NAMES = {
    **{"DE": "Germany", "FR": "France", "GB": "United Kingdom", "US": "United States", "IT": "Italy", "ES": "Spain"},
    **{"PL": "Poland", "NL": "Netherlands"},
}


def country_text(country: str, rng: Random) -> str:
    """Return the country as free text, as marketing forms deliver it."""
    return rng.choice((_COUNTRY_NAMES[country], _COUNTRY_NAMES[country], country, country.lower()))


def date_text(iso: str, country: str, rng: Random) -> str:
    """Return a date as people of the country type it into a text field."""
    if not iso or rng.random() < 0.4:
        return iso
    return date.fromisoformat(iso).strftime(PLACES[country].date_format)


def _filled(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def contact_row(view: View, rng: Random) -> dict[str, Any]:
    """Return a contact's properties."""
    fixed = {True: "Ms.", False: "Mr.", None: ""}
    return _filled(
        {
            "email": view.emails[0].lower() if view.emails else "",
            "hs_additional_emails": ";".join(view.emails[1:]).lower(),
            "firstname": f"{view.given} {view.middle}".strip() if rng.random() < 0.3 else view.given,
            "lastname": f"{view.family} {view.suffix}".strip(),
            "salutation": view.title or (fixed[view.female] if rng.random() < 0.4 else ""),
            "phone": dirt.phone(view.landline, view.country, rng) if view.landline else "",
            "mobilephone": dirt.phone(view.mobile, view.country, rng) if view.mobile else "",
            "address": view.address_line,
            "city": view.city,
            "state": view.region if view.country == "US" or rng.random() < 0.2 else "",
            "zip": view.postcode,
            "country": country_text(view.country, rng) if rng.random() < 0.9 else "",
            "date_of_birth": date_text(view.birth, view.country, rng),
            "gender": {True: "female", False: "male", None: ""}[view.female],
            "hs_language": PLACES[view.country].language if rng.random() < 0.7 else "",
            "company": view.employer,
            "jobtitle": view.job,
            "lifecyclestage": rng.choice(("customer", "customer", "customer", "lead", "subscriber")),
            "hs_email_optout": "true" if rng.random() < 0.06 else "",
        }
    )


def company_row(view: View, rng: Random) -> dict[str, Any]:
    """Return a company's properties."""
    name = " ".join(part for part in (view.name, view.legal_form) if part)
    return _filled(
        {
            "name": f"{name} - {view.department}" if view.department else name,
            "domain": view.domain,
            "website": f"https://www.{view.domain}/" if view.domain and rng.random() < 0.5 else "",
            "phone": dirt.phone(view.landline, view.country, rng) if view.landline else "",
            "company_email": view.emails[0] if view.emails else "",
            "address": view.address_line,
            "city": view.city,
            "state": view.region if view.country == "US" else "",
            "zip": view.postcode,
            "country": country_text(view.country, rng) if rng.random() < 0.9 else "",
            "industry": view.industry,
            "numberofemployees": str(view.employees) if view.employees else "",
            "vat_number": view.tax_number,
            "registration_number": view.registration,
        }
    )


def event_rows(recipient: str, first: int, rng: Random) -> list[tuple[int, dict[str, Any]]]:
    """Return what became of one campaign mail to a recipient: sent, delivered, perhaps opened and clicked."""
    campaign = rng.randrange(40)
    steps = ["SENT", "DELIVERED"] if rng.random() < 0.95 else ["SENT", "BOUNCE"]
    if steps[-1] == "DELIVERED" and rng.random() < 0.45:
        steps.append("OPEN")
        if rng.random() < 0.35:
            steps.append("CLICK" if rng.random() < 0.95 else "UNSUBSCRIBE")
    rows, when = [], first
    for step in steps:
        when += rng.randrange(1_000, 7_200_000)
        body: dict[str, Any] = {
            "type": step,
            "recipient": recipient,
            "created": when,
            "emailCampaignId": 7_000 + campaign,
            "appId": 113,
            "portalId": 62_515,
        }
        if step == "CLICK":
            body["url"] = f"https://www.campaign-demo.com/offer/{campaign}"
        rows.append((when, body))
    return rows
