"""The limit on how many customers one run may change; above it a run is a plan that a person approves."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import HubError
from hub.release import ReleaseConfig

_SHOWN = 10


class PlanHeldError(HubError):
    """A settlement that would change too many customers; nothing of it was carried out.

    `changed` of `customers` would merge, split or lose records to others; `samples` names some of them.
    """

    def __init__(self, changed: int, customers: int, samples: list[str]) -> None:
        super().__init__(
            f"This run would merge, split or move {changed:,} of {customers:,} customers; nothing was changed.",
            hint=f"Some of them: {', '.join(samples[:3])}. If it is right: hub resolve --approve",
        )
        self.changed = changed
        self.customers = customers
        self.samples = samples


def check(conn: Connection, release: ReleaseConfig) -> None:
    """Raise PlanHeldError if the settlement in hand (temporary table `moved_record`) changes too many customers.

    Customers whose records were deleted in their systems don't count: missing rows have a limit of their own.
    """
    changed = conn.scalar(
        sa.text("SELECT count(DISTINCT old_id) FROM moved_record WHERE old_id IS NOT NULL AND new_id IS NOT NULL")
    )
    if changed <= release.max_moved_least:
        return
    # Those that the settlement has just issued are current by now, and were not before.
    customers = conn.scalar(
        sa.text("""
            SELECT (SELECT count(*) FROM identity.customer WHERE status = 'current')
                 - (SELECT count(*) FROM granted_id WHERE how = 'new')""")
    )
    if changed > release.max_moved_share * customers:
        samples = conn.scalars(
            sa.text("""
                SELECT DISTINCT old_id::text FROM moved_record WHERE old_id IS NOT NULL AND new_id IS NOT NULL
                ORDER BY 1 LIMIT :shown"""),
            {"shown": _SHOWN},
        )
        raise PlanHeldError(changed, customers, list(samples))
