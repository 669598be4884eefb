"""What decisions would do to the customers, computed and taken back: nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.db import master_lock, taken_back
from identity import components
from identity.staging import stage, stage_query

_Said = TypeVar("_Said")
_SAMPLES = 20


@dataclass(frozen=True)
class Preview:
    """How many customers would be joined with others, and how many torn apart, with some of each.

    A sample of `merged` names the customers that would become one; one of `split` a customer and the number of
    customers its records would belong to. Records that wait for a resolve count as they were resolved last.
    """

    merges: int
    splits: int
    merged: list[list[UUID]]
    split: list[tuple[UUID, int]]


def preview(conn: Connection, say: Callable[[], _Said]) -> tuple[_Said, Preview]:
    """Run `say` (it makes or revokes decisions on this connection), look at what would follow, and take all of it back.

    Raises what `say` raises, with everything taken back as well.
    """
    with taken_back(conn):
        master_lock(conn)
        before = conn.scalar(sa.text("SELECT coalesce(max(decision_id), 0) FROM identity.decision"))
        said = say()
        stage(conn, "settled_record", "record_id bigint PRIMARY KEY, entity_type text NOT NULL, live boolean NOT NULL")
        stage_query(
            conn,
            "start_record",
            """SELECT DISTINCT m.record_id FROM identity.decision d JOIN identity.decision_record m
               ON m.decision_id IN (d.decision_id, d.revokes) WHERE d.decision_id > :before""",
            before=before,
        )
        stage(
            conn,
            "would_be",
            "record_id bigint PRIMARY KEY, cluster_id bigint NOT NULL, entity_type text NOT NULL",
            components.clusters(conn),
        )
        return said, _compared(conn)


def _compared(conn: Connection) -> Preview:
    held = "FROM would_be w JOIN identity.crosswalk x ON x.record_id = w.record_id AND x.valid_to IS NULL"
    merged = conn.execute(
        sa.text(f"""
            SELECT array_agg(DISTINCT x.customer_id) AS customers, count(*) OVER () AS total {held}
            GROUP BY w.cluster_id HAVING count(DISTINCT x.customer_id) > 1
            ORDER BY count(*) DESC, w.cluster_id LIMIT :samples"""),
        {"samples": _SAMPLES},
    ).all()
    split = conn.execute(
        sa.text(f"""
            SELECT x.customer_id, count(DISTINCT w.cluster_id) AS parts, count(*) OVER () AS total {held}
            GROUP BY x.customer_id HAVING count(DISTINCT w.cluster_id) > 1
            ORDER BY count(*) DESC, x.customer_id LIMIT :samples"""),
        {"samples": _SAMPLES},
    ).all()
    return Preview(
        merges=merged[0].total if merged else 0,
        splits=split[0].total if split else 0,
        merged=[list(row.customers) for row in merged],
        split=[(row.customer_id, row.parts) for row in split],
    )
