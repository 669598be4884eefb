"""Communication preferences (v4): which kinds of mail an e-mail address is subscribed to, and opting out of all.

What nobody has written is made of a digest of the address, so a seeded world has subscriptions of every kind and keeps
them. Written ones are kept by address; the contact's time of change moves with them.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from apps.sandbox.call import Call, Reply
from apps.sandbox.hubspot.errors import HubSpotError
from apps.sandbox.hubspot.properties import iso
from apps.sandbox.state import Body, Record

DEFINITIONS = {1001: "Newsletter", 1002: "Product news", 1003: "Event invitations"}
STATES = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED")
BASES = (
    *("CONSENT_WITH_NOTICE", "LEGITIMATE_INTEREST_CLIENT", "LEGITIMATE_INTEREST_OTHER", "LEGITIMATE_INTEREST_PQL"),
    *("NON_GDPR", "PERFORMANCE_OF_CONTRACT", "PROCESS_AND_STORE"),
)
_MOST = 100
_FIRST = datetime(2023, 1, 1, tzinfo=UTC)


def seeded_status(email: str, number: int) -> Body:
    """Return the status that an address has before anyone writes one."""
    chance = int.from_bytes(hashlib.sha256(f"{email}/{number}".encode()).digest()[:4])
    state = ("SUBSCRIBED",) * 6 + ("UNSUBSCRIBED",) * 2 + ("NOT_SPECIFIED",) * 2
    found: Body = {
        "channel": "EMAIL",
        "subscriberIdString": email,
        "subscriptionId": number,
        "status": state[chance % 10],
        "source": "Form submission" if chance % 3 else "Unsubscribe page",
        "timestamp": (_FIRST + timedelta(minutes=chance % 1_000_000)).isoformat().replace("+00:00", "Z"),
    }
    if found["status"] == "SUBSCRIBED":
        found["legalBasis"] = "LEGITIMATE_INTEREST_CLIENT" if chance % 13 == 0 else "CONSENT_WITH_NOTICE"
        found["legalBasisExplanation"] = "I want to hear of news and may end this at any time."
    return found


def _status(call: Call, email: str, number: int) -> Body:
    kept: Body | None = call.state.meta(f"subscription:{email}:{number}")
    return kept or seeded_status(email, number)


def _contact(call: Call, email: str) -> Record | None:
    number = call.state.find("hubspot_contact", "email", email)
    return None if number is None else call.state.get("hubspot_contact", number)


def _wide(call: Call, email: str) -> Body:
    contact = _contact(call, email)
    kept: Body | None = call.state.meta(f"subscription:{email}:all")
    out = contact is not None and contact.body.get("hs_email_optout") == "true"
    return kept or {
        "channel": "EMAIL",
        "subscriberIdString": email,
        "status": "UNSUBSCRIBED" if out else "SUBSCRIBED",
        "timestamp": iso(contact.updated if contact else 0),
        "wideStatusType": "PORTAL_WIDE",
    }


def _complete(call: Call, results: list[Body]) -> Reply:
    moment = iso(call.state.now())
    return Reply(200, {"status": "COMPLETE", "results": results, "startedAt": moment, "completedAt": moment})


def _check_channel(call: Call) -> None:
    if call.query.get("channel") != "EMAIL":
        raise HubSpotError(400, "channel must be EMAIL")


def _inputs(call: Call) -> list[str]:
    _check_channel(call)
    inputs = call.json().get("inputs")
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= _MOST:
        raise HubSpotError(400, f"inputs must hold 1 to {_MOST} addresses")
    return [str(email).lower() for email in inputs]


def definitions(call: Call) -> Reply:
    """Answer the kinds of mail there are."""
    moment = iso(0)
    fixed = {"isActive": True, "isDefault": False, "isInternal": False, "createdAt": moment, "updatedAt": moment}
    return _complete(
        call, [{"id": str(number), "name": name, "description": name} | fixed for number, name in DEFINITIONS.items()]
    )


def statuses(call: Call, email: str) -> Reply:
    """Answer the statuses of one address."""
    _check_channel(call)
    return _complete(call, [_status(call, unquote(email).lower(), number) for number in DEFINITIONS])


def batch_read(call: Call) -> Reply:
    """Answer the statuses of up to 100 addresses."""
    return _complete(
        call,
        [
            {"subscriberIdString": email, "statuses": [_status(call, email, number) for number in DEFINITIONS]}
            for email in _inputs(call)
        ],
    )


def batch_read_wide(call: Call) -> Reply:
    """Answer who of up to 100 addresses has opted out of all."""
    return _complete(
        call, [{"subscriberIdString": email, "wideStatuses": [_wide(call, email)]} for email in _inputs(call)]
    )


def write(call: Call, email: str) -> Reply:
    """Change one subscription of an address. Who has opted out himself can't be subscribed again by others."""
    email = unquote(email).lower()
    given: dict[str, Any] = call.json()
    number, state = given.get("subscriptionId"), given.get("statusState")
    if number not in DEFINITIONS or state not in STATES or given.get("channel") != "EMAIL":
        raise HubSpotError(400, "subscriptionId, statusState and channel are needed")
    if given.get("legalBasis") not in (None, *BASES):
        raise HubSpotError(400, "legalBasis is not a known one")
    before = _status(call, email, number)
    if before["status"] == "UNSUBSCRIBED" and before["source"] == "Unsubscribe page" and state == "SUBSCRIBED":
        raise HubSpotError(400, "The contact has unsubscribed and can only be subscribed again by itself")
    after: Body = {
        "channel": "EMAIL",
        "subscriberIdString": email,
        "subscriptionId": number,
        "status": state,
        "source": "API",
        "timestamp": iso(call.state.now()),
    } | {name: given[name] for name in ("legalBasis", "legalBasisExplanation") if given.get(name)}
    call.state.set_meta(f"subscription:{email}:{number}", after)
    _touch(call, email)
    return _complete(call, [after])


def opt_out(call: Call, email: str) -> Reply:
    """Unsubscribe an address from all."""
    _check_channel(call)
    email = unquote(email).lower()
    wide = _wide(call, email) | {"status": "UNSUBSCRIBED", "timestamp": iso(call.state.now())}
    call.state.set_meta(f"subscription:{email}:all", wide)
    _touch(call, email)
    return _complete(call, [wide])


def _touch(call: Call, email: str) -> None:
    contact = _contact(call, email)
    if contact is not None:
        call.state.save(contact)
