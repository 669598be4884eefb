"""API and console on the benchmark's base: `python -m benchmarks.api FOLDER`; requests over HTTP, one at a time.

Reads of a customer, search by names as they are and misspelt, search before create, the console's page that compares
two records; and the feed, followed while eight writers commit.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn
from sqlalchemy import Connection

from apps.web.app import create_app
from apps.web.listening import bind
from apps.web.principal import COOKIE
from apps.web.rights import APP_RIGHTS
from benchmarks.measure import measured
from golden_record import feed, outbox, search_index
from golden_record.tables import change
from hub import api_keys, users, web_sessions
from hub.db import master_lock, transaction
from hub.session import Hub, open_hub

_REQUESTS = 300
_WARM = 10
_WRITERS, _COMMITS = 8, 250


def api(hub: Hub) -> None:
    """Measure; milliseconds."""
    with transaction(hub.engine) as conn:
        _, secret = api_keys.add(conn, uuid.uuid4().hex, sorted(APP_RIGHTS), days=1, by="bench", allowed=APP_RIGHTS)
        if search_index.outdated(conn):
            master_lock(conn)
            search_index.rebuild(conn)
        rows = conn.execute(
            sa.text("""
                SELECT customer_id, attributes FROM golden.golden_record WHERE valid_to IS NULL
                ORDER BY md5(customer_id::text) LIMIT :n"""),
            {"n": _REQUESTS + _WARM},
        ).all()
        pairs = _pairs(conn)
        cookie = web_sessions.start(conn, _steward(conn), hub.config.access)
    people = [{n: v[0]["value"] for n, v in row.attributes.items() if n != "address"} for row in rows]
    names = [f"{one.get('given_name', '')} {one.get('family_name', '')}".strip() for one in people]
    settings = hub.config.api.model_copy(update={"requests_per_minute": 1_000_000})
    config = hub.config.model_copy(update={"api": settings})
    served = Hub(config, hub.settings, hub.home, hub.engine, hub.database_url)
    headers = {"Authorization": f"Bearer {secret}"}
    with measured() as clock, _listening(served) as url, httpx.Client(base_url=url, headers=headers, timeout=60) as app:
        search, match = partial(app.post, "/api/v1/search"), partial(app.post, "/api/v1/match")
        compare = partial(httpx.Client(base_url=url, cookies={COOKIE: cookie}, timeout=60).get, "/compare")
        asked: dict[str, list[Callable[[], httpx.Response]]] = {
            "read": [partial(app.get, f"/api/v1/customers/{row.customer_id}") for row in rows],
            "search": [partial(search, json={"text": name}) for name in names],
            "typo": [partial(search, json={"text": _slip(name)}) for name in names],
            "match": [
                partial(match, json={"entity_type": "person", "attributes": one, "country": "US"}) for one in people
            ],
            "compare": [partial(compare, params={"record": pair}) for pair in pairs],
        }
        for name, requests in asked.items():
            clock.part(name)
            clock.facts |= _times(name, requests)
        clock.part("feed")
        clock.facts |= _feed(hub)


def _pairs(conn: Connection) -> list[list[str]]:
    """Pairs that an edge joins, as the console names their records."""
    rows = conn.execute(
        sa.text("""
            SELECT concat_ws('|', l.system, l.object, l.source_id) AS one,
                   concat_ws('|', r.system, r.object, r.source_id) AS other
            FROM (SELECT record_l, record_r FROM identity.edge ORDER BY md5(record_l || '/' || record_r) LIMIT :n) e
            JOIN identity.source_record l ON l.record_id = e.record_l
            JOIN identity.source_record r ON r.record_id = e.record_r"""),
        {"n": _REQUESTS + _WARM},
    )
    return [[row.one, row.other] for row in rows]


def _steward(conn: Connection) -> int:
    return users.add(conn, f"bench-{uuid.uuid4().hex[:8]}", ["steward"], uuid.uuid4().hex).user_id


def _times(name: str, requests: list[Callable[[], httpx.Response]]) -> dict[str, Any]:
    times = []
    for number, request in enumerate(requests):
        start = time.perf_counter()
        answer = request()
        if number >= _WARM:
            times.append(1000 * (time.perf_counter() - start))
        answer.raise_for_status()
    marks = statistics.quantiles(times, n=100)
    return {f"{name}_p50_ms": round(marks[49], 2), f"{name}_p99_ms": round(marks[98], 2)}


def _feed(hub: Hub) -> dict[str, Any]:
    """Follow the feed while eight writers commit one change at a time; what is lost or out of order must be none."""
    with transaction(hub.engine) as conn:
        cursor = feed.newest(conn)
    done = threading.Event()
    read: list[outbox.Change] = []

    def reader() -> None:
        place, last = cursor, False
        while not last:
            last = done.is_set()
            more = True
            while more:
                with transaction(hub.engine) as conn:
                    page = feed.page(conn, place)
                read.extend(page.changes)
                place, more = page.cursor, page.more

    def writer() -> None:
        name = uuid.uuid4()
        for version in range(1, _COMMITS + 1):
            with transaction(hub.engine) as conn:
                master_lock(conn)
                values = (name, version, "updated", ["email"], None, datetime.now(UTC), None)
                columns = list(change.c)[1:]
                outbox.append(conn, sa.select(*(sa.literal(v, c.type) for v, c in zip(values, columns, strict=True))))

    threads = [threading.Thread(target=reader), *(threading.Thread(target=writer) for _ in range(_WRITERS))]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    done.set()
    threads[0].join()
    seqs = [one.seq for one in read]
    return {
        "feed_seconds": round(time.perf_counter() - start, 2),
        "feed_commits": _WRITERS * _COMMITS,
        "feed_lost": _WRITERS * _COMMITS - len(set(seqs)),
        "feed_out_of_order": sum(later <= earlier for earlier, later in pairwise(seqs)),
    }


def _slip(name: str) -> str:
    """Swap two letters in the middle of the last word."""
    *first, last = name.split(" ")
    middle = len(last) // 2
    if len(last) > 3:
        last = last[: middle - 1] + last[middle] + last[middle - 1] + last[middle + 1 :]
    return " ".join([*first, last])


@contextmanager
def _listening(hub: Hub) -> Iterator[str]:
    config = uvicorn.Config(create_app(hub), host="127.0.0.1", port=0, log_level="warning", access_log=False)
    socket = bind(config)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([socket],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def main(arguments: list[str] | None = None) -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    with open_hub(parser.parse_args(arguments).folder / "hub.yaml") as hub:
        api(hub)


if __name__ == "__main__":
    main()
