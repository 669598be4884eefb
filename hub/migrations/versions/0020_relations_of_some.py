"""Let analytics.relations look up those customers alone that are asked for: one no longer costs the whole base."""

from __future__ import annotations

from importlib import import_module

from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

_OLD: str = import_module("hub.migrations.versions.0012_consents")._RELATIONS
# The same rules, of one customer at a time: a condition on `customer_id` reaches identity.customer and its index.
_NEW = f"""
    SELECT asked.customer_id, r.kind, r.other_id, r.evidence
    FROM identity.customer asked CROSS JOIN LATERAL (
    {_OLD.replace("WHERE x.valid_to IS NULL", "WHERE x.customer_id = asked.customer_id AND x.valid_to IS NULL")}) r
    WHERE asked.status = 'current'"""  # noqa: S608 - texts of the steps alone


def upgrade() -> None:
    """Go to this step."""
    op.execute(f"CREATE OR REPLACE VIEW analytics.relations AS {_NEW}")


def downgrade() -> None:
    """Go back from this step."""
    op.execute(f"CREATE OR REPLACE VIEW analytics.relations AS {_OLD}")
