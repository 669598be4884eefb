"""Commands of a steward about values: pin, exclude, unpin, pins."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from apps.cli.screen import ByOption, JsonOption, ReasonOption, SettingsOption, command, person, value_text
from hub.home import settings_path

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from golden_record.pins import Kind
    from hub.config import Config
    from hub.records import EntityType, Part, RecordKey, Value

WhatArgument = Annotated[
    str, typer.Argument(help="A customer id, or a record of it as SYSTEM/ID (or SYSTEM/OBJECT/ID).")
]
AttributeArgument = Annotated[str, typer.Argument(help="The attribute, such as email.")]
ValueArgument = Annotated[str, typer.Argument(help='The value; one with parts as JSON: {"street": "...", ...}.')]
UntilOption = Annotated[
    datetime | None, typer.Option("--until", help="It ends on this date (UTC).", formats=["%Y-%m-%d"])
]
SourceOption = Annotated[
    bool, typer.Option("--until-source-changes", help="It holds as long as the record says what it says now.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (pin, exclude, unpin, pins):
        app.command()(function)


def pin(
    what: WhatArgument,
    attribute: AttributeArgument,
    value: ValueArgument,
    reason: ReasonOption,
    beside: Annotated[
        bool, typer.Option("--beside", help="Enter it beside the sources, to be judged by the rules like any value.")
    ] = False,
    until: UntilOption = None,
    until_source_changes: SourceOption = False,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a value above every rule, or beside the sources; the next resolve makes it golden."""
    kind: Kind = "value" if beside else "pin"
    _enter(kind, what, attribute, value, reason, (until, until_source_changes), by, settings, as_json)


def exclude(
    what: WhatArgument,
    attribute: AttributeArgument,
    value: ValueArgument,
    reason: ReasonOption,
    until: UntilOption = None,
    until_source_changes: SourceOption = False,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a value from ever winning for this customer, whoever says it."""
    _enter("exclude", what, attribute, value, reason, (until, until_source_changes), by, settings, as_json)


def unpin(
    number: Annotated[int, typer.Argument(min=1, help="The number of the entry; hub pins lists them.")],
    reason: ReasonOption,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a pin, an exclusion or a value entered; the rules decide again."""
    with command(as_json) as screen:
        from golden_record import pins as store
        from hub.db import transaction
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            ended = store.revoke(conn, number, by=person(by), reason=reason)
        screen.result({"ended": number, "by_row": ended})
        screen.say(f"entry {number} is ended; the next hub resolve decides by the rules again.")


def pins(
    what: Annotated[str, typer.Argument(help="Of one customer alone: its id, or a record of it.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 50,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The entries that stand: pins, exclusions, values beside the sources."""
    with command(as_json) as screen:
        from apps.cli.customer import find
        from golden_record import pins as store
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = store.standing(conn, [find(conn, what)] if what else None, limit=limit)
        screen.result(found)
        if not found:
            screen.say("Nothing is pinned or excluded.")
            return
        ends = {"permanent": "", "source": "when the source changes"}
        rows = [
            [e.pin_id, e.kind, e.customer_id or "its record is deleted", e.attribute, value_text(e.value.value), e.by,
             e.at, e.until or ends.get(e.lifetime, ""), e.reason]
            for e in found
        ]  # fmt: skip
        screen.table("", ("no", "says", "customer", "attribute", "value", "by", "at", "ends", "reason"), rows)


def _enter(
    kind: Kind,
    what: str,
    attribute: str,
    text: str,
    reason: str,
    ends: tuple[datetime | None, bool],
    by: str,
    settings: SettingsOption,
    as_json: bool,
) -> None:
    with command(as_json) as screen:
        from datetime import UTC

        from golden_record import pins as store
        from hub.db import transaction
        from hub.errors import SettingsError
        from hub.session import open_hub

        until, source = ends
        if until and source:
            raise SettingsError("An entry ends either on a date or when the source changes, not both.")
        lifetime: Literal["permanent", "source"] = "source" if source else "permanent"
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            key, entity_type = _record(conn, what, attribute)
            value = _standardised(hub.config, entity_type, attribute, text)
            number = store.enter(
                conn,
                hub.config,
                (kind, key, attribute, value),
                by=person(by),
                reason=reason,
                lifetime=lifetime,
                until=until.replace(tzinfo=UTC) if until else None,
            )
        screen.result({"entry": number, "kind": kind, "record": "/".join(key), "attribute": attribute})
        screen.say(f"entry {number}: {kind} {attribute}, tied to {'/'.join(key)}; hub resolve does it now.")


def _record(conn: Connection, what: str, attribute: str) -> tuple[RecordKey, EntityType]:
    """The record to tie an entry to: the one named, else the one whose value is golden now, else the oldest."""
    from apps.cli.customer import find
    from golden_record import read
    from golden_record.origins import is_source
    from hub.errors import RejectedError
    from identity import crosswalk

    customer_id = find(conn, what)
    golden = read.customer(conn, customer_id)
    members = [member.key for member in crosswalk.members(conn, [customer_id])]
    if golden is None or not members:
        raise RejectedError(f"The customer {customer_id} has no golden record yet.", hint="Run hub resolve first.")
    named = [key for key in members if what in (f"{key.system}/{key.source_id}", "/".join(key))]
    origins = golden.origins.get(attribute)
    won = [origin.record for origin in origins.won if is_source(origin.record)] if origins else []
    return [*named, *won, *members][0], golden.entity_type


def _standardised(config: Config, entity_type: EntityType, attribute: str, text: str) -> Value:
    """Read a value as one of a source is read. Raises RejectedError where it is not one of this attribute."""
    from hub.errors import RejectedError
    from hub.records import Value
    from sources.standardise import standardise

    known = config.vocabulary()
    if attribute not in known or known[attribute].derived:
        return Value(text, None)  # what is wrong with it is told where it is entered
    raw: Part = text
    if text.lstrip().startswith("{"):
        try:
            raw = cast("dict[str, str]", json.loads(text))
        except ValueError:
            raise RejectedError("The value looks like JSON but isn't.", hint='Write {"street": "...", ...}') from None
        if not all(isinstance(part, str) for part in raw.values()):
            raise RejectedError("Each part of the value must be a text.")
    own = {name: a for name, a in known.items() if name in config.attributes}
    found = standardise({attribute: [raw]}, entity_type=entity_type, country=None, custom=own).get(attribute)
    if not found:
        raise RejectedError(f"This is no value for the attribute '{attribute}' of a {entity_type}.")
    return found[0]
