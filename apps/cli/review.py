"""Commands of the stewards' queue: review lists it, task says what one does with an item."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, Screen, SettingsOption, command, person
from hub.home import settings_path

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.handling import Handling
    from hub.tasks import Task

_NAMED = 2  # records of an item that a line names
_SAY = 'hub decide same|different|unsure RECORD RECORD --reason "..."'
_WHAT_NEXT = {
    "plan": "A plan: to let its run through, hub resolve --approve (missing records: hub sync --force).",
    "held": "A held change: see it with hub holds show N, where N is the number in its key.",
    "contradiction": "A contradiction: see it with hub holds show N, where N is the number in its key.",
    "reopened": f"A reopened decision: say it anew with {_SAY}, or end it with hub decisions revoke N.",
    "possible_match": f"A possible match: see why with hub explain RECORD RECORD, then {_SAY}",
    "conflict": "A conflict: see the customer, the third part of its key, with hub show ID --told.",
    "parked": "A parked write: see it with hub parked.",
    "quarantine": "A quarantined row: see it with hub quarantine.",
}
"""What to do next with an item of a kind."""

KeyArgument = Annotated[str, typer.Argument(help="The key of an item, as hub review lists it.")]
KeysArgument = Annotated[list[str], typer.Argument(help="Keys of items, as hub review lists them.")]
DayOption = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The day (UTC); without it, none any more.")
]
group = typer.Typer(
    name="task", help="What one does with an item of the queue: claim, assign, defer.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(review)
    for function in (claim, release, assign, due, defer, note):
        group.command()(function)
    app.add_typer(group)


def review(
    settings: SettingsOption = None,
    kind: Annotated[str | None, typer.Option(help="Only items of this kind.")] = None,
    system: Annotated[str | None, typer.Option(help="Only items about this system.")] = None,
    entity_type: Annotated[str | None, typer.Option("--type", help="Only person or organisation.")] = None,
    assigned: Annotated[str | None, typer.Option(help="Only items of this person; '' for nobody's.")] = None,
    deferred: Annotated[
        bool, typer.Option("--deferred", help="Those that were put off, instead of the others.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many items to list.")] = 50,
    after: Annotated[str | None, typer.Option(help="Go on behind the item of this key.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The stewards' queue, what most hangs on first: matches, held changes, parked writes, quarantined rows, plans."""
    with command(as_json) as screen:
        from apps.cli.screen import entity_type_named
        from flows import queue
        from hub import handling
        from hub.db import snapshot
        from hub.errors import RejectedError, SettingsError
        from hub.session import open_hub
        from hub.tasks import KINDS, Place, Wanted

        if kind is not None and kind not in KINDS:
            raise SettingsError(f"There is no kind '{kind}'.", hint=f"It is one of: {', '.join(KINDS)}.")
        wanted = Wanted(
            kind=kind,
            system=system,
            entity_type=entity_type_named(entity_type) if entity_type else None,
            assigned=assigned,
            deferred=deferred,
        )
        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            begin = queue.find(conn, after) if after else None
            if after and begin is None:
                raise RejectedError("That item is not in the queue any more.", hint="Begin again without --after.")
            counts = queue.counts(conn, wanted)
            page = queue.page(conn, wanted, after=Place.of(begin) if begin else None, limit=limit)
            handled = handling.of(conn, [task.key for task in page.tasks])
        screen.result({"counts": counts, "tasks": page.tasks, "handling": list(handled.values())})
        if not page.tasks:
            screen.say("Nothing is left to review." if not sum(counts.values()) else "No item is like that.")
            return
        screen.table(
            ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in counts.items() if count),
            ("key", "kind", "hangs on it", "with", "records", "reason"),
            [
                [t.key, t.kind.replace("_", " "), t.consequence, _with(handled.get(t.key)), _records(t), t.reason]
                for t in page.tasks
            ],
        )
        for line in dict.fromkeys(_WHAT_NEXT[task.kind] for task in page.tasks):
            screen.say(line)
        if page.after:
            screen.say(f"Further: hub review --after {page.after.key}")


def claim(
    key: KeyArgument,
    take: Annotated[bool, typer.Option("--take", help="Also from somebody else who has claimed it.")] = False,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that you are at an item, for twenty minutes; again to renew it."""
    with _item(settings, [key], as_json) as (screen, conn):
        from hub import handling

        found = handling.claim(conn, key, by=person(by), take=take)
        screen.result(found)
        screen.say(f"{found.claimed_by} is at it until {found.claimed_until:%H:%M} UTC.")


def release(key: KeyArgument, by: ByOption = "", settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """End your claim."""
    with _item(settings, [key], as_json) as (screen, conn):
        from hub import handling

        ended = handling.release(conn, key, by=person(by))
        screen.result({"released": ended})
        screen.say("Released." if ended else "You have not claimed it.")


def assign(
    keys: KeysArgument,
    to: Annotated[str | None, typer.Option("--to", help="To whom; without it, to nobody.")] = None,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give items to a person."""
    with _item(settings, keys, as_json) as (screen, conn):
        from hub import handling

        handling.assign(conn, keys, to, by=person(by))
        screen.result({"keys": keys, "assigned_to": to})
        screen.say(f"{len(keys):,} item(s) given to {to or 'nobody'}.")


def due(
    keys: KeysArgument,
    until: DayOption = None,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say by which day items shall be done."""
    with _item(settings, keys, as_json) as (screen, conn):
        from hub import handling

        handling.due(conn, keys, until.date() if until else None, by=person(by))
        screen.result({"keys": keys, "due_on": until.date() if until else None})
        screen.say(f"{len(keys):,} item(s) due {f'by {until:%Y-%m-%d}' if until else 'at no day'}.")


def defer(
    keys: KeysArgument,
    until: DayOption = None,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take items out of the queue until a day."""
    with _item(settings, keys, as_json) as (screen, conn):
        from hub import handling

        moment = until.replace(tzinfo=UTC) if until else None
        handling.defer(conn, keys, moment, by=person(by))
        screen.result({"keys": keys, "deferred_until": moment})
        screen.say(
            f"{len(keys):,} item(s) put off until {until:%Y-%m-%d}." if until else f"{len(keys):,} item(s) are back."
        )


def note(
    key: KeyArgument,
    text: Annotated[str, typer.Argument(help="What whoever comes next should know; '' for nothing.")],
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a note with an item."""
    with _item(settings, [key], as_json) as (screen, conn):
        from hub import handling

        handling.note(conn, key, text, by=person(by))
        screen.result({"key": key})
        screen.say("Noted.")


@contextmanager
def _item(settings: SettingsOption, keys: list[str], as_json: bool) -> Iterator[tuple[Screen, Connection]]:
    """Open a transaction for items that are there. Raises RejectedError for one that is not."""
    with command(as_json) as screen:
        from flows import queue
        from hub.db import transaction
        from hub.errors import RejectedError
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            gone = [key for key in keys if queue.find(conn, key) is None]
            if gone:
                raise RejectedError(
                    f"{gone[0]} is not in the queue.", hint="Its cause may be gone: hub review lists what is there."
                )
            yield screen, conn


def _with(handled: Handling | None) -> str:
    if handled is None:
        return ""
    said = [f"{handled.claimed_by} is at it"] if handled.claimed_by else []
    said += [f"for {handled.assigned_to}"] if handled.assigned_to else []
    said += [f"due {handled.due_on}"] if handled.due_on else []
    return ", ".join(said)


def _records(task: Task) -> str:
    """Name the first records of an item, as other commands take them."""
    more = len(task.records) - _NAMED
    names = " ".join("/".join(key) for key in task.records[:_NAMED])
    return names + (f" +{more:,}" if more > 0 else "")
