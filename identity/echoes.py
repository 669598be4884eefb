"""Echoes: a value that the hub wrote into a system and that comes back from there is no evidence.

Invariant: a row of `identity.told` exists exactly while, as far as the hub knows, the system holds what the hub wrote
into that attribute of that record. The stored record holds evidence alone: what the system says by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.attributes import ATTRIBUTES
from hub.records import (
    Attributes,
    RecordKey,
    SourceRecord,
    Value,
    attributes_from_json,
    attributes_to_json,
    canonical_json,
)
from identity import past
from identity.staging import BY_INDEX, stage

_KEY_COLUMNS = "system text, object text, source_id text"
_ASKED = "(t.system, t.object, t.source_id) IN (SELECT k.system, k.object, k.source_id FROM asked_key k)"
_TOLD = sa.text(f"""
    SELECT t.* FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:ids AS text[]))
        AS k (system, object, source_id)
    CROSS JOIN LATERAL (SELECT * FROM identity.told t
                        WHERE (t.system, t.object, t.source_id) = (k.system, k.object, k.source_id) {BY_INDEX}) t""")  # noqa: S608 - own words

# Attributes that standardising makes out of others: where those are nothing but echoes, so are these. In an order in
# which what is made of made attributes comes after them.
_MADE_FROM: dict[str, tuple[str, ...]] = {
    "title": ("full_name",),
    "given_name": ("full_name",),
    "middle_name": ("full_name",),
    "family_name": ("full_name",),
    "name_suffix": ("full_name",),
    "full_name": ("given_name", "middle_name", "family_name"),
    "given_name_root": ("given_name", "full_name"),
    "legal_form": ("organisation_name",),
    "organisation_core": ("organisation_name",),
}


class Told(NamedTuple):
    """The hub wrote `values` into one attribute of one system record; no values: it emptied the attribute."""

    key: RecordKey
    attribute: str
    values: Sequence[Value]
    applied_at: datetime


@dataclass(frozen=True)
class Stored:
    """What the hub holds of a record: its evidence and its time of change."""

    attributes: Attributes
    modified_at: datetime | None


@dataclass(frozen=True)
class Heard:
    """An incoming record without its echoes; `told` is what the system still holds of what the hub wrote."""

    record: SourceRecord
    told: Attributes


def listen(incoming: SourceRecord, stored: Stored | None, told: Attributes) -> Heard:
    """Part evidence from echoes in an incoming record, attribute by attribute. Pure.

    * All that was told is there: what is left over is evidence; is nothing left, the earlier evidence stands.
    * Something told is missing, and the row is no newer than the stored one: a stale read, all stays as it is.
    * Something told is missing in a newer row: someone edited it there. The values that are not ours are evidence.
    """
    before = stored.attributes if stored else {}
    stale = (
        stored is not None
        and incoming.modified_at is not None
        and stored.modified_at is not None
        and incoming.modified_at <= stored.modified_at
    )
    evidence = dict(incoming.attributes)
    still_told: Attributes = {}
    unheard: set[str] = set()
    for name, values in told.items():
        now = incoming.attributes.get(name, [])
        back = _among(values, now)
        left = [v for v in now if v not in _among(now, values)]
        if len(back) == len(values) and (values or not now):
            still_told[name] = list(values)
        elif stale:
            still_told[name] = list(values)
            left = []
        elif back:
            still_told[name] = back
        if name in still_told and not left:
            unheard.add(name)
            left = before.get(name, [])
        elif name in still_told:
            left = _with_overwritten(left, before.get(name, []), now, len(still_told[name]))
        _put(evidence, name, left)
    for name in _MADE_FROM:
        if name not in told and _is_made_of(name, incoming.attributes, told, unheard):
            unheard.add(name)
            _put(evidence, name, before.get(name, []))
    if "address" in unheard and "phone" in evidence:
        # A phone is read by the country of its record's address; where the address is our own word, so is the country.
        _put(evidence, "phone", _keep_form(evidence["phone"], before.get("phone", [])))
    return Heard(replace(incoming, attributes=evidence), still_told)


def _with_overwritten(left: list[Value], before: list[Value], now: list[Value], told: int) -> list[Value]:
    """Add to what is left of a list the earlier evidence that our own words have taken the place of.

    Where something new stands beside them, or more is gone than we have told, someone else was at it.
    """
    heard = _among(before, now)
    gone = [value for value in before if value not in heard]
    if not gone or len(gone) > told or len(_among(left, before)) < len(left):
        return left
    return [next((v for v in left if _among([v], [value])), value) for value in before]


def _is_made_of(name: str, incoming: Attributes, told: Attributes, unheard: set[str]) -> bool:
    """Say whether an attribute that nobody wrote can only stem from attributes that are nothing but echoes."""
    bases = [base for base in _MADE_FROM[name] if base in incoming]
    if not bases and name not in incoming:  # gone with what the hub emptied
        return any(base in unheard and told.get(base) == [] for base in _MADE_FROM[name])
    if not bases or not unheard.issuperset(bases):
        return False
    told_texts = [_text(value) for base in bases for value in told.get(base, ())]
    return ATTRIBUTES[name].derived or all(
        any(set(_text(value)) <= set(text) for text in told_texts) for value in incoming.get(name, ())
    )


def _text(value: Value) -> list[str]:
    """The words of a source value, in small letters: the same whatever standardising made of them."""
    return value.value.casefold().split() if isinstance(value.value, str) else []


def _keep_form(now: list[Value], before: list[Value]) -> list[Value]:
    """Give each value the standard that it had before, where it had one."""
    known = {canonical_json(value.value): value for value in before}
    return [known.get(canonical_json(value.value), value) for value in now]


def _among(values: Sequence[Value], others: Sequence[Value]) -> list[Value]:
    """Those of `values` that are among `others`: the same as written, or the same in comparable form."""
    known = {name for other in others for name in _names(other)}
    return [value for value in values if known.intersection(_names(value))]


def _names(value: Value) -> list[tuple[str, str]]:
    names = [("value", canonical_json(value.value))]
    return names if value.standard is None else [*names, ("standard", canonical_json(value.standard))]


def _put(attributes: Attributes, name: str, values: list[Value]) -> None:
    if values:
        attributes[name] = values
    else:
        attributes.pop(name, None)


def record_told(conn: Connection, told: Iterable[Told]) -> int:
    """Keep what the hub wrote, after the system has confirmed it; gives the number of attributes kept.

    A later word replaces the earlier one. Of an attribute with many values each word may be about one of them, so the
    earlier values stay behind the new ones: intake drops those that the system has no longer.
    """
    words = list(told)
    if not words:
        return 0
    known = told_of(conn, {word.key for word in words})
    for word in words:
        values = list(word.values)
        attributes = known.setdefault(word.key, {})
        if values and word.attribute in ATTRIBUTES and ATTRIBUTES[word.attribute].multi:
            earlier = attributes.get(word.attribute, [])
            values += [v for v in earlier if v not in _among(earlier, values)]
        attributes[word.attribute] = values
    latest = {(word.key, word.attribute): word.applied_at for word in words}
    stage(
        conn,
        "told_now",
        f"{_KEY_COLUMNS}, attribute text, values jsonb, applied_at timestamptz",
        pa.Table.from_pylist(
            [
                {
                    **key._asdict(),
                    "attribute": name,
                    "values": canonical_json(_to_json(known[key][name])),
                    "applied_at": applied_at.isoformat(),
                }
                for (key, name), applied_at in latest.items()
            ]
        ),
    )
    past.keep_told(
        conn,
        """EXISTS (SELECT FROM told_now n WHERE (n.system, n.object, n.source_id, n.attribute)
                                             = (t.system, t.object, t.source_id, t.attribute))""",
        "told anew",
        max(latest.values()),
    )
    return conn.execute(
        sa.text("""
            INSERT INTO identity.told (system, object, source_id, attribute, values, applied_at)
            SELECT system, object, source_id, attribute, values, applied_at FROM told_now
            ORDER BY system, object, source_id, attribute
            ON CONFLICT (system, object, source_id, attribute)
            DO UPDATE SET values = excluded.values, applied_at = excluded.applied_at""")
    ).rowcount


def now(conn: Connection) -> datetime:
    """The database's clock, by which writes are dated."""
    moment: datetime = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return moment


def told_of(conn: Connection, keys: Iterable[RecordKey]) -> dict[RecordKey, Attributes]:
    """What the given records hold of the hub's own words; a record that was told nothing is left out.

    An attribute with an empty list was emptied by the hub.
    """
    listed = sorted(set(keys))
    found: dict[RecordKey, Attributes] = {}
    asked = {name: [key[place] for key in listed] for place, name in enumerate(("systems", "objects", "ids"))}
    for row in conn.execute(_TOLD, asked) if listed else ():
        key = RecordKey(row.system, row.object, row.source_id)
        found.setdefault(key, {}).update(attributes_from_json({row.attribute: row[4]}))
    return found


def forget(conn: Connection, keys: Iterable[RecordKey]) -> None:
    """Drop every word told to the given records: they are gone in their system."""
    stage(conn, "asked_key", _KEY_COLUMNS, _key_table(keys))
    past.keep_told(conn, _ASKED, "gone there")
    conn.execute(
        sa.text("""
            DELETE FROM identity.told t USING asked_key k
            WHERE (t.system, t.object, t.source_id) = (k.system, k.object, k.source_id)""")
    )


def keep(conn: Connection, still_told: Mapping[RecordKey, Attributes]) -> None:
    """Cut what is told to the given records down to what the system still holds."""
    rows = [
        {**key._asdict(), "attribute": name, "values": canonical_json(_to_json(values))}
        for key, attributes in still_told.items()
        for name, values in attributes.items()
    ]
    schema = pa.schema([(name, pa.string()) for name in (*RecordKey._fields, "attribute", "values")])
    stage(conn, "asked_key", _KEY_COLUMNS, _key_table(still_told))
    stage(conn, "still_told", f"{_KEY_COLUMNS}, attribute text, values jsonb", pa.Table.from_pylist(rows, schema))
    past.keep_told(
        conn,
        f"""{_ASKED} AND NOT EXISTS (
            SELECT FROM still_told s WHERE (s.system, s.object, s.source_id, s.attribute)
                = (t.system, t.object, t.source_id, t.attribute) AND s.values = t.values)""",
        "changed there",
    )
    conn.execute(
        sa.text("""
            DELETE FROM identity.told t USING asked_key k
            WHERE (t.system, t.object, t.source_id) = (k.system, k.object, k.source_id) AND NOT EXISTS (
                SELECT FROM still_told s WHERE (s.system, s.object, s.source_id, s.attribute)
                                             = (t.system, t.object, t.source_id, t.attribute))""")
    )
    conn.execute(
        sa.text("""
            UPDATE identity.told t SET values = s.values FROM still_told s
            WHERE (s.system, s.object, s.source_id, s.attribute) = (t.system, t.object, t.source_id, t.attribute)
              AND t.values <> s.values""")
    )


def _to_json(values: Sequence[Value]) -> list[dict[str, object]]:
    return [dict(v) for v in attributes_to_json({"values": list(values)}).get("values", [])]


def _key_table(keys: Iterable[RecordKey]) -> pa.Table:
    listed = sorted(set(keys))
    return pa.table(
        {name: pa.array([key[i] for key in listed], pa.string()) for i, name in enumerate(RecordKey._fields)}
    )
