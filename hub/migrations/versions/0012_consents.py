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
_NAMING = ("organisation_id", "parent")

# The rule of golden_record.effective_consents over all customers, as it was when this step was made.
CONSENTS = """
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


# The rules of identity.relations over all customers, as they were when this step was made.
_RELATIONS = """
    SELECT customer_id, kind, other_id, array_agg(DISTINCT said ORDER BY said) AS evidence
    FROM (
    SELECT customer_id, other_id, kind, evidence FROM (
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, f.record_id, f.family_name, f.organisation_name
        FROM identity.crosswalk x JOIN identity.feature f USING (record_id)
        WHERE x.valid_to IS NULL AND f.entity_type = 'person'
    ), shared AS MATERIALIZED (
        SELECT DISTINCT m.customer_id, k.kind, k.key FROM mine m JOIN identity.blocking_key k USING (record_id)
        WHERE k.kind IN ('email', 'phone', 'street_place') AND (k.kind <> 'street_place' OR split_part(k.key,
            '|', 1) ~ '[0-9]')
    ), holder AS MATERIALIZED (
        SELECT s.customer_id, s.kind, s.key, h.record_id, count(*) OVER (PARTITION BY s.customer_id, s.kind,
            s.key) AS n
        FROM shared s CROSS JOIN LATERAL (
            SELECT k.record_id FROM identity.blocking_key k
            WHERE hashtextextended(k.key, hashtext(k.kind)::bigint) = hashtextextended(s.key,
                hashtext(s.kind)::bigint) AND k.kind = s.kind AND k.key = s.key
            LIMIT 50 + 1) h
    ), sharer AS MATERIALIZED (
        SELECT h.customer_id, o.customer_id AS other_id, h.kind, f.family_name, f.organisation_name
        FROM holder h JOIN identity.crosswalk o ON o.record_id = h.record_id AND o.valid_to IS NULL
        JOIN identity.feature f ON f.record_id = h.record_id AND f.entity_type = 'person'
        WHERE h.n <= 50 AND o.customer_id <> h.customer_id
    )
    SELECT DISTINCT s.customer_id, s.other_id, 'household' AS kind,
        ARRAY[CASE s.kind WHEN 'email' THEN 'same e-mail' WHEN 'phone' THEN 'same phone' ELSE 'same address' END,
              'same family name'] AS evidence
    FROM sharer s JOIN mine m ON m.customer_id = s.customer_id
        AND string_to_array(m.family_name, ' ') && string_to_array(s.family_name, ' ')) q0
    UNION ALL
    SELECT customer_id, other_id, kind, evidence FROM (
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, f.record_id, f.family_name, f.organisation_name
        FROM identity.crosswalk x JOIN identity.feature f USING (record_id)
        WHERE x.valid_to IS NULL AND f.entity_type = 'organisation'
    ), shared AS MATERIALIZED (
        SELECT DISTINCT m.customer_id, k.kind, k.key FROM mine m JOIN identity.blocking_key k USING (record_id)
        WHERE k.kind IN ('domain', 'identifier', 'name') AND true
    ), holder AS MATERIALIZED (
        SELECT s.customer_id, s.kind, s.key, h.record_id, count(*) OVER (PARTITION BY s.customer_id, s.kind,
            s.key) AS n
        FROM shared s CROSS JOIN LATERAL (
            SELECT k.record_id FROM identity.blocking_key k
            WHERE hashtextextended(k.key, hashtext(k.kind)::bigint) = hashtextextended(s.key,
                hashtext(s.kind)::bigint) AND k.kind = s.kind AND k.key = s.key
            LIMIT 50 + 1) h
    ), sharer AS MATERIALIZED (
        SELECT h.customer_id, o.customer_id AS other_id, h.kind, f.family_name, f.organisation_name
        FROM holder h JOIN identity.crosswalk o ON o.record_id = h.record_id AND o.valid_to IS NULL
        JOIN identity.feature f ON f.record_id = h.record_id AND f.entity_type = 'organisation'
        WHERE h.n <= 50 AND o.customer_id <> h.customer_id
    )
    SELECT DISTINCT customer_id, other_id, 'affiliated' AS kind,
        ARRAY[CASE kind WHEN 'domain' THEN 'same domain' WHEN 'identifier' THEN 'same identifier'
              ELSE 'same name' END] AS evidence
    FROM sharer WHERE kind <> 'name' OR position(' ' IN organisation_name) > 0) q1
    UNION ALL
    SELECT customer_id, other_id, kind, evidence FROM (
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, f.record_id, f.entity_type
        FROM identity.crosswalk x JOIN identity.feature f USING (record_id)
        WHERE x.valid_to IS NULL
    ), host AS MATERIALIZED (
        SELECT DISTINCT m.customer_id, m.entity_type, h.host
        FROM mine m JOIN identity.blocking_key k USING (record_id)
        CROSS JOIN LATERAL (SELECT CASE k.kind WHEN 'email' THEN split_part(k.key, '@',
            -1) ELSE k.key END AS host) h
        WHERE k.kind = CASE m.entity_type WHEN 'person' THEN 'email' ELSE 'domain' END
    ), employer AS MATERIALIZED (
        SELECT h.host, x.customer_id, count(*) OVER (PARTITION BY h.host) AS n
        FROM (SELECT DISTINCT host FROM host) h
        JOIN identity.blocking_key k ON hashtextextended(k.key, hashtext(k.kind)::bigint)
            = hashtextextended(h.host, hashtext('domain')::bigint)
            AND k.kind = 'domain' AND k.key = h.host
        JOIN identity.crosswalk x ON x.record_id = k.record_id AND x.valid_to IS NULL
        GROUP BY h.host, x.customer_id
    ), pair AS (
        SELECT h.customer_id, e.customer_id AS other_id, 'works_for' AS kind
        FROM host h JOIN employer e USING (host) WHERE h.entity_type = 'person' AND e.n <= 3
        UNION
        SELECT h.customer_id, x.customer_id, 'employs'
        FROM host h JOIN employer e ON e.host = h.host AND e.customer_id = h.customer_id AND e.n <= 3
        CROSS JOIN LATERAL (
            SELECT k.record_id FROM identity.blocking_key k JOIN identity.feature f USING (record_id)
            WHERE k.kind = 'email' AND hashtextextended(split_part(k.key, '@', -1), 0) = hashtextextended(h.host, 0)
              AND split_part(k.key, '@', -1) = h.host AND f.entity_type = 'person'
            ORDER BY k.record_id LIMIT 500) p
        JOIN identity.crosswalk x ON x.record_id = p.record_id AND x.valid_to IS NULL
        WHERE h.entity_type = 'organisation'
    )
    SELECT customer_id, other_id, kind, ARRAY['e-mail of its domain'] AS evidence FROM pair) q2
    UNION ALL
    SELECT customer_id, other_id, kind, evidence FROM (
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, r.entity_type, n.name
        FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
        CROSS JOIN LATERAL unnest(CASE r.entity_type WHEN 'person' THEN ARRAY[r.attributes #>> '{employer,0,standard}']
                                  ELSE ARRAY[r.attributes #>> '{organisation_name,0,standard}',
                                      r.attributes #>> '{organisation_core,0,standard}'] END) n (name)
        WHERE x.valid_to IS NULL AND r.deleted_at IS NULL AND n.name <> ''
    ), employer AS MATERIALIZED (
        SELECT n.name, x.customer_id, count(*) OVER (PARTITION BY n.name) AS n
        FROM (SELECT DISTINCT name FROM mine) n
        CROSS JOIN generate_series(0, 4) last (words)
        CROSS JOIN LATERAL (SELECT string_to_array(n.name, ' ') AS word) w
        CROSS JOIN LATERAL (
            SELECT array_to_string(w.word[1 : cardinality(w.word) - last.words], '') AS key) core
        JOIN identity.blocking_key k ON hashtextextended(k.key, hashtext(k.kind)::bigint)
            = hashtextextended(core.key, hashtext('name')::bigint)
            AND k.kind = 'name' AND k.key = core.key AND core.key <> ''
        JOIN identity.source_record r ON r.record_id = k.record_id AND r.entity_type = 'organisation'
            AND n.name IN (r.attributes #>> '{organisation_name,0,standard}',
                r.attributes #>> '{organisation_core,0,standard}')
        JOIN identity.crosswalk x ON x.record_id = k.record_id AND x.valid_to IS NULL
        GROUP BY n.name, x.customer_id
    ), pair AS (
        SELECT m.customer_id, e.customer_id AS other_id, 'works_for' AS kind
        FROM mine m JOIN employer e USING (name) WHERE m.entity_type = 'person' AND e.n <= 3
        UNION
        SELECT m.customer_id, x.customer_id, 'employs'
        FROM mine m JOIN employer e ON e.name = m.name AND e.customer_id = m.customer_id AND e.n <= 3
        CROSS JOIN LATERAL (
            SELECT r.record_id FROM identity.source_record r
            WHERE r.attributes ? 'employer' AND r.entity_type = 'person' AND r.deleted_at IS NULL
              AND hashtextextended(r.attributes #>> '{employer,0,standard}', 0) = hashtextextended(m.name,
                  0) AND r.attributes #>> '{employer,0,standard}' = m.name
            ORDER BY r.record_id LIMIT 500) p
        JOIN identity.crosswalk x ON x.record_id = p.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'
    )
    SELECT customer_id, other_id, kind, ARRAY['employer of its name'] AS evidence FROM pair) q3
    UNION ALL
    SELECT customer_id, other_id, kind, evidence FROM (
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, r.system, r.source_id, r.entity_type, r.attributes,
            r.attributes #>> '{organisation_id,0,value}' AS said
        FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
        WHERE x.valid_to IS NULL AND r.deleted_at IS NULL
    ), up (customer_id, other_id) AS (
        SELECT m.customer_id, x.customer_id FROM mine m
        JOIN identity.source_record o ON o.source_id = m.said AND o.system = m.system
            AND o.entity_type = 'organisation' AND o.deleted_at IS NULL
        JOIN identity.crosswalk x ON x.record_id = o.record_id AND x.valid_to IS NULL
    ), down (customer_id, other_id) AS (
        SELECT m.customer_id, x.customer_id FROM mine m
        JOIN identity.source_record r ON r.attributes ? 'organisation_id' AND r.deleted_at IS NULL
            AND r.system = m.system
            AND hashtextextended(lower(regexp_replace(r.attributes #>> '{organisation_id,0,value}',
                '[^0-9A-Za-z]'::text, ''::text, 'g'::text)), 0)
                    = hashtextextended(lower(regexp_replace(m.source_id, '[^0-9A-Za-z]', '', 'g')), 0)
            AND r.attributes #>> '{organisation_id,0,value}' = m.source_id
        JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'
    )
    SELECT customer_id, other_id, 'works_for' AS kind, ARRAY['named by its record'] AS evidence FROM up
    WHERE customer_id <> other_id
    UNION
    SELECT customer_id, other_id, 'employs', ARRAY['named by its record'] FROM down WHERE customer_id <> other_id) q4
    UNION ALL
    SELECT customer_id, other_id, kind, evidence FROM (
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, r.system, r.source_id, r.entity_type, r.attributes,
            r.attributes #>> '{parent,0,value}' AS said
        FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
        WHERE x.valid_to IS NULL AND r.deleted_at IS NULL
    ), up (customer_id, other_id) AS (
        SELECT m.customer_id, x.customer_id FROM mine m
        JOIN identity.source_record o ON o.source_id = m.said AND o.system = m.system
            AND o.entity_type = 'organisation' AND o.deleted_at IS NULL
        JOIN identity.crosswalk x ON x.record_id = o.record_id AND x.valid_to IS NULL
        UNION
        SELECT m.customer_id, x.customer_id FROM mine m CROSS JOIN LATERAL unnest(ARRAY['registration:'
            || upper(regexp_replace(m.said, '[^0-9A-Za-z]', '', 'g')), 'vat:' || upper(regexp_replace(m.said,
                '[^0-9A-Za-z]', '', 'g')), 'tax:' || upper(regexp_replace(m.said, '[^0-9A-Za-z]', '',
                    'g'))]) w (key)
        JOIN identity.blocking_key k ON hashtextextended(k.key, hashtext(k.kind)::bigint)
            = hashtextextended(w.key, hashtext('identifier')::bigint)
            AND k.kind = 'identifier' AND k.key = w.key
        JOIN identity.source_record o ON o.record_id = k.record_id AND o.entity_type = 'organisation'
        JOIN identity.crosswalk x ON x.record_id = o.record_id AND x.valid_to IS NULL
        WHERE m.said <> ''
    ), down (customer_id, other_id) AS (
        SELECT m.customer_id, x.customer_id FROM mine m
        JOIN identity.source_record r ON r.attributes ? 'parent' AND r.deleted_at IS NULL AND r.system = m.system
            AND hashtextextended(lower(regexp_replace(r.attributes #>> '{parent,0,value}',
                '[^0-9A-Za-z]'::text, ''::text, 'g'::text)), 0)
                    = hashtextextended(lower(regexp_replace(m.source_id, '[^0-9A-Za-z]', '', 'g')), 0)
            AND r.attributes #>> '{parent,0,value}' = m.source_id
        JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'
        UNION
        SELECT m.customer_id, x.customer_id FROM mine m
            CROSS JOIN LATERAL (SELECT v -> 'standard' ->> 'value' AS n
                FROM jsonb_array_elements(m.attributes -> 'identifier') v) i
        JOIN identity.source_record r ON r.attributes ? 'parent' AND r.deleted_at IS NULL
            AND hashtextextended(lower(regexp_replace(r.attributes #>> '{parent,0,value}',
                '[^0-9A-Za-z]'::text, ''::text, 'g'::text)), 0) = hashtextextended(lower(regexp_replace(i.n,
                    '[^0-9A-Za-z]', '', 'g')), 0)
            AND lower(regexp_replace(r.attributes #>> '{parent,0,value}', '[^0-9A-Za-z]'::text, ''::text,
                'g'::text)) = lower(regexp_replace(i.n, '[^0-9A-Za-z]', '', 'g'))
        JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'
    )
    SELECT customer_id, other_id, 'subsidiary_of' AS kind, ARRAY['named by its record'] AS evidence FROM up
    WHERE customer_id <> other_id
    UNION
    SELECT customer_id, other_id, 'parent_of', ARRAY['named by its record'] FROM down WHERE customer_id <> other_id) q5
    ) found CROSS JOIN LATERAL unnest(evidence) said
    GROUP BY customer_id, kind, other_id"""


def upgrade() -> None:
    """Go to this step."""
    _statements()
    _due()
    _references()
    op.add_column("destination_cursor", sa.Column("grounds", sa.Text()), schema="ops")
    op.execute(f"CREATE VIEW analytics.consents AS {CONSENTS}")
    op.execute(f"CREATE VIEW analytics.relations AS {_RELATIONS}")


def _statements() -> None:
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


def _due() -> None:
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


def _references() -> None:
    op.create_index(
        "ix_source_record_organisation",
        "source_record",
        ["source_id", "system"],
        schema="identity",
        postgresql_where=sa.text("entity_type = 'organisation'::text"),
    )
    for name in _NAMING:
        named = (
            f"regexp_replace(attributes #>> '{{{name},0,value}}'::text[], '[^0-9A-Za-z]'::text, ''::text, 'g'::text)"
        )
        op.create_index(
            f"ix_source_record_{name}",
            "source_record",
            [sa.text(f"hashtextextended(lower({named}), 0::bigint)")],
            schema="identity",
            postgresql_where=sa.text(f"attributes ? '{name}'::text"),
        )


def downgrade() -> None:
    """Go back from this step."""
    for view in ("relations", "consents"):
        op.execute(f"DROP VIEW analytics.{view}")
    for name in ("organisation", *_NAMING):
        op.drop_index(f"ix_source_record_{name}", table_name="source_record", schema="identity")
    op.drop_column("destination_cursor", "grounds", schema="ops")
    for table in ("consent_clock", "consent_due", "consent"):
        op.drop_table(table, schema="golden")
