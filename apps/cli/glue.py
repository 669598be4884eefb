"""Commands about bad glue: values that too many differently named records share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, ReasonOption, SettingsOption, command, person
from hub.home import settings_path

KindArgument = Annotated[str, typer.Argument(help="email, phone, identifier, domain or email_local.")]
ValueArgument = Annotated[str, typer.Argument(help="The value, as hub glue lists it.")]
_NEXT = "the next resolve compares its records again."
_WORDS = {
    "release": ("released", f"Never suppress a value, however many share it; {_NEXT}"),
    "ban": ("banned", f"Always suppress a value, however few share it; {_NEXT}"),
    "revoke": ("revoked", f"Leave a value to the rule again; {_NEXT}"),
}

group = typer.Typer(name="glue", help="Values that too many differently named records share.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.callback(invoke_without_command=True)(listing)
    for name, (word, meaning) in _WORDS.items():
        group.command(name, help=meaning)(_word(word))
    app.add_typer(group)


def listing(
    context: typer.Context,
    settings: SettingsOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to list, the most widely shared first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """The values that are suppressed now for finding and for comparing records, and what was said of single ones."""
    if context.invoked_subcommand:
        return
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity.glue_list import listing as listed

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = listed(conn)
        screen.result(found[:limit])
        if not found:
            screen.say("No value is shared by so many differently named records that it would say nothing.")
            return
        rows = [
            [one.kind, one.key, one.entity_type or "any", one.records if one.records is not None else "",
             "" if one.names is None else f"{one.names:.1f}", one.since,
             ("suppressed" if one.suppressed else "used") + (f": {one.word} by {one.by}" if one.word else "")]
            for one in found[:limit]
        ]  # fmt: skip
        screen.table("", ("kind", "value", "type", "records", "names", "since", "state"), rows)
        if len(found) > limit:
            screen.say(f"{len(found) - limit:,} more; see them with --limit {len(found)}")
        screen.say('Use a value all the same: hub glue release KIND VALUE --reason "..."; never use one: hub glue ban')


def _word(word: str) -> Callable[..., None]:
    """Give the command that says a word of a value."""

    def say(
        kind: KindArgument,
        value: ValueArgument,
        reason: ReasonOption,
        by: ByOption = "",
        settings: SettingsOption = None,
        as_json: JsonOption = False,
    ) -> None:
        _say(word, kind, value, reason, by, settings, as_json)

    return say


def _say(word: str, kind: str, value: str, reason: str, by: str, settings: SettingsOption, as_json: JsonOption) -> None:
    with command(as_json) as screen:
        from hub.db import transaction
        from hub.session import open_hub
        from identity import glue_words, pending

        named = glue_words.value_named(kind, value)
        by = person(by)
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            if word == "revoked":
                said = glue_words.revoke(conn, named, by=by, reason=reason)
            else:
                said = glue_words.say(conn, named, "banned" if word == "banned" else "released", by=by, reason=reason)
            due = pending.count(conn)
        screen.result({"word": word, "said": said, "pending": due})
        done = f"This {kind} is {word}." if word != "revoked" else f"This {kind} is left to the rule again."
        screen.say(f"{done} Records pending: {due:,}; hub resolve or the next hub sync settles them.")
