"""Search before create: an unsaved record against the base, with the pairs and weights that a batch run would give.

Nothing is written. Candidates come from PostgreSQL by index, all in one query; the live model's scoring statement is
kept ready in DuckDB (`identity.lookup_scorer`), and a new live model is noticed at the next look-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RetryableError
from hub.records import ENTITY_TYPES, EntityType, RecordKey, SourceRecord
from identity import lookup_base, models_store
from identity.bars import Bars, bars_for
from identity.explain_steps import Step, steps
from identity.features import feature
from identity.keys import blocking_keys
from identity.lookup_rows import Row, compared_row, counted_columns, values_to_look_up
from identity.lookup_scorer import Scorer
from identity.model import Model

Band = Literal["link", "review", "none"]

UNSAVED = 1 << 62
"""Stands for the record id of a record that the hub never saw: above all ids, as the next one given out would be."""


@dataclass(frozen=True)
class Candidate:
    """A live record that the model has compared with the one asked for and kept.

    `customer_id` is None for a record that is not resolved yet. `steps` are there where they were asked for.
    """

    record_id: int
    key: RecordKey
    customer_id: UUID | None
    weight: float
    probability: float
    band: Band
    match_keys: tuple[str, ...]
    steps: tuple[Step, ...] = ()


def band_of(weight: float, bars: Bars) -> Band:
    """Give the band in which a match weight lies."""
    return "link" if weight >= bars.link else "review" if weight >= bars.review else "none"


class Lookup:
    """Finds what an unsaved record matches; may be shared by the threads of a server.

    Each thread that is at it has a scorer of its own (some 40 MB); they are kept for the next one, at most `spare`.
    """

    def __init__(self, config: Config, *, spare: int = 4) -> None:
        self._config = config
        self._spare = spare
        self._lock = Lock()
        self._idle: dict[EntityType, list[Scorer]] = {}

    def find(self, conn: Connection, record: SourceRecord, *, explain: bool = False) -> list[Candidate]:
        """Give the records that `record` would get an edge with if it were saved and resolved, the best first.

        A record of the same key is left out: it is what would be overwritten. Raises RetryableError where there are
        records of this type but none is resolved yet.
        """
        with self.scorer(conn, record.entity_type) as scorer:
            if scorer is None:
                return []
            model = scorer.model
            bars = bars_for(self._config.matching_for(record.entity_type), model)
            own = feature(record)
            own_id = lookup_base.record_id_of(conn, record.key)
            found = lookup_base.candidates(conn, model, blocking_keys(own))
            found = [held for held in found if held.record_id != own_id]
            rows = compared_rows(
                conn, model, [(UNSAVED if own_id is None else own_id, own), *((h.record_id, h.feature) for h in found)]
            )
            mine, others = rows[0], rows[1:]
            scores = scorer.score([in_order(mine, other) for other in others])
        kept = [
            Candidate(
                record_id=held.record_id,
                key=held.key,
                customer_id=held.customer_id,
                weight=score.weight,
                probability=score.probability,
                band=band_of(score.weight, bars),
                match_keys=held.match_keys,
                steps=steps(model, score, mine, row) if explain else (),
            )
            for held, row, score in zip(found, others, scores, strict=True)
            if score.weight >= bars.keep
        ]
        return sorted(kept, key=lambda candidate: (-candidate.weight, candidate.record_id))

    def prepare(self, conn: Connection) -> None:
        """Make a scorer of each live model, so that whoever asks first need not wait for it."""
        for entity_type in ENTITY_TYPES:
            if lookup_base.live_version(conn, entity_type) is not None:
                with self.scorer(conn, entity_type):
                    pass

    @contextmanager
    def scorer(self, conn: Connection, entity_type: EntityType) -> Iterator[Scorer | None]:
        """Lend a scorer of the live model; None where the hub has no record of this type."""
        version = lookup_base.live_version(conn, entity_type)
        if version is None:
            if lookup_base.has_records(conn, entity_type):
                raise RetryableError(
                    f"The records of type {entity_type} are not resolved yet.", hint="Run: hub sync, then ask again."
                )
            yield None
            return
        scorer = self._taken(entity_type, version) or _scorer(conn, entity_type)
        try:
            yield scorer
        except BaseException:
            scorer.close()
            raise
        self._give_back(entity_type, scorer)

    def close(self) -> None:
        """Give back the memory of the idle scorers."""
        with self._lock:
            idle = [scorer for scorers in self._idle.values() for scorer in scorers]
            self._idle.clear()
        for scorer in idle:
            scorer.close()

    def _taken(self, entity_type: EntityType, version: int) -> Scorer | None:
        """Take an idle scorer of this version; those of other versions are done with."""
        with self._lock:
            idle = self._idle.get(entity_type, [])
            fit = [scorer for scorer in idle if scorer.model.version == version]
            old = [scorer for scorer in idle if scorer.model.version != version]
            taken = fit.pop() if fit else None
            self._idle[entity_type] = fit
        for scorer in old:
            scorer.close()
        return taken

    def _give_back(self, entity_type: EntityType, scorer: Scorer) -> None:
        with self._lock:
            idle = self._idle.setdefault(entity_type, [])
            kept = len(idle) < self._spare
            if kept:
                idle.append(scorer)
        if not kept:
            scorer.close()


def _scorer(conn: Connection, entity_type: EntityType) -> Scorer:
    live = models_store.live(conn, entity_type)
    if live is None:
        raise RetryableError(f"The model for {entity_type} is being replaced.", hint="Ask again.")
    return Scorer(live.model)


def compared_rows(conn: Connection, model: Model, features: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Row]:
    """Make the rows that are compared of (record id, feature row), with what the saved model says of their values."""
    columns = counted_columns(model)
    frequencies, contacts = values_to_look_up([feature for _, feature in features], model, columns)
    known, junk = lookup_base.known_values(conn, model, frequencies, contacts)
    return [compared_row(record_id, feature, model, columns, known, junk) for record_id, feature in features]


def in_order(row: Row, other: Row) -> tuple[Row, Row]:
    """Give a pair of rows as a batch run has it: the lower record id on the left."""
    return (row, other) if row["record_id"] < other["record_id"] else (other, row)
