"""`hub evaluate --labels`: what the labels of the newest sample say of the present clusters."""

from __future__ import annotations

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


def evaluate_labels(screen: Screen, settings: Path) -> None:
    """Measure each entity type that has a sample with labels. Raises RejectedError where there is none."""
    found: dict[str, Any] = {}
    with open_hub(settings) as hub, snapshot(hub.engine) as conn:
        for entity_type in ENTITY_TYPES:
            sample = labels.latest_sample(conn, entity_type)
            strata = labels.strata(conn, sample) if sample else []
            measured = measure(strata)
            if measured is None:
                continue
            advice = advise(strata)
            live = models_store.live(conn, entity_type)
            found[entity_type] = _to_json(measured, advice, strata, sample)
            _show(screen, entity_type, measured, advice, strata, live)
    if not found:
        raise RejectedError("No sampled pair has a label yet.", hint="Judge some first: hub label")
    screen.result(found)


def _show(
    screen: Screen,
    entity_type: str,
    measured: Measured,
    advice: Advice | None,
    strata: list[Stratum],
    live: models_store.Live | None,
) -> None:
    screen.say(
        f"{entity_type}: precision {_interval(measured.precision)}, recall {_interval(measured.recall)}"
        f" by {measured.labels:,} labels ({measured.unsure:,} unsure)."
    )
    screen.table(
        "",
        ("stratum", "pairs", "sampled", "same", "different"),
        [[STRATA[s.number], s.pairs, s.asked, s.same, len(s.judged) - s.same] for s in strata],
    )
    screen.say("Recall is among the pairs that share a blocking key or a customer.")
    if advice is None:
        screen.say("There are too few labels of either kind to advise a threshold.")
        return
    screen.say(
        f"By the labels pairs are best linked from probability {_probability(advice.link_weight)}"
        f" ({_probability(advice.low)} to {_probability(advice.high)}): precision {advice.precision:.3f},"
        f" recall {advice.recall:.3f} of pairs by their weight alone."
    )
    if live is not None and live.bars is not None:
        within = advice.low <= live.bars.link <= advice.high
        screen.say(
            f"The link threshold in force, {_probability(live.bars.link)}, is within that range."
            if within
            else f"The link threshold in force is {_probability(live.bars.link)};"
            f" to change it: matching: {{{entity_type}: {{link_threshold: {probability(advice.link_weight):.6g}}}}}"
        )


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
