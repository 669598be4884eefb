"""`hub evaluate --labels`: what the labels of a sample say of the clusters that it was drawn from."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from apps.cli.screen import Screen
from hub.db import snapshot
from hub.errors import RejectedError
from hub.records import ENTITY_TYPES
from hub.session import open_hub
from identity import labels, models_store
from identity.label_estimate import Advice, Interval, Measured, Stratum, advise, measure
from identity.label_sample import STRATA
from identity.model import probability

_ROUNDED = 0.01  # bits that a threshold may lie off the advice, for being written with six digits


def evaluate_labels(screen: Screen, settings: Path) -> None:
    """Measure each entity type that has a sample with labels. Raises RejectedError where there is none."""
    found: dict[str, Any] = {}
    with open_hub(settings) as hub, snapshot(hub.engine) as conn:
        for entity_type in ENTITY_TYPES:
            sample = labels.measuring_sample(conn, entity_type)
            strata = labels.strata(conn, sample) if sample else []
            measured = measure(strata)
            if measured is None:
                continue
            live, drawn_with = models_store.live(conn, entity_type), labels.drawn_with(conn, sample)
            stale = live is None or live.version != drawn_with
            # The weights of the sample are those of its model, and say nothing of another one's threshold.
            advice = None if stale else advise(strata)
            found[entity_type] = _to_json(measured, advice, strata, sample) | {"drawn_with": drawn_with}
            _show(screen, entity_type, measured, strata)
            if stale:
                screen.warn(
                    f"The sample was drawn when model {drawn_with} was live; the figures are of the customers then,"
                    f" and no threshold is advised. To measure those of now: hub label --new --type {entity_type}"
                )
            else:
                _show_advice(screen, entity_type, advice, live)
    if not found:
        raise RejectedError("No sampled pair has a label yet.", hint="Judge some first: hub label")
    screen.result(found)


def _show(screen: Screen, entity_type: str, measured: Measured, strata: list[Stratum]) -> None:
    asked = sum(stratum.asked for stratum in strata)
    screen.say(
        f"{entity_type}: precision {_interval(measured.precision)}, recall {_interval(measured.recall)}"
        f" by the labels of {measured.labels:,} of {asked:,} sampled pairs ({measured.unsure:,} unsure)."
    )
    screen.table(
        "",
        ("stratum", "pairs", "sampled", "same", "different"),
        [[STRATA[s.number], s.pairs, s.asked, s.same, len(s.judged) - s.same] for s in strata],
    )
    screen.say("Recall is among the pairs that share a blocking key or a customer.")
    if 2 * (measured.labels + measured.unsure) < asked:
        screen.warn(f"Most of the sample is not judged yet; go on with: hub label --type {entity_type}")


def _show_advice(screen: Screen, entity_type: str, advice: Advice | None, live: models_store.Live | None) -> None:
    if advice is None:
        screen.say("There are too few labels of either kind to advise a threshold: it takes ten of each.")
        return
    screen.say(
        f"By the labels pairs are best linked from probability {_probability(advice.link_weight)}"
        f" ({_probability(advice.low)} to {_probability(advice.high)}): precision {advice.precision:.3f},"
        f" recall {advice.recall:.3f} of pairs by their weight alone."
    )
    if live is None or live.bars is None:
        return
    if advice.low - _ROUNDED <= live.bars.link <= advice.high + _ROUNDED:
        screen.say(f"The link threshold in force, {_probability(live.bars.link)}, is within that range.")
        return
    # Rounded down, so that the pair that the advice is by is linked too.
    threshold = math.floor(probability(advice.link_weight) * 1e6) / 1e6
    setting = f"matching: {{{entity_type}: {{link_threshold: {threshold}}}}}"
    screen.say(f"The link threshold in force is {_probability(live.bars.link)}; to change it, in hub.yaml: {setting}")


def _to_json(measured: Measured, advice: Advice | None, strata: list[Stratum], sample: int) -> dict[str, Any]:
    return {
        **asdict(measured),
        "sample": sample,
        "advice": asdict(advice) | {"link_threshold": probability(advice.link_weight)} if advice else None,
        "strata": [
            {"stratum": STRATA[s.number], "pairs": s.pairs, "sampled": s.asked, "judged": len(s.judged), "same": s.same}
            for s in strata
        ],
    }


def _interval(found: Interval) -> str:
    return f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})"


def _probability(weight: float) -> str:
    return f"{probability(weight):.4f}"
