"""Segments for `hub segments`: how many customers each has, and who they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from apps.cli.customer import name_of
from golden_record import read, segments
from hub.config import Config
from hub.errors import RejectedError, SettingsError
from hub.section import did_you_mean


def counts(conn: Connection, config: Config) -> dict[str, int]:
    """Count the customers of each segment. Raises SettingsError where hub.yaml has none."""
    if not config.segments:
        raise SettingsError("hub.yaml declares no segments.", hint="Declare some under segments; see docs/profile.md.")
    return segments.counts(conn, config.segments, config.computed)


def members(conn: Connection, config: Config, name: str, *, limit: int, after: str | None) -> dict[str, Any]:
    """List a segment's customers by id; `after` in the answer asks for the next ones (None: no more)."""
    if name not in config.segments:
        raise SettingsError(
            f"There is no segment '{name}'{did_you_mean(name, config.segments)}.",
            hint=f"hub.yaml has: {', '.join(config.segments) or 'none'}.",
        )
    try:
        behind = UUID(after) if after else None
    except ValueError:
        raise RejectedError(f"'{after}' is no customer id.", hint="Take the one that the last page gave.") from None
    ids = segments.members(conn, config.segments[name], config.computed, limit=limit + 1, after=behind)
    names = {golden.customer_id: name_of(golden.attributes) for golden in read.customers(conn, ids[:limit])}
    return {
        "segment": name,
        "customers": [{"customer_id": str(one), "name": names.get(one, "")} for one in ids[:limit]],
        "after": str(ids[limit - 1]) if len(ids) > limit else None,
    }
