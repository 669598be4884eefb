"""Consents: statements keyed to source records, whom changes of them concern, and what holds as a view for analysts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)

# The rule of golden_record.effective_consents, over all customers.
_CONSENTS = """
    WITH member AS MATERIALIZED (
    SELECT x.customer_id, x.record_id, s.system, s.object, s.source_id, s.attributes
    FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)
    WHERE x.valid_to IS NULL AND s.deleted_at IS NULL
    ), owned AS (
        SELECT m.customer_id, m.record_id, m.system AS of_system, m.object AS of_object, m.source_id AS of_source_id,
            m.attributes AS of_attributes, c.*
        FROM member m JOIN golden.consent c ON (c.record_system, c.record_object) = (m.system, m.object)
            AND c.record_source_id = m.source_id AND c.valid_to IS NULL AND c.record_source_id IS NOT NULL
        UNION ALL
        SELECT m.customer_id, m.record_id, m.system, m.object, m.source_id, m.attributes, c.*
        FROM member m CROSS JOIN LATERAL (
    SELECT v ->> 'standard' AS email FROM jsonb_array_elements(m.attributes -> 'email') v
    UNION
    SELECT v ->> 'standard' FROM identity.told t, jsonb_array_elements(t.values) v
    WHERE (t.system, t.object, t.source_id, t.attribute) = (m.system, m.object, m.source_id, 'email')) e
        JOIN golden.consent c ON (c.record_system, c.record_object) = (m.system, m.object) AND c.record_email = e.email
            AND c.valid_to IS NULL AND c.record_email IS NOT NULL
    ), pointed AS (
        SELECT o.*, p.said AS on_point, coalesce(o.at, o.valid_from) AS said_at FROM owned o CROSS JOIN LATERAL (
            SELECT o.point AS said WHERE o.point IS NOT NULL
            UNION
            SELECT v -> 'standard' #>> '{}' FROM jsonb_array_elements(o.of_attributes -> o.point_kind) v
            WHERE o.point IS NULL AND v ->> 'standard' IS NOT NULL) p
        UNION ALL
        SELECT m.customer_id, NULL, NULL, NULL, NULL, NULL, c.*, c.point, coalesce(c.at, c.valid_from)
        FROM (
            SELECT DISTINCT m.customer_id, k.kind, v ->> 'standard' AS point
            FROM member m CROSS JOIN (VALUES ('email'), ('phone')) k (kind)
            CROSS JOIN LATERAL jsonb_array_elements(m.attributes -> k.kind) v) m
        JOIN golden.consent c ON c.point = m.point AND c.point_kind = m.kind
            AND c.valid_to IS NULL AND c.in_force = 'withdrawn' AND c.point IS NOT NULL
        WHERE NOT EXISTS (
                SELECT FROM identity.source_record r WHERE r.deleted_at IS NULL
                    AND (r.system, r.object, r.source_id) = (c.record_system, c.record_object, c.record_source_id))
            AND c.record_source_id IS NOT NULL
    ), said AS (
        SELECT *, array_position('{withdrawn,unknown,granted}', in_force) AS restrictive,
            CASE WHEN in_force = 'granted' AND ends_at <= now() THEN 'expired' ELSE in_force END AS now_in_force
        FROM pointed WHERE in_force <> 'granted' OR said_at <= now()
    ), voice AS (
        SELECT customer_id, purpose, channel, point_kind, on_point AS point, system, object, record_id,
            (array_agg(now_in_force ORDER BY said_at DESC, restrictive, source_id))[1] AS latest,
            (array_agg(in_force ORDER BY said_at DESC, restrictive, source_id)
                FILTER (WHERE in_force <> 'unknown'))[1] AS spoken,
            (array_agg(source_id ORDER BY said_at DESC, restrictive, source_id))[1] AS key,
            max(said_at) AS since
        FROM said GROUP BY customer_id, purpose, channel, point_kind, on_point, system, object, record_id
    ), state AS (
        SELECT *, CASE WHEN spoken = 'withdrawn' THEN 'withdrawn' ELSE latest END AS state FROM voice
    ), line AS (
        SELECT s.*, CASE state WHEN 'withdrawn' THEN 0 WHEN 'granted' THEN 1 WHEN 'expired' THEN 2 ELSE 3 END AS rank
        FROM state s WHERE purpose <> 'every_purpose'
        UNION ALL
        SELECT l.customer_id, l.purpose, l.channel, l.point_kind, l.point, w.system, w.object, w.record_id, w.latest,
            w.spoken, w.key, w.since, 'withdrawn', 0
        FROM (SELECT DISTINCT customer_id, purpose, channel, point_kind, point FROM state) l
        JOIN state w ON w.purpose = 'every_purpose' AND w.state = 'withdrawn' AND l.purpose <> 'every_purpose'
            AND (w.customer_id, w.channel, w.point_kind, w.point) = (l.customer_id, l.channel, l.point_kind, l.point)
        UNION ALL
        SELECT s.*, 0 FROM state s WHERE purpose = 'every_purpose' AND state = 'withdrawn'
    )
    SELECT DISTINCT ON (customer_id, purpose, channel, point_kind, point)
        customer_id, point_kind, point, purpose, channel, state, since, system, object, key AS source_id
    FROM line ORDER BY customer_id, purpose, channel, point_kind, point, rank, since DESC, system, object, key"""


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "consent",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("system", "object", "source_id")),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("record_system", "record_object")),
        *(sa.Column(name, sa.Text()) for name in ("record_source_id", "record_email")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("purpose", "channel", "point_kind")),
        sa.Column("point", sa.Text()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("status", "in_force")),
        *(sa.Column(name, _TIME) for name in ("at", "ends_at")),
        *(sa.Column(name, sa.Text()) for name in ("legal_basis", "how", "wording", "wording_version")),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_to", _TIME),
        sa.Column("run_id", sa.Uuid()),
        sa.CheckConstraint("(record_source_id IS NULL) <> (record_email IS NULL)", name=op.f("ck_consent_belongs")),
        *(
            sa.CheckConstraint(f"{name} IN ('granted', 'withdrawn', 'unknown')", name=op.f(f"ck_consent_{name}"))
            for name in ("status", "in_force")
        ),
        sa.PrimaryKeyConstraint("system", "object", "source_id", "version", name=op.f("pk_consent")),
        schema="golden",
    )
    op.create_index(
        "uq_consent_current",
        "consent",
        ["system", "object", "source_id"],
        unique=True,
        schema="golden",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    record = ["record_system", "record_object"]
    for name, columns, where in (
        ("record", ["record_source_id", *record], "record_source_id IS NOT NULL"),
        ("email", ["record_email", *record], "record_email IS NOT NULL"),
        ("withdrawn", ["point", "point_kind"], "in_force = 'withdrawn'::text AND point IS NOT NULL"),
        ("ends_at", ["ends_at"], "ends_at IS NOT NULL"),
        ("at", ["at"], "at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_consent_{name}",
            "consent",
            columns,
            schema="golden",
            postgresql_where=sa.text(f"valid_to IS NULL AND {where}"),
        )
    op.create_table(
        "consent_due",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_consent_due")),
        schema="golden",
    )
    op.create_table(
        "consent_clock",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_consent_clock_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_consent_clock")),
        schema="golden",
    )
    op.add_column("destination_cursor", sa.Column("grounds", sa.Text()), schema="ops")
    op.execute(f"CREATE VIEW analytics.consents AS {_CONSENTS}")


def downgrade() -> None:
    """Go back from this step."""
    op.execute("DROP VIEW analytics.consents")
    op.drop_column("destination_cursor", "grounds", schema="ops")
    for table in ("consent_clock", "consent_due", "consent"):
        op.drop_table(table, schema="golden")
