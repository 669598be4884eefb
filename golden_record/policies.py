"""The statements over golden.policy: which policy was in force since when.

A policy is in force from the moment when all golden records were brought to it; rows are never changed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.policy import policy_of
from golden_record.tables import policy as policy_table
from golden_record.unit import Policy
from hub.config import Config


def in_force(conn: Connection) -> str | None:
    """The hash of the policy in force; None before the first golden record."""
    t = policy_table.c
    found: str | None = conn.scalar(sa.select(t.policy_hash).order_by(t.in_force_from.desc()).limit(1))
    return found


def due(conn: Connection, config: Config) -> Policy:
    """The policy of hub.yaml that is due now, by the clock of the database."""
    return policy_of(config, conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one())


def enact(conn: Connection, policy: Policy, effective_from: datetime | None, *, run_id: UUID | None) -> bool:
    """Put the policy in force now; gives whether it was not so before. The caller holds the master lock.

    `effective_from` is the moment that hub.yaml declares for it, None where it declares none.
    """
    if in_force(conn) == policy.hash:
        return False
    conn.execute(
        sa.insert(policy_table).values(
            in_force_from=sa.func.clock_timestamp(),
            effective_from=effective_from,
            policy_hash=policy.hash,
            content=policy.content(),
            run_id=run_id,
        )
    )
    return True
