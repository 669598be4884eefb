"""The demo's people: one of each role, and a key for an app, made once with secrets of their own."""

from __future__ import annotations

import secrets

from hub import api_keys, audit, users
from hub.access import USER_ROLES
from hub.db import transaction
from hub.session import Hub

_BY = "hub demo"
_RIGHTS = ("customer.read", "feed.read", "match")


def make(hub: Hub) -> dict[str, str]:
    """Make one user of each role, named for it, and the key of an app; gives their secrets, or nothing on a rerun."""
    with transaction(hub.engine) as conn:
        if users.listing(conn) or api_keys.listing(conn):
            return {}
        made: dict[str, str] = {}
        for role in USER_ROLES:
            made[role] = secrets.token_urlsafe(12)
            users.add(conn, role, [role], made[role])
            audit.record(conn, who=_BY, what="user.add", on=[f"user:{role}", f"role:{role}"])
        _, made["app (key)"] = api_keys.add(conn, "demo", _RIGHTS, days=30, by=_BY, allowed=frozenset(_RIGHTS))
        audit.record(conn, who=_BY, what="key.add", on=["key:demo", *(f"right:{right}" for right in _RIGHTS)])
    return made
