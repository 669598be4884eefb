"""`hub diff`: what differs between two moments of one customer; and how a moment is written on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.screen import JsonOption, Screen, SettingsOption, command, value_text
from hub.home import settings_path

if TYPE_CHECKING:
    from golden_record.difference import Change, Difference


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(diff)


def read_moment(text: str | None, option: str) -> datetime | None:
    """Read a moment: a day (its end, in UTC) or a time; without a zone it is UTC.

    Raises SettingsError for what is neither.
    """
    from hub.errors import SettingsError

    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"{option}: '{text}' is no moment.", hint="Write it as 2026-03-01 or 2026-03-01T14:30 (UTC)."
        ) from None
    if len(text) == len("2026-03-01"):
        given = datetime.combine(given, time.max)
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def diff(
    what: Annotated[str, typer.Argument(help="A customer id, or a record as SYSTEM/ID (or SYSTEM/OBJECT/ID).")],
    since: Annotated[str, typer.Option("--from", help="The earlier moment: 2026-03-01 (its end) or 2026-03-01T14:30.")],
    until: Annotated[str | None, typer.Option("--to", help="The later moment; now, if none is said.")] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed about a customer between two moments: values, records, figures, relations, consents, the policy."""
    with command(as_json) as screen:
        from apps.cli import customer
        from golden_record.difference import difference
        from golden_record.moment import customer_then
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import event_log

        before, after = read_moment(since, "--from"), read_moment(until, "--to")
        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            sides = [
                customer_then(conn, hub.config, customer.find(conn, what, then), as_of=then) for then in (before, after)
            ]
            found = difference(*sides)
            ids = [side.customer_id for side in sides]
            told = event_log.between(conn, ids, sides[0].as_of, sides[1].as_of)
        data = {name: getattr(found, name) for name in found.__slots__}
        screen.result({"from": sides[0].as_of, "to": sides[1].as_of, "customers": ids, **data, "events": told})
        screen.say(f"customer {ids[1]}, from {sides[0].as_of:%Y-%m-%d %H:%M} to {sides[1].as_of:%Y-%m-%d %H:%M} UTC")
        if ids[0] != ids[1]:
            screen.say(f"then it was customer {ids[0]}")
        show_difference(screen, found)
        if told:
            screen.table("what happened", ("when", "what", "why"), [[one.at, one.kind, one.reason] for one in told])


def show_difference(screen: Screen, found: Difference) -> None:
    """Draw what differs."""
    if found.is_empty:
        screen.say("Nothing differs.")
        return
    if found.values:
        rows = [[v.attribute, _said(v.before), _said(v.after), _rules(v.rules)] for v in found.values]
        screen.table("values", ("attribute", "no longer", "new", "rule"), rows)
    records = [["joined", "/".join(key)] for key in found.joined] + [["left", "/".join(key)] for key in found.left]
    if records:
        screen.table("records", ("", "record"), records)
    parts = {"computed": found.computed, "relations": found.relations, "consents": found.consents, "told": found.told}
    for title, changes in parts.items():
        if changes:
            screen.table(title, ("what", "before", "after"), [_row(change) for change in changes])
    if found.policy:
        screen.say(f"the policy changed for: {', '.join(found.policy)}")


def _said(values: tuple[Any, ...]) -> str:
    return "; ".join(value_text(value) for value in values)


def _rules(rules: tuple[str | None, str | None]) -> str:
    before, after = rules
    return after or "" if before == after or before is None else f"{before}, now {after or 'no value'}"


def _row(change: Change) -> list[str]:
    def text(side: Any) -> str:
        return "" if side is None else "; ".join(map(value_text, side)) if isinstance(side, list) else str(side)

    return [change.name, text(change.before), text(change.after)]
