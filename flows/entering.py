"""What a person enters about a golden value, and what follows: kept first, then the customer's golden record refreshed.

As with a decision (`flows.deciding`), nothing is lost where a run is at it: the record is pending, and the run does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from flows.deciding import Outcome, patient
from golden_record import pins, profiles
from golden_record.refresh import refresh
from hub.db import master_lock
from hub.errors import HubError
from hub.records import RecordKey, Value
from hub.session import Hub
from identity import crosswalk, holds, pending
from identity.decision_rows import find_records


def enter(
    hub: Hub,
    entry: tuple[pins.Kind, RecordKey, str, Value],
    *,
    by: str,
    reason: str,
    lifetime: pins.Lifetime = "permanent",
    until: datetime | None = None,
) -> Outcome:
    """Enter a pin, an exclusion or a value (see `golden_record.pins`), and carry it out."""
    with patient(hub) as conn:
        records = [found.record_id for found in find_records(conn, [entry[1]]).values()]
        marked = pending.resolved(conn, records)
        number = pins.enter(conn, hub.config, entry, by=by, reason=reason, lifetime=lifetime, until=until)
    return _refreshed(hub, records, marked, Outcome((number,)))


def end(hub: Hub, number: int, *, by: str, reason: str) -> Outcome:
    """End an entry; the rules decide again. Raises RejectedError where none stands by this number."""
    with patient(hub) as conn:
        records = pins.about(conn, number)
        marked = pending.resolved(conn, records)
        ended = pins.revoke(conn, number, by=by, reason=reason)
    return _refreshed(hub, records, marked, Outcome((ended,)))


def _refreshed(hub: Hub, records: Sequence[int], marked: dict[int, int], outcome: Outcome) -> Outcome:
    """Refresh the golden records of these records' customers, whom nothing but an entry has changed."""
    if len(marked) < len(records):
        return replace(outcome, later="Its record has changed and waits for a run, which does both.")
    try:
        with patient(hub) as conn:
            master_lock(conn)
            if held := holds.open_of(conn, records):
                return replace(
                    outcome, held=tuple(held), later="Its customer is held: it follows when that is settled."
                )
            customers = list(crosswalk.owners(conn, records))
            pending.unmark(conn, marked)
            at: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
            refresh(conn, hub.config, customers, run_id=None, at=at)
            if hub.config.computed:
                profiles.touch(conn, customers)
    except HubError as error:
        return replace(outcome, later=f"{error.message} {error.hint}".strip())
    return outcome
