"""The statements over models, their frozen term frequencies and their junk values, and which was live when.

Invariant: at most one model of an entity type is live, and a saved model never changes. Making a model live marks
every record of its type pending, so that no edge of another model outlives the next resolve, and is written down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, write_arrow
from hub.errors import RejectedError
from hub.records import EntityType, canonical_json
from identity import pending
from identity.bars import Bars
from identity.model import Model


@dataclass(frozen=True)
class Live:
    """The live model, and the bars that the present edges and clusters were made with (None: not resolved yet).

    `model` comes without its tables (term frequencies, junk), which are large and only scoring needs: `load` has them.
    """

    model: Model
    bars: Bars | None

    @property
    def version(self) -> int:
        """The version of the model."""
        return self.model.version


def next_version(conn: Connection, entity_type: EntityType) -> int:
    """The version number for the next model of this type."""
    newest = conn.scalar(
        sa.text("SELECT max(version) FROM identity.model WHERE entity_type = :type"), {"type": entity_type}
    )
    return int(newest or 0) + 1


def save(conn: Connection, model: Model) -> None:
    """Store a model under its version, not live. Raises RejectedError if there is that version already."""
    saved = conn.execute(
        sa.text("""
            INSERT INTO identity.model (entity_type, version, parameters, report)
            VALUES (:type, :version, CAST(:parameters AS jsonb), CAST(:report AS jsonb)) ON CONFLICT DO NOTHING"""),
        {
            "type": model.entity_type,
            "version": model.version,
            "parameters": canonical_json(model.parameters()),
            "report": canonical_json(model.report),
        },
    )
    if not saved.rowcount:
        raise RejectedError(
            f"There is a model {model.version} for {model.entity_type} already.", hint="Train again to get a new one."
        )
    frequencies = [
        (column, value, frequency)
        for column, values in model.term_frequencies.items()
        for value, frequency in values.items()
    ]
    write_arrow(
        conn,
        "identity.model_term_frequency",
        _with_version(
            model,
            column_name=pa.array([f[0] for f in frequencies], pa.string()),
            value=pa.array([f[1] for f in frequencies], pa.string()),
            frequency=pa.array([f[2] for f in frequencies], pa.float64()),
        ),
    )
    write_arrow(
        conn,
        "identity.model_junk",
        _with_version(
            model,
            kind=pa.array([kind for kind, _ in model.junk], pa.string()),
            key=pa.array([key for _, key in model.junk], pa.string()),
            records=pa.array(model.junk.values(), pa.int64()),
        ),
    )


def described(conn: Connection, entity_type: EntityType, version: int) -> Model:
    """Read a model back without its tables. Raises RejectedError if there is none of that version."""
    row = conn.execute(
        sa.text("SELECT parameters, report FROM identity.model WHERE entity_type = :type AND version = :version"),
        {"type": entity_type, "version": version},
    ).one_or_none()
    if row is None:
        raise RejectedError(
            f"There is no model {version} for {entity_type}.", hint="`hub model list` shows those there are."
        )
    return Model.from_parts(row.parameters, {}, {}, row.report)


def load(conn: Connection, entity_type: EntityType, version: int) -> Model:
    """Read a model back, whole. Raises RejectedError if there is none of that version."""
    model = described(conn, entity_type, version)
    which = {"type": entity_type, "version": version}
    frequencies: dict[str, dict[str, float]] = {}
    table = read_arrow(
        conn,
        """SELECT column_name, value, frequency FROM identity.model_term_frequency
           WHERE entity_type = %(type)s AND version = %(version)s""",
        pa.schema([("column_name", pa.string()), ("value", pa.string()), ("frequency", pa.float64())]),
        which,
    )
    for column, value, frequency in zip(*(c.to_pylist() for c in table.columns), strict=True):
        frequencies.setdefault(column, {})[value] = frequency
    junk = conn.execute(
        sa.text("SELECT kind, key, records FROM identity.model_junk WHERE entity_type = :type AND version = :version"),
        which,
    )
    return replace(model, term_frequencies=frequencies, junk={(j.kind, j.key): j.records for j in junk})


def live(conn: Connection, entity_type: EntityType) -> Live | None:
    """The live model of a type; None before the first resolve."""
    row = conn.execute(
        sa.text("""
            SELECT parameters, report, link_weight, review_weight, keep_weight FROM identity.model
            WHERE entity_type = :type AND live"""),
        {"type": entity_type},
    ).one_or_none()
    if row is None:
        return None
    bars = None if row.link_weight is None else Bars(row.link_weight, row.review_weight, row.keep_weight)
    return Live(Model.from_parts(row.parameters, {}, {}, row.report), bars)


def make_live(
    conn: Connection, entity_type: EntityType, version: int, *, kind: Literal["promote", "rollback"] = "promote"
) -> None:
    """Let a saved model decide from the next resolve on; the caller holds the master lock.

    It takes over the bars that the present edges were made with: until they are replaced they keep their meaning.
    """
    before = live(conn, entity_type)
    choose(conn, entity_type, version)
    if before and before.bars:
        set_bars(conn, entity_type, before.bars)
    conn.execute(
        sa.text("""
            INSERT INTO identity.model_promotion (entity_type, version, replaced, kind)
            VALUES (:type, :version, :replaced, :kind)"""),
        {"type": entity_type, "version": version, "replaced": before.version if before else None, "kind": kind},
    )
    pending.mark_all(conn, entity_type)


def choose(conn: Connection, entity_type: EntityType, version: int) -> None:
    """Let a saved model be the live one, and nothing else: no record is resolved again for it."""
    conn.execute(
        sa.text("UPDATE identity.model SET live = false WHERE entity_type = :type AND live"), {"type": entity_type}
    )
    conn.execute(
        sa.text("UPDATE identity.model SET live = true WHERE entity_type = :type AND version = :version"),
        {"type": entity_type, "version": version},
    )


def applied(conn: Connection, entity_type: EntityType, at: datetime) -> None:
    """Note that the clusters of a type are the live model's from now on; does nothing where they were before."""
    conn.execute(
        sa.text("""
            UPDATE identity.model_promotion SET applied_at = :at WHERE entity_type = :type AND applied_at IS NULL"""),
        {"type": entity_type, "at": at},
    )


def live_before(conn: Connection, entity_type: EntityType, version: int) -> int | None:
    """The version that this one replaced when it was promoted last; None if it was the first."""
    replaced: int | None = conn.scalar(
        sa.text("""
            SELECT replaced FROM identity.model_promotion
            WHERE entity_type = :type AND version = :version AND kind = 'promote'
            ORDER BY promotion_id DESC LIMIT 1"""),
        {"type": entity_type, "version": version},
    )
    return replaced


class Saved(NamedTuple):
    """A saved model in a list: when it was trained and last made live, and its model without the large tables."""

    model: Model
    live: bool
    created_at: datetime
    promoted_at: datetime | None


def listing(conn: Connection) -> list[Saved]:
    """Every saved model, by type and version."""
    rows = conn.execute(
        sa.text("""
            SELECT m.parameters, m.report, m.live, m.created_at, p.at FROM identity.model m
            LEFT JOIN LATERAL (SELECT at FROM identity.model_promotion p
                               WHERE p.entity_type = m.entity_type AND p.version = m.version
                               ORDER BY promotion_id DESC LIMIT 1) p ON true
            ORDER BY m.entity_type DESC, m.version""")
    )
    return [Saved(Model.from_parts(r.parameters, {}, {}, r.report), r.live, r.created_at, r.at) for r in rows]


def set_bars(conn: Connection, entity_type: EntityType, bars: Bars) -> None:
    """Note the bars that the edges and clusters of the live model are now made with."""
    conn.execute(
        sa.text("""
            UPDATE identity.model SET link_weight = :link, review_weight = :review, keep_weight = :keep
            WHERE entity_type = :type AND live AND (link_weight, review_weight, keep_weight)
                IS DISTINCT FROM (CAST(:link AS float8), CAST(:review AS float8), CAST(:keep AS float8))"""),
        {"type": entity_type, "link": bars.link, "review": bars.review, "keep": bars.keep},
    )


def _with_version(model: Model, **columns: pa.Array) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table(
        {
            "entity_type": pa.array([model.entity_type] * count, pa.string()),
            "version": pa.array([model.version] * count, pa.int32()),
            **columns,
        }
    )
