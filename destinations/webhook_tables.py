"""The table of webhooks: who is told of changes, and how far."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from hub.db import OPS, metadata

_MOMENT = sa.DateTime(timezone=True)

# destinations.webhooks. `seen` is the number of the last change that was delivered; `sending` that of the last one in
# the message that is being tried, which stays the same until it arrives: its id promises its content.
webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("webhook_id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("kinds", ARRAY(sa.Text), nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", _MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("state", sa.Text, nullable=False, server_default="active"),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("sending", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", _MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("claim", sa.Uuid),
    sa.Column("delivered_at", _MOMENT),
    sa.Column("said", sa.Text),
    sa.CheckConstraint("state in ('active', 'paused', 'parked')", name="state"),
    schema=OPS,
)
