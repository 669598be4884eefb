"""One customer for `hub show`, now or at a moment: golden values, records, profile, and where an id went."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from apps.cli.screen import value_text
from golden_record import moment, read
from golden_record import timeline as activity_timeline
from golden_record.contact_points import ContactPoint
from golden_record.hierarchy import Hierarchy
from golden_record.moment import CustomerThen, WhereThen
from hub.config import Config
from hub.errors import RejectedError
from hub.records import Attributes, RecordKey
from identity import crosswalk, past_crosswalk
from identity.decision_rows import keys_named


def customer(
    conn: Connection, config: Config, what: str, *, as_of: datetime | None = None, valid_at: datetime | None = None
) -> dict[str, Any]:
    """Find a customer by its id (any ever issued) or by `system/source_id`, now or at a moment.

    Raises RejectedError where there is none.
    """
    found = where(conn, what, as_of)
    customer_id = one_of(found, as_of)
    seen = moment.customer_then(conn, config, customer_id, as_of=as_of, valid_at=valid_at)
    whole = seen.profile
    return {
        "customer_id": str(customer_id),
        "asked": None if found.customer_id == customer_id else asdict(found),
        "entity_type": seen.entity_type,
        "version": seen.version.version,
        "as_of": as_of,
        "valid_at": valid_at,
        "values": [
            [name, value_text(origin.value), "/".join(origin.record), origin.rule]
            for name in seen.attributes
            for origin in seen.origins[name].won
        ],
        "records": _records(conn, seen, is_past=as_of is not None),
        "silent": ["/".join(key) for key in seen.silent],
        "computed": whole.computed,
        "segments": whole.segments,
        "contact_points": [_contact_point(one) for one in whole.contact_points],
        "hierarchy": _hierarchy(conn, whole.hierarchy, seen.as_of) if whole.hierarchy else None,
        "statements": [asdict(one) for one in whole.statements],
        "relations": _relations(conn, seen),
        "consents": [asdict(one) | {"evidence": "/".join(one.evidence)} for one in whole.consents],
        "activities": _activities(whole.activities),
        "unknown": whole.unknown,
        "told": [
            [
                "/".join(one.record),
                one.attribute,
                [value_text(value.value) for value in one.values],
                one.told_at,
                one.ended,
            ]
            for one in seen.told
        ],
        "policy": seen.policy and {"hash": seen.policy.policy_hash, "in_force_from": seen.policy.in_force_from},
    }


def _contact_point(one: ContactPoint) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in _OF_POINT}
    return {**said, "value": value_text(one.value), "said_by": ["/".join(key) for key in one.said_by]}


_OF_POINT = ["kind", "since", "until", "verified", "verified_at", "verified_by", "undeliverable", "undeliverable_since"]


def _hierarchy(conn: Connection, tree: Hierarchy, then: datetime) -> dict[str, Any]:
    names = _names(conn, [*tree.above, *(child for child, _, _ in tree.below[:_SHOWN])], then)
    return {
        "above": [[names.get(one, ""), str(one)] for one in tree.above],
        "below": [[names.get(one, ""), str(one), depth] for one, _, depth in tree.below[:_SHOWN]],
        "subsidiaries": tree.all,
        "direct": tree.direct,
        "rolled_up": tree.rolled_up,
        "circle": [str(one) for one in tree.circle],
    }


_SHOWN = 50  # subsidiaries that are listed by name


def _records(conn: Connection, seen: CustomerThen, *, is_past: bool) -> list[list[Any]]:
    now = [] if is_past else crosswalk.members(conn, [seen.customer_id])
    changed = {member.key: member.modified_at for member in now}
    return [[*one.key, changed.get(one.key), one.since] for one in seen.members if is_past or one.key in changed]


def timeline(conn: Connection, what: str, *, limit: int, before: str | None) -> dict[str, Any]:
    """What happened with a customer, newest first; `before` in the answer asks for the next page (None: no more)."""
    customer_id = find(conn, what)
    page = activity_timeline.page(conn, customer_id, limit=limit, before=before)
    return {"customer_id": str(customer_id), "activities": _activities(page), "before": page.before}


def _activities(page: activity_timeline.Page) -> list[dict[str, Any]]:
    return [{**asdict(entry), "key": entry.key._asdict(), "record": entry.record._asdict()} for entry in page.entries]


def _relations(conn: Connection, seen: CustomerThen) -> list[list[str]]:
    found = seen.profile.relations
    names = _names(conn, [one.other_id for one in found], seen.as_of)
    return [[one.kind, names.get(one.other_id, ""), str(one.other_id), ", ".join(one.evidence)] for one in found]


def _names(conn: Connection, customer_ids: list[UUID], then: datetime) -> dict[UUID, str]:
    return {one.customer_id: name_of(one.attributes) for one in read.customers(conn, customer_ids, as_of=then)}


def name_of(attributes: Attributes) -> str:
    """What to call a customer in a list."""
    names = ("given_name", "family_name") if attributes.keys() & {"given_name", "family_name"} else ("full_name",)
    told = [attributes[name][0].value for name in (*names, "organisation_name") if attributes.get(name)]
    return " ".join(value_text(part) for part in told)


def find(conn: Connection, what: str, then: datetime | None = None) -> UUID:
    """The customer that an id, system/source_id or system/object/source_id means, now or at a moment.

    Raises RejectedError where there is not exactly one.
    """
    return one_of(where(conn, what, then), then)


def where(conn: Connection, what: str, then: datetime | None = None) -> WhereThen:
    """What somebody names, and who that was. Raises RejectedError for what the hub never knew."""
    at = then or moment.now(conn)
    try:
        asked = UUID(what)
    except ValueError:
        owner = _by_record(conn, what, at)
        return WhereThen(owner, "current", (owner,))
    found = moment.where(conn, asked, at)
    if found is None:
        raise RejectedError(f"No customer was ever called {asked}.", hint="Look one up with: hub show SYSTEM/ID")
    return found


def one_of(found: WhereThen, then: datetime | None) -> UUID:
    """The one customer that is meant. Raises RejectedError where there are several, or none any more."""
    if len(found.current_ids) == 1:
        return found.current_ids[0]
    at, is_now = (f" at {then:%Y-%m-%d %H:%M} UTC", "it was then") if then else ("", "it is now")
    others = ", ".join(str(i) for i in found.current_ids) or "nobody"
    verb = "was" if then else "is"
    raise RejectedError(f"The customer {found.customer_id} {verb} {found.status}{at}; {is_now}: {others}.")


def _by_record(conn: Connection, what: str, then: datetime) -> UUID:
    owners = set(past_crosswalk.owners(conn, keys_named(conn, what), then).values())
    if len(owners) != 1:
        raise RejectedError(
            f"{len(owners) or 'No'} customers have a record {what}.",
            hint="Name a customer id, or SYSTEM/ID (or SYSTEM/OBJECT/ID) as hub.yaml and the system spell them.",
        )
    (found,) = owners
    return found


def record_named(conn: Connection, name: str) -> RecordKey:
    """Find the record that somebody names. Raises RejectedError for one that is unknown or could be several."""
    keys = keys_named(conn, name)
    if len(keys) == 1:
        return keys[0]
    several = "; ".join("/".join(key) for key in keys[:5])
    raise RejectedError(
        f"{name} could be several records: {several}." if keys else f"There is no record {name}.",
        hint="Write it as SYSTEM/ID or SYSTEM/OBJECT/ID; hub show lists the records of a customer.",
    )
