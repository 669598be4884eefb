"""Which survivorship policy was in force at a moment, read back as it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.tables import policy as policy_table
from golden_record.unit import Policy, restored
from hub.errors import RejectedError


@dataclass(frozen=True, slots=True)
class PolicyThen:
    """A policy as it was in force; `content` is what it said in full, as `Policy.content` gives it."""

    policy_hash: str
    in_force_from: datetime
    content: list[dict[str, Any]]


def policy_then(conn: Connection, then: datetime) -> PolicyThen | None:
    """Give the policy in force at a moment; None before the first golden record."""
    t = policy_table.c
    query = sa.select(t.policy_hash, t.in_force_from, t.content).where(t.in_force_from <= then)
    row = conn.execute(query.order_by(t.in_force_from.desc()).limit(1)).one_or_none()
    return PolicyThen(*row) if row else None


def restore(found: PolicyThen) -> Policy:
    """Make a policy of what was kept of it. Raises RejectedError where this version of the hub can't read it."""
    try:
        made = restored(found.content)
    except (KeyError, TypeError) as error:
        raise _unreadable(found) from error
    if made.hash != found.policy_hash:
        raise _unreadable(found)
    return made


def _unreadable(found: PolicyThen) -> RejectedError:
    return RejectedError(
        f"The policy in force from {found.in_force_from:%Y-%m-%d %H:%M} UTC was written by another version of the hub.",
        hint="What it made is kept: read the moment without --valid-at.",
    )
