"""What stands about records, as constraints on their clusters."""

from __future__ import annotations

from collections.abc import Set

import pyarrow as pa
from sqlalchemy import Connection

from hub.bulk import read_arrow, rows_of
from identity import duplicate_free
from identity.constraints import Constraints
from identity.decision_log import STANDS

TIED = f"""
    SELECT o.record_id FROM identity.decision_record m
    JOIN identity.decision d ON d.decision_id = m.decision_id AND d.kind = 'same' AND {STANDS}
    JOIN identity.decision_record o ON o.decision_id = m.decision_id
    WHERE m.record_id = r.record_id"""  # noqa: S608 - own words
"""The records that are the same as one `r`, by one decision; they may be deleted, and still tie others."""

_DECIDED = f"""
    SELECT d.decision_id, d.kind, m.record_id, m.side
    FROM identity.decision d JOIN identity.decision_record m USING (decision_id)
    WHERE d.kind IN ('same', 'different') AND {STANDS}"""  # noqa: S608 - own words
_REACHED = (
    " AND d.decision_id IN (SELECT n.decision_id FROM identity.decision_record n JOIN reached_record USING (record_id))"
)
_SCHEMA = pa.schema(
    [("decision_id", pa.int64()), ("kind", pa.string()), ("record_id", pa.int64()), ("side", pa.string())]
)


def constraints(conn: Connection, staged: str, sources: Set[tuple[str, str]], *, reached: bool = True) -> Constraints:
    """Give the constraints on the records of the temporary table `staged`.

    `reached`: of the decisions about the records of `reached_record`; else all that stand, whomever they are about.
    `sources` are free of duplicates.
    """
    rows = read_arrow(conn, f"{_DECIDED}{_REACHED if reached else ''}", _SCHEMA)
    sides: dict[int, tuple[str, list[int], list[int]]] = {}
    for number, kind, record, side in rows_of(rows):
        _, left, right = sides.setdefault(number, (kind, [], []))
        (left if side == "left" else right).append(record)
    return Constraints(
        same=tuple((*left, *right) for kind, left, right in sides.values() if kind == "same"),
        different=tuple((tuple(left), tuple(right)) for kind, left, right in sides.values() if kind == "different"),
        alone=duplicate_free.alone(conn, staged, sources),
    )
