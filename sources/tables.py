"""The hub's own notes on reading the systems, in schema `ops`: quarantine, loads taken in, cursors, files seen.

The rows as delivered are in schema `landing`, whose tables dlt makes (see sources.landing).
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hub.db import OPS, metadata

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("quarantine_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("row_id", sa.Text, nullable=False, comment="The row's id in landing"),
    sa.Column("source_id", sa.Text, comment="The row's key in its system, where it has one"),
    sa.Column("line", sa.BigInteger, comment="Of a file, from 1"),
    sa.Column("payload", sa.Text, nullable=False, comment="The whole row as delivered"),
    sa.Column("field", sa.Text),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("requeued_at", sa.DateTime(timezone=True), comment="Read again by the next intake"),
    sa.Column("resolved_at", sa.DateTime(timezone=True)),
    sa.Column("run_id", postgresql.UUID(as_uuid=True)),
    sa.Index(
        "uq_quarantine_open", "system", "object", "row_id", unique=True, postgresql_where=sa.text("resolved_at IS NULL")
    ),
    sa.Index("ix_quarantine_open", "quarantine_id", postgresql_where=sa.text("resolved_at IS NULL")),
    schema=OPS,
)

load = sa.Table(
    "load",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("load_id", sa.Text, primary_key=True, comment="Of landing._dlt_loads"),
    sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("run_id", postgresql.UUID(as_uuid=True)),
    schema=OPS,
)

mapping = sa.Table(
    "mapping",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False, comment="Of the mapping by which all rows were taken in"),
    sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    schema=OPS,
)

watermark = sa.Table(
    "watermark",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text, nullable=False, comment="Where the next extract begins"),
    sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    schema=OPS,
)

file_seen = sa.Table(
    "file_seen",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True, comment="Of the file, without its folder"),
    sa.Column("content_hash", sa.Text, nullable=False, comment="SHA-256 of the bytes last landed under this name"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    schema=OPS,
)
