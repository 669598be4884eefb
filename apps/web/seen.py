"""Who saw what: one entry of the audit log for each request that showed personal data."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from fastapi import Request

from apps.web.principal import current_principal, hub_of
from hub import audit
from hub.db import transaction

MOST = 200
"""Ids that one entry names; a page shows fewer."""


def seen(request: Request, what: str, customers: Iterable[UUID]) -> None:
    """Write that who asks saw these customers; nothing where there are none."""
    things = [f"customer:{customer_id}" for customer_id in dict.fromkeys(customers)][:MOST]
    with transaction(hub_of(request).engine) as conn:
        audit.read(conn, who=current_principal(request).name, what=what, on=things)
