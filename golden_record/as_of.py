"""Queries over present golden records, activities and consents, turned to what was at a moment."""

from __future__ import annotations

from golden_record.profile_tables import activity, consent
from golden_record.tables import golden_record
from identity import past_query

TABLES = {table.fullname: past_query.versions(table) for table in (activity, consent, golden_record)} | dict(
    past_query.TABLES
)
"""Table -> what was in it at the moment :then."""


def as_of(query: str) -> str:
    """Write a query over present rows so that it reads those of the moment :then."""
    return past_query.as_of(query, TABLES)
