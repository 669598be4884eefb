"""The HTTP application: finds the system, lets faults strike, runs the request in one transaction, answers.

Requests are served one after the other on one thread, so each sees a whole state.
"""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from apps.sandbox.call import BadJsonError, Call, Reply
from apps.sandbox.control import Control
from apps.sandbox.faults import STATUS_KINDS, Fault, Faults
from apps.sandbox.settings import Settings
from apps.sandbox.state import State

TRANSPORT = "sandbox.transport"


class System(Protocol):
    """One imitated system."""

    @property
    def name(self) -> str:
        """Its name in faults, statistics and the truth."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The paths below which it answers."""

    def answer(self, call: Call) -> Reply:
        """Answer a request; authentication and rate limits are part of it."""

    def error(self, call: Call, status: int, message: str, wait: float | None = None) -> Reply:
        """Return an error in the system's own form."""


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 that lets the application cut the connection, as a lost answer needs."""

    def connection_made(self, transport: Any) -> None:
        """Put the transport within the application's reach."""
        super().connection_made(transport)
        # asyncio sets this only on sockets made by itself; without it each answer waits 40 ms for an acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inner = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, TRANSPORT: transport}, receive, send)

        self.app = with_transport


class Sandbox:
    """The ASGI application."""

    def __init__(self, state: State, systems: list[System]) -> None:
        self._state = state
        self._systems = systems
        self._faults = Faults()
        self._requests: Counter[tuple[str, str, str, int]] = Counter()
        self._control = Control(state, self._faults, self._requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["raw_path"].decode("latin-1").split("?")[0]
        if path.startswith("/_sandbox/"):
            query = dict(parse_qsl(scope["query_string"].decode()))
            control = self._control
            reply = self._kept(lambda: control.answer(scope["method"], path.removeprefix("/_sandbox"), query, body))
            await _send(send, reply, scope["method"])
            return
        for system in self._systems:
            for prefix in system.prefixes:
                if path.startswith(f"{prefix}/"):
                    await self._serve(system, prefix, path, body, scope, send)
                    return
        await _send(
            send, Reply(404, {"error": "No such system.", "prefixes": [s.prefixes for s in self._systems]}), "GET"
        )

    async def _serve(self, system: System, prefix: str, path: str, body: bytes, scope: Scope, send: Send) -> None:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(
            method=scope["method"],
            path=path.removeprefix(prefix),
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers=headers,
            body=body,
            base=f"http://{headers.get('host', '127.0.0.1')}{prefix}",
            state=self._state,
            settings=Settings().changed(self._state.meta("settings", {})),
            poison=self._faults.poison(system.name, scope["method"], path),
        )
        fault = self._faults.strike(system.name, call.method, path)
        if fault is not None and fault.kind == "lost_request":
            self._requests[system.name, call.method, path, 0] += 1
            await _cut(scope)
            return
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        reply = self._answer(system, call, fault)
        self._requests[system.name, call.method, f"{prefix}{call.template or call.path}", reply.status] += 1
        if fault is not None and fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "lost_answer":
            await _cut(scope)
            return
        await _send(send, reply, call.method)

    def _kept(self, answer: Callable[[], Reply]) -> Reply:
        """Run a request in one transaction, and undo what it wrote if it is refused."""
        try:
            with self._state.transaction():
                reply = answer()
                if reply.status >= 400:
                    raise _RefusedError(reply)
                return reply
        except _RefusedError as refused:
            return refused.reply

    def _answer(self, system: System, call: Call, fault: Fault | None) -> Reply:
        if fault is not None and fault.kind in STATUS_KINDS:
            status = STATUS_KINDS[fault.kind]
            wait = fault.retry_after if fault.retry_after is not None else (1.0 if status in {429, 503} else None)
            return system.error(call, status, "A fault was switched on.", wait)
        if fault is not None and fault.kind in {"locked", "expired_csrf"}:
            call.fault = fault.kind
        try:
            return self._kept(lambda: system.answer(call))
        except BadJsonError as error:
            return system.error(call, 400, f"The body is not JSON: {error}")


class _RefusedError(Exception):
    """A request was refused: whatever it wrote before is undone."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


async def _cut(scope: Scope) -> None:
    scope[TRANSPORT].abort()
    await asyncio.sleep(0.01)  # let the server see that the connection is gone, or it would try to answer


async def _send(send: Send, reply: Reply, method: str) -> None:
    body = reply.encoded()
    kind = "application/json;charset=utf-8"
    headers = {"content-type": kind, "content-length": str(len(body))} | reply.headers
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if reply.cookie:
        raw.append((b"set-cookie", reply.cookie.encode()))
    if reply.status in {204, 304}:
        raw = [(name, value) for name, value in raw if name not in {b"content-type", b"content-length"}]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def ready_line(url: str, pid: int) -> str:
    """Return the line that tells the starter where the sandbox listens."""
    return json.dumps({"url": url, "pid": pid})
