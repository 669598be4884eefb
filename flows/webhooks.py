"""Telling webhooks what changed: each in the feed's order, none waiting for another."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from sqlalchemy import Connection

from destinations import webhook_call, webhooks
from destinations.webhooks import Claimed
from golden_record import feed, outbox
from golden_record.feed_wakeups import LOOK, Wakeups
from golden_record.outbox import Change
from hub.db import transaction
from hub.errors import UnforeseenError
from hub.session import Hub

BATCH = 100
"""Changes in one message."""

CALLS = 16
"""Webhooks that are called at once."""

_GONE = 410
_log = logging.getLogger("hub.webhooks")


def change_json(change: Change) -> dict[str, Any]:
    """A change as apps are told it: what happened to whom, and which attributes; never a value."""
    return {
        "customer_id": str(change.customer_id),
        "kind": change.kind,
        "version": change.version,
        "attributes": list(change.attributes),
        "survivor_id": str(change.survivor_id) if change.survivor_id else None,
        "at": change.at.isoformat(),
    }


def dispatch(hub: Hub, *, calls: int = CALLS) -> int:
    """Tell every webhook that is due all there is to tell; gives the number of messages that were taken.

    A receiver that fails is tried again later, by a later call of this.
    """
    total = 0
    with ThreadPoolExecutor(calls, thread_name_prefix="webhook") as pool:
        running: set[Future[int]] = set()
        while True:
            while len(running) < calls and (claimed := _claim(hub)) is not None:
                running.add(pool.submit(_tell, hub, claimed))
            if not running:
                return total
            # Whoever becomes due while one answers slowly is not to wait for that one.
            finished, running = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            total += sum(future.result() for future in finished)


class Dispatcher:
    """Dispatches whenever there is something to tell, in a thread of its own, while the block runs."""

    def __init__(self, hub: Hub, wakeups: Wakeups) -> None:
        self._hub = hub
        self._wakeups = wakeups
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def __enter__(self) -> Dispatcher:
        self._remove = self._wakeups.add(self._wake.set)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()
        self._stop.set()
        self._wake.set()
        self._thread.join(2 * webhook_call.TIMEOUT)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                dispatch(self._hub)
            except Exception as error:  # the next round may go through
                _log.error("webhooks: %s", UnforeseenError(error))
            self._wake.wait(LOOK)


def _claim(hub: Hub) -> Claimed | None:
    with transaction(hub.engine) as conn:
        return webhooks.claim(conn, outbox.last_seq(conn))


def _tell(hub: Hub, claimed: Claimed) -> int:
    """Send one message to a claimed webhook; gives 1 where it was taken."""
    told, settings = claimed.webhook, hub.config.api.webhooks
    with transaction(hub.engine) as conn:
        changes, place = _message(conn, claimed)
        cursor = feed.cursor_at(conn, place)
        wanted = [change for change in changes if not told.kinds or change.kind in told.kinds]
        if not wanted:
            webhooks.taken(conn, claimed, place)
            return 0
        webhooks.begin(conn, claimed, place)
    body = {"type": "customers.changed", "cursor": cursor, "changes": [change_json(change) for change in wanted]}
    answer = webhook_call.call(told.url, claimed.secret, f"{told.webhook_id}.{place}", body, settings)
    with transaction(hub.engine) as conn:
        if answer.taken:
            webhooks.taken(conn, claimed, place)
        elif answer.status == _GONE:
            webhooks.park(conn, claimed, "it says that it is gone (410)")
        else:
            state = webhooks.failed(
                conn, claimed, answer.said, give_up_hours=settings.give_up_hours, retry_after=answer.retry_after
            )
            if state == "parked":
                _log.warning("webhook %s is parked: %s", told.webhook_id, answer.said)
    return int(answer.taken)


def _message(conn: Connection, claimed: Claimed) -> tuple[list[Change], int]:
    """The changes of the next message, and the number up to which it goes; that of one that was tried stays."""
    told = claimed.webhook
    changes, place, _ = feed.after(conn, told.seen, BATCH)
    if told.sending is None:
        return changes, place
    return [change for change in changes if change.seq <= told.sending], told.sending
