"""Commands about held changes: list, show, approve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.screen import ByOption, JsonOption, ReasonOption, SettingsOption, command, person
from hub.home import settings_path

if TYPE_CHECKING:
    from identity.holds import Hold

HoldId = Annotated[int, typer.Argument(min=1, help="The number of a hold.")]

group = typer.Typer(name="holds", help="Changes that wait for a person before they go live.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list")(list_holds)
    for function in (show, approve):
        group.command()(function)
    app.add_typer(group)


def list_holds(
    settings: SettingsOption = None,
    closed: Annotated[bool, typer.Option("--closed", help="List those that are settled.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to list, newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Changes of customers that are held, and why."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import holds

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = holds.listing(conn, closed=closed, limit=limit)
            total, waiting = holds.count(conn), holds.waiting(conn)
        screen.result({"open": total, "records_without_customer": waiting, "holds": found})
        rows = [
            [h.hold_id, h.entity_type, ", ".join(h.reasons).replace("_", " "), h.records, len(h.customer_ids),
             h.opened_at, h.closed_how or ("approved, next resolve" if h.approved_by else "")]
            for h in found
        ]  # fmt: skip
        columns = ("hold", "type", "reasons", "records", "customers", "since", "state")
        if rows:
            screen.table("", columns, rows)
            approve = "" if closed else ' Let it live with: hub holds approve N --reason "..."'
            screen.say(f"See one with: hub holds show N.{approve}")
        else:
            screen.say("No hold has been settled yet." if closed else "Nothing is held.")
        if waiting and not closed:
            screen.say(f"{waiting:,} records have no customer yet because of a hold.")


def show(hold_id: HoldId, settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """One held change: the customers as they are, and the clusters as computed."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.errors import RejectedError
        from hub.session import open_hub
        from identity import holds, store

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = holds.get(conn, hold_id)
            if found is None:
                raise RejectedError(f"There is no hold {hold_id}.", hint="List them with: hub holds list")
            records = holds.records_of(conn, hold_id)
            keys = store.keys_of(conn, [record for record, _, _ in records])
        clusters = {name: place for place, name in enumerate(sorted({c for _, c, _ in records}), start=1)}
        rows: list[list[Any]] = [
            ["/".join(keys[record]), str(customer_id) if customer_id else "none yet", clusters[cluster]]
            for record, cluster, customer_id in records
        ]
        columns = ("record", "customer now", "cluster as computed")
        screen.result({"hold": found, "records": [dict(zip(columns, row, strict=True)) for row in rows]})
        screen.say(f"hold {found.hold_id} ({found.entity_type}), since {found.opened_at:%Y-%m-%d %H:%M} UTC")
        for detail in found.details:
            screen.say(f"  {holds.wording(detail, keys)}")
        screen.table("", (columns[0], "customer then" if found.closed_at else columns[1], columns[2]), rows)
        for line in _state(found):
            screen.say(line)


def _state(hold: Hold) -> list[str]:
    """Say what became of a hold, or what a person can do about it."""
    if hold.closed_at is not None:
        approved = hold.closed_how == "approved"
        how = f"it was approved by {hold.approved_by}" if approved else "something else is computed since"
        return [f"Settled on {hold.closed_at:%Y-%m-%d %H:%M} UTC: {how}."]
    if hold.approved_by is not None:
        return [f"Approved by {hold.approved_by}; carry it out with: hub resolve"]
    return [
        "Until somebody says more, the customers stay as they are.",
        f'Let it live: hub holds approve {hold.hold_id} --reason "..."',
        'Or say who is not one customer: hub decide different RECORD RECORD --reason "..."',
    ]


def approve(
    hold_id: HoldId,
    reason: ReasonOption,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a held change live; the next resolve carries it out."""
    with command(as_json) as screen:
        from hub.db import transaction
        from hub.session import open_hub
        from identity import holds

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            approved = holds.approve(conn, hold_id, by=person(by), reason=reason)
        screen.result(approved)
        screen.say(f"Hold {hold_id} is approved: {approved.records:,} records. Carry it out with: hub resolve")
