"""Queries over what is, turned to what was at a moment: the same text, reading the rows of that moment.

So a rule that is derived when it is asked for (activities, consents) is written once, for now and for any past moment.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

import re

import sqlalchemy as sa

from golden_record.profile_tables import activity, consent
from identity.past import HELD, SAID
from identity.tables import crosswalk, source_record


def as_of(query: str) -> str:
    """Write a query over present rows so that it reads those of the moment :then.

    It knows the tables of TABLES by their full names; whatever else it reads must not change in time.
    """
    return _NAME.sub(lambda match: TABLES[match[0]], query)


def _versions(table: sa.Table) -> str:
    """Give the rows of a table of versions that were open at :then, as if they were open; each half has its indexes."""
    columns = ", ".join("NULL::timestamptz AS valid_to" if c.name == "valid_to" else f'"{c.name}"' for c in table.c)
    rows = f"SELECT {columns} FROM {table.fullname} WHERE valid_from <= :then AND valid_to"
    return f"({rows} IS NULL UNION ALL {rows} IS NOT NULL AND valid_to > :then)"


_RECORD = f"""(
    SELECT s.record_id, s.system, s.object, s.source_id, w.entity_type, w.attributes, w.modified_at, w.changed_at,
           NULL::timestamptz AS deleted_at
    FROM identity.source_record s CROSS JOIN LATERAL ({SAID}) w)"""
_TOLD = f"""(
    SELECT s.system, s.object, s.source_id, h.attribute, h.values FROM identity.source_record s
    CROSS JOIN LATERAL ({HELD}) h WHERE coalesce(h.ended_at > :then, true))"""

TABLES = {
    crosswalk.fullname: _versions(crosswalk),
    activity.fullname: _versions(activity),
    consent.fullname: _versions(consent),
    source_record.fullname: _RECORD,
    "identity.told": _TOLD,
}
"""Table -> what was in it at the moment :then."""

_NAME = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in TABLES))
