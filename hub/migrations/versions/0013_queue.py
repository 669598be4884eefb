"""The stewards' queue: how items are handled, possible matches kept ready, and conflicts that destinations keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)

# As identity.possible_matches found them when this step was made.
_FOUND = """
    WITH pair AS MATERIALIZED (
        SELECT least(l.customer_id, r.customer_id) AS one, greatest(l.customer_id, r.customer_id) AS other,
               (array_agg(ARRAY[e.record_l, e.record_r] ORDER BY e.match_weight DESC, e.record_l, e.record_r))[1:1]
                   AS best,
               max(e.match_weight) AS weight, min(e.entity_type) AS entity_type
        FROM identity.model m
        JOIN identity.edge e ON e.entity_type = m.entity_type
            AND e.match_weight >= m.review_weight AND e.match_weight < m.link_weight
        JOIN identity.crosswalk l ON l.record_id = e.record_l AND l.valid_to IS NULL
        JOIN identity.crosswalk r ON r.record_id = e.record_r AND r.valid_to IS NULL
        WHERE m.live AND l.customer_id <> r.customer_id
        GROUP BY 1, 2
    ), covered AS MATERIALIZED (
        SELECT DISTINCT least(x.customer_id, y.customer_id) AS one, greatest(x.customer_id, y.customer_id) AS other
    FROM identity.decision d
    JOIN identity.decision_record a ON a.decision_id = d.decision_id
    JOIN identity.decision_record b ON b.decision_id = d.decision_id AND b.record_id <> a.record_id
        AND (d.kind <> 'different' OR b.side <> a.side)
    JOIN identity.crosswalk x ON x.record_id = a.record_id AND x.valid_to IS NULL
    JOIN identity.crosswalk y ON y.record_id = b.record_id AND y.valid_to IS NULL
    WHERE d.kind <> 'revoke'
        AND NOT EXISTS (SELECT FROM identity.decision later WHERE later.revokes = d.decision_id)
        AND (d.kind <> 'unsure' OR NOT EXISTS (
        SELECT FROM identity.decision_record c JOIN identity.source_record s USING (record_id)
        WHERE c.decision_id = d.decision_id AND s.content_hash <> c.content_hash)) AND d.kind <> 'same'
    ), open AS MATERIALIZED (
        SELECT * FROM pair p WHERE NOT EXISTS (SELECT FROM covered c WHERE c.one = p.one AND c.other = p.other)
    ), size AS MATERIALIZED (
        SELECT x.customer_id, count(DISTINCT x.record_id) AS records, array_agg(DISTINCT s.system) AS systems,
               count(DISTINCT k.name) + count(DISTINCT s.system) AS hangs
        FROM (SELECT one AS customer_id FROM open UNION SELECT other FROM open) o
        JOIN identity.crosswalk x ON x.customer_id = o.customer_id AND x.valid_to IS NULL
        JOIN identity.source_record s ON s.record_id = x.record_id
        LEFT JOIN LATERAL jsonb_object_keys(s.attributes) AS k (name) ON true
        GROUP BY x.customer_id
    )
    SELECT o.one, o.other, 'match:' || o.one || ':' || o.other AS key, o.entity_type, o.best[1][1] AS record_l,
           o.best[1][2] AS record_r, o.weight, a.records + b.records AS affected, a.hangs + b.hangs AS consequence,
           ARRAY(SELECT DISTINCT unnest(a.systems || b.systems) ORDER BY 1) AS systems
    FROM open o JOIN size a ON a.customer_id = o.one JOIN size b ON b.customer_id = o.other"""


def upgrade() -> None:
    """Go to this step."""
    _handling()
    _conflicts()
    _possible_matches()
    op.create_index(
        "ix_quarantine_open",
        "quarantine",
        ["quarantine_id"],
        schema="ops",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _handling() -> None:
    op.create_table(
        "task_handling",
        sa.Column("task_key", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_until", _TIME),
        sa.Column("due_on", sa.Date()),
        sa.Column("deferred_until", _TIME),
        sa.Column("note", sa.Text()),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", _TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_task_handling_claim")),
        sa.PrimaryKeyConstraint("task_key", name=op.f("pk_task_handling")),
        schema="ops",
    )
    op.create_index(
        "ix_task_handling_assigned_to",
        "task_handling",
        ["assigned_to"],
        schema="ops",
        postgresql_where=sa.text("assigned_to IS NOT NULL"),
    )


def _conflicts() -> None:
    op.create_table(
        "publish_conflict",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("since", _TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("destination", "customer_id", "slot", name=op.f("pk_publish_conflict")),
        schema="ops",
    )


def _possible_matches() -> None:
    op.create_table(
        "possible_match",
        sa.Column("one", sa.Uuid(), nullable=False),
        sa.Column("other", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("record_l", sa.BigInteger(), nullable=False),
        sa.Column("record_r", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("consequence", sa.Integer(), nullable=False),
        sa.Column("systems", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.CheckConstraint("one < other", name=op.f("ck_possible_match_ordered")),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_possible_match")),
        schema="identity",
    )
    op.execute(f"""
        INSERT INTO identity.possible_match (one, other, key, entity_type, record_l, record_r, weight, affected,
                                             consequence, systems, since)
        SELECT one, other, key, entity_type, record_l, record_r, weight, affected, consequence, systems,
               clock_timestamp() FROM ({_FOUND}) f""")  # noqa: S608 - own words
    op.create_index(op.f("ix_possible_match_other"), "possible_match", ["other"], schema="identity")
    op.create_index(
        "ix_possible_match_order", "possible_match", [sa.text("consequence DESC"), "key"], schema="identity"
    )
    op.create_index(op.f("ix_possible_match_key"), "possible_match", ["key"], unique=True, schema="identity")


def downgrade() -> None:
    """Go back from this step."""
    op.drop_index("ix_quarantine_open", "quarantine", schema="ops")
    op.drop_table("possible_match", schema="identity")
    for table in ("publish_conflict", "task_handling"):
        op.drop_table(table, schema="ops")
