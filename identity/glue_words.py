"""What stewards say of single values: suppressed always (`banned`), never (`released`), or by the rule (`revoked`).

A word is about a value in records of either type, and comes before the rule. It takes effect at the next resolve: all
records that hold the value are marked pending, so that no edge outlives it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

import sqlalchemy as sa
from sqlalchemy import Connection

from hub import audit
from hub.errors import RejectedError
from hub.records import EntityType
from identity import pending
from identity.blocking import GLUE_KINDS, GlueRule, Value
from identity.glue_tables import value_word
from identity.keys import digest
from identity.staging import stage_query, stage_values

Word = Literal["released", "banned"]

_NEWEST = """
    SELECT DISTINCT ON (kind, key) kind, key, word, said_by, said_at, reason
    FROM identity.value_word ORDER BY kind, key, word_id DESC"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What stands about a value, who said it and why."""

    kind: str
    key: str
    word: Word
    by: str
    at: datetime
    reason: str


def standing(conn: Connection) -> list[Spoken]:
    """Give the words that stand, by kind and key."""
    rows = conn.execute(sa.text(f"SELECT * FROM ({_NEWEST}) w WHERE word <> 'revoked' ORDER BY kind, key"))  # noqa: S608 - own words; values are bound
    return [Spoken(r.kind, r.key, cast(Word, r.word), r.said_by, r.said_at, r.reason) for r in rows]


def applied(conn: Connection, rule: GlueRule) -> GlueRule:
    """Give the rule with the words that stand."""
    words = standing(conn)
    return replace(
        rule,
        banned=frozenset((w.kind, w.key) for w in words if w.word == "banned"),
        released=frozenset((w.kind, w.key) for w in words if w.word == "released"),
    )


def suppressed(kind: str, key: str) -> str:
    """Write the condition, of two columns and the parameter `:type`, that a value is suppressed now."""
    return f"""coalesce(
        (SELECT CASE word WHEN 'banned' THEN true WHEN 'released' THEN false END FROM identity.value_word
         WHERE value_word.kind = {kind} AND value_word.key = {key} ORDER BY word_id DESC LIMIT 1),
        EXISTS (SELECT FROM identity.suppressed_value v
                WHERE v.entity_type = :type AND v.kind = {kind} AND v.key = {key}))"""  # noqa: S608 - own words


def say(conn: Connection, value: Value, word: Word, *, by: str, reason: str) -> Spoken:
    """Release or ban a value, whatever was said before. Raises RejectedError where that is what stands already."""
    before = _about(conn, value)
    if before is not None and before.word == word:
        raise RejectedError(f"This {value[0]} is {word} already, by {before.by}.", hint="There is nothing to do.")
    return cast(Spoken, _write(conn, value, word, by, reason))


def revoke(conn: Connection, value: Value, *, by: str, reason: str) -> Spoken:
    """Leave a value to the rule again; gives what stood. Raises RejectedError where nothing was said of it."""
    before = _about(conn, value)
    if before is None:
        raise RejectedError(f"Nothing stands about this {value[0]}.", hint="hub glue lists what was said.")
    _write(conn, value, "revoked", by, reason)
    return before


def value_named(kind: str, text: str) -> Value:
    """Give the value that somebody writes as its key. Raises RejectedError for an unknown kind and for no value."""
    if kind not in GLUE_KINDS:
        raise RejectedError(f"There is no kind {kind!r} of shared values.", hint=f"One of: {', '.join(GLUE_KINDS)}")
    key = text.strip()
    if kind == "phone":
        key = "".join(c for c in key if c.isdigit())[-9:]
    elif kind != "identifier":
        key = key.lower()
    if not key:
        raise RejectedError("That is no value.", hint="Write it as hub glue lists it.")
    return kind, key


def _about(conn: Connection, value: Value) -> Spoken | None:
    return next((w for w in standing(conn) if (w.kind, w.key) == value), None)


def _write(conn: Connection, value: Value, word: str, by: str, reason: str) -> Spoken | None:
    if not reason.strip():
        raise RejectedError("A word on a value needs a reason.", hint='Say why with --reason "..."')
    kind, key = value
    conn.execute(
        sa.insert(value_word).values(
            kind=kind, key=key, word=word, said_by=by, said_at=sa.func.clock_timestamp(), reason=reason
        )
    )
    audit.record(conn, who=by, what=f"glue.{word}", on=[f"glue:{kind}"], after={kind: key}, reason=reason)
    stage_values(conn, "said_key", [value])
    stage_holders(conn, "said_key", "said_holder")
    pending.mark_staged(conn, "said_holder", anew=True)
    return _about(conn, value)


def stage_holders(conn: Connection, values: str, name: str, *, entity_type: EntityType | None = None) -> None:
    """Make the temporary table `name` (record_id): who holds one of the values (kind, key) of table `values`."""
    stage_query(
        conn,
        name,
        f"""SELECT DISTINCT o.record_id FROM {values} v
            CROSS JOIN LATERAL (SELECT record_id FROM identity.blocking_key
                                WHERE {digest("kind", "key")} = {digest("v.kind", "v.key")}
                                  AND kind = v.kind AND key = v.key OFFSET 0) o
            CROSS JOIN LATERAL (SELECT FROM identity.feature WHERE record_id = o.record_id
                                  AND entity_type = coalesce(:type, entity_type) OFFSET 0) t""",  # noqa: S608 - own words; values are bound
        type=entity_type,
    )
