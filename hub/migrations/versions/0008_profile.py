"""The customer's profile: relations looked up from both sides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    """Go back from this step."""
    op.drop_index("ix_source_record_employer", table_name="source_record", schema="identity")
    op.drop_index("ix_blocking_key_email_host", table_name="blocking_key", schema="identity")
