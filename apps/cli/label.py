"""`hub label`: judge pairs of records, here or in a spreadsheet, to measure the matching and to train on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.screen import ByOption, JsonOption, Screen, SettingsOption, command, entity_type_named, person
from hub.home import settings_path

if TYPE_CHECKING:
    from hub.records import EntityType
    from hub.session import Hub
    from identity.labels import LabelPair, Side

_KEYS = {"y": "same", "n": "different", "u": "unsure"}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(label)


def label(
    settings: SettingsOption = None,
    entity_type: Annotated[
        str | None, typer.Option("--type", help="person or organisation (default: what the hub has; persons first).")
    ] = None,
    size: Annotated[int, typer.Option(min=1, help="How many pairs a new sample has.")] = 200,
    new: Annotated[bool, typer.Option("--new", help="Draw a new sample, though one is open.")] = False,
    export: Annotated[Path | None, typer.Option("--export", help="Write the sample to this CSV file.")] = None,
    take: Annotated[Path | None, typer.Option("--import", help="Take in the verdicts of this CSV file.")] = None,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Judge sampled pairs side by side: y same, n different, u unsure, s skip, q quit. Goes on where you stopped.

    A label measures and trains; it decides nothing and moves no customer.
    """
    with command(as_json) as screen:
        from hub.db import transaction
        from hub.session import open_hub
        from identity import label_file, labels

        wanted, who = entity_type_named(entity_type) if entity_type else None, person(by)
        with open_hub(settings_path(settings)) as hub:
            if take is not None:
                with transaction(hub.engine) as conn:
                    count = label_file.read(conn, take, by=who)
                screen.result({"imported": count})
                screen.say(f"{count:,} labels taken in. Measure with: hub evaluate --labels; train on them: hub train")
                return
            chosen = wanted or _usual_type(hub)
            sample = _sample(hub, screen, chosen, size, new=new)
            if export is not None:
                with transaction(hub.engine) as conn:
                    count = label_file.write(conn, sample, export)
                screen.result({"exported": count, "sample": sample})
                screen.say(f"{count:,} pairs written; fill the column verdict, then: hub label --import {export}")
                return
            with transaction(hub.engine) as conn:
                left = labels.pairs(conn, sample, open_only=True)
            judged = 0 if as_json else _ask_all(hub, screen, chosen, left, who)
        screen.result({"sample": sample, "open": len(left)})
        screen.say(f"{judged:,} judged, {len(left) - judged:,} left. Measure with: hub evaluate --labels")


def _usual_type(hub: Hub) -> EntityType:
    from hub.db import transaction
    from identity import lifecycle

    with transaction(hub.engine) as conn:
        return next(iter(lifecycle.live_types(conn)), "person")


def _sample(hub: Hub, screen: Screen, entity_type: EntityType, size: int, *, new: bool) -> int:
    """Give the sample in hand; draws one where there is none, all of it is judged, or another is asked for."""
    from hub.db import transaction
    from identity import labels
    from identity.label_sample import draw

    with transaction(hub.engine) as conn:
        newest = labels.latest_sample(conn, entity_type)
        if newest and not new and (labels.pairs(conn, newest, open_only=True)):
            return newest
        screen.progress("drawing a sample of pairs")
        drawn = draw(conn, entity_type, size, seed=newest + 1, progress=screen.progress)
        return labels.save_sample(conn, entity_type, drawn)


def _ask_all(hub: Hub, screen: Screen, entity_type: EntityType, pairs: list[LabelPair], who: str) -> int:
    """Ask for each pair; every answer is kept at once. Gives the number of verdicts."""
    from hub.db import transaction
    from identity import labels

    judged = 0
    for place, pair in enumerate(pairs, 1):
        with transaction(hub.engine) as conn:
            sides = labels.sides(conn, (pair.record_l, pair.record_r))
        if len(sides) < 2:
            continue
        _show(screen, f"pair {place:,} of {len(pairs):,}", sides[pair.record_l], sides[pair.record_r])
        answer = _answer(screen)
        if answer == "q":
            break
        if answer in _KEYS:
            with transaction(hub.engine) as conn:
                verdict: Any = _KEYS[answer]
                judged += labels.judge(conn, entity_type, [(pair.record_l, pair.record_r, verdict)], by=who)
    return judged


def _show(screen: Screen, title: str, left: Side, right: Side) -> None:
    from identity.label_file import shown, values_in_words

    rows = []
    for name in shown([*left.attributes, *right.attributes]):
        mine, its = (", ".join(values_in_words(side.attributes, name)) for side in (left, right))
        rows.append([name, mine, "=" if mine.casefold() == its.casefold() else "", its])
    screen.table(title, ("", "/".join(left.key), "", "/".join(right.key)), rows)


def _answer(screen: Screen) -> str:
    while True:
        try:
            given = input("one customer? [y]es [n]o [u]nsure [s]kip [q]uit: ").strip().casefold()[:1]
        except EOFError:
            return "q"
        if given in ("y", "n", "u", "s", "q"):
            return given
        screen.say("Answer with one of these letters.")
