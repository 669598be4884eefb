"""What runs beside the requests while the app is up: listening for commits, and calling webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from flows.webhooks import Dispatcher
from golden_record.feed_wakeups import Wakeups
from hub.session import Hub


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Run it while the app serves."""
    hub: Hub = app.state.hub
    wakeups = Wakeups(hub.engine)
    dispatcher = Dispatcher(hub, wakeups)
    app.state.wakeups = wakeups.__enter__()
    dispatcher.__enter__()
    try:
        yield
    finally:
        await run_in_threadpool(dispatcher.__exit__)
        await run_in_threadpool(wakeups.__exit__, None, None, None)
