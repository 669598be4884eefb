"""The tables of a customer's profile, in schema `golden`. Each is written by one module alone, named beside it.

Facts are keyed to source records as their systems name them, never to customers: so they follow merges and splits
through the crosswalk without being rewritten, and may be there before their record is. What is computed of them is the
customers', and made anew for those that are due.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, DateTime, Index, Integer, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from hub.db import GOLDEN, metadata

_MOMENT = DateTime(timezone=True)
_CURRENT = sa.text("valid_to IS NULL")


def _facts(name: str, *own: sa.schema.SchemaItem) -> Table:
    """Make a table of versions of facts that belong to source records; `own`: the columns and indexes of this one."""
    by = {"record": "record_source_id", "email": "record_email"}
    return Table(
        name,
        metadata,
        Column("system", Text, primary_key=True),
        Column("object", Text, primary_key=True),
        Column("source_id", Text, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("record_system", Text, nullable=False),
        Column("record_object", Text, nullable=False),
        Column("record_source_id", Text),
        Column("record_email", Text),
        *own,
        Column("attributes", JSONB, nullable=False),
        Column("content_hash", Text, nullable=False),
        Column("valid_from", _MOMENT, nullable=False),
        Column("valid_to", _MOMENT),
        Column("run_id", Uuid),
        sa.CheckConstraint("(record_source_id IS NULL) <> (record_email IS NULL)", name="belongs"),
        Index(f"uq_{name}_current", "system", "object", "source_id", unique=True, postgresql_where=_CURRENT),
        *(
            Index(
                f"ix_{name}_{short}_past", column, "record_system", "record_object",
                postgresql_where=sa.text(f"valid_to IS NOT NULL AND {column} IS NOT NULL"),
            )
            for short, column in by.items()
        ),
        schema=GOLDEN,
    )  # fmt: skip


# golden_record.activities. Versions are added and closed, never changed; an activity that was deleted in its system has
# no open one.
activity = _facts(
    "activity",
    Column("kind", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("title", Text),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("status", Text),
    Index(
        "ix_activity_record", "record_source_id", "record_system", "record_object", "at",
        postgresql_where=sa.text("valid_to IS NULL AND record_source_id IS NOT NULL"),
    ),
    Index(
        "ix_activity_email", "record_email", "record_system", "record_object", "at",
        postgresql_where=sa.text("valid_to IS NULL AND record_email IS NOT NULL"),
    ),
)  # fmt: skip

# golden_record.profiles. `due_at`: when time alone changes a figure, because an activity leaves its window.
profile = Table(
    "profile",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("computed", JSONB, nullable=False),
    Column("computed_at", _MOMENT, nullable=False),
    Column("due_at", _MOMENT),
    Index("ix_profile_due_at", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    schema=GOLDEN,
)

# golden_record.profiles: the customers whose figures are to be computed anew
profile_due = Table("profile_due", metadata, Column("customer_id", Uuid, primary_key=True), schema=GOLDEN)

# golden_record.definitions: figures and segments as they were declared, from when on
profile_definition = Table(
    "profile_definition",
    metadata,
    Column("in_force_from", _MOMENT, primary_key=True),
    Column("definition_hash", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    schema=GOLDEN,
)

# golden_record.consents. Versions are added and closed, never changed: the open one says how the statement stands, also
# once its system has it no longer (then `status` is unknown). `in_force` is the status with what was withdrawn before.
consent = _facts(
    "consent",
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("point_kind", Text, nullable=False),
    Column("point", Text),
    Column("status", Text, nullable=False),
    Column("in_force", Text, nullable=False),
    Column("at", _MOMENT),
    Column("ends_at", _MOMENT),
    Column("legal_basis", Text),
    Column("how", Text),
    Column("wording", Text),
    Column("wording_version", Text),
    sa.CheckConstraint("status IN ('granted', 'withdrawn', 'unknown')", name="status"),
    sa.CheckConstraint("in_force IN ('granted', 'withdrawn', 'unknown')", name="in_force"),
    Index(
        "ix_consent_record", "record_source_id", "record_system", "record_object",
        postgresql_where=sa.text("valid_to IS NULL AND record_source_id IS NOT NULL"),
    ),
    Index(
        "ix_consent_email", "record_email", "record_system", "record_object",
        postgresql_where=sa.text("valid_to IS NULL AND record_email IS NOT NULL"),
    ),
    *(
        Index(
            f"ix_consent_withdrawn{when}", "point", "point_kind",
            postgresql_where=sa.text(f"{condition} AND in_force = 'withdrawn'::text AND point IS NOT NULL"),
        )
        for when, condition in (("", "valid_to IS NULL"), ("_past", "valid_to IS NOT NULL"))
    ),
    Index("ix_consent_ends_at", "ends_at", postgresql_where=sa.text("valid_to IS NULL AND ends_at IS NOT NULL")),
    Index("ix_consent_at", "at", postgresql_where=sa.text("valid_to IS NULL AND at IS NOT NULL")),
)  # fmt: skip

# golden_record.consent_due: the customers whose effective consents may have changed, until publishing is told
consent_due = Table("consent_due", metadata, Column("customer_id", Uuid, primary_key=True), schema=GOLDEN)

# golden_record.consent_due: the one moment up to which grants that end, or begin, have been looked for
consent_clock = Table(
    "consent_clock",
    metadata,
    Column("one", sa.Boolean, primary_key=True, server_default=sa.text("true")),
    Column("at", _MOMENT, nullable=False),
    sa.CheckConstraint("one", name="one"),
    schema=GOLDEN,
)
