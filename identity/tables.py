"""The tables of schema `identity`. Each is written by one module alone, named beside it.

Invariant: a record is pending exactly while it is in `pending_record`; features and blocking keys exist exactly for the
records that are not deleted, made from the attributes stored beside them.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Double, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub.db import IDENTITY, metadata
from identity.keys import digest

_MOMENT = DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")

record_revision = sa.Sequence("record_revision", schema=IDENTITY, metadata=metadata)

# identity.store
source_record = Table(
    "source_record",
    metadata,
    Column("record_id", BigInteger, sa.Identity(), primary_key=True),
    Column("system", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("modified_at", _MOMENT),
    Column("revision", BigInteger, nullable=False),
    Column("first_seen_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("changed_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("deleted_at", _MOMENT),
    Column("run_id", Uuid),
    # When an attribute last changed (microseconds since 1970), where that is before the record's own last change.
    Column("attribute_times", JSONB(none_as_null=True)),
    sa.UniqueConstraint("system", "object", "source_id"),
    # identity.relations looks up the people of an employer.
    Index(
        "ix_source_record_employer",
        sa.text("hashtextextended(attributes #>> '{employer,0,standard}'::text[], 0::bigint)"),
        postgresql_where=sa.text("attributes ? 'employer'::text"),
    ),
    # identity.relations looks up the organisation that a record names, and those that name one.
    Index(
        "ix_source_record_organisation",
        "source_id",
        "system",
        postgresql_where=sa.text("entity_type = 'organisation'::text"),
    ),
    *(
        Index(
            f"ix_source_record_{name}",
            sa.text(
                f"hashtextextended(lower(regexp_replace(attributes #>> '{{{name},0,value}}'::text[],"
                " '[^0-9A-Za-z]'::text, ''::text, 'g'::text)), 0::bigint)"
            ),
            postgresql_where=sa.text(f"attributes ? '{name}'::text"),
        )
        for name in ("organisation_id", "parent")
    ),
    # golden_record.silence looks for records whose last word ends.
    Index("ix_source_record_deleted_at", "deleted_at", postgresql_where=sa.text("deleted_at IS NOT NULL")),
    schema=IDENTITY,
)

# identity.pending
pending_record = Table(
    "pending_record",
    metadata,
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    schema=IDENTITY,
)

_FEATURE_TEXTS = (
    "given_name",
    "given_root",
    "middle_name",
    "family_name",
    "full_name",
    "birth_date",
    "gender",
    "organisation_name",
)
_FEATURE_LISTS = ("emails", "phones", "streets", "postcodes", "cities", "identifiers", "domains")

# identity.store
feature = Table(
    "feature",
    metadata,
    Column("record_id", BigInteger, ForeignKey(source_record.c.record_id), primary_key=True, autoincrement=False),
    Column("entity_type", Text, nullable=False),
    *(Column(name, Text) for name in _FEATURE_TEXTS),
    *(Column(name, ARRAY(Text)) for name in _FEATURE_LISTS),
    Column("extra", JSONB),
    schema=IDENTITY,
)

# identity.store: some twenty rows a record, so no key of its own (a record's keys are written together, each once) and
# no index of texts.
blocking_key = Table(
    "blocking_key",
    metadata,
    Column("record_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Index(None, "record_id"),
    Index("ix_blocking_key_digest", sa.text(digest("kind", "key"))),
    # identity.relations looks up the people of a domain.
    Index(
        "ix_blocking_key_email_host",
        sa.text("hashtextextended(split_part(key, '@', '-1'::integer), 0::bigint)"),
        postgresql_where=sa.text("kind = 'email'"),
    ),
    schema=IDENTITY,
)

# identity.models_store
model = Table(
    "model",
    metadata,
    Column("entity_type", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("parameters", JSONB, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("created_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("live", Boolean, nullable=False, server_default=sa.false()),
    # The bars in force since the last resolve (hub.yaml may override the model's own): when they differ, clusters
    # (link) or edges (keep) are made anew. Null: never resolved with this model.
    Column("link_weight", Double),
    Column("review_weight", Double),
    Column("keep_weight", Double),
    Index("uq_model_live", "entity_type", unique=True, postgresql_where=sa.text("live")),
    schema=IDENTITY,
)

# identity.models_store
model_term_frequency = Table(
    "model_term_frequency",
    metadata,
    Column("entity_type", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("column_name", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("frequency", Double, nullable=False),
    schema=IDENTITY,
)

# identity.models_store
model_junk = Table(
    "model_junk",
    metadata,
    Column("entity_type", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("records", BigInteger, nullable=False),
    schema=IDENTITY,
)

# identity.edges
edge = Table(
    "edge",
    metadata,
    Column("record_l", BigInteger, primary_key=True, autoincrement=False),
    Column("record_r", BigInteger, primary_key=True, autoincrement=False),
    Column("entity_type", Text, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("match_weight", Double, nullable=False),
    Column("match_probability", Double, nullable=False),
    Column("comparison", JSONB, nullable=False),
    Column("match_keys", ARRAY(Text), nullable=False),
    sa.CheckConstraint("record_l < record_r", name="ordered"),
    Index(None, "record_r"),
    Index("ix_edge_entity_type_match_weight", "entity_type", "match_weight"),
    schema=IDENTITY,
)

# identity.links
known_link = Table(
    "known_link",
    metadata,
    Column("record_l", BigInteger, primary_key=True, autoincrement=False),
    Column("record_r", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    sa.CheckConstraint("record_l < record_r", name="ordered"),
    Index(None, "record_r"),
    schema=IDENTITY,
)

# identity.crosswalk
customer = Table(
    "customer",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("entity_type", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="current"),
    Column("merged_into", Uuid),
    Column("created_at", _MOMENT, nullable=False, server_default=_NOW),
    sa.CheckConstraint("status in ('current', 'merged', 'split', 'retired')", name="status"),
    # golden_record.members follows merges back to what was merged.
    Index("ix_customer_merged_into", "merged_into", postgresql_where=sa.text("merged_into IS NOT NULL")),
    schema=IDENTITY,
)

# identity.crosswalk
crosswalk = Table(
    "crosswalk",
    metadata,
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", Uuid, nullable=False),
    Column("valid_from", _MOMENT, primary_key=True),
    Column("valid_to", _MOMENT),
    Index("uq_crosswalk_current", "record_id", unique=True, postgresql_where=sa.text("valid_to IS NULL")),
    Index("ix_crosswalk_members", "customer_id", postgresql_where=sa.text("valid_to IS NULL")),
    Index("ix_crosswalk_past", "customer_id", postgresql_where=sa.text("valid_to IS NOT NULL")),
    schema=IDENTITY,
)

# identity.events
identity_event = Table(
    "identity_event",
    metadata,
    Column("event_id", BigInteger, sa.Identity(), primary_key=True),
    Column("at", _MOMENT, nullable=False),
    Column("run_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("other_customer_id", Uuid),
    Column("record_ids", ARRAY(BigInteger), nullable=False),
    Column("reason", Text, nullable=False),
    sa.CheckConstraint("kind in ('create', 'merge', 'split', 'move', 'retire', 'revive')", name="kind"),
    Index(None, "customer_id"),
    Index("ix_identity_event_other", "other_customer_id", postgresql_where=sa.text("other_customer_id IS NOT NULL")),
    schema=IDENTITY,
)

# identity.echoes
told = Table(
    "told",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("attribute", Text, primary_key=True),
    Column("values", JSONB, nullable=False),
    Column("applied_at", _MOMENT, nullable=False),
    # golden_record.profiles looks up whose an e-mail address is.
    Index(
        "ix_told_email",
        "values",
        postgresql_using="gin",
        postgresql_ops={"values": "jsonb_path_ops"},
        postgresql_where=sa.text("attribute = 'email'"),
    ),
    schema=IDENTITY,
)
