"""Commands about matching: train, evaluate, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, SettingsOption, command, person
from hub.errors import SettingsError
from hub.home import settings_path


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (train, evaluate, verify):
        app.command()(function)


def train(
    settings: SettingsOption = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make the new models live; the next sync resolves all records with them.")
    ] = False,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Train new models beside the live ones: on the hub's own records, and the labels and decisions that there are."""
    with command(as_json) as screen:
        from flows.train import train as run_train
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub:
            trained = run_train(hub, promote=promote, by=person(by) if promote else by, progress=screen.progress)
        screen.result(trained)
        for entity_type, said in trained.items():
            screen.say(f"{entity_type}: {said['says']}")
            if judged := said["report"].get("labels"):
                screen.say(f"  labels and decisions trained on: {judged:,}")
        if promote:
            screen.say("They are live; the next hub sync resolves all records with them.")
            return
        screen.say("Nothing has changed yet. What each would change, and to make it live:")
        for entity_type, said in trained.items():
            which = f"{said['version']} --type {entity_type}"
            screen.say(f"  hub plan --model {which}    hub model promote {which}")


def evaluate(
    truth: Annotated[
        Path | None, typer.Option("--truth", help="CSV or Parquet with columns system, source_id, entity.")
    ] = None,
    labels: Annotated[bool, typer.Option("--labels", help="Measure by the pairs judged with hub label.")] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the present clusters: against a known truth, or by the labels of a sample of pairs, with intervals."""
    with command(as_json) as screen:
        if labels:
            from apps.cli.label_screen import evaluate_labels

            evaluate_labels(screen, settings_path(settings))
            return
        if truth is None:
            raise SettingsError("Measure by what?", hint="Say --truth FILE, or --labels after hub label.")
        from apps.cli.truth import read_truth, with_hub_names
        from hub.db import snapshot
        from hub.session import open_hub
        from identity.evaluate import evaluate as run_evaluate

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = run_evaluate(conn, with_hub_names(read_truth(truth), hub.config))
        screen.result(found)
        measures = (("pairwise", found.pairwise), ("bcubed", found.bcubed))
        screen.table(
            f"{found.records:,} records of the truth",
            ("measure", "precision", "recall", "f1"),
            [[name, m.precision, m.recall, m.f1] for name, m in measures],
        )
        if found.unknown:
            screen.warn(
                f"{found.unknown:,} records of the truth are not in the hub; each counts as a customer of its own."
            )


def verify(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Rebuild all edges and clusters from the stored records and compare them with the live ones."""
    with command(as_json) as screen:
        from hub.db import snapshot
        from hub.session import open_hub
        from identity.verify import verify as run_verify

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            screen.progress("rebuilding from the stored records")
            report = run_verify(conn, hub.config)
        screen.result(report)
        screen.say(
            f"{report.records:,} records, {report.edges_live:,} edges, {report.clusters_live:,} clusters: "
            + ("live and rebuilt are equal." if report.equal else f"they differ: {report.first_difference}")
        )
        if report.pending:
            screen.warn(f"{report.pending:,} records are pending; run hub sync first for a full answer.")
        if not report.equal:
            raise typer.Exit(1)
