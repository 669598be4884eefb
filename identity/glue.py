"""Bad glue: the values that implausibly many differently named records share, suppressed as long as they do.

Invariants:
* Which values are suppressed is a function of the live records and of what stewards said (`blocking.GlueRule`), so
  incremental equals full when a value crosses the line in either direction, too.
* `suppressed_value` is right for every value that no pending record has or had. So a round looks only at the values of
  pending records, and a settlement only at those that the round found to cross.
* When a value crosses, the edges of all that hold it are of the past. Those holders join the round; what has changed
  under it by the time it is settled is marked pending for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub import duck
from hub.bulk import read_arrow
from hub.records import EntityType
from identity import glue_words, pending
from identity.blocking import (
    GLUE_KINDS,
    NAME_KIND,
    GlueRule,
    Spread,
    Value,
    find_glue,
    glue_kinds,
    load_keys,
)
from identity.candidates import KEYS_SCHEMA, read_keys
from identity.keys import digest
from identity.model import Junk
from identity.staging import stage_query, stage_values


@dataclass(frozen=True)
class Assumed:
    """What a round takes for glue: what was suppressed before it, and what the rule finds over the records it saw.

    `drifted`: values so firmly glue that they weren't counted again, with the pending records that hold or held them.
    """

    before: dict[Value, Spread]
    found: dict[Value, Spread]
    rule: GlueRule
    drifted: dict[Value, int] = field(default_factory=dict)

    @property
    def junk(self) -> Junk:
        """The values that are suppressed, stewards' words included."""
        return self.rule.in_force(self.found)

    @property
    def crossing(self) -> frozenset[Value]:
        """The values that the round suppresses and those before it did not, or the other way round."""
        return frozenset(self.junk.keys() ^ self.rule.in_force(self.before).keys())


def read(conn: Connection, entity_type: EntityType) -> dict[Value, Spread]:
    """Give the values that the rule suppresses for the records as last settled, before stewards' words."""
    rows = conn.execute(
        sa.text("SELECT kind, key, records, names FROM identity.suppressed_value WHERE entity_type = :type"),
        {"type": entity_type},
    )
    return {(row.kind, row.key): Spread(row.records, row.names) for row in rows}


def suppressed(conn: Connection, entity_type: EntityType) -> Junk:
    """Give the values that are suppressed now, stewards' words included, with the records that share each."""
    return glue_words.applied(conn, GlueRule()).in_force(read(conn, entity_type))


def stage_touched(conn: Connection) -> None:
    """Fill `touched_key` with the values that pending records have, or had when they were last settled."""
    stage_query(
        conn,
        "touched_key",
        """SELECT kind, key, count(*) AS records FROM (
               SELECT p.record_id, k.kind, k.key FROM identity.pending_record p
               CROSS JOIN LATERAL (SELECT kind, key FROM identity.blocking_key
                                   WHERE record_id = p.record_id AND kind = ANY(:kinds) OFFSET 0) k
               UNION SELECT record_id, kind, key FROM identity.touched_value) t
           GROUP BY kind, key""",
        kinds=list(GLUE_KINDS),
    )


def assume(conn: Connection, entity_type: EntityType, rule: GlueRule, *, whole: bool) -> Assumed:
    """Say what is glue among the records as they are, pending or not; `rule` comes with stewards' words.

    Looks at the values of `touched_key`, or at all of them (`whole`). A value that very many share is counted again
    only once enough of them have changed, so that a change costs the same however hot the value is.
    """
    before = read(conn, entity_type)
    if whole:
        return Assumed(before, find(read_keys(conn, entity_type, _kinds(entity_type)), entity_type, rule), rule)
    rows = conn.execute(
        sa.text("""
            SELECT kind, key, t.records, s.drift FROM identity.suppressed_value s JOIN touched_key t USING (kind, key)
            WHERE entity_type = :type"""),
        {"type": entity_type},
    )
    again = {(row.kind, row.key): (row.records, row.drift) for row in rows}
    drifted = {value: n for value, (n, drift) in again.items() if rule.surely(before[value], n + drift)}
    kept = {value: spread for value, spread in before.items() if value in drifted or value not in again}
    stage_values(conn, "drifted_key", drifted)
    stage_query(
        conn,
        "doubtful_key",
        """SELECT kind, key FROM touched_key t WHERE NOT EXISTS (
               SELECT FROM drifted_key d WHERE d.kind = t.kind AND d.key = t.key)""",
    )
    return Assumed(before, kept | _among(conn, entity_type, rule, "doubtful_key"), rule, drifted)


def find(keys: Iterable[pa.Table], entity_type: EntityType, rule: GlueRule) -> dict[Value, Spread]:
    """Find the glue among keys at hand (KEYS_SCHEMA, in parts), those of the names with them; no word of a steward."""
    con = duck.connect()
    try:
        load_keys(con, entity_type, keys)
        return find_glue(con, entity_type, rule)
    finally:
        con.close()


def joining(conn: Connection, entity_type: EntityType, assumed: Assumed) -> pa.Table:
    """Give the live records (pending.ROUND) whose edges are of the past because a value of theirs crosses."""
    if not assumed.crossing:
        return pending.ROUND.empty_table()
    stage_values(conn, "crossing_key", assumed.crossing)
    glue_words.stage_holders(conn, "crossing_key", "crossing_holder", entity_type=entity_type)
    return pending.read_staged(conn, entity_type, "crossing_holder")


def settle(conn: Connection, entity_type: EntityType, assumed: Assumed, *, alone: bool, at: datetime) -> None:
    """Write what is suppressed from now on; the caller holds the master lock, and settles the round's records next.

    What the round found to cross is looked at once more. Whoever holds a value of which the round thought wrong is
    marked pending in such a way that this round doesn't settle it; so is, unless the round is `alone` (nothing was
    settled since it was scored), whoever holds a value that crosses: another round may know more of those records.
    """
    now = read(conn, entity_type)
    doubtful = now.keys() ^ assumed.found.keys()
    new = {value: assumed.found.get(value, spread) for value, spread in now.items() if value not in doubtful}
    if doubtful:
        stage_values(conn, "doubtful_key", doubtful)
        new |= _among(conn, entity_type, assumed.rule, "doubtful_key")
    _write(conn, entity_type, now, new, at)
    _drift(conn, entity_type, assumed.drifted if alone else {value: new[value].records for value in new})
    rule = glue_words.applied(conn, assumed.rule)
    in_force = rule.in_force(new).keys()
    crossing, wrong = rule.in_force(now).keys() ^ in_force, assumed.junk.keys() ^ in_force
    late = wrong if alone else wrong | crossing
    for values, anew in ((crossing - late, False), (late, True)):
        if values:
            stage_values(conn, "marked_key", values)
            glue_words.stage_holders(conn, "marked_key", "marked_holder", entity_type=entity_type)
            pending.mark_staged(conn, "marked_holder", anew=anew)


def settlements(conn: Connection) -> int:
    """How often anything was settled: whoever reads the same number twice knows that nothing was meanwhile."""
    return int(conn.scalar(sa.text("SELECT number FROM identity.settlement")) or 0)


def settled(conn: Connection) -> None:
    """Count a settlement, and be done with the values that the records of `settled_record` had."""
    conn.execute(sa.text("DELETE FROM identity.touched_value t USING settled_record s WHERE t.record_id = s.record_id"))
    conn.execute(
        sa.text("""
            INSERT INTO identity.settlement AS s (number) VALUES (1)
            ON CONFLICT (one) DO UPDATE SET number = s.number + 1""")
    )


def _kinds(entity_type: EntityType) -> tuple[str, ...]:
    return (*glue_kinds(entity_type), NAME_KIND[entity_type])


def _among(conn: Connection, entity_type: EntityType, rule: GlueRule, values: str) -> dict[Value, Spread]:
    """Find the glue among the values of a temporary table (kind, key), by index; few have holders enough."""
    found = f"""FROM identity.blocking_key WHERE {digest("kind", "key")} = {digest("v.kind", "v.key")}
                AND kind = v.kind AND key = v.key"""
    shared = stage_query(
        conn,
        "shared_key",
        f"""SELECT v.kind, v.key FROM {values} v WHERE v.kind = ANY(:kinds)
            AND (SELECT count(*) FROM (SELECT {found} LIMIT :least) f) >= :least""",  # noqa: S608 - own words
        kinds=list(glue_kinds(entity_type)),
        least=rule.records,
    )
    if not shared:
        return {}
    stage_query(
        conn,
        "sharing_record",
        f"""SELECT o.record_id, v.kind, v.key FROM shared_key v
            CROSS JOIN LATERAL (SELECT record_id {found} OFFSET 0) o
            CROSS JOIN LATERAL (SELECT FROM identity.feature
                                WHERE record_id = o.record_id AND entity_type = :type OFFSET 0) t""",  # noqa: S608 - own words
        type=entity_type,
    )
    keys = read_arrow(
        conn,
        """SELECT record_id, kind, key FROM sharing_record
           UNION ALL
           SELECT r.record_id, n.kind, n.key FROM (SELECT DISTINCT record_id FROM sharing_record) r
           CROSS JOIN LATERAL (SELECT kind, key FROM identity.blocking_key
                               WHERE record_id = r.record_id AND kind = %(name)s OFFSET 0) n""",
        KEYS_SCHEMA,
        {"name": NAME_KIND[entity_type]},
    )
    return find([keys], entity_type, rule)


def _write(
    conn: Connection, entity_type: EntityType, now: dict[Value, Spread], new: dict[Value, Spread], at: datetime
) -> None:
    gone = [{"type": entity_type, "kind": kind, "key": key} for kind, key in sorted(now.keys() - new.keys())]
    if gone:
        conn.execute(
            sa.text("DELETE FROM identity.suppressed_value WHERE (entity_type, kind, key) = (:type, :kind, :key)"),
            gone,
        )
    changed = [
        {"type": entity_type, "kind": kind, "key": key, "records": spread.records, "names": spread.names, "at": at}
        for (kind, key), spread in sorted(new.items())
        if now.get((kind, key)) != spread
    ]
    if changed:
        conn.execute(
            sa.text("""
                INSERT INTO identity.suppressed_value (entity_type, kind, key, records, names, drift, since)
                VALUES (:type, :kind, :key, :records, :names, 0, :at)
                ON CONFLICT (entity_type, kind, key)
                DO UPDATE SET records = excluded.records, names = excluded.names, drift = 0"""),
            changed,
        )


def _drift(conn: Connection, entity_type: EntityType, changes: dict[Value, int]) -> None:
    """Count changes of records towards the next time when a value is looked at."""
    rows = [{"type": entity_type, "kind": kind, "key": key, "n": n} for (kind, key), n in sorted(changes.items())]
    if rows:
        conn.execute(
            sa.text("""
                UPDATE identity.suppressed_value SET drift = drift + :n
                WHERE (entity_type, kind, key) = (:type, :kind, :key)"""),
            rows,
        )
