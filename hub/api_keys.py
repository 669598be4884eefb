"""Keys of apps: named, limited to certain rights, ending on a date. The statements over ops.api_key are here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.access_tables import api_key
from hub.errors import RejectedError

PREFIX = "hub_"
"""A key begins with it, so that one that was published by mistake can be found by a search."""

_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed: all but its secret. `scopes` are names of rights."""

    key_id: str
    name: str
    scopes: frozenset[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


def add(
    conn: Connection, name: str, scopes: Sequence[str], *, days: int, by: str, allowed: frozenset[str]
) -> tuple[ApiKey, str]:
    """Make a key; gives it and the secret text, which is shown once and stored nowhere.

    `allowed`: the rights that an app may have at all. Raises RejectedError for others, or a name in use.
    """
    unknown = sorted(set(scopes) - allowed)
    if unknown or not scopes:
        told = f"An app can't have the right '{unknown[0]}'." if unknown else "A key needs at least one right."
        raise RejectedError(told, hint=f"It may have: {', '.join(sorted(allowed))}.")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise RejectedError("A key's name has 1 to 200 printable characters.")
    taken = sa.select(api_key.c.key_id).where(api_key.c.name == name, api_key.c.revoked_at.is_(None))
    if conn.scalar(taken) is not None:
        raise RejectedError(f"There is a key {name} already.", hint="Revoke it first, or choose another name.")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {
        "key_id": key_id,
        "name": name,
        "secret_hash": _hash(secret),
        "scopes": sorted(set(scopes)),
        "created_by": by,
        "expires_at": sa.func.now() + timedelta(days=days),
    }
    made = conn.execute(sa.insert(api_key).values(row).returning(api_key)).one()
    return _key(made), f"{PREFIX}{key_id}_{secret}"


def find(conn: Connection, text: str) -> ApiKey | None:
    """The key of this text, if it counts now; notes that it was used."""
    key_id, _, secret = text.removeprefix(PREFIX).partition("_")
    row = conn.execute(
        sa.select(api_key, sa.func.now().label("now")).where(
            api_key.c.key_id == key_id.replace("\0", ""),
            api_key.c.revoked_at.is_(None),
            api_key.c.expires_at > sa.func.now(),
        )
    ).first()
    if row is None or not text.startswith(PREFIX) or not hmac.compare_digest(bytes(row.secret_hash), _hash(secret)):
        return None
    if row.used_at is None or row.used_at < row.now - _USED_EVERY:
        conn.execute(sa.update(api_key).where(api_key.c.key_id == row.key_id).values(used_at=sa.func.now()))
    return _key(row)


def revoke(conn: Connection, name: str) -> ApiKey:
    """End the key of this name. Raises RejectedError where there is none."""
    standing = sa.and_(api_key.c.name == name, api_key.c.revoked_at.is_(None))
    row = conn.execute(
        sa.update(api_key).where(standing).values(revoked_at=sa.func.now()).returning(api_key)
    ).one_or_none()
    if row is None:
        raise RejectedError(f"There is no key {name} to revoke.", hint="List them with: hub keys list")
    return _key(row)


def listing(conn: Connection) -> list[ApiKey]:
    """All keys, the newest first, revoked and ended ones too."""
    return [_key(row) for row in conn.execute(sa.select(api_key).order_by(api_key.c.created_at.desc()))]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _key(row: sa.Row[Any]) -> ApiKey:
    return ApiKey(
        row.key_id,
        row.name,
        frozenset(row.scopes),
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.used_at,
    )
