"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("record_revision", schema="identity")))
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind in ('created', 'updated', 'merged', 'split', 'retired', 'touched')", name=op.f("ck_change_kind")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        schema="golden",
    )
    op.create_index(op.f("ix_change_customer_id_seq"), "change", ["customer_id", "seq"], unique=False, schema="golden")
    op.create_table(
        "golden_record",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("origins", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "version", name=op.f("pk_golden_record")),
        schema="golden",
    )
    op.create_index(
        "uq_golden_record_current",
        "golden_record",
        ["customer_id"],
        unique=True,
        schema="golden",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "policy",
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("in_force_from", name=op.f("pk_policy")),
        schema="golden",
    )
    op.create_table(
        "blocking_key",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "kind", "key", name=op.f("pk_blocking_key")),
        schema="identity",
    )
    op.create_index(op.f("ix_blocking_key_kind_key"), "blocking_key", ["kind", "key"], unique=False, schema="identity")
    op.create_table(
        "crosswalk",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("record_id", "valid_from", name=op.f("pk_crosswalk")),
        schema="identity",
    )
    op.create_index(
        "ix_crosswalk_members",
        "crosswalk",
        ["customer_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_index(
        "ix_crosswalk_past",
        "crosswalk",
        ["customer_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("valid_to IS NOT NULL"),
    )
    op.create_index(
        "uq_crosswalk_current",
        "crosswalk",
        ["record_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "customer",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="current", nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("status in ('current', 'merged', 'split', 'retired')", name=op.f("ck_customer_status")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer")),
        schema="identity",
    )
    op.create_table(
        "edge",
        sa.Column("record_l", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_r", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("match_weight", sa.Double(), nullable=False),
        sa.Column("match_probability", sa.Double(), nullable=False),
        sa.Column("comparison", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("match_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("record_l < record_r", name=op.f("ck_edge_ordered")),
        sa.PrimaryKeyConstraint("record_l", "record_r", name=op.f("pk_edge")),
        schema="identity",
    )
    op.create_index(op.f("ix_edge_record_r"), "edge", ["record_r"], unique=False, schema="identity")
    op.create_table(
        "identity_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("other_customer_id", sa.Uuid(), nullable=True),
        sa.Column("record_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('create', 'merge', 'split', 'move', 'retire', 'revive')", name=op.f("ck_identity_event_kind")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_identity_event")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_identity_event_customer_id"), "identity_event", ["customer_id"], unique=False, schema="identity"
    )
    op.create_index(
        "ix_identity_event_other",
        "identity_event",
        ["other_customer_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("other_customer_id IS NOT NULL"),
    )
    op.create_table(
        "known_link",
        sa.Column("record_l", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_r", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("record_l < record_r", name=op.f("ck_known_link_ordered")),
        sa.PrimaryKeyConstraint("record_l", "record_r", name=op.f("pk_known_link")),
        schema="identity",
    )
    op.create_index(op.f("ix_known_link_record_r"), "known_link", ["record_r"], unique=False, schema="identity")
    op.create_table(
        "model",
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("live", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("link_weight", sa.Double(), nullable=True),
        sa.Column("review_weight", sa.Double(), nullable=True),
        sa.Column("keep_weight", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("entity_type", "version", name=op.f("pk_model")),
        schema="identity",
    )
    op.create_index(
        "uq_model_live", "model", ["entity_type"], unique=True, schema="identity", postgresql_where=sa.text("live")
    )
    op.create_table(
        "model_junk",
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entity_type", "version", "kind", "key", name=op.f("pk_model_junk")),
        schema="identity",
    )
    op.create_table(
        "model_term_frequency",
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("entity_type", "version", "column_name", "value", name=op.f("pk_model_term_frequency")),
        schema="identity",
    )
    op.create_table(
        "source_record",
        sa.Column("record_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column(
            "first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_revision", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_source_record")),
        sa.UniqueConstraint("system", "object", "source_id", name=op.f("uq_source_record_system_object_source_id")),
        schema="identity",
    )
    op.create_index(
        "ix_source_record_pending",
        "source_record",
        ["record_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("resolved_revision IS DISTINCT FROM revision"),
    )
    op.create_table(
        "told",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("system", "object", "source_id", "attribute", name=op.f("pk_told")),
        schema="identity",
    )
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("replan", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("action IN ('create', 'update')", name=op.f("ck_delivery_action")),
        sa.CheckConstraint(
            "state IN ('planned', 'sending', 'applied', 'rejected', 'unknown')", name=op.f("ck_delivery_state")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        schema="ops",
    )
    op.create_index(
        "ix_delivery_applied",
        "delivery",
        ["destination", "customer_id", "version"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.create_index(
        "ix_delivery_replan",
        "delivery",
        ["destination"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("replan"),
    )
    op.create_index(
        "ix_delivery_work",
        "delivery",
        ["destination", "state", "delivery_id"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state <> 'applied'"),
    )
    op.create_index(
        "uq_delivery_open",
        "delivery",
        ["destination", "customer_id"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("state <> 'applied'"),
    )
    op.create_table(
        "destination_cursor",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_destination_cursor")),
        schema="ops",
    )
    op.create_table(
        "file_seen",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Of the file, without its folder"),
        sa.Column(
            "content_hash", sa.Text(), nullable=False, comment="SHA-256 of the bytes last landed under this name"
        ),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("system", "object", "name", name=op.f("pk_file_seen")),
        schema="ops",
    )
    op.create_table(
        "load",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False, comment="Of landing._dlt_loads"),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("system", "load_id", name=op.f("pk_load")),
        schema="ops",
    )
    op.create_table(
        "mapping",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="Of the mapping by which all rows were taken in"),
        sa.Column("applied_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_mapping")),
        schema="ops",
    )
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False, comment="The row's id in landing"),
        sa.Column("source_id", sa.Text(), nullable=True, comment="The row's key in its system, where it has one"),
        sa.Column("line", sa.BigInteger(), nullable=True, comment="Of a file, from 1"),
        sa.Column("payload", sa.Text(), nullable=False, comment="The whole row as delivered"),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("requeued_at", sa.DateTime(timezone=True), nullable=True, comment="Read again by the next intake"),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantine")),
        schema="ops",
    )
    op.create_index(
        "uq_quarantine_open",
        "quarantine",
        ["system", "object", "row_id"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("command", sa.Text(), nullable=False, comment="What was started, such as sync."),
        sa.Column("trigger", sa.Text(), nullable=False, comment="Who started it: command, prefect."),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column(
            "summary", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.CheckConstraint(
            "status in ('running', 'completed', 'warning', 'failed', 'lost')", name=op.f("ck_run_status")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
        schema="ops",
    )
    op.create_index("ix_run_started_at", "run", ["started_at"], unique=False, schema="ops")
    op.create_table(
        "watermark",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False, comment="Where the next extract begins"),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("system", "object", name=op.f("pk_watermark")),
        schema="ops",
    )
    op.create_table(
        "feature",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("given_root", sa.Text(), nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("organisation_name", sa.Text(), nullable=True),
        sa.Column("emails", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("phones", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("streets", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("postcodes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("cities", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("identifiers", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("domains", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"], ["identity.source_record.record_id"], name=op.f("fk_feature_record_id_source_record")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_feature")),
        schema="identity",
    )


def downgrade() -> None:
    """Go back to the step before."""
    op.drop_table("feature", schema="identity")
    op.drop_table("watermark", schema="ops")
    op.drop_index("ix_run_started_at", table_name="run", schema="ops")
    op.drop_table("run", schema="ops")
    op.drop_index(
        "uq_quarantine_open", table_name="quarantine", schema="ops", postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.drop_table("quarantine", schema="ops")
    op.drop_table("mapping", schema="ops")
    op.drop_table("load", schema="ops")
    op.drop_table("file_seen", schema="ops")
    op.drop_table("destination_cursor", schema="ops")
    op.drop_index(
        "uq_delivery_open", table_name="delivery", schema="ops", postgresql_where=sa.text("state <> 'applied'")
    )
    op.drop_index(
        "ix_delivery_work", table_name="delivery", schema="ops", postgresql_where=sa.text("state <> 'applied'")
    )
    op.drop_index("ix_delivery_replan", table_name="delivery", schema="ops", postgresql_where=sa.text("replan"))
    op.drop_index(
        "ix_delivery_applied", table_name="delivery", schema="ops", postgresql_where=sa.text("state = 'applied'")
    )
    op.drop_table("delivery", schema="ops")
    op.drop_table("told", schema="identity")
    op.drop_index(
        "ix_source_record_pending",
        table_name="source_record",
        schema="identity",
        postgresql_where=sa.text("resolved_revision IS DISTINCT FROM revision"),
    )
    op.drop_table("source_record", schema="identity")
    op.drop_table("model_term_frequency", schema="identity")
    op.drop_table("model_junk", schema="identity")
    op.drop_index("uq_model_live", table_name="model", schema="identity", postgresql_where=sa.text("live"))
    op.drop_table("model", schema="identity")
    op.drop_index(op.f("ix_known_link_record_r"), table_name="known_link", schema="identity")
    op.drop_table("known_link", schema="identity")
    op.drop_index(
        "ix_identity_event_other",
        table_name="identity_event",
        schema="identity",
        postgresql_where=sa.text("other_customer_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_identity_event_customer_id"), table_name="identity_event", schema="identity")
    op.drop_table("identity_event", schema="identity")
    op.drop_index(op.f("ix_edge_record_r"), table_name="edge", schema="identity")
    op.drop_table("edge", schema="identity")
    op.drop_table("customer", schema="identity")
    op.drop_index(
        "uq_crosswalk_current", table_name="crosswalk", schema="identity", postgresql_where=sa.text("valid_to IS NULL")
    )
    op.drop_index(
        "ix_crosswalk_past", table_name="crosswalk", schema="identity", postgresql_where=sa.text("valid_to IS NOT NULL")
    )
    op.drop_index(
        "ix_crosswalk_members", table_name="crosswalk", schema="identity", postgresql_where=sa.text("valid_to IS NULL")
    )
    op.drop_table("crosswalk", schema="identity")
    op.drop_index(op.f("ix_blocking_key_kind_key"), table_name="blocking_key", schema="identity")
    op.drop_table("blocking_key", schema="identity")
    op.drop_table("policy", schema="golden")
    op.drop_index(
        "uq_golden_record_current",
        table_name="golden_record",
        schema="golden",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_table("golden_record", schema="golden")
    op.drop_index(op.f("ix_change_customer_id_seq"), table_name="change", schema="golden")
    op.drop_table("change", schema="golden")
    op.execute(sa.schema.DropSequence(sa.Sequence("record_revision", schema="identity")))
