"""Writes that are sent twice and act once: an Idempotency-Key and the request that it stands for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy import Connection

from apps.web.principal import current_principal, hub_of
from hub import idempotency
from hub.db import taken_back, transaction

IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", description="The same request with it acts once."),
]


class AnsweredError(Exception):
    """The same request came before: its answer is given again, and what this one did is undone."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer


class Once:
    """An Idempotency-Key and the request that it stands for; without a key it does nothing."""

    def __init__(self, request: Request, body: BaseModel, key: str | None) -> None:
        self._hub, self._who, self._key = hub_of(request), current_principal(request).name, key
        self._asked = f"{request.method} {request.url.path} {body.model_dump_json()}".encode()

    def look(self) -> None:
        """Raise AnsweredError where the same request was answered before."""
        if self._key:
            with transaction(self._hub.engine) as conn, taken_back(conn):
                self.claim(conn)

    def claim(self, conn: Connection) -> None:
        """Claim the key, in the transaction that writes; raise AnsweredError where somebody else was first."""
        if self._key and (answer := idempotency.claim(conn, self._who, self._key, self._asked)) is not None:
            raise AnsweredError(answer)

    def keep(self, conn: Connection, answer: dict[str, Any]) -> None:
        """Keep the answer."""
        if self._key:
            idempotency.keep(conn, self._who, self._key, answer)
