"""The customer's profile: relations looked up from both sides, activities, computed figures, views for analysts."""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


# The first value of an attribute; the golden record has the primary one first.
_FIRST = "g.attributes #>> '{{{},0,value}}'"
_PARTS = ("street", "postcode", "city", "country")
_ADDRESS = ", ".join(f"g.attributes #>> '{{address,0,value,{part}}}' AS {part}" for part in _PARTS)
_VALUES = """(
    SELECT jsonb_object_agg(a.key, (SELECT jsonb_agg(v -> 'value') FROM jsonb_array_elements(a.value) v))
    FROM jsonb_each(g.attributes) a)"""
_TEXTS = ", ".join(
    f"{_FIRST.format(name)} AS {name}"
    for name in ("given_name", "family_name", "organisation_name", "birth_date", "language", "email", "phone")
)
_RECORD = "s.system AS record_system, s.object AS record_object, s.source_id AS record_source_id"
_ACTIVITY = "a.system, a.object, a.source_id, a.kind, a.at, a.title, a.amount, a.currency, a.status, a.attributes"
_OWNED = """
    FROM identity.crosswalk x JOIN identity.source_record s ON s.record_id = x.record_id AND s.deleted_at IS NULL"""
_THERE = "a.valid_to IS NULL AND a.record_system = s.system AND a.record_object = s.object"

_VIEWS = {
    "customer_360": f"""
        SELECT g.customer_id, g.entity_type, g.version, g.valid_from,
            coalesce(nullif(concat_ws(' ', {_FIRST.format("given_name")}, {_FIRST.format("family_name")}), ''),
                     {_FIRST.format("full_name")}, {_FIRST.format("organisation_name")}) AS name,
            {_TEXTS}, {_ADDRESS}, m.records, m.systems,
            coalesce({_VALUES}, '{{}}'::jsonb) AS attributes, coalesce(p.computed, '{{}}'::jsonb) AS computed
        FROM golden.golden_record g
        LEFT JOIN golden.profile p USING (customer_id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS records, array_agg(DISTINCT s.system ORDER BY s.system) AS systems {_OWNED}
            WHERE x.customer_id = g.customer_id AND x.valid_to IS NULL) m
        WHERE g.valid_to IS NULL""",
    "customer_history": f"""
        SELECT g.customer_id, g.version, g.entity_type, g.valid_from, g.valid_to,
            coalesce({_VALUES}, '{{}}'::jsonb) AS attributes, g.policy_hash
        FROM golden.golden_record g""",
    "crosswalk": """
        SELECT x.customer_id, s.system, s.object, s.source_id, x.valid_from, x.valid_to
        FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)""",
    "activities": f"""
        SELECT DISTINCT ON (customer_id, system, object, source_id) * FROM (
            SELECT x.customer_id, {_ACTIVITY}, {_RECORD} {_OWNED} AND x.valid_to IS NULL
            JOIN golden.activity a ON {_THERE} AND a.record_source_id = s.source_id
            UNION ALL
            SELECT x.customer_id, {_ACTIVITY}, {_RECORD} {_OWNED} AND x.valid_to IS NULL
            CROSS JOIN LATERAL (
                SELECT v ->> 'standard' AS email FROM jsonb_array_elements(s.attributes -> 'email') v
                UNION
                SELECT v ->> 'standard' FROM identity.told t, jsonb_array_elements(t.values) v
                WHERE (t.system, t.object, t.source_id, t.attribute) = (s.system, s.object, s.source_id, 'email')) e
            JOIN golden.activity a ON {_THERE} AND a.record_email = e.email) q
        ORDER BY customer_id, system, object, source_id, record_system, record_object, record_source_id""",
}


def upgrade() -> None:
    """Go to this step."""
    op.create_index(
        "ix_blocking_key_email_host",
        "blocking_key",
        [sa.text("hashtextextended(split_part(key, '@', '-1'::integer), 0::bigint)")],
        schema="identity",
        postgresql_where=sa.text("kind = 'email'"),
    )
    op.create_index(
        "ix_source_record_employer",
        "source_record",
        [sa.text("hashtextextended(attributes #>> '{employer,0,standard}'::text[], 0::bigint)")],
        schema="identity",
        postgresql_where=sa.text("attributes ? 'employer'::text"),
    )
    _activities()
    _figures()
    op.execute("CREATE SCHEMA IF NOT EXISTS analytics")
    for name, query in _VIEWS.items():
        op.execute(f"CREATE VIEW analytics.{name} AS {query}")


def _activities() -> None:
    op.create_table(
        "activity",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_system", sa.Text(), nullable=False),
        sa.Column("record_object", sa.Text(), nullable=False),
        sa.Column("record_source_id", sa.Text(), nullable=True),
        sa.Column("record_email", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_to", _TIME, nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(record_source_id IS NULL) <> (record_email IS NULL)", name=op.f("ck_activity_belongs")),
        sa.PrimaryKeyConstraint("system", "object", "source_id", "version", name=op.f("pk_activity")),
        schema="golden",
    )
    op.create_index(
        "uq_activity_current",
        "activity",
        ["system", "object", "source_id"],
        unique=True,
        schema="golden",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    for name, column in (("record", "record_source_id"), ("email", "record_email")):
        op.create_index(
            f"ix_activity_{name}",
            "activity",
            [column, "record_system", "record_object", "at"],
            schema="golden",
            postgresql_where=sa.text(f"valid_to IS NULL AND {column} IS NOT NULL"),
        )


def _figures() -> None:
    op.create_index(
        "ix_told_email",
        "told",
        ["values"],
        schema="identity",
        postgresql_using="gin",
        postgresql_ops={"values": "jsonb_path_ops"},
        postgresql_where=sa.text("attribute = 'email'"),
    )
    op.create_table(
        "profile",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("computed", postgresql.JSONB(), nullable=False),
        sa.Column("computed_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_profile")),
        schema="golden",
    )
    op.create_index(
        "ix_profile_due_at", "profile", ["due_at"], schema="golden", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_table(
        "profile_due",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_profile_due")),
        schema="golden",
    )
    op.create_table(
        "profile_definition",
        sa.Column("in_force_from", _TIME, nullable=False),
        sa.Column("definition_hash", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("in_force_from", name=op.f("pk_profile_definition")),
        schema="golden",
    )


def downgrade() -> None:
    """Go back from this step."""
    for name in _VIEWS:
        op.execute(f"DROP VIEW analytics.{name}")
    op.execute("DROP SCHEMA analytics")
    for table in ("profile_definition", "profile_due", "profile"):
        op.drop_table(table, schema="golden")
    op.drop_index("ix_told_email", table_name="told", schema="identity")
    op.drop_table("activity", schema="golden")
    op.drop_index("ix_source_record_employer", table_name="source_record", schema="identity")
    op.drop_index("ix_blocking_key_email_host", table_name="blocking_key", schema="identity")
