"""A customer's whole profile beside its golden record, now or at a moment, for the command, the console and the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from golden_record import (
    contact_points,
    definitions,
    effective_consents,
    hierarchy,
    own_figures,
    profiles,
    segments,
    timeline,
)
from golden_record.contact_points import ContactPoint
from golden_record.definitions import Declared
from golden_record.effective_consents import Statement
from golden_record.hierarchy import Hierarchy
from hub.computed import ComputedAttribute
from hub.config import Config
from hub.consent import EffectiveConsent
from identity import relations
from identity.relations import Relation


@dataclass(frozen=True)
class Profile:
    """What the hub knows of a customer beside its golden values.

    `computed`: declared figures by name, in the order of hub.yaml. `consents`: what holds, `statements`: what was said,
    with its evidence. `activities`: the newest, and where to go on. `unknown` says of each part that can't be told of
    the moment why; it is empty for the present.
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
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Derived:
    """Figures and segments, how figures of others are read to add them, and which can be added."""

    computed: dict[str, Any]
    segments: list[str]
    figures: hierarchy.Figures
    addable: list[str]
    unknown: dict[str, str]


def profile(
    conn: Connection,
    config: Config,
    customer_id: UUID,
    *,
    then: datetime | None = None,
    valid_at: datetime | None = None,
    newest: int = timeline.NEWEST,
) -> Profile:
    """Read the profile of a current customer; the cost follows the customer, not the base.

    `then`: as it was known at that moment, of whoever was a customer then. `valid_at`, which goes with `then`: what
    had happened and was allowed at that moment in the world, by what was known at `then`.
    """
    derived = _present(conn, config, customer_id) if then is None else _past(conn, config, customer_id, then, valid_at)
    consents = effective_consents.of(conn, [customer_id], now=valid_at, then=then).get(customer_id, [])
    return Profile(
        customer_id=customer_id,
        computed=derived.computed,
        segments=derived.segments,
        relations=relations.of(conn, [customer_id], then=then),
        hierarchy=hierarchy.of(conn, customer_id, derived.addable, derived.figures, then=then),
        contact_points=[] if valid_at else contact_points.of(conn, customer_id, consents, then=then),
        consents=consents,
        statements=effective_consents.statements(conn, customer_id, then=then),
        activities=timeline.page(conn, customer_id, limit=newest, then=then, until=valid_at),
        unknown=derived.unknown,
    )


def _present(conn: Connection, config: Config, customer_id: UUID) -> _Derived:
    found = profiles.of(conn, [customer_id]).get(customer_id, {})
    return _Derived(
        computed={name: found[name] for name in config.computed if name in found},
        segments=segments.of(conn, customer_id, config.segments, config.computed),
        figures=partial(profiles.of, conn),
        addable=_addable(config.computed),
        unknown={},
    )


_NOT_TRUE_AT = "only as the hub knew it (--as-of), not as it was true"


def _past(conn: Connection, config: Config, customer_id: UUID, then: datetime, valid_at: datetime | None) -> _Derived:
    declared = definitions.then(conn, then)
    computed = declared.computed
    figures = partial(profiles.then, conn, computed=computed, moment=then, now=valid_at)
    found = figures([customer_id]).get(customer_id, {})
    unknown = dict.fromkeys(sorted(declared.unreadable), "it was declared by another version of the hub")
    met: list[str] = []
    if valid_at is None:
        own, failed = own_figures.then(conn, customer_id, computed, then)
        found = found | own
        unknown |= dict.fromkeys(failed, "its sql can't be run on what was known then")
        met = _segments_then(conn, customer_id, declared, found, then, unknown)
    else:
        parts = [name for name, entry in computed.items() if entry.sql is not None]
        parts += ["contact points"] if declared.segments == {} else ["segments", "contact points"]
        unknown |= dict.fromkeys(parts, _NOT_TRUE_AT)
    return _Derived(
        computed={name: found[name] for name in _in_order(config.computed, found)},
        segments=_in_order(config.segments, met),
        figures=figures,
        addable=_addable(computed),
        unknown=unknown,
    )


def _segments_then(
    conn: Connection,
    customer_id: UUID,
    declared: Declared,
    figures: Mapping[str, Any],
    then: datetime,
    unknown: dict[str, str],
) -> list[str]:
    """Name the segments of the moment; those that can't be told come into `unknown`."""
    if declared.segments is None:
        unknown["segments"] = "their conditions of that time were not kept yet"
        return []
    told = {}
    for name, condition in declared.segments.items():
        if lost := sorted({leaf.attribute for leaf in condition.leaves() if leaf.attribute in unknown}):
            unknown[name] = f"it goes by {', '.join(map(str, lost))}"
        else:
            told[name] = condition
    return segments.then(conn, customer_id, told, declared.computed, figures, then)


def _addable(computed: Mapping[str, ComputedAttribute]) -> list[str]:
    return [name for name, entry in computed.items() if entry.measure in ("sum", "count")]


def _in_order(declared: Iterable[str], found: Iterable[str]) -> list[str]:
    """Put names into the order of hub.yaml; those that are declared no more come last."""
    there = list(found)
    return [*(name for name in declared if name in there), *sorted(set(there) - set(declared))]
