"""A saved model in tables that a person can read: its weights, what its training counted, and what to expect. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from identity.model import Model
from identity.wording import model_line

Table = tuple[str, tuple[str, ...], list[list[Any]]]


def tables(model: Model) -> Iterator[Table]:
    """Give (title, columns, rows) of each table."""
    yield f"model {model.version} for {model.entity_type}: weights in bits", (
        "comparison", "level", "among matches", "by chance", "weight",
    ), [[name, label, f"{m:.2g}", f"{u:.2g}", weight] for name, label, m, u, weight in weights(model)]  # fmt: skip
    blocking = model.report.get("blocking", [])
    if blocking:
        yield (
            "blocking keys",
            ("kind", "pairs", "found by it alone", "keys skipped"),
            [[b["kind"], b["pairs"], b["alone"], b["skipped"]] for b in blocking],
        )
    contenders = model.report.get("contenders", [])
    if contenders:
        voters = sorted(contenders[0]["votes"])
        yield (
            "models that contended (F1 of the links, by each field that was held out)",
            ("model", "links", *(name.removeprefix("extra_") for name in voters), "mean", "chosen"),
            [
                [c["contender"], round(c["links"]), *(f"{c['votes'][v]:.3f}" for v in voters), f"{c['mean']:.3f}",
                 "yes" if c["chosen"] else ""]
                for c in contenders
            ],
        )  # fmt: skip
    yield "what was counted", ("what", "count"), [[what, count] for what, count in _counts(model)]


def weights(model: Model) -> list[list[Any]]:
    """Give comparison, level, m, u and weight (log2 of m / u) of every level, best first."""
    rows = []
    for comparison in model.comparisons():
        labels = [*(level.label for level in comparison.levels), "anything else"]
        for label, (m, u) in zip(labels, model.weights[comparison.name], strict=True):
            rows.append([comparison.name, label, m, u, math.log2(m / u)])
    return rows


def lines(model: Model) -> Iterator[str]:
    """Give what a table can't say, in sentences."""
    yield model_line(model)
    report = model.report
    if "unlinkable" in report:
        yield (
            f"{report['unlinkable']:.1%} of the records hold so little that not even a copy of themselves"
            " would be linked to them."
        )
    if "iterations" in report:
        how = "converged" if report["converged"] else "did not converge"
        yield (
            f"Estimation {how} after {report['iterations']} rounds;"
            f" the last one moved no rate by more than {report['last_change']:.1e}."
        )


def to_json(model: Model) -> dict[str, Any]:
    """Give everything about a model but its large tables (frequencies, junk values)."""
    columns = ("comparison", "level", "m", "u", "weight")
    return {
        **model.parameters(),
        "weights": [dict(zip(columns, row, strict=True)) for row in weights(model)],
        "report": model.report,
        "says": model_line(model),
    }


def _counts(model: Model) -> Iterator[tuple[str, Any]]:
    report = model.report
    yield "records", model.records
    for name, words in (
        ("candidate_pairs", "candidate pairs"),
        ("scored_edges", "pairs above the bar for keeping"),
        ("expected_matches", "pairs expected to match"),
        ("expected_relations", "pairs expected to be related only"),
        ("labels", "labels and decisions trained on"),
        ("junk_values", "junk values"),
    ):
        if name in report:
            yield words, round(report[name])
