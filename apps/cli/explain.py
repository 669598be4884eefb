"""Commands that explain: why two records match or not, how a customer came about, what a new record would match."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from apps.cli.screen import JsonOption, SettingsOption, command
from hub.errors import SettingsError
from hub.home import settings_path

Text = str | None


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (explain, match):
        app.command()(function)


def explain(
    what: Annotated[str, typer.Argument(help="A record as SYSTEM/ID (or SYSTEM/OBJECT/ID), or a customer id.")],
    other: Annotated[str | None, typer.Argument(help="Another record.")] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why two records match or not, weight by weight; or how a customer's cluster was built."""
    with command(as_json) as screen:
        from apps.cli import explain_screen
        from apps.cli.customer import find, record_named
        from hub.db import snapshot
        from hub.session import open_hub
        from identity.explain import pair
        from identity.explain_cluster import cluster

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            if other is not None:
                told = pair(conn, hub.config, record_named(conn, what), record_named(conn, other))
                screen.result(explain_screen.pair_facts(told))
                explain_screen.show_pair(screen, told)
                return
            built = cluster(conn, find(conn, what))
        screen.result(asdict(built))
        explain_screen.show_cluster(screen, built)


def match(
    entity_type: Annotated[str, typer.Option("--type", help="person or organisation.")] = "person",
    given_name: Annotated[Text, typer.Option()] = None,
    family_name: Annotated[Text, typer.Option()] = None,
    full_name: Annotated[Text, typer.Option(help="Where given and family name are not apart.")] = None,
    birth_date: Annotated[Text, typer.Option()] = None,
    organisation_name: Annotated[Text, typer.Option()] = None,
    email: Annotated[list[str] | None, typer.Option(help="May be given more than once.")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="May be given more than once.")] = None,
    website: Annotated[list[str] | None, typer.Option(help="May be given more than once.")] = None,
    street: Annotated[Text, typer.Option(help="Street and house number.")] = None,
    postcode: Annotated[Text, typer.Option()] = None,
    city: Annotated[Text, typer.Option()] = None,
    country: Annotated[Text, typer.Option(help="Of phones and addresses that name none: a code or a name.")] = None,
    from_json: Annotated[
        Path | None,
        typer.Option("--from-json", help="A JSON object of attribute: value(s), custom ones too; - reads stdin."),
    ] = None,
    explained: Annotated[bool, typer.Option("--explain", help="Show the weights of the best candidate.")] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search before create: who a record would match if it were saved. Nothing is written."""
    address = {"street": street, "postcode": postcode, "city": city}
    given: dict[str, Any] = {
        "given_name": given_name,
        "family_name": family_name,
        "full_name": full_name,
        "birth_date": birth_date,
        "organisation_name": organisation_name,
        "email": email,
        "phone": phone,
        "website": website,
        "address": {part: text for part, text in address.items() if text} or None,
    }
    with command(as_json) as screen:
        from apps.cli import explain_screen
        from flows.search import unsaved_record
        from hub.db import snapshot
        from hub.session import open_hub
        from identity.lookup import Lookup

        values = _read(from_json) if from_json else {}
        values |= {name: value for name, value in given.items() if value}
        with open_hub(settings_path(settings)) as hub, closing(Lookup(hub.config)) as lookup:
            record = unsaved_record(hub.config, values, entity_type, country)
            with snapshot(hub.engine) as conn:
                found = lookup.find(conn, record, explain=explained)
        screen.result([asdict(candidate) for candidate in found])
        explain_screen.show_candidates(screen, found)


def _read(path: Path) -> dict[str, Any]:
    """Read the JSON object of a file. Raises SettingsError where there is none."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        values = json.loads(text)
    except OSError:
        raise SettingsError(f"{path} can't be read.", hint="Name a JSON file with --from-json.") from None
    except ValueError:
        raise SettingsError(f"{path} is not JSON.", hint='It looks like {"family_name": "Abel"}.') from None
    if not isinstance(values, dict):
        raise SettingsError(f"{path} holds no JSON object.", hint='It looks like {"family_name": "Abel"}.')
    return values
