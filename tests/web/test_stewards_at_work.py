"""The console during a sync, with eight stewards who decide at random: no word is lost, nothing breaks, nobody waits.

Runs for some seconds; for as long as `HUB_TEST_SOAK_SECONDS` says where that is set (five minutes before a release).
"""

from __future__ import annotations

import csv
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
import sqlalchemy as sa

from flows.sync import sync
from hub import users
from hub.db import transaction
from hub.postgres import EmbeddedPostgres
from identity import decision_log, pending
from identity.verify import verify
from tests.web.conftest import PASSWORD, Site, serving

SECONDS = float(os.environ.get("HUB_TEST_SOAK_SECONDS", "8"))
ROOT = Path(__file__).parents[2]
STEWARDS = 8
PAIRS = 300
BARS = """
matching: {person: {link_threshold: 0.999999, review_threshold: 0.99}}
"""
"""Each pair is for a person to decide, and none by itself."""

THINKS = (0.8, 3.0)
"""Seconds that a steward looks at a pair, from and to."""

PREVIEW = "preview"
"""What nobody waits for: it comes into the page while its reader reads."""

_VALUE = re.compile(r'name="(seen|last|reason|back|record)" value="([^"]*)"')


@dataclass
class Log:
    """What the stewards met: seconds by kind of request, answers by status, numbers of decisions they were told."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    decided: set[int] = field(default_factory=set)
    undone: set[int] = field(default_factory=set)
    overtaken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture(scope="module")
def site(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with serving(server, synced, tmp_path_factory.mktemp("at-work"), BARS) as running:
        _write(running.hub.settings.parent, range(PAIRS))
        sync(running.hub)
        with transaction(running.hub.engine) as conn:
            for n in range(STEWARDS):
                users.add(conn, f"steward{n}", ["steward"], PASSWORD)
        yield running


def _write(folder: Path, numbers: range) -> None:
    """Pairs that are perhaps one person: name and birthday agree, the e-mails don't."""
    given = ("Ada", "Bo", "Cem", "Dag", "Eva", "Finn", "Gro", "Hilde", "Ivo", "Jan", "Kim", "Leo", "Mia", "Nils")
    family = ("Abel", "Berg", "Costa", "Dahl", "Engel", "Falk", "Graf", "Holm", "Iversen", "Jost", "Kraus", "Lang")
    for name, prefix, tail in (("shop.csv", "p", ("",)), ("desk.csv", "q", ())):
        with (folder / name).open("a", newline="", encoding="utf-8") as file:
            for n in numbers:
                first, last = given[n % 14], family[n // 14 % 12]
                born = f"19{40 + n % 60:02}-{1 + n // 12 % 12:02}-{1 + n % 28:02}"
                csv.writer(file).writerow((f"{prefix}{n}", first, last, f"{prefix}{n}@mail-demo.de", "", born, *tail))


def _asked(client: httpx.Client, log: Log, what: str, method: str, path: str, **more: object) -> httpx.Response:
    started = time.monotonic()
    answer = client.request(method, path, **more)  # type: ignore[arg-type]  # passed on
    with log.lock:
        log.seconds.setdefault(what, []).append(time.monotonic() - started)
        log.statuses[answer.status_code] = log.statuses.get(answer.status_code, 0) + 1
    return answer


def _work(site: Site, name: str, end: float, log: Log, seed: int) -> None:
    """A steward's hours: the queue, an item, a decision, sometimes undone."""
    client, chance = site.client(name), random.Random(seed)
    while time.monotonic() < end:
        listed = _asked(client, log, "queue", "GET", "/queue?kind=possible_match").text
        items = re.findall(r'href="(/compare\?item=[^"]+)"', listed)
        if not items:
            time.sleep(0.5)
            continue
        where = chance.choice(items).replace("&amp;", "&")
        page = _asked(client, log, "compare", "GET", where)
        found = _VALUE.findall(page.text)
        decides_at = time.monotonic() + chance.uniform(*THINKS)
        _look_ahead(client, log, found)
        time.sleep(max(decides_at - time.monotonic(), 0))
        if page.status_code != 200 or not found:
            continue  # somebody has settled it since it was listed
        form: dict[str, object] = {key: value for key, value in found if key != "record"}
        form["record"] = [value for key, value in found if key == "record"]
        form |= {
            "kind": chance.choice(("same", "different", "unsure")),
            "item": unquote(where.split("item=")[1].split("&")[0]),
        }
        answer = _asked(client, log, "decide", "POST", "/compare/decide", data=form)
        if answer.status_code == 409:
            with log.lock:
                log.overtaken += 1
            continue
        number = int(answer.headers["location"].rsplit("done=", 1)[1])
        with log.lock:
            log.decided.add(number)
        if chance.random() < 0.15:
            undone = _asked(client, log, "undo", "POST", f"/decisions/{number}/revoke", data={"reason": "undone"})
            if undone.status_code == 303:
                with log.lock:
                    log.undone.add(number)


def _look_ahead(client: httpx.Client, log: Log, found: list[tuple[str, str]]) -> None:
    """Ask what would follow, as the page does by itself while the steward reads."""
    records = [value for key, value in found if key == "record"]
    if records:
        time.sleep(0.4)
        _asked(client, log, PREVIEW, "POST", "/compare/preview", data={"record": records, "kind": "same"})


_SYNCING = """
import sys, time
from pathlib import Path
from flows.sync import sync
from hub.session import open_hub
from tests.web import test_stewards_at_work as work
end, more = float(sys.argv[2]), work.PAIRS
with open_hub(Path(sys.argv[1])) as hub:
    while time.time() < end:
        work._write(Path(sys.argv[1]).parent, range(more, more + 20))
        more += 20
        sync(hub)
"""


def _synced_beside(site: Site, end: float) -> subprocess.Popen[bytes]:
    """One sync after the other, each with something new, in a process of its own as in real life."""
    env = {**os.environ, "HUB_DATABASE_URL": site.hub.database_url, "HUB_HOME": str(site.hub.home)}
    return subprocess.Popen([sys.executable, "-c", _SYNCING, str(site.hub.settings), str(end)], env=env, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
def test_eight_stewards_during_a_sync(site: Site) -> None:
    log, end = Log(), time.monotonic() + SECONDS
    threads = [threading.Thread(target=_work, args=(site, f"steward{n}", end, log, n)) for n in range(STEWARDS)]
    for thread in threads:
        thread.start()
    syncs = _synced_beside(site, time.time() + SECONDS)
    for thread in threads:
        thread.join()
    told = {what: (len(s), statistics.median(s), _p95(s), max(s)) for what, s in log.seconds.items()}
    print(f"\n{SECONDS:.0f} s, load {os.getloadavg()[0]:.1f}: {log.statuses}")
    print(f"  decided {len(log.decided)}, undone {len(log.undone)}, refused {log.overtaken}")
    for what, (count, p50, p95, most) in told.items():
        print(f"  {what:<8} {count:>6} requests  p50 {p50:.3f} s  p95 {p95:.3f} s  most {most:.3f} s")
    assert syncs.wait(300) == 0
    sync(site.hub)
    with site.hub.engine.connect() as conn:
        standing = {d.decision_id for d in decision_log.listing(conn)}
        lost = (log.decided - log.undone) - standing
        assert lost == set()  # what somebody was told is decided stands
        assert not log.undone & standing
        assert pending.count(conn) == 0
        for decision in decision_log.listing(conn):
            owners = _owners(conn, [*decision.left, *decision.right])
            if decision.kind == "same":
                assert len(set(owners)) == 1 or _held(conn, decision.decision_id), decision.decision_id
            if decision.kind == "different":
                assert len(set(owners)) == len(owners), decision.decision_id
        assert verify(conn, site.hub.config).equal
    assert log.decided
    assert not [status for status in log.statuses if status >= 500], log.statuses
    if "HUB_TEST_SOAK_SECONDS" in os.environ:  # in the suite others work on the same machine
        assert max(p95 for what, (_, _, p95, _) in told.items() if what != PREVIEW) < 1.0, told


def _owners(conn: sa.Connection, keys: list[tuple[str, str, str]]) -> list[object]:
    from identity import crosswalk

    return [crosswalk.customer_of(conn, key) for key in keys]  # type: ignore[arg-type]  # record keys


def _held(conn: sa.Connection, number: int) -> bool:
    return bool(
        conn.scalar(
            sa.text("""
                SELECT EXISTS (SELECT FROM identity.decision_record d JOIN identity.hold_record h USING (record_id)
                               WHERE d.decision_id = :n AND h.open)"""),
            {"n": number},
        )
    )


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.95 * (len(seconds) - 1))]
