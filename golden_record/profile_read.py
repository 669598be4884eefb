"""A customer's whole profile beside its golden record, read in one place for the command, the console and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from golden_record import contact_points, effective_consents, hierarchy, profiles, segments, timeline
from golden_record.contact_points import ContactPoint
from golden_record.effective_consents import Statement
from golden_record.hierarchy import Hierarchy
from hub.config import Config
from hub.consent import EffectiveConsent
from identity import relations
from identity.relations import Relation


@dataclass(frozen=True)
class Profile:
    """What the hub knows of a customer beside its golden values.

    `computed`: declared figures by name, in the order of hub.yaml. `consents`: what holds, `statements`: what was said,
    with its evidence. `activities`: the newest, and where to go on.
    """

    customer_id: UUID
    computed: dict[str, Any]
    segments: list[str]
    relations: list[Relation]
    hierarchy: Hierarchy | None
    contact_points: list[ContactPoint]
    consents: list[EffectiveConsent]
    statements: list[Statement]
    activities: timeline.Page


def profile(conn: Connection, config: Config, customer_id: UUID, *, newest: int = timeline.NEWEST) -> Profile:
    """Read the profile of a current customer; the cost follows the customer, not the base."""
    found = profiles.of(conn, [customer_id]).get(customer_id, {})
    addable = [name for name, entry in config.computed.items() if entry.measure in ("sum", "count")]
    consents = effective_consents.of(conn, [customer_id]).get(customer_id, [])
    return Profile(
        customer_id=customer_id,
        computed={name: found[name] for name in config.computed if name in found},
        segments=segments.of(conn, customer_id, config.segments, config.computed),
        relations=relations.of(conn, [customer_id]),
        hierarchy=hierarchy.of(conn, customer_id, addable),
        contact_points=contact_points.of(conn, customer_id, consents),
        consents=consents,
        statements=effective_consents.statements(conn, customer_id),
        activities=timeline.page(conn, customer_id, limit=newest),
    )
