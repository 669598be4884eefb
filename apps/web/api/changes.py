"""The change feed: a page from a cursor, waiting for more where that is asked for, or a stream of events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from apps.web.api import messages
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import hub_of
from apps.web.rights import requires
from golden_record import feed
from golden_record.feed_wakeups import LOOK, Wakeups
from golden_record.outbox import Change
from hub.db import transaction
from hub.errors import RejectedError
from hub.session import Hub

router = APIRouter(prefix="/api/v1", tags=["changes"])

LONGEST_WAIT = 60
"""Seconds that a long poll may ask for."""

STREAM_SECONDS = 900
"""A stream ends after so long; its reader comes back with the last id, and its key is looked at anew."""

Cursor = Annotated[str | None, Query(max_length=200, pattern=r"^[\x21-\x7e]*$", description="None: from the first.")]


@router.get(
    "/changes",
    dependencies=[requires("feed.read")],
    response_model=messages.Changes,
    responses=problems(410),
    summary="What changed since a cursor",
)
async def changes(
    request: Request,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=feed.MOST)] = 100,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait where there is nothing.")] = 0,
    now: Annotated[bool, Query(description="Only the cursor of this moment, to begin with what comes.")] = False,
) -> messages.Changes:
    """Give changes in the order of commits. Keep `cursor` once you have done with them: nothing is skipped."""
    hub = hub_of(request)
    if now:
        return messages.Changes(changes=[], cursor=await run_in_threadpool(_newest, hub), more=False)
    until = time.monotonic() + wait
    with _Waiting(request) as waiting:
        page = await run_in_threadpool(_page, hub, cursor, limit)
        while not page.changes and (left := until - time.monotonic()) > 0:
            await waiting.until(min(left, LOOK))
            page = await run_in_threadpool(_page, hub, page.cursor, limit)
    return messages.Changes(changes=[change(one) for one in page.changes], cursor=page.cursor, more=page.more)


@router.get(
    "/changes/stream",
    dependencies=[requires("feed.read")],
    response_class=EventSourceResponse,
    responses={
        200: {"description": "One event a change; its id is the cursor.", "content": {"text/event-stream": {}}},
        **problems(410),
    },
    summary="What changes, as it does (Server-Sent Events)",
)
async def stream(
    request: Request,
    cursor: Cursor = None,
    last_event_id: Annotated[str | None, Header(max_length=200, pattern=r"^[\x21-\x7e]*$")] = None,
    seconds: Annotated[int, Query(ge=1, le=STREAM_SECONDS, description="How long the stream may last.")] = (
        STREAM_SECONDS
    ),
) -> Response:
    """Send each change when it is committed; a reader that comes back with Last-Event-ID goes on where it was."""
    # The first page is read here, so that a cursor that is none is answered by a problem, not by a broken stream.
    first = await run_in_threadpool(_page, hub_of(request), last_event_id or cursor, feed.MOST)
    return EventSourceResponse(_events(request, first, time.monotonic() + seconds), ping=15)


async def _events(request: Request, page: feed.Page, until: float) -> AsyncIterator[ServerSentEvent]:
    hub = hub_of(request)
    with _Waiting(request) as waiting:
        while True:
            for one in page.changes:
                told = change(one)
                yield ServerSentEvent(told.model_dump_json(), event="change", id=told.cursor)
            left = until - time.monotonic()
            if left <= 0:
                return
            if not page.more:
                await waiting.until(min(left, LOOK))
            page = await run_in_threadpool(_page, hub, page.cursor, feed.MOST)


def change(one: Change) -> messages.ChangeOut:
    """A change as it is given out: never with a value."""
    kind: str = one.kind
    return messages.ChangeOut.model_validate(
        {
            "cursor": feed.cursor_behind(one),
            "customer_id": one.customer_id,
            "kind": kind,
            "version": one.version,
            "attributes": list(one.attributes),
            "survivor_id": one.survivor_id,
            "at": one.at,
        }
    )


def _page(hub: Hub, cursor: str | None, limit: int) -> feed.Page:
    try:
        with transaction(hub.engine) as conn:
            return feed.page(conn, cursor or None, limit=limit)
    except feed.RestoredError as gone:
        raise ProblemError(410, gone.message, gone.hint) from None
    except RejectedError as refused:
        raise ProblemError(400, refused.message, refused.hint) from None


def _newest(hub: Hub) -> str:
    with transaction(hub.engine) as conn:
        return feed.newest(conn)


class _Waiting:
    """Waits for a commit, without keeping a thread; what is committed from `with` on is not missed."""

    def __init__(self, request: Request) -> None:
        self._wakeups: Wakeups | None = getattr(request.app.state, "wakeups", None)
        self._event = asyncio.Event()

    def __enter__(self) -> _Waiting:
        loop, event = asyncio.get_running_loop(), self._event

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

        self._remove = self._wakeups.add(wake) if self._wakeups else lambda: None
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    async def until(self, seconds: float) -> None:
        """Wait until something was committed, at most so long."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return
        self._event.clear()
