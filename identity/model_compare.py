"""What another model would make of the base: the clusters of two models side by side. Writes nothing.

The live model's clusters are those that the hub has; any other model's come from `identity.rebuild`, which a run would
give to the last bit. What is compared are the records that both sides know: those that are live and resolved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType, RecordKey
from identity import crosswalk, models_store, pending, store
from identity.rebuild import rebuild_with
from identity.regrouping import KINDS, Regrouping, regroupings, sample

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Affected:
    """How much is different in one way: groups of clusters, their records, and their customers before and after."""

    cases: int
    records: int
    customers_before: int
    customers_after: int


@dataclass(frozen=True)
class Case:
    """One difference to look at: the records of each cluster before and after."""

    kind: str
    before: list[list[RecordKey]]
    after: list[list[RecordKey]]


@dataclass(frozen=True)
class ModelComparison:
    """Two models over the same records. `pending`: records that have changed since the last resolve."""

    entity_type: EntityType
    before: int
    after: int
    records: int
    customers_before: int
    customers_after: int
    largest_before: int
    largest_after: int
    affected: dict[str, Affected]
    cases: list[Case]
    pending: int


def compare(
    conn: Connection,
    config: Config,
    entity_type: EntityType,
    before: int,
    after: int,
    *,
    progress: Progress,
    cases: int = 10,
) -> ModelComparison:
    """Compare the clusters that two saved models give, with at most so many sample `cases` of each kind.

    `conn` should see one moment throughout (`hub.db.snapshot`).
    """
    found = _clusters_with(conn, config, entity_type, (before, after), progress=progress)
    return compared(conn, entity_type, before, found[before], after, found[after], cases=cases)


def _clusters_with(
    conn: Connection, config: Config, entity_type: EntityType, versions: Sequence[int], *, progress: Progress
) -> dict[int, dict[int, int]]:
    """Give record -> cluster for each of the versions, which are all checked to be there before the long work."""
    live = models_store.live(conn, entity_type)
    others = [version for version in dict.fromkeys(versions) if live is None or version != live.version]
    for version in others:
        models_store.described(conn, entity_type, version)
    rebuilt = rebuild_with(conn, config, entity_type, others, progress=progress) if others else {}
    found = {version: made.clusters for version, made in rebuilt.items()}
    if live is not None and live.version in versions:
        found[live.version] = crosswalk.clusters(conn, entity_type)
    return found


def compared(
    conn: Connection,
    entity_type: EntityType,
    before: int,
    old: Mapping[int, int],
    after: int,
    new: Mapping[int, int],
    *,
    cases: int,
) -> ModelComparison:
    """Put two clusterings side by side, in numbers and in sample cases with the keys of the records."""
    shared = [record for record in old if record in new]
    differences = regroupings(old, new)
    chosen = sample(differences, cases)
    keys = store.keys_of(conn, (r for group in chosen for cluster in group.before for r in cluster))
    sizes_before, sizes_after = Counter(old[r] for r in shared), Counter(new[r] for r in shared)
    return ModelComparison(
        entity_type=entity_type,
        before=before,
        after=after,
        records=len(shared),
        customers_before=len(sizes_before),
        customers_after=len(sizes_after),
        largest_before=max(sizes_before.values(), default=0),
        largest_after=max(sizes_after.values(), default=0),
        affected={kind: _affected([group for group in differences if group.kind == kind]) for kind in KINDS},
        cases=[
            Case(
                group.kind,
                [[keys[record] for record in cluster] for cluster in group.before],
                [[keys[record] for record in cluster] for cluster in group.after],
            )
            for group in chosen
        ],
        pending=pending.count(conn),
    )


def _affected(groups: Sequence[Regrouping]) -> Affected:
    return Affected(
        cases=len(groups),
        records=sum(group.records for group in groups),
        customers_before=sum(len(group.before) for group in groups),
        customers_after=sum(len(group.after) for group in groups),
    )
