"""The tables of sign-in, keys and audit, in schema `ops`. Each is written by one module alone, named beside it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub.db import OPS, metadata

_MOMENT = DateTime(timezone=True)
_NOW = sa.text("now()")

# hub.users. `password_hash` null: the person signs in by the identity provider alone.
user_account = Table(
    "user_account",
    metadata,
    Column("user_id", BigInteger, sa.Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("roles", ARRAY(Text), nullable=False),
    Column("issuer", Text),
    Column("subject", Text),
    Column("created_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("disabled_at", _MOMENT),
    sa.CheckConstraint(
        "roles <@ ARRAY['reader', 'steward', 'lead', 'engineer', 'auditor'] AND cardinality(roles) > 0", name="roles"
    ),
    sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject"),
    Index("uq_user_account_name", sa.text("lower(name)"), unique=True),
    Index("uq_user_account_subject", "issuer", "subject", unique=True),
    schema=OPS,
)

# hub.web_sessions. The cookie's token itself is nowhere: only its SHA-256.
web_session = Table(
    "web_session",
    metadata,
    Column("session_id", BigInteger, sa.Identity(), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", BigInteger, ForeignKey(user_account.c.user_id), nullable=False),
    Column("created_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("seen_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("ends_at", _MOMENT, nullable=False),
    Column("revoked_at", _MOMENT),
    Index(None, "user_id"),
    Index(None, "ends_at"),
    schema=OPS,
)

# hub.api_keys. The secret itself is nowhere: only its SHA-256 (it is 256 random bits: no slow hash is needed).
api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", _MOMENT, nullable=False, server_default=_NOW),
    Column("expires_at", _MOMENT, nullable=False),
    Column("revoked_at", _MOMENT),
    Column("used_at", _MOMENT),
    sa.CheckConstraint("cardinality(scopes) > 0", name="scopes"),
    Index("uq_api_key_name", "name", unique=True, postgresql_where=sa.text("revoked_at IS NULL")),
    schema=OPS,
)

# hub.audit. A trigger refuses every change and every deletion (see the migration).
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", _MOMENT, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("things", ARRAY(Text), nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("entry_hash", LargeBinary, nullable=False, unique=True),
    Index(None, "who", "seq"),
    Index(None, "what", "seq"),
    Index("ix_audit_things", "things", postgresql_using="gin"),
    schema=OPS,
)

# hub.audit: the hub's own key, made once, for digests of values and for the chain.
secret = Table(
    "secret",
    metadata,
    Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    Column("key", LargeBinary, nullable=False),
    Column("made_at", _MOMENT, nullable=False, server_default=_NOW),
    sa.CheckConstraint("one", name="one"),
    schema=OPS,
)
