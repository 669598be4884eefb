"""Commands about saved models: list, show, compare, plan, promote, rollback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, Screen, SettingsOption, command, entity_type_named, person
from hub.home import settings_path

if TYPE_CHECKING:
    from hub.records import EntityType
    from identity.lifecycle import Promoted

TypeOption = Annotated[
    str | None, typer.Option("--type", help="person or organisation, where both have a model of that version.")
]
Version = Annotated[int, typer.Argument(min=1, help="The version of a saved model.")]
CasesOption = Annotated[int, typer.Option(min=0, help="How many sample cases of each kind to show.")]

group = typer.Typer(name="model", help="The saved models: look, compare, promote, roll back.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (show, compare, promote, rollback):
        group.command()(function)
    group.command("list")(list_models)
    app.add_typer(group)
    app.command()(plan)


def list_models(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Every saved model, with what it was trained on and whether it is live."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import models_store, wording

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            saved = models_store.listing(conn)
        rows = [
            [s.model.entity_type, s.model.version, s.live, s.model.records, s.model.expected_precision,
             s.model.expected_recall, s.created_at, s.promoted_at]
            for s in saved
        ]  # fmt: skip
        columns = ("type", "version", "live", "records", "precision", "recall", "trained", "made live")
        screen.result([dict(zip(columns, row, strict=True)) for row in rows])
        if not rows:
            screen.say("There is no model yet; the first hub sync makes one.")
            return
        expected = [wording.expected(s.model) for s in saved]
        screen.table(
            "",
            ("type", "version", "live", "records", "expected precision", "expected recall", "trained", "made live"),
            [[*row[:4], *both, *row[6:]] for row, both in zip(rows, expected, strict=True)],
        )


def show(
    version: Version, entity_type: TypeOption = None, settings: SettingsOption = None, as_json: JsonOption = False
) -> None:
    """One model with its training report: weights, blocking keys, what it can't link, what to expect."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import lifecycle, model_report, models_store

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            model = models_store.load(conn, lifecycle.type_of(conn, version, _named(entity_type)), version)
        screen.result(model_report.to_json(model))
        for title, columns, rows in model_report.tables(model):
            screen.table(title, columns, rows)
        for line in model_report.lines(model):
            screen.say(line)


def compare(
    before: Version,
    after: Version,
    entity_type: TypeOption = None,
    cases: CasesOption = 5,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The clusters that two models give: what merges, splits and moves from the first to the second. Writes nothing."""
    with command(as_json) as screen:
        from apps.cli.model_screen import show_comparison
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import lifecycle
        from identity.model_compare import compare as run_compare

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            chosen = lifecycle.type_of(conn, after, _named(entity_type))
            found = run_compare(conn, hub.config, chosen, before, after, progress=screen.progress, cases=cases)
        screen.result(found)
        show_comparison(screen, found)


def plan(
    model: Annotated[int | None, typer.Option("--model", min=1, help="The version of the saved model to try.")] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="A settings file whose survivorship section to try.")
    ] = None,
    entity_type: TypeOption = None,
    cases: CasesOption = 5,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """What would follow from another model or survivorship policy: golden values, writes to systems. Writes nothing."""
    with command(as_json) as screen:
        from apps.cli.model_screen import plan_to_json, show_plan
        from apps.cli.policy_screen import show_policy_plan
        from flows.plan import plan_model
        from flows.plan_policy import plan_policy
        from hub.errors import SettingsError
        from hub.session import open_hub

        if (model is None) == (policy is None):
            raise SettingsError("Name what to try: --model VERSION or --policy FILE.")
        with open_hub(settings_path(settings)) as hub:
            if policy is not None:
                tried = plan_policy(hub, policy, progress=screen.progress, cases=cases)
                show_policy_plan(screen, tried, policy)
                return
            chosen = _named(entity_type)
            found = plan_model(hub, model or 0, entity_type=chosen, progress=screen.progress, cases=cases)
        screen.result(plan_to_json(found))
        show_plan(screen, found)


def promote(
    version: Version,
    entity_type: TypeOption = None,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a saved model live: the next sync settles all records of its type with it, in one transaction."""
    with command(as_json) as screen:
        from hub.db import master_lock, transaction
        from hub.session import open_hub
        from identity import lifecycle

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            master_lock(conn)
            chosen = lifecycle.type_of(conn, version, _named(entity_type))
            done = lifecycle.promote(conn, hub.config, chosen, version, by=person(by))
        _say_promoted(screen, done)


def rollback(
    entity_type: Annotated[
        str | None, typer.Option("--type", help="person or organisation, where the hub has both.")
    ] = None,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the model live that the present one replaced; customers get back the ids they had."""
    with command(as_json) as screen:
        from hub.db import master_lock, transaction
        from hub.session import open_hub
        from identity import lifecycle

        wanted = _named(entity_type)
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            master_lock(conn)
            chosen = wanted or lifecycle.only_type(conn)
            done = lifecycle.rollback(conn, hub.config, chosen, by=person(by))
        _say_promoted(screen, done)


def _named(entity_type: str | None) -> EntityType | None:
    return entity_type_named(entity_type) if entity_type else None


def _say_promoted(screen: Screen, done: Promoted) -> None:
    screen.result(done)
    instead = f" in place of model {done.replaced}" if done.replaced else ""
    screen.say(f"{done.entity_type}: model {done.version} is live{instead}; the next hub sync resolves all with it.")
