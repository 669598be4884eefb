"""A customer's whole profile beside its golden record, read in one place for the command, the console and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from golden_record import profiles, segments, timeline
from hub.config import Config
from identity import relations
from identity.relations import Relation

NEWEST = 5
"""Activities that a profile shows; the timeline has them all."""


@dataclass(frozen=True)
class Profile:
    """What the hub knows of a customer beside its golden values.

    `computed`: declared figures by name, in the order of hub.yaml. `activities`: the newest, and where to go on.
    """

    customer_id: UUID
    computed: dict[str, Any]
    segments: list[str]
    relations: list[Relation]
    activities: timeline.Page


def profile(conn: Connection, config: Config, customer_id: UUID, *, newest: int = NEWEST) -> Profile:
    """Read the profile of a current customer; the cost follows the customer, not the base."""
    found = profiles.of(conn, [customer_id]).get(customer_id, {})
    return Profile(
        customer_id=customer_id,
        computed={name: found[name] for name in config.computed if name in found},
        segments=segments.of(conn, customer_id, config.segments, config.computed),
        relations=relations.of(conn, [customer_id]),
        activities=timeline.page(conn, customer_id, limit=newest),
    )
