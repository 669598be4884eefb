"""A landing killed anywhere is made good by the next one, with nobody's help."""

import csv
import multiprocessing
import os
import signal
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from hub.config import Config
from sources.loader import prepare_dlt
from tests.sources.cycle import config_of, ingest, ingest_in_process, taken

ROWS = 3_000
STEP = 0.12  # seconds between two moments of the kill
SYSTEM = "sys"


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> ForkServerContext:
    """Processes that have dlt imported when they start, so that the kills fall on the work itself."""
    prepare_dlt(tmp_path_factory.mktemp("dlt"))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dlt", "dlt.destinations", "tests.sources.cycle"])
    return context


class Feed:
    """A file of customers of which each generation is known."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, str] = {f"K{i:05}": f"Name {i}" for i in range(ROWS)}
        self.generation = 0
        self.write()

    def next(self) -> None:
        """A tenth of the rows changes, some go, some come."""
        self.generation += 1
        keys = sorted(self.rows)
        for key in keys[self.generation % 10 :: 10]:
            self.rows[key] = f"Name {key} {self.generation}"
        for key in keys[: ROWS // 50]:
            del self.rows[key]
        self.rows |= {f"N{self.generation:02}{i:04}": f"New {i}" for i in range(ROWS // 50)}
        self.write()

    def write(self) -> None:
        draft = self.folder / "draft.tmp"
        with draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([("id", "name"), *self.rows.items()])
        draft.rename(self.folder / "feed.csv")

    def systems(self) -> dict[str, object]:
        entry = {"path": "feed.csv", "entity_type": "person", "id": "id", "fields": {"full_name": "name"}}
        return {SYSTEM: {"kind": "files", "objects": {"customer": entry}}}

    def config(self) -> Config:
        return config_of(self.systems(), self.folder)


def _killed_after(processes: ForkServerContext, engine: Engine, feed: Feed, home: Path, seconds: float) -> bool:
    """Run an ingest in another process and kill it; False if it was done before."""
    url = engine.url.render_as_string(hide_password=False)
    arguments = (url, feed.systems(), str(feed.folder), str(home), SYSTEM)
    process = processes.Process(target=ingest_in_process, args=arguments)
    process.start()
    process.join(timeout=seconds)
    alive = process.is_alive()
    if alive and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert alive or process.exitcode == 0
    return alive


def _assert_exact(engine: Engine, feed: Feed) -> None:
    said = {key: attributes["full_name"] for key, attributes in taken(engine, "customer").items()}
    assert said == {key: [name] for key, name in feed.rows.items()}
    with engine.connect() as conn:
        live = conn.scalars(sa.text("SELECT id FROM landing.sys__customer WHERE NOT deleted")).all()
    assert sorted(live) == sorted(feed.rows)


@pytest.mark.parametrize("kills", [5, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_at_many_moments(
    processes: ForkServerContext, database: Engine, tmp_path: Path, home: Path, kills: int
) -> None:
    feed = Feed(tmp_path)
    ingest(database, feed.config(), SYSTEM, home)
    _assert_exact(database, feed)
    started = time.monotonic()
    feed.next()
    assert not _killed_after(processes, database, feed, home, 60)
    whole = time.monotonic() - started
    for number in range(kills):
        feed.next()
        _killed_after(processes, database, feed, home, whole * (number + 0.5) / kills)
        ingest(database, feed.config(), SYSTEM, home)
        _assert_exact(database, feed)


def test_killed_again_and_again_before_it_ever_ended(
    processes: ForkServerContext, database: Engine, tmp_path: Path, home: Path
) -> None:
    feed, seconds = Feed(tmp_path), STEP
    while _killed_after(processes, database, feed, home, seconds):
        seconds += STEP * 2
    ingest(database, feed.config(), SYSTEM, home)
    _assert_exact(database, feed)


def test_a_load_that_was_never_settled_is_taken_in_by_the_next_run(
    database: Engine, tmp_path: Path, home: Path
) -> None:
    from sources import landing

    feed = Feed(tmp_path)
    landing.land(database, feed.config(), SYSTEM, home)  # and the process dies here
    result = ingest(database, feed.config(), SYSTEM, home)
    assert (result.landed.objects[0].landed, result.landed.objects[0].unchanged) == (0, ROWS)
    assert result.rows_in == ROWS
    _assert_exact(database, feed)


def test_rows_of_a_torn_load_are_no_rows(database: Engine, tmp_path: Path, home: Path) -> None:
    """A killed load can leave rows under an id that dlt never recorded; they hide the rows they replaced."""
    feed = Feed(tmp_path)
    ingest(database, feed.config(), SYSTEM, home)
    with database.begin() as conn:
        torn = "UPDATE landing.sys__customer SET _dlt_load_id = 'torn' WHERE id < 'K00100'"
        conn.execute(sa.text(torn))
        conn.execute(sa.text("UPDATE landing.sys__customer SET deleted = true WHERE id < 'K00010'"))
    gone = [key for key in feed.rows if key < "K00005"]
    for key in gone:
        del feed.rows[key]
    feed.write()
    result = ingest(database, feed.config(), SYSTEM, home)
    assert result.landed.objects[0].landed == 95
    assert sorted(key.source_id for key in result.deleted) == sorted(gone)
    _assert_exact(database, feed)
