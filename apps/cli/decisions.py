"""Commands of a steward: decide, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from apps.cli.screen import ByOption, JsonOption, ReasonOption, Screen, SettingsOption, command, person
from hub.home import settings_path

if TYPE_CHECKING:
    from hub.records import RecordKey
    from identity.decision_log import Decision, Kind
    from identity.decision_preview import Preview

PreviewOption = Annotated[bool, typer.Option("--preview", help="Show what would follow, and write nothing.")]
group = typer.Typer(name="decisions", help="What stewards decided: list, revoke, export, import.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(decide)
    group.command("list")(list_decisions)
    group.command()(revoke)
    group.command("export")(export_decisions)
    group.command("import")(import_decisions)
    app.add_typer(group)


def decide(
    kind: Annotated[str, typer.Argument(help="same, different or unsure.")],
    keys: Annotated[list[str], typer.Argument(help="Records, each as SYSTEM/ID or SYSTEM/OBJECT/ID.")],
    reason: ReasonOption,
    against: Annotated[
        list[str] | None, typer.Option("--against", help="different: a record that none of the others is.")
    ] = None,
    by: ByOption = "",
    preview: PreviewOption = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that records are the same customer, different ones, or that it can't be told; the next resolve settles it."""
    with command(as_json) as screen:
        from apps.cli.customer import record_named
        from hub.db import transaction
        from hub.errors import SettingsError
        from hub.session import open_hub
        from identity import decision_preview, decisions

        if kind not in ("same", "different", "unsure"):
            raise SettingsError(f"A decision is same, different or unsure, not {kind!r}.")
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            left, right = ([record_named(conn, name) for name in names] for names in (keys, against or []))
            if kind == "different" and not right and len(left) == 2:
                left, right = left[:1], left[1:]

            def say() -> Decision:
                return decisions.decide(conn, cast("Kind", kind), left, right, by=person(by), reason=reason)

            said, would = decision_preview.preview(conn, say)
            if not preview:
                said = say()
        if preview:
            screen.result(would)
            _show(screen, would)
            return
        screen.result({"decision": said, "would": would})
        screen.say(f"decision #{said.decision_id}: {said.kind}, by {said.by}")
        _show(screen, would)
        if would.merges or would.splits:
            screen.say("hub resolve does it now; the next hub sync does it and publishes it.")


def list_decisions(
    settings: SettingsOption = None,
    history: Annotated[bool, typer.Option("--history", help="Also those that were ended, and their ends.")] = False,
    after: Annotated[int, typer.Option(min=0, help="Begin after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """The decisions that stand."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import decision_log

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = decision_log.listing(conn, history=history, after=after, limit=limit)
        screen.result(found)
        if not found:
            screen.say("No decision stands." if not history else "Nothing was ever decided.")
            return
        states = {d.decision_id: f"ended by #{d.revoked_by}" if d.revoked_by else "stands" for d in found}
        states |= {d.decision_id: f"ended #{d.revokes}" for d in found if d.kind == "revoke"}
        screen.table(
            "",
            ("no", "says", "records", "against", "by", "at", "reason", "state"),
            [
                [d.decision_id, d.kind, _names(d.left), _names(d.right), d.by, d.at, d.reason, states[d.decision_id]]
                for d in found
            ],
        )


def revoke(
    number: Annotated[int, typer.Argument(min=1, help="The number of the decision.")],
    reason: ReasonOption,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a decision; the next resolve settles its records by what is left."""
    with command(as_json) as screen:
        from hub.db import transaction
        from hub.session import open_hub
        from identity import decisions

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            ended = decisions.revoke(conn, number, by=person(by), reason=reason)
        screen.result(ended)
        screen.say(f"decision #{number} is ended by #{ended.decision_id}; the next resolve settles its records.")


def export_decisions(
    file: Annotated[Path, typer.Argument(help="The file to write: .csv or .parquet.")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the decisions that stand to a table."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity import decision_file

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            table = decision_file.export(conn)
        decision_file.write_file(file, table)
        screen.result({"file": file, "decisions": table.num_rows})
        screen.say(f"{table.num_rows:,} decisions written to {file}")


def import_decisions(
    file: Annotated[Path, typer.Argument(help="A .csv or .parquet file with kind, left, right, by, at, reason.")],
    preview: PreviewOption = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take decisions from a table, each row as a whole or not at all; a second time it changes nothing."""
    with command(as_json) as screen:
        from hub.db import transaction
        from hub.session import open_hub
        from identity import decision_file, decision_preview

        table = decision_file.read_file(file)
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            spoken, would = decision_preview.preview(conn, lambda: decision_file.import_table(conn, table))
            if not preview:
                spoken = decision_file.import_table(conn, table)
        refused = [{"row": place + 1, "reason": why} for place, why in sorted(spoken.refused.items())]
        made, repeated = len(spoken.made), len(spoken.repeated)
        screen.result({"made": made, "repeated": repeated, "refused": refused, "would": would, "written": not preview})
        screen.say(f"{made:,} decided, {repeated:,} stand already, {len(refused):,} refused")
        if preview:
            screen.say("This is a preview: nothing was written.")
        _show(screen, would)
        if refused:
            screen.table("refused rows", ("row", "reason"), [[r["row"], r["reason"]] for r in refused])
            raise typer.Exit(1)


def _show(screen: Screen, would: Preview) -> None:
    screen.say(f"{would.merges:,} merge(s) and {would.splits:,} split(s) of customers follow from it")
    if would.merged:
        screen.table("", ("joined with each other",), [[", ".join(str(c) for c in ids)] for ids in would.merged])
    if would.split:
        screen.table("", ("customer", "torn into"), [[customer, parts] for customer, parts in would.split])


def _names(keys: Sequence[RecordKey]) -> str:
    return ", ".join("/".join(key) for key in keys)
