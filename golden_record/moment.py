"""A customer at a moment: golden values with their origins, members, profile, policy, and what systems had been told.

Two times are kept apart (docs/history.md). `as_of` is what the hub knew then: golden records, crosswalk, policy and
facts as they stood, which nothing that comes later changes. `valid_at` is what was true then, by what the hub knew at
`as_of` (by default: now). This is the one way to read a past customer, for the command, the console and the API.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import past_policy, profile_read, read, timeline, valid_time
from golden_record.origins import AttributeOrigins
from golden_record.past_policy import PolicyThen
from golden_record.policy import policy_of
from golden_record.profile_read import Profile
from golden_record.read import GoldenRecord
from hub.config import Config
from hub.errors import RejectedError
from hub.records import Attributes, RecordKey
from identity import crosswalk, past, past_crosswalk
from identity.past import ToldThen
from identity.past_crosswalk import MemberThen


@dataclass(frozen=True, slots=True)
class CustomerThen:
    """A customer as it was.

    `as_of` is the moment that was read, `valid_at` the moment in the world, if one was asked for. `version` is the
    golden record of the moment, whose end was not known then. `attributes` and `origins` are its values, or those that
    were true at `valid_at`; `silent` are members that say nothing of that time. `policy` is the one in force (None:
    there was none yet). `profile` is of the moment too, with the figures and segments then declared. `told`: what
    systems had been told of its records.
    """

    customer_id: UUID
    entity_type: str
    as_of: datetime
    valid_at: datetime | None
    version: GoldenRecord
    attributes: Attributes
    origins: dict[str, AttributeOrigins]
    members: tuple[MemberThen, ...]
    silent: tuple[RecordKey, ...]
    policy: PolicyThen | None
    profile: Profile
    told: tuple[ToldThen, ...]


@dataclass(frozen=True, slots=True)
class WhereThen:
    """What an id answered at a moment: its status, and the customers that held its records, most first.

    Status is current, merged, split, retired, or unborn: it was given out later, and its first records were theirs.
    """

    customer_id: UUID
    status: str
    current_ids: tuple[UUID, ...]


def now(conn: Connection) -> datetime:
    """The moment by the database's clock."""
    found: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found


def where(conn: Connection, customer_id: UUID, then: datetime) -> WhereThen | None:
    """Say what an id answered at a moment; None if the hub never gave it out."""
    found = past_crosswalk.answer(conn, customer_id, then)
    if found is not None:
        return WhereThen(customer_id, found.status, found.current_ids)
    if crosswalk.answer(conn, customer_id) is None:
        return None
    return WhereThen(customer_id, "unborn", tuple(past_crosswalk.before_birth(conn, customer_id, then)))


def customer_then(
    conn: Connection,
    config: Config,
    customer_id: UUID,
    *,
    as_of: datetime | None = None,
    valid_at: datetime | None = None,
    newest: int = timeline.NEWEST,
) -> CustomerThen:
    """Read a customer at a moment (aware times; None: now).

    The conn should be one snapshot. Raises RejectedError for a moment that lies ahead, and for an id that was no
    current customer then, telling what it was.
    """
    present = now(conn)
    then = as_of or present
    if then > present:
        raise RejectedError("That moment lies ahead: what the hub will know is not known.", hint="Ask for one before.")
    golden = read.customer(conn, customer_id, as_of=then)
    if golden is None:
        raise _elsewhere(where(conn, customer_id, then), customer_id, then)
    members = tuple(past_crosswalk.members(conn, [customer_id], then))
    policy = past_policy.policy_then(conn, then)
    attributes, origins, silent = golden.attributes, golden.origins, tuple[RecordKey, ...]()
    if valid_at is not None:
        rules = policy_of(config, then) if as_of is None or policy is None else past_policy.restore(policy)
        true = valid_time.true_at(conn, rules, customer_id, valid_at, then)
        attributes, origins, silent = true.attributes, true.origins, true.silent
    return CustomerThen(
        customer_id=customer_id,
        entity_type=golden.entity_type,
        as_of=then,
        valid_at=valid_at,
        version=replace(golden, valid_to=None),
        attributes=attributes,
        origins=origins,
        members=members,
        silent=silent,
        policy=policy,
        profile=profile_read.profile(
            conn, config, customer_id, then=then if valid_at else as_of, valid_at=valid_at, newest=newest
        ),
        told=tuple(past.told(conn, [member.record_id for member in members], then)),
    )


def _elsewhere(found: WhereThen | None, customer_id: UUID, then: datetime) -> RejectedError:
    moment = f"{then:%Y-%m-%d %H:%M} UTC"
    if found is None:
        return RejectedError(f"No customer was ever called {customer_id}.")
    if found.status == "current":  # in the crosswalk, but its golden record was to be made yet
        return RejectedError(f"The customer {customer_id} had no golden record at {moment}.")
    held = ", ".join(str(other) for other in found.current_ids)
    if found.status == "unborn":
        then_with = f" Its records were then with: {held}." if held else " Its records were not known then either."
        return RejectedError(f"The id {customer_id} was given out only after {moment}.{then_with}")
    return RejectedError(f"The customer {customer_id} was {found.status} at {moment}; then it was: {held or 'nobody'}.")
