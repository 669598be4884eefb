"""What is declared of figures and segments, kept with the time it came in force: so a past moment has those of then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from golden_record.computing import definition, definition_hash
from golden_record.profile_tables import profile_definition
from hub.computed import ComputedAttribute, SegmentCondition

Entry = TypeVar("Entry", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Declared:
    """Figures and segments that were declared at a moment.

    `segments` None: they were not kept yet. `unreadable` are names of either that this version of the hub can't read.
    """

    computed: dict[str, ComputedAttribute]
    segments: dict[str, SegmentCondition] | None
    unreadable: frozenset[str]


def enact(
    conn: Connection, computed: Mapping[str, ComputedAttribute], segments: Mapping[str, SegmentCondition]
) -> bool:
    """Put what is declared in force, where it is not; says whether all figures are out of date by it.

    Other segments make no figure anew: who is in one is found out when it is asked.
    """
    before = _latest(conn)
    said = {name: entry.model_dump(mode="json", exclude_defaults=True) for name, entry in segments.items()}
    is_outdated = before.definition_hash != definition_hash(computed) if before is not None else bool(computed)
    if is_outdated or before is None or before.content.get("segments") != said:
        conn.execute(
            sa.insert(profile_definition).values(
                in_force_from=sa.func.clock_timestamp(),
                definition_hash=definition_hash(computed),
                content={**definition(computed), "segments": said},
            )
        )
    return is_outdated


def then(conn: Connection, moment: datetime) -> Declared:
    """Give what was declared at a moment."""
    before = _latest(conn, moment)
    if before is None:
        return Declared({}, None, frozenset())
    computed, lost = _read(ComputedAttribute, before.content["computed"])
    kept = before.content.get("segments")
    segments, lost_too = _read(SegmentCondition, kept or {})
    return Declared(computed, None if kept is None else segments, lost | lost_too)


def _latest(conn: Connection, moment: datetime | None = None) -> sa.Row[Any] | None:
    t = profile_definition.c
    query = sa.select(t.definition_hash, t.content).order_by(t.in_force_from.desc()).limit(1)
    return conn.execute(query if moment is None else query.where(t.in_force_from <= moment)).one_or_none()


def _read(kind: type[Entry], kept: Mapping[str, Any]) -> tuple[dict[str, Entry], frozenset[str]]:
    found: dict[str, Entry] = {}
    for name, entry in kept.items():
        try:
            found[name] = kind.model_validate(entry)
        except ValidationError:  # it was declared by another version of the hub
            continue
    return found, frozenset(kept.keys() - found.keys())
