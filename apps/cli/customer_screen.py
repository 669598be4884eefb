"""How `hub show` draws a customer."""

from __future__ import annotations

from typing import Any

from apps.cli.screen import Screen

_ACTIVITY = ("when", "kind", "title", "amount", "status", "from")


def customer(screen: Screen, what: str, found: dict[str, Any]) -> None:
    """Draw a customer's golden record and profile."""
    screen.say(f"customer {found['customer_id']} ({found['entity_type']}), version {found['version']}")
    screen.table("golden record", ("attribute", "value", "from", "rule"), found["values"])
    screen.table("records", ("system", "object", "id", "last change"), found["records"])
    if found["computed"]:
        screen.table(
            "computed", ("attribute", "value"), [[name, str(value)] for name, value in found["computed"].items()]
        )
    if found["segments"]:
        screen.say(f"segments: {', '.join(found['segments'])}")
    if found["relations"]:
        screen.table("relations", ("kind", "name", "customer", "by what"), found["relations"])
    if found["activities"]:
        screen.table("newest activities", _ACTIVITY, map(_activity_row, found["activities"]))
        screen.say(f"All of them: hub show {what} --timeline")


def timeline(screen: Screen, what: str, page: dict[str, Any]) -> None:
    """Draw a page of a timeline."""
    if not page["activities"]:
        screen.say("Nothing is known to have happened with this customer.")
        return
    screen.table("", _ACTIVITY, map(_activity_row, page["activities"]))
    if page["before"]:
        screen.say(f"Further back: hub show {what} --timeline --before '{page['before']}'")


def _activity_row(entry: dict[str, Any]) -> list[Any]:
    amount = "" if entry["amount"] is None else f"{entry['amount']:,.2f} {entry['currency'] or ''}".rstrip()
    key = entry["key"]
    return [
        entry["at"],
        entry["kind"],
        entry["title"],
        amount,
        entry["status"],
        f"{key['system']}/{key['object']}/{key['source_id']}",
    ]
