"""The audit log: who did or saw what, when and why, in entries that are chained by hash and never change.

Invariants: an entry is never changed or deleted (a trigger refuses it). Each entry's hash covers its content and the
hash of the one before, under the hub's own key, so an entry that was changed, taken out or put in between shows in
`verify`. No customer's value stands in it: only keyed digests, by which equal values can be told to be equal.
What was cut off at the end shows only to who kept a later `head`; note it elsewhere from time to time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from hub.access_tables import audit, secret
from hub.db import at_the_end
from hub.records import canonical_json

_LOCK = 0x61756469745F6C67
"""Names the lock that keeps the chain in one line; held from an entry until the commit."""

_BEGINNING = bytes(32)
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_NUMBER = re.compile(r"\+?\d(?:[\s./()-]?\d){5,}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `before` and `after` map field -> keyed digest of its value."""

    seq: int
    at: datetime
    who: str
    what: str
    things: tuple[str, ...]
    before: dict[str, str]
    after: dict[str, str]
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found; `fault` is "" where the chain is whole. `head` names the last entry."""

    entries: int
    head: str
    fault: str


def record(
    conn: Connection,
    *,
    who: str,
    what: str,
    on: Sequence[str] = (),
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Note an entry: a person or app (`who`) did something (`what`, such as pin.write) to things (`on`).

    Things are named by kind and id: `customer:<uuid>`, `record:erp/partner/4711`, `hold:3`. Values in `before` and
    `after` are stored as digests; in `reason`, addresses, numbers and those very values are blotted out.
    It is written when the transaction (`hub.db.transaction`) commits, with it or not at all: the lock that keeps the
    chain in one line is so held for a moment.
    """
    entry = {
        "who": _storable(who),
        "what": what,
        "things": [_storable(thing) for thing in on],
        "before": dict(before or {}),
        "after": dict(after or {}),
        "reason": _storable(_blotted(reason, before, after)),
    }
    at_the_end(conn, _write, entry)


def _write(conn: Connection, noted: list[dict[str, Any]]) -> None:
    """Append the entries that were noted to the chain."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    key = _key(conn)
    last = conn.execute(sa.select(audit.c.seq, audit.c.entry_hash).order_by(audit.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq, bytes(last.entry_hash)) if last else (0, _BEGINNING)
    rows = []
    for entry in noted:
        seq += 1
        digests = {side: _digests(key, entry[side]) for side in ("before", "after")}
        row = {**entry, **digests, "seq": seq, "at": datetime.now(UTC)}
        entry_hash = _hash(key, previous, row)
        rows.append({**row, "previous_hash": previous, "entry_hash": entry_hash})
        previous = entry_hash
    conn.execute(sa.insert(audit), rows)


def read(conn: Connection, *, who: str, what: str, on: Sequence[str]) -> None:
    """Write that somebody saw personal data: one entry a request, with the ids seen; nothing where there were none.

    The commit does not wait for the disk: a crash may lose the newest of these entries, but none in between. So it is
    to be called in a transaction that changes nothing else of worth.
    """
    if on:
        conn.execute(sa.text("SET LOCAL synchronous_commit = off"))
        record(conn, who=who, what=what, on=on)


def entries(
    conn: Connection,
    *,
    who: str | None = None,
    what: str | None = None,
    on: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """The newest entries, newest first: of a person, of a kind, about a thing; `before` a number, for the next page."""
    query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if who is not None:
        query = query.where(audit.c.who == who)
    if what is not None:
        query = query.where(audit.c.what == what)
    if on is not None:
        query = query.where(audit.c.things.contains([on]))
    if before is not None:
        query = query.where(audit.c.seq < before)
    return [
        Entry(r.seq, r.at, r.who, r.what, tuple(r.things), r.before, r.after, r.reason) for r in conn.execute(query)
    ]


def digest(conn: Connection, field: str, value: Any) -> str:
    """Give the digest by which entries name this value of this field, to ask the log about a known value."""
    return _digest(_key(conn), field, value)


def verify(conn: Connection, *, head: str = "") -> Verified:
    """Walk the whole chain. `head`: one that was noted earlier; it must still be in it."""
    key = _key(conn)
    previous, count, seen = _BEGINNING, 0, not head
    for row in _all(conn):
        count += 1
        content = {name: row[name] for name in ("seq", "at", "who", "what", "things", "before", "after", "reason")}
        if row["seq"] != count:
            return Verified(count, previous.hex(), f"entry {count} is missing: the next one there is {row['seq']}")
        if row["previous_hash"] != previous or not hmac.compare_digest(
            _hash(key, previous, content), row["entry_hash"]
        ):
            return Verified(count, previous.hex(), f"entry {count} is not what was written, or the one before it isn't")
        previous = row["entry_hash"]
        seen = seen or previous.hex() == head
    if not seen:
        return Verified(count, previous.hex(), "the head that was noted is not in the chain: entries were cut off")
    return Verified(count, previous.hex(), "")


def _all(conn: Connection) -> Iterator[sa.RowMapping]:
    query = sa.select(audit).order_by(audit.c.seq).execution_options(yield_per=10_000)
    yield from conn.execute(query).mappings()


def _key(conn: Connection) -> bytes:
    found = conn.scalar(sa.select(secret.c.key))
    if found is None:
        conn.execute(insert(secret).values(key=secrets.token_bytes(32)).on_conflict_do_nothing())
        found = conn.scalar(sa.select(secret.c.key))
    return bytes(found or b"")


def _hash(key: bytes, previous: bytes, row: Mapping[str, Any]) -> bytes:
    content = canonical_json({**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")})
    return hmac.new(key, previous + content.encode(), hashlib.sha256).digest()


def _digests(key: bytes, values: Mapping[str, Any] | None) -> dict[str, str]:
    return {field: _digest(key, field, value) for field, value in (values or {}).items() if value is not None}


def _digest(key: bytes, field: str, value: Any) -> str:
    text = canonical_json([field, value if isinstance(value, str | int | float | bool | list | dict) else str(value)])
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def _blotted(reason: str, *values: Mapping[str, Any] | None) -> str:
    """Take values out of a reason: a person may well have written the new address into it."""
    for value in (part for mapping in values if mapping for whole in mapping.values() for part in _texts(whole)):
        if len(value) > 2:
            reason = re.sub(re.escape(value), "•••", reason, flags=re.IGNORECASE)
    return _NUMBER.sub("•••", _MAIL.sub("•••", reason))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _storable(text: str) -> str:
    """PostgreSQL stores no NUL, and no half of a surrogate pair."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode()
