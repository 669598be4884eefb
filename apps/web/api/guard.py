"""What stands before every request of the API: how many, how large, and how long it took."""

from __future__ import annotations

import hashlib
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.web.api.metrics import Requests
from apps.web.api.problems import problem
from apps.web.principal import API

LARGEST_BODY = 1 << 20
"""Bytes of a request; nothing that apps send is longer."""


class Guard:
    """Counts requests of each key, bounds what is read, and measures; other paths pass untouched."""

    def __init__(self, app: ASGIApp, *, per_minute: int, requests: Requests) -> None:
        self._app = app
        self._limit = parse(f"{per_minute}/minute")
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            refused = self._refused(scope)
            await (refused or self._app)(scope, _bounded(receive), watched)
        finally:
            self._requests.note(scope, status, time.perf_counter() - started)

    def _refused(self, scope: Scope) -> ASGIApp | None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return problem(413, "This is too large", f"A request has at most {LARGEST_BODY:,} bytes.")
        who = hashlib.sha256(headers.get(b"authorization", b"") or str(scope.get("client", "")).encode()).hexdigest()
        if not self._limiter.hit(self._limit, who):
            wait = max(1, int(self._limiter.get_window_stats(self._limit, who).reset_time - time.time()) + 1)
            limited = problem(429, "Too many requests", f"At most {self._limit.amount} a minute; go on in {wait} s.")
            limited.headers["Retry-After"] = str(wait)
            return limited
        return None


def _bounded(receive: Receive) -> Receive:
    """Bound what is read of a body that does not say how long it is."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise HTTPException(413)
        return message

    return bounded
