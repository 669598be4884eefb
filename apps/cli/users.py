"""`hub users`: people who may sign in to the console."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, Screen, SettingsOption, command, person
from hub.home import settings_path

if TYPE_CHECKING:
    from hub.users import User

NameArgument = Annotated[str, typer.Argument(help="The user's name.")]
RoleOption = Annotated[
    list[str], typer.Option("--role", help="reader, steward, lead, engineer or auditor; repeat it for several.")
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made and shown.")
]

group = typer.Typer(name="users", help="People who may sign in to the console.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list")(list_users)
    for function in (add, roles, password, disable, enable):
        group.command()(function)
    app.add_typer(group)


def add(
    name: NameArgument,
    role: RoleOption,
    password_stdin: StdinOption = False,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a person sign in; without --password-stdin a password is made and shown once."""
    with command(as_json) as screen:
        from hub import audit, users
        from hub.db import transaction
        from hub.session import open_hub

        given = _password(password_stdin)
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            made = users.add(conn, name, role, given)
            audit.record(conn, who=person(by), what="user.add", on=[f"user:{made.name}", *(f"role:{r}" for r in role)])
        _tell(screen, made, "" if password_stdin else given)


def roles(
    name: NameArgument,
    role: RoleOption,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a user these roles in place of the present ones; they count from the next request on."""
    with command(as_json) as screen:
        from hub import audit, users
        from hub.db import transaction
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            changed = users.set_roles(conn, name, role)
            audit.record(
                conn, who=person(by), what="user.roles", on=[f"user:{changed.name}", *(f"role:{r}" for r in role)]
            )
        _tell(screen, changed, "")


def password(
    name: NameArgument,
    password_stdin: StdinOption = False,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a user's password and end all their sessions; without --password-stdin one is made and shown once."""
    with command(as_json) as screen:
        from hub import audit, users
        from hub.db import transaction
        from hub.session import open_hub

        given = _password(password_stdin)
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            changed = users.set_password(conn, name, given)
            audit.record(conn, who=person(by), what="user.password", on=[f"user:{changed.name}"])
        _tell(screen, changed, "" if password_stdin else given)


def disable(
    name: NameArgument, by: ByOption = "", settings: SettingsOption = None, as_json: JsonOption = False
) -> None:
    """Let a user in no more and end all their sessions; what they did keeps their name."""
    _switch(name, by, settings, as_json, on=False)


def enable(name: NameArgument, by: ByOption = "", settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Let a disabled user in again."""
    _switch(name, by, settings, as_json, on=True)


def list_users(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Everybody who may sign in, or might once."""
    with command(as_json) as screen:
        from hub import users
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = users.listing(conn)
        screen.result(found)
        if not found:
            screen.say("Nobody can sign in yet. Add somebody: hub users add NAME --role steward")
            return
        rows = [
            [u.name, ", ".join(sorted(u.roles)), "password" if u.by_password else "identity provider", u.created_at,
             "disabled" if u.disabled_at else ""]
            for u in found
        ]  # fmt: skip
        screen.table("", ("name", "roles", "signs in by", "since", "state"), rows)


def _switch(name: str, by: str, settings: SettingsOption, as_json: bool, *, on: bool) -> None:
    with command(as_json) as screen:
        from hub import audit, users
        from hub.db import transaction
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            changed = users.enable(conn, name) if on else users.disable(conn, name)
            what = "user.enable" if on else "user.disable"
            audit.record(conn, who=person(by), what=what, on=[f"user:{changed.name}"])
        _tell(screen, changed, "")


def _password(from_stdin: bool) -> str:
    """A password given, or a new one of 16 letters and digits (95 bits)."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    import secrets

    return "".join(secrets.choice("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(16))


def _tell(screen: Screen, user: User, shown: str) -> None:
    screen.result({"user": user, **({"password": shown} if shown else {})})
    state = "disabled" if user.disabled_at else ", ".join(sorted(user.roles))
    screen.say(f"{user.name}: {state}")
    if shown:
        screen.say(f"password: {shown}    (shown this once)")
