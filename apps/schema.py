"""The tables of every room on one metadata: what a migration is drafted from and checked against."""

from __future__ import annotations

from destinations import conflict_tables, webhook_tables
from destinations import tables as destinations_tables
from golden_record import pin_tables, profile_tables, search_tables
from golden_record import tables as golden_record_tables
from hub import access_tables, handling_tables, idempotency
from hub import tables as hub_tables
from hub.db import metadata
from identity import (
    decision_tables,
    delivered_quality,
    glue_tables,
    hold_tables,
    lifecycle_tables,
    match_tables,
    past_tables,
)
from identity import tables as identity_tables
from sources import tables as sources_tables

# A room's tables are on the metadata once its module is imported; naming them here says that they are meant.
ROOMS = (
    hub_tables,
    access_tables,
    handling_tables,
    idempotency,
    sources_tables,
    identity_tables,
    decision_tables,
    delivered_quality,
    glue_tables,
    hold_tables,
    lifecycle_tables,
    match_tables,
    past_tables,
    golden_record_tables,
    pin_tables,
    profile_tables,
    search_tables,
    destinations_tables,
    conflict_tables,
    webhook_tables,
)

__all__ = ["ROOMS", "metadata"]
