"""What stewards do, in short: a word on records that are named by a number, and the round that carries it out."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.config import Config
from identity import crosswalk, decisions, resolver
from tests.identity.factories import key


def settle(conn: Connection, config: Config) -> None:
    while resolver.is_due(conn, config):
        resolver.settle(conn, resolver.score(conn, config))


def say(conn: Connection, kind: str, left: int, *right: int) -> int:
    made = decisions.decide(conn, kind, [key(left)], [key(r) for r in right], by="anna", reason="seen")  # type: ignore[arg-type]  # kinds are plain words here
    return made.decision_id


def together(conn: Connection, *records: int) -> bool:
    return len({crosswalk.customer_of(conn, key(r)) for r in records}) == 1
