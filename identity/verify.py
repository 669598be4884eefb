"""`hub verify`: the promise that incremental equals full, checked on the live state."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.config import Config
from hub.records import ENTITY_TYPES, EntityType
from identity import crosswalk, edges, glue, pending
from identity.blocking import GlueRule
from identity.difference import first, lines
from identity.rebuild import Rebuilt, rebuild


@dataclass(frozen=True)
class VerifyReport:
    """The live edges and clusters beside those of a full run over the same records.

    `pending` records have changed since they were resolved: where there are any, a difference may be theirs.
    """

    equal: bool
    records: int
    pending: int
    edges_live: int
    edges_full: int
    clusters_live: int
    clusters_full: int
    digest_live: str
    digest_full: str
    first_difference: str | None


def verify(
    conn: Connection,
    config: Config,
    *,
    rule: GlueRule | None = None,
    progress: Callable[[str], None] | None = None,
) -> VerifyReport:
    """Rebuild everything from the stored records and compare; writes nothing that lasts.

    `conn` should see one moment throughout (`hub.db.snapshot`). `rule`: what glue is (None: the hub's own rule).
    """
    rebuilt, difference = rebuild(conn, config, rule=rule, progress=progress or (lambda _: None))
    live = {entity_type: _live(conn, entity_type) for entity_type in ENTITY_TYPES}
    for entity_type in ENTITY_TYPES:
        difference = difference or first(conn, config, entity_type, live[entity_type], rebuilt[entity_type])
    digests = [_digest(state) for state in (live, rebuilt)]
    return VerifyReport(
        equal=difference is None and digests[0] == digests[1],
        records=sum(len(state.clusters) for state in rebuilt.values()),
        pending=pending.count(conn),
        edges_live=sum(state.edges.num_rows for state in live.values()),
        edges_full=sum(state.edges.num_rows for state in rebuilt.values()),
        clusters_live=sum(len(set(state.clusters.values())) for state in live.values()),
        clusters_full=sum(len(set(state.clusters.values())) for state in rebuilt.values()),
        digest_live=digests[0],
        digest_full=digests[1],
        first_difference=difference,
    )


def _live(conn: Connection, entity_type: EntityType) -> Rebuilt:
    glued = frozenset(glue.read(conn, entity_type))
    return Rebuilt(edges.read(conn, entity_type), crosswalk.clusters(conn, entity_type), glued)


def _digest(states: dict[EntityType, Rebuilt]) -> str:
    found = hashlib.sha256()
    for entity_type in ENTITY_TYPES:
        found.update(f"{entity_type}\n".encode())
        for _, line in lines(states[entity_type].edges):
            found.update(line.encode())
        for kind, key in sorted(states[entity_type].glue):
            found.update(f"{kind} {key}\n".encode())
        for record, name in sorted(states[entity_type].clusters.items()):
            found.update(f"{record} {name}\n".encode())
    return found.hexdigest()
