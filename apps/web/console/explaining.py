"""Why two records match or not, told for a page by the process's own scorers."""

from __future__ import annotations

from threading import BoundedSemaphore

from fastapi import Request
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import HubError
from hub.records import RecordKey
from identity import explain
from identity.explain import PairExplanation

_AT_ONCE = 2
_SCORING = BoundedSemaphore(_AT_ONCE)
"""A pair is scored in milliseconds; to make another scorer because all are busy would take half a second."""


def explained(
    conn: Connection, config: Config, request: Request, left: RecordKey, right: RecordKey
) -> tuple[PairExplanation | None, str]:
    """Explain a pair, or say why it can't be explained."""
    try:
        with _SCORING:
            return explain.pair(conn, config, left, right, lookup=request.app.state.lookup), ""
    except HubError as error:
        return None, str(error)
