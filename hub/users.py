"""People who sign in: their names, password hashes and roles. The statements over ops.user_account are here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from hub import web_sessions
from hub.access import USER_ROLES
from hub.access_tables import user_account
from hub.errors import RejectedError

LEAST_LENGTH = 10
"""A shorter password is refused; length is what counts (NIST SP 800-63B, 5.1.1)."""

_MOST_LENGTH = 1000  # beyond it a password is an attack on the hash
_HASHER = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low-memory profile)
_NOBODY = _HASHER.hash("a password that nobody has")


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in; `by_password` False: by the identity provider alone."""

    user_id: int
    name: str
    roles: frozenset[str]
    by_password: bool
    created_at: datetime
    disabled_at: datetime | None


def add(conn: Connection, name: str, roles: Sequence[str], password: str) -> User:
    """Add a person. Raises RejectedError for a name that is taken or odd, an unknown role, a short password."""
    name = _name(name)
    if by_name(conn, name) is not None:
        raise RejectedError(f"There is a user {name} already.", hint="Change roles with: hub users roles")
    row = {"name": name, "roles": _roles(roles), "password_hash": _hashed(password)}
    return _user(conn.execute(sa.insert(user_account).values(row).returning(user_account)).one())


def check(conn: Connection, name: str, password: str) -> User | None:
    """Give the person if the password is theirs and they may sign in; takes as long for a name that is unknown."""
    found = conn.execute(sa.select(user_account).where(_named(name))).first()
    stored = found.password_hash if found is not None and found.password_hash else _NOBODY
    try:
        right = len(password) <= _MOST_LENGTH and _HASHER.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return None
    if found is None or not found.password_hash or found.disabled_at is not None or not right:
        return None
    if _HASHER.check_needs_rehash(stored):
        conn.execute(sa.update(user_account).where(_named(name)).values(password_hash=_HASHER.hash(_bytes(password))))
    return _user(found)


def by_provider(conn: Connection, issuer: str, subject: str, name: str, roles: Sequence[str]) -> User:
    """The person whom an identity provider vouches for, with the roles it gives now; added at the first sign-in.

    Raises RejectedError where the name belongs to somebody else here, or the person is disabled.
    """
    name, wanted = _name(name), _roles(roles)
    found = conn.execute(
        sa.select(user_account).where(user_account.c.issuer == issuer, user_account.c.subject == subject)
    ).first()
    if found is None:
        if by_name(conn, name) is not None:
            raise RejectedError(
                "Your name belongs to another account here.", hint="Ask an engineer to rename or disable that one."
            )
        row = {"name": name, "roles": wanted, "issuer": issuer, "subject": subject}
        return _user(conn.execute(sa.insert(user_account).values(row).returning(user_account)).one())
    if found.disabled_at is not None:
        raise RejectedError("Your account is disabled.", hint="Ask an engineer of this hub.")
    same = user_account.c.user_id == found.user_id
    return _user(conn.execute(sa.update(user_account).where(same).values(roles=wanted).returning(user_account)).one())


def set_roles(conn: Connection, name: str, roles: Sequence[str]) -> User:
    """Give a person other roles; they count from the next request on. Raises RejectedError where one is unknown."""
    return _change(conn, name, roles=_roles(roles))


def set_password(conn: Connection, name: str, password: str) -> User:
    """Give a person a new password and end all their sessions. Raises RejectedError where it is too short."""
    user = _change(conn, name, password_hash=_hashed(password))
    web_sessions.revoke_all(conn, user.user_id)
    return user


def disable(conn: Connection, name: str) -> User:
    """Let a person in no more, and end all their sessions; what they said and did keeps their name."""
    user = _change(conn, name, disabled_at=sa.func.coalesce(user_account.c.disabled_at, sa.func.now()))
    web_sessions.revoke_all(conn, user.user_id)
    return user


def enable(conn: Connection, name: str) -> User:
    """Let a disabled person in again."""
    return _change(conn, name, disabled_at=None)


def by_name(conn: Connection, name: str) -> User | None:
    """Find a person by name; letter case is no difference."""
    found = conn.execute(sa.select(user_account).where(_named(name))).first()
    return _user(found) if found is not None else None


def by_id(conn: Connection, user_id: int) -> User | None:
    """Find a person by number."""
    found = conn.execute(sa.select(user_account).where(user_account.c.user_id == user_id)).first()
    return _user(found) if found is not None else None


def listing(conn: Connection) -> list[User]:
    """Everybody, in the order of names."""
    return [_user(row) for row in conn.execute(sa.select(user_account).order_by(sa.func.lower(user_account.c.name)))]


def _change(conn: Connection, name: str, **values: Any) -> User:
    row = conn.execute(
        sa.update(user_account).where(_named(name)).values(**values).returning(user_account)
    ).one_or_none()
    if row is None:
        raise RejectedError(f"There is no user {name}.", hint="List them with: hub users list")
    return _user(row)


def _named(name: str) -> sa.ColumnElement[bool]:
    storable = name.replace("\0", "").encode("utf-8", "replace").decode()
    return sa.func.lower(user_account.c.name) == sa.func.lower(storable)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise RejectedError("A user's name has 1 to 200 printable characters.")
    return name


def _roles(roles: Sequence[str]) -> list[str]:
    unknown = sorted(set(roles) - set(USER_ROLES))
    if unknown or not roles:
        told = f"There is no role '{unknown[0]}' for people." if unknown else "A user has at least one role."
        raise RejectedError(told, hint=f"Roles: {', '.join(USER_ROLES)}. An app gets a key: hub keys add")
    return [role for role in USER_ROLES if role in roles]


def _hashed(password: str) -> str:
    if not LEAST_LENGTH <= len(password) <= _MOST_LENGTH:
        raise RejectedError(f"A password has {LEAST_LENGTH} to {_MOST_LENGTH} characters.")
    return _HASHER.hash(_bytes(password))


def _user(row: sa.Row[Any]) -> User:
    return User(
        row.user_id, row.name, frozenset(row.roles), row.password_hash is not None, row.created_at, row.disabled_at
    )
