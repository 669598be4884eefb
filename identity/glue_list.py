"""What is suppressed as glue, and what stewards said of single values: one list for a reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from identity import glue_words
from identity.glue_words import Word


@dataclass(frozen=True, slots=True)
class Listed:
    """A value, whether it is suppressed, and why.

    `entity_type` is None, and so are the counts, where a word alone is about it. `records` share it under `names`
    different names (the effective number), as counted when a record that holds it changed last.
    """

    kind: str
    key: str
    entity_type: str | None
    records: int | None
    names: float | None
    since: datetime
    suppressed: bool
    word: Word | None
    by: str | None
    reason: str | None


def listing(conn: Connection) -> list[Listed]:
    """Give what is suppressed and what was said, the most widely shared first."""
    said = {(word.kind, word.key): word for word in glue_words.standing(conn)}
    rows = conn.execute(sa.text("SELECT * FROM identity.suppressed_value")).all()
    found = []
    for row in rows:
        word = said.get((row.kind, row.key))
        found.append(
            Listed(
                kind=row.kind,
                key=row.key,
                entity_type=row.entity_type,
                records=row.records,
                names=row.names,
                since=row.since,
                suppressed=word is None or word.word == "banned",
                word=word.word if word else None,
                by=word.by if word else None,
                reason=word.reason if word else None,
            )
        )
    for value in said.keys() - {(row.kind, row.key) for row in rows}:
        word = said[value]
        banned = word.word == "banned"
        found.append(Listed(*value, None, None, None, word.at, banned, word.word, word.by, word.reason))
    return sorted(found, key=lambda one: (-(one.records or 0), one.kind, one.key, one.entity_type or ""))
