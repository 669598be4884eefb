"""HubSpot's subscriptions: who is subscribed to which kind of mail, and who has unsubscribed from all.

HubSpot keeps them by e-mail address, not by contact, and lists only those it is asked for: so the contacts are gone
through, and the statuses of each one's addresses asked for. All are read where there are few or a day has passed; in
between those of contacts changed since, for a subscription stands in properties of the contact too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from hub.config import ObjectConfig
from hub.consent import EVERY_PURPOSE
from hub.feed import ConsentConfig
from sources import rest
from sources.page import Page, Request, Row, delivered

OBJECT = "subscriptions"
PATH = "/communication-preferences/v4"
MOST_INPUTS = 100
_EVERY = "all"  # the number of the status that is about all subscriptions

CONTACT = ObjectConfig.model_validate(
    {"id": "id", "entity_type": "person", "fields": {"email": ["email", "hs_additional_emails"]}}
)
"""What is read of contacts to find their addresses."""


def pages(request: Request, contacts: Iterable[list[dict[str, Any]]]) -> Iterator[Page]:
    """Give the statuses of these contacts' addresses, a row for each address and subscription."""
    names = {str(entry["id"]): str(entry["name"]) for entry in _results(request, "GET", f"{PATH}/definitions")}
    for page in contacts:
        owners = {email: str(contact["id"]) for contact in page for email in _emails(contact)}
        rows: list[tuple[str, Row, bool]] = []
        emails = sorted(owners)
        for start in range(0, len(emails), MOST_INPUTS):
            rows += _statuses(request, owners, names, emails[start : start + MOST_INPUTS])
        if rows:
            yield Page(delivered(rows))


def _emails(contact: dict[str, Any]) -> Iterator[str]:
    properties = contact.get("properties") or {}
    more = str(properties.get("hs_additional_emails") or "").split(";")
    for email in (str(properties.get("email") or ""), *more):
        if email.strip():
            yield email.strip().lower()


def _statuses(
    request: Request, owners: dict[str, str], names: dict[str, str], emails: list[str]
) -> Iterator[tuple[str, Row, bool]]:
    body = {"inputs": emails}
    for entry in _results(request, "POST", f"{PATH}/statuses/batch/read", body):
        for status in entry["statuses"]:
            number = str(status["subscriptionId"])
            yield _row(owners, entry, status, number, names.get(number, number))
    for entry in _results(request, "POST", f"{PATH}/statuses/batch/unsubscribe-all/read", body):
        for status in entry["wideStatuses"]:
            if status.get("status") == "UNSUBSCRIBED":
                yield _row(owners, entry, status, f"{_EVERY}-{status.get('businessUnitId', 0)}", EVERY_PURPOSE)


def _row(
    owners: dict[str, str], entry: dict[str, Any], status: dict[str, Any], number: str, name: str
) -> tuple[str, Row, bool]:
    email = str(entry["subscriberIdString"]).lower()
    # The key stands in plans and messages, so it names the address by a digest.
    key = f"{owners[email]}|{hashlib.sha256(email.encode()).hexdigest()[:16]}|{number}"
    return key, {**status, "id": key, "contact": owners[email], "email": email, "subscription": name}, False


def _results(request: Request, method: str, path: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

    headers = {"Authorization": f"Bearer {rest.secret(request.system.token)}"}
    client = rest.client(request, rest.secret(request.system.url).rstrip("/"), headers=headers)
    found = client.paginate(
        path,
        method=method,  # type: ignore[arg-type]  # one of dlt's literals
        params={"channel": "EMAIL"} if body else {},
        json=body,
        paginator=SinglePagePaginator(),
        data_selector="results[*]",
    )
    return [entry for page in found for entry in page]


def prepare(row: Row) -> Row:
    """Tell a subscription by consent from one on another legal basis, which is none."""
    basis = str(row.get("legalBasis") or "")
    other = row.get("status") == "SUBSCRIBED" and basis not in ("", "CONSENT_WITH_NOTICE", "NON_GDPR")
    return {**row, "status": f"SUBSCRIBED by {basis}"} if other else row


SUBSCRIPTION = ConsentConfig.model_validate(
    {
        "id": "id",
        "record": {"object": "contacts", "id": "contact"},
        "purpose": {"column": "subscription"},
        "channel": "email",
        "contact_point": {"email": "email"},
        "status": {
            "column": "status",
            "values": {"SUBSCRIBED": "granted", "UNSUBSCRIBED": "withdrawn", "NOT_SPECIFIED": "unknown"},
        },
        "at": "timestamp",
        "legal_basis": "legalBasis",
        "how": "source",
        "wording": "legalBasisExplanation",
    }
)
