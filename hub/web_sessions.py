"""Sessions of people who signed in. The browser has the token, the database its hash; each can be ended at any time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.access import AccessConfig
from hub.access_tables import user_account, web_session

_SEEN_EVERY = timedelta(minutes=1)  # a session's last sight is written no more often: it would be a write a request


@dataclass(frozen=True, slots=True)
class Session:
    """A session that counts now, and whose it is."""

    session_id: int
    user_id: int
    name: str
    roles: frozenset[str]


def start(conn: Connection, user_id: int, access: AccessConfig) -> str:
    """Begin a session; gives its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    ends_at = sa.func.now() + timedelta(hours=access.session_hours)
    conn.execute(sa.insert(web_session).values(token_hash=_hash(token), user_id=user_id, ends_at=ends_at))
    # Sessions that ended long ago are of no use to anybody; the audit log keeps who signed in when.
    conn.execute(sa.delete(web_session).where(web_session.c.ends_at < sa.func.now() - timedelta(days=30)))
    return token


def find(conn: Connection, token: str, access: AccessConfig) -> Session | None:
    """The session of a token, if it still counts and its person may sign in; notes that it was seen."""
    now = sa.func.now()
    row = conn.execute(
        sa.select(web_session, user_account.c.name, user_account.c.roles, now.label("now"))
        .join(user_account)
        .where(
            web_session.c.token_hash == _hash(token),
            web_session.c.revoked_at.is_(None),
            web_session.c.ends_at > now,
            web_session.c.seen_at > now - timedelta(minutes=access.idle_minutes),
            user_account.c.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    if row.seen_at < row.now - _SEEN_EVERY:
        seen = sa.update(web_session).where(web_session.c.session_id == row.session_id)
        conn.execute(seen.values(seen_at=sa.func.now()))
    return Session(row.session_id, row.user_id, row.name, frozenset(row.roles))


def revoke(conn: Connection, session_id: int) -> None:
    """End a session."""
    same = web_session.c.session_id == session_id
    conn.execute(
        sa.update(web_session).where(same, web_session.c.revoked_at.is_(None)).values(revoked_at=sa.func.now())
    )


def revoke_all(conn: Connection, user_id: int) -> int:
    """End all sessions of a person; gives how many."""
    theirs = sa.and_(web_session.c.user_id == user_id, web_session.c.revoked_at.is_(None))
    return conn.execute(sa.update(web_session).where(theirs).values(revoked_at=sa.func.now())).rowcount


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
