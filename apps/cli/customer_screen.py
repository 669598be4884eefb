"""How `hub show` draws a customer."""

from __future__ import annotations

from typing import Any

from apps.cli.screen import Screen

_ACTIVITY = ("when", "kind", "title", "amount", "status", "from")


def customer(screen: Screen, what: str, found: dict[str, Any]) -> None:
    """Draw a customer's golden record and profile, of now or of a moment."""
    asked = found["asked"]
    if asked:
        screen.say(f"{asked['customer_id']} is another name by now: {_WHERE[asked['status']]} {found['customer_id']}")
    screen.say(f"customer {found['customer_id']} ({found['entity_type']}), version {found['version']}{_moment(found)}")
    screen.table("golden record", ("attribute", "value", "from", "rule"), found["values"])
    screen.table("records", ("system", "object", "id", "last change", "since"), found["records"])
    if found["silent"]:
        screen.say(f"say nothing of that time: {', '.join(found['silent'])}")
    if found["computed"]:
        screen.table(
            "computed", ("attribute", "value"), [[name, str(value)] for name, value in found["computed"].items()]
        )
    if found["segments"]:
        screen.say(f"segments: {', '.join(found['segments'])}")
    if found["relations"]:
        screen.table("relations", ("kind", "name", "customer", "by what"), found["relations"])
    if found["hierarchy"]:
        _hierarchy(screen, found["hierarchy"])
    if found["contact_points"]:
        rows = [[one["kind"], one["value"], _state(one), len(one["said_by"])] for one in found["contact_points"]]
        screen.table("contact points", ("kind", "value", "state", "records"), rows)
    if found["consents"]:
        rows = [[one[name] for name in ("point", "purpose", "channel", "state", "since")] for one in found["consents"]]
        screen.table("consents", ("contact point", "purpose", "channel", "state", "since"), rows)
    if found["activities"]:
        screen.table("newest activities", _ACTIVITY, map(_activity_row, found["activities"]))
        screen.say(f"All of them{' now' if _moment(found) else ''}: hub show {what} --timeline")
    for name, reason in found["unknown"].items():
        screen.say(f"{name}: can't be told of that moment, {reason}")


def _state(point: dict[str, Any]) -> str:
    said = []
    if point["undeliverable"]:
        said.append(f"undeliverable since {point['undeliverable_since']:%Y-%m-%d}")
    if point["verified"]:
        when = f" {point['verified_at']:%Y-%m-%d}" if point["verified_at"] else ""
        said.append(f"verified{when}{' by ' + point['verified_by'] if point['verified_by'] else ''}")
    said += [f"{name} {point[name]:%Y-%m-%d}" for name in ("since", "until") if point[name]]
    return ", ".join(said)


def _hierarchy(screen: Screen, tree: dict[str, Any]) -> None:
    rows = [["above", *one, ""] for one in tree["above"]] + [["below", *one] for one in tree["below"]]
    screen.table(f"hierarchy: {tree['subsidiaries']:,} below", ("where", "name", "customer", "steps"), rows)
    if tree["rolled_up"] and tree["subsidiaries"]:
        screen.say(f"with all below: {', '.join(f'{name} {value}' for name, value in tree['rolled_up'].items())}")
    if tree["circle"]:
        screen.say(f"records go in a circle: {', '.join(tree['circle'])}")


_WHERE = {
    "merged": "merged into",
    "split": "its records went to",
    "retired": "its records are with",
    "unborn": "it was given out later, then its records were with",
}


def _moment(found: dict[str, Any]) -> str:
    said = [f"{words} {found[name]:%Y-%m-%d %H:%M} UTC" for name, words in _MOMENTS.items() if found[name]]
    return f", {', '.join(said)}" if said else ""


_MOMENTS = {"valid_at": "true at", "as_of": "as known at"}


def told(screen: Screen, found: dict[str, Any]) -> None:
    """Draw what systems were told of a customer, and whether they held it still."""
    if not found["told"]:
        screen.say("No system was told anything of this customer.")
        return
    rows = [
        [record, name, "; ".join(values), at, ended or "holds it"] for record, name, values, at, ended in found["told"]
    ]
    screen.table("", ("record", "attribute", "told", "when", "since then"), rows)


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
