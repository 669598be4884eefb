"""One customer for `hub show`: golden values with their origins, the records behind them, and whom it belongs to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection

from apps.cli.screen import value_text
from golden_record import profiles, read, segments
from golden_record import timeline as activity_timeline
from hub.config import Config
from hub.errors import RejectedError
from hub.records import Attributes, RecordKey
from identity import crosswalk, relations
from identity.decision_rows import keys_named

_NEWEST = 5  # activities beside the golden record; --timeline has them all


def customer(conn: Connection, config: Config, what: str) -> dict[str, Any]:
    """Find a customer by its id (any ever issued) or by `system/source_id`.

    Raises RejectedError where there is none.
    """
    customer_id = find(conn, what)
    golden = read.customer(conn, customer_id)
    if golden is None:
        raise RejectedError(f"The customer {customer_id} has no golden record now.", hint="It was retired or erased.")
    values = [
        [name, value_text(origin.value), "/".join(origin.record), origin.rule]
        for name in golden.attributes
        for origin in golden.origins[name].won
    ]
    members = crosswalk.members(conn, [customer_id])
    return {
        "customer_id": str(customer_id),
        "entity_type": golden.entity_type,
        "version": golden.version,
        "values": values,
        "records": [[m.key.system, m.key.object, m.key.source_id, m.modified_at] for m in members],
        "computed": _figures(conn, config, customer_id),
        "segments": segments.of(conn, customer_id, config.segments, config.computed),
        "relations": _relations(conn, customer_id),
        "activities": timeline(conn, str(customer_id), limit=_NEWEST, before=None)["activities"],
    }


def _figures(conn: Connection, config: Config, customer_id: UUID) -> dict[str, Any]:
    """The computed attributes that are declared now, in the order of hub.yaml."""
    found = profiles.of(conn, [customer_id]).get(customer_id, {})
    return {name: found[name] for name in config.computed if name in found}


def timeline(conn: Connection, what: str, *, limit: int, before: str | None) -> dict[str, Any]:
    """What happened with a customer, newest first; `before` in the answer asks for the next page (None: no more)."""
    customer_id = find(conn, what)
    page = activity_timeline.page(conn, customer_id, limit=limit, before=before)
    return {
        "customer_id": str(customer_id),
        "activities": [
            {**asdict(entry), "key": entry.key._asdict(), "record": entry.record._asdict()} for entry in page.entries
        ],
        "before": page.before,
    }


def _relations(conn: Connection, customer_id: UUID) -> list[list[str]]:
    found = relations.of(conn, [customer_id])
    names = {g.customer_id: name_of(g.attributes) for g in read.customers(conn, [one.other_id for one in found])}
    return [[one.kind, names.get(one.other_id, ""), str(one.other_id), ", ".join(one.evidence)] for one in found]


def name_of(attributes: Attributes) -> str:
    """What to call a customer in a list."""
    names = ("given_name", "family_name") if attributes.keys() & {"given_name", "family_name"} else ("full_name",)
    told = [attributes[name][0].value for name in (*names, "organisation_name") if attributes.get(name)]
    return " ".join(value_text(part) for part in told)


def find(conn: Connection, what: str) -> UUID:
    """The customer that an id, system/source_id or system/object/source_id means now.

    Raises RejectedError where there is not exactly one.
    """
    try:
        asked = UUID(what)
    except ValueError:
        return _by_record(conn, what)
    answer = crosswalk.answer(conn, asked)
    if answer is None:
        raise RejectedError(f"No customer was ever called {asked}.", hint="Look one up with: hub show SYSTEM/ID")
    if len(answer.current_ids) != 1:
        now = ", ".join(str(i) for i in answer.current_ids) or "nobody"
        raise RejectedError(f"The customer {asked} is {answer.status}; it is now: {now}.")
    return answer.current_ids[0]


def _by_record(conn: Connection, what: str) -> UUID:
    owners = {crosswalk.customer_of(conn, key) for key in keys_named(conn, what)} - {None}
    if len(owners) != 1:
        raise RejectedError(
            f"{len(owners) or 'No'} customers have a record {what}.",
            hint="Name a customer id, or SYSTEM/ID (or SYSTEM/OBJECT/ID) as hub.yaml and the system spell them.",
        )
    (found,) = owners
    return cast("UUID", found)


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
