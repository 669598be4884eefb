"""Of two grants said at one time, let the one that runs out first count in analytics.consents too."""

from __future__ import annotations

from importlib import import_module

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OLD: str = import_module("hub.migrations.versions.0012_consents").CONSENTS
_NEW = _OLD.replace("said_at DESC, restrictive, source_id", "said_at DESC, restrictive, ends_at, source_id")


def upgrade() -> None:
    """Go to this step."""
    op.execute(f"CREATE OR REPLACE VIEW analytics.consents AS {_NEW}")


def downgrade() -> None:
    """Go back from this step."""
    op.execute(f"CREATE OR REPLACE VIEW analytics.consents AS {_OLD}")
