"""What there is beside the requests while the app is up: scorers at hand, listening for commits, calling webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from flows.webhooks import Dispatcher
from golden_record.feed_wakeups import Wakeups
from hub.db import snapshot
from hub.errors import HubError
from hub.session import Hub


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Run it while the app serves."""
    hub: Hub = app.state.hub
    await run_in_threadpool(_prepare, app)
    wakeups = Wakeups(hub.engine)
    dispatcher = Dispatcher(hub, wakeups)
    app.state.wakeups = wakeups.__enter__()
    dispatcher.__enter__()
    try:
        yield
    finally:
        await run_in_threadpool(dispatcher.__exit__)
        await run_in_threadpool(wakeups.__exit__, None, None, None)
        app.state.lookup.close()


def _prepare(app: FastAPI) -> None:
    with suppress(HubError), snapshot(app.state.hub.engine) as conn:  # who asks for one is told why there is none
        app.state.lookup.prepare(conn)
