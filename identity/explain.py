"""Why two records match, or why not: the weight of the pair step by step, and the keys by which it was found.

The steps come from the statement that look-ups score with, so for a pair with an edge they sum up to the edge's weight.
Writes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RejectedError
from hub.records import RecordKey
from identity import lookup_base
from identity.bars import Bars, bars_for
from identity.decision_log import Decision, standing_of
from identity.decision_rows import find_records
from identity.explain_steps import Step, steps
from identity.keys import blocking_keys
from identity.lookup import Band, Lookup, band_of, compared_rows, in_order
from identity.lookup_base import Held
from identity.model import Model

_BETWEEN = sa.text("""
    SELECT (SELECT match_weight FROM identity.edge WHERE record_l = :l AND record_r = :r) AS stored,
           EXISTS (SELECT FROM identity.pending_record WHERE record_id IN (:l, :r)) AS pending,
           ARRAY(SELECT reason FROM identity.known_link WHERE record_l = :l AND record_r = :r) AS certain""")


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A blocking key that both have: `used`, or why it finds nothing ("junk": `records` held it in training)."""

    kind: str
    key: str
    status: str
    records: int | None = None


@dataclass(frozen=True)
class Side:
    """One of the two records: its customer now (None: not resolved yet) and the keys it can be found by."""

    key: RecordKey
    record_id: int
    customer_id: UUID | None
    blocking_keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PairExplanation:
    """Why two records match or not. Weights are in bits (log2 odds).

    `prior` and the weights and adjustments of `steps` sum up to `weight`. `compared`: they share a key that is used, so
    a run compares them; the score is there in any case. `stored` is the weight of the edge there is (None: there is
    none). `decisions` are the standing ones about both, `certain` the reasons of a certain link between them.
    """

    left: Side
    right: Side
    entity_type: str
    model_version: int
    prior: float
    steps: tuple[Step, ...]
    weight: float
    probability: float
    band: Band
    bars: Bars
    compared: bool
    shared: tuple[SharedKey, ...]
    stored: float | None
    pending: bool
    decisions: tuple[Decision, ...]
    certain: tuple[str, ...]

    @property
    def missing_to_link(self) -> float:
        """Bits that the pair lacks to the link bar; 0 where it reaches it."""
        return max(self.bars.link - self.weight, 0.0)

    @property
    def missing_to_review(self) -> float:
        """Bits that the pair lacks to the review bar; 0 where it reaches it."""
        return max(self.bars.review - self.weight, 0.0)

    @property
    def same_customer(self) -> bool:
        """Whether the two are one customer now."""
        return self.left.customer_id is not None and self.left.customer_id == self.right.customer_id


def pair(
    conn: Connection, config: Config, left: RecordKey, right: RecordKey, *, lookup: Lookup | None = None
) -> PairExplanation:
    """Explain a pair of live records, scored or not, with the live model; a server lends its own `lookup`.

    Raises RejectedError for an unknown or deleted record, for twice the same, and for records of different types;
    RetryableError where nothing is resolved yet.
    """
    one, other = _records(conn, left, right)
    if one.record_id == other.record_id:
        raise RejectedError("That is one and the same record twice.", hint="Name two records.")
    types = {one.feature["entity_type"], other.feature["entity_type"]}
    if len(types) > 1:
        raise RejectedError("One record is a person's and one an organisation's: those are never compared.")
    entity_type = types.pop()
    scoring = lookup or Lookup(config)
    try:
        with scoring.scorer(conn, entity_type) as scorer:
            if scorer is None:
                raise RejectedError(f"There is no model for {entity_type}.", hint="Run: hub sync")
            model = scorer.model
            mine, theirs = compared_rows(conn, model, [(one.record_id, one.feature), (other.record_id, other.feature)])
            (score,) = scorer.score([in_order(mine, theirs)])
    finally:
        if lookup is None:
            scoring.close()
    bars = bars_for(config.matching_for(entity_type), model)
    keys = [blocking_keys(record.feature) for record in (one, other)]
    shared = _shared(conn, model, sorted(set(keys[0]) & set(keys[1])))
    ends = {"l": min(one.record_id, other.record_id), "r": max(one.record_id, other.record_id)}
    between = conn.execute(_BETWEEN, ends).one()
    return PairExplanation(
        left=Side(one.key, one.record_id, one.customer_id, tuple(keys[0])),
        right=Side(other.key, other.record_id, other.customer_id, tuple(keys[1])),
        entity_type=entity_type,
        model_version=model.version,
        prior=math.log2(model.prior / (1 - model.prior)),
        steps=steps(model, score, mine, theirs),
        weight=score.weight,
        probability=score.probability,
        band=band_of(score.weight, bars),
        bars=bars,
        compared=any(key.status == "used" for key in shared),
        shared=shared,
        stored=between.stored,
        pending=between.pending,
        decisions=tuple(_of_both(standing_of(conn, [one.key]), one.key, other.key)),
        certain=tuple(between.certain),
    )


def _records(conn: Connection, *keys: RecordKey) -> list[Held]:
    known = find_records(conn, set(keys))
    for key in keys:
        if key not in known:
            raise RejectedError(
                f"There is no record {'/'.join(key)}.", hint="Name it SYSTEM/ID as hub.yaml and the system spell them."
            )
    live = lookup_base.held(conn, [known[key].record_id for key in keys])
    for key in keys:
        if known[key].record_id not in live:
            raise RejectedError(f"The record {'/'.join(key)} was deleted in its system: it matches nothing any more.")
    return [live[known[key].record_id] for key in keys]


def _shared(conn: Connection, model: Model, both: list[tuple[str, str]]) -> tuple[SharedKey, ...]:
    junk = lookup_base.junk_among(conn, model, both)
    found = []
    for kind, key in both:
        if kind not in model.key_kinds:
            found.append(SharedKey(kind, key, "too dear for this base"))
        elif (kind, key) in junk:
            found.append(SharedKey(kind, key, "junk", junk[kind, key]))
        else:
            found.append(SharedKey(kind, key, "used"))
    return tuple(found)


def _of_both(decisions: list[Decision], one: RecordKey, other: RecordKey) -> list[Decision]:
    """Give those that are about both: a `different` has them on either side."""

    def about(decision: Decision) -> bool:
        if decision.kind == "different":
            return (one in decision.left and other in decision.right) or (
                other in decision.left and one in decision.right
            )
        return {one, other} <= {*decision.left, *decision.right}

    return [decision for decision in decisions if about(decision)]
