"""What labels say of the link threshold of a model that was just trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import pyarrow as pa
import pyarrow.compute as pc

from identity.judged import Judged
from identity.label_estimate import advise_pairs
from identity.model import Model


def by_labels(model: Model, edges: pa.Table, known: Sequence[Judged]) -> Model:
    """Give the model with its link threshold moved into the interval that labels leave, if it lies outside of it.

    To the nearest end: what the base itself proposed stands as far as labels allow. `edges`: the model's own
    (pairs.EDGE_SCHEMA). Decisions have no say, for they are no random sample. With too few labels nothing changes.
    """
    labels = [pair for pair in known if not pair.decided]
    if not labels:
        return model
    weights = _weights(edges, labels)
    advice = advise_pairs([(weights.get((pair.record_l, pair.record_r)), pair.same, pair.pairs) for pair in labels])
    if advice is None:
        return model
    link = min(max(model.link_weight, advice.low), advice.high)
    return replace(
        model,
        link_weight=link,
        review_weight=min(model.review_weight, link),
        report=model.report | {"label_advice": asdict(advice) | {"proposed_without": model.link_weight}},
    )


def _weights(edges: pa.Table, labels: Sequence[Judged]) -> dict[tuple[int, int], float]:
    """Give the weights of the labelled pairs that have an edge."""
    wanted = pa.array(sorted({pair.record_l for pair in labels}), pa.int64())
    near = edges.select(["record_l", "record_r", "match_weight"]).filter(pc.is_in(edges["record_l"], wanted))
    columns = (near.column(name).to_pylist() for name in near.column_names)
    return {(left, right): weight for left, right, weight in zip(*columns, strict=True)}
