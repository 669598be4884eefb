"""What would follow if another model were live: customers, golden values, and writes to systems.

The edges and clusters of that model are computed in memory (`identity.rebuild`). Then the very functions of a run hold
back what the release policy says, settle the rest, refresh the golden records they touch and plan each destination, in
a transaction that is rolled back: so nothing is written, and what is shown is what a run would do. Scoring, the long
part, is before the lock; under it are only the customers that change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from destinations.operations import Operation
from destinations.plan import plan as plan_destination
from destinations.registry import shape_of
from flows.subjects import GoldenReader, subjects
from golden_record import outbox, read
from golden_record.refresh import refresh
from hub.db import master_lock, only_one, snapshot, taken_back
from hub.errors import RejectedError
from hub.records import Attributes, EntityType
from hub.session import Hub
from identity import crosswalk, holds, lifecycle, models_store, store
from identity.holds import Hold
from identity.model_compare import ModelComparison, compared
from identity.model_trial import try_out
from identity.rebuild import Rebuilt, rebuild_with

Progress = Callable[[str], None]

_CHUNK = 10_000


@dataclass(frozen=True)
class ValueChange:
    """A golden value that would change: as it is, and as it would be."""

    customer_id: UUID
    attribute: str
    now: list[Any]
    then: list[Any]


@dataclass(frozen=True)
class Writes:
    """The writes to one destination that would follow, for the customers that change, by action and by field.

    `limit` is the destination's own (None: none); a run with more writes than that would stop.
    """

    actions: dict[str, int]
    fields: dict[str, int]
    limit: int | None
    cases: list[dict[str, Any]]

    @property
    def total(self) -> int:
        """How many writes."""
        return sum(self.actions.values())


@dataclass(frozen=True)
class HeldBack:
    """The changes that a run would hold (`hub.release`), or holds already: how many, of how many records, and why.

    `reasons` counts each kind of reason; a change may have several. `cases` are some of them in words.
    """

    changes: int = 0
    records: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    cases: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stopped:
    """A run would stop as a whole, to be approved: so many of so many customers would change."""

    changed: int
    customers: int


@dataclass
class ModelPlan:
    """What would follow from a model: the clusters, the customers' events, golden values, and writes by destination.

    `clusters` are as computed. All else is without what is `held`; where a run would be `stopped` first, it is what
    would follow once that is approved.
    """

    clusters: ModelComparison
    held: HeldBack = field(default_factory=HeldBack)
    stopped: Stopped | None = None
    events: dict[str, int] = field(default_factory=dict)
    golden: dict[str, int] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)
    values: list[ValueChange] = field(default_factory=list)
    writes: dict[str, Writes] = field(default_factory=dict)


def plan_model(
    hub: Hub, version: int, *, entity_type: str | None = None, progress: Progress, cases: int = 10
) -> ModelPlan:
    """Say what making this saved model live would change; writes nothing.

    Raises RejectedError for a model that could not be promoted, or where none is live yet, and RetryableError while a
    sync runs.
    """
    with only_one(hub.engine, "sync"), snapshot(hub.engine) as conn:
        chosen = lifecycle.type_of(conn, version, entity_type)
        lifecycle.check_fits(hub.config, models_store.described(conn, chosen, version))
        live = models_store.live(conn, chosen)
        if live is None:
            raise RejectedError(f"No model is live for {chosen} yet.", hint="Take records in first: hub sync")
        if live.version == version:
            raise RejectedError(f"Model {version} for {chosen} is live already.", hint="There is nothing to plan.")
        now = crosswalk.clusters(conn, chosen)
        found = rebuild_with(conn, hub.config, chosen, [version], progress=progress)[version]
        result = ModelPlan(compared(conn, chosen, live.version, now, version, found.clusters, cases=cases))
        progress("trying out customers and golden records")
        with taken_back(conn):
            master_lock(conn)
            _try(conn, hub, chosen, found, result, progress, cases)
    return result


def _try(
    conn: Connection,
    hub: Hub,
    entity_type: EntityType,
    found: Rebuilt,
    result: ModelPlan,
    progress: Progress,
    cases: int,
) -> None:
    """Settle, refresh and plan; the caller rolls back."""
    last = outbox.last_seq(conn)
    trial = try_out(conn, hub.config, entity_type, result.clusters.after, found)
    result.events, result.held = trial.moves.counts, _held_back(conn, trial.held, cases)
    if trial.stopped is not None:
        result.stopped = Stopped(trial.stopped.changed, trial.stopped.customers)
    touched = [UUID(customer) for customer in trial.moves.touched["customer_id"].to_pylist()]
    refreshed = refresh(conn, hub.config, touched, run_id=None)
    result.golden = {name: getattr(refreshed, name) for name in ("created", "updated", "retired")}
    changes = list(_changes(conn, last))
    result.attributes = dict(Counter(name for change in changes for name in change.attributes).most_common())
    result.values = _values(conn, [change for change in changes if change.kind == "updated"][:cases])
    result.writes = writes(conn, hub, touched, progress, cases)


def writes(
    conn: Connection,
    hub: Hub,
    touched: Sequence[UUID],
    progress: Progress,
    cases: int,
    *,
    golden: GoldenReader = read.customers,
) -> dict[str, Writes]:
    """Plan what each destination would be sent for these customers, by what `golden` reads in this transaction."""
    planned = {}
    for name, settings in hub.config.destinations.items():
        progress(f"{name}: planning the writes that would follow")
        # The limit must not stop the plan that is to show how far it would be passed.
        unlimited = settings.model_copy(update={"max_changes": None})
        operations: list[Operation] = []
        for start in range(0, len(touched), _CHUNK):
            chunk = subjects(conn, touched[start : start + _CHUNK], name, settings, golden=golden)
            operations += plan_destination(chunk, unlimited, shape_of(hub.config, name), name)
        planned[name] = Writes(
            actions=dict(Counter(o.action for o in operations)),
            fields=dict(Counter(change.slot for o in operations for change in o.changes).most_common()),
            limit=settings.max_changes,
            cases=[_described(operation) for operation in operations[:cases]],
        )
    return planned


def _held_back(conn: Connection, held: Sequence[Hold], cases: int) -> HeldBack:
    shown = held[:cases]
    named = {record for hold in shown for detail in hold.details for record in detail.get("record_ids", ())}
    keys = store.keys_of(conn, named)
    return HeldBack(
        changes=len(held),
        records=sum(hold.records for hold in held),
        reasons=dict(Counter(reason for hold in held for reason in hold.reasons).most_common()),
        cases=["; ".join(holds.wording(detail, keys) for detail in hold.details) for hold in shown],
    )


def _changes(conn: Connection, after: int) -> Iterator[outbox.Change]:
    while found := outbox.after(conn, after, _CHUNK):
        yield from found
        after = found[-1].seq


def _values(conn: Connection, changes: Sequence[outbox.Change]) -> list[ValueChange]:
    found = []
    for change in changes:
        then, now = islice(reversed(read.versions(conn, change.customer_id)), 2)
        found += [
            ValueChange(change.customer_id, name, _plain(now.attributes, name), _plain(then.attributes, name))
            for name in change.attributes
        ]
    return found


def _plain(attributes: Attributes, name: str) -> list[Any]:
    return [value.value for value in attributes.get(name, [])]


def _described(operation: Operation) -> dict[str, Any]:
    return {
        "action": operation.action,
        "customer_id": str(operation.customer_id),
        "target": operation.target.source_id,
        "fields": sorted({change.slot for change in operation.changes}),
    }
