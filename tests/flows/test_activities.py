"""Activities in a whole sync: beside records, never in their way, and figures that follow who is who."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.report import SyncReport
from flows.sync import sync
from golden_record import profiles
from hub.db import snapshot
from hub.session import Hub, open_hub
from identity import crosswalk
from tests.flows.files import PEOPLE, write_people

ACTIVITIES = """\
    activities:
      orders: {path: orders.csv, id: number, kind: order, at: day, amount: paid, currency: EUR,
               record: {object: customers, id: customer}}
computed:
  spent: {measure: sum, currency: EUR}
schedules:"""


@pytest.fixture
def settings(settings: Path) -> Path:
    settings.write_text(settings.read_text().replace("schedules:", ACTIVITIES))
    return settings


def write_orders(folder: Path, *rows: str) -> None:
    (folder / "orders.csv").write_text("number,customer,day,paid\n" + "\n".join(rows) + "\n")


def spent(hub: Hub, record: str) -> float:
    with snapshot(hub.engine) as conn:
        (customer,) = crosswalk.customers_of(conn, "shop", record)
        return float(profiles.of(conn, [customer])[customer]["spent"])


def test_activities_that_fail_leave_the_records_in_and_come_with_the_next_sync(settings: Path) -> None:
    with open_hub(settings) as hub:
        first = sync(hub)
        assert first.systems["shop"].stored == len(PEOPLE)
        assert "orders.csv" in first.activities["shop"].error
        assert first.status == "warning"
        assert spent(hub, "1") == 0
        write_orders(settings.parent, "o1,1,2026-01-01,10", "o2,2,2026-01-02,5.5", "o3,7,2026-01-03,100")
        second = sync(hub)
        assert (second.activities["shop"].stored, second.activities["shop"].balanced) == (3, True)
        assert second.master.computed == 1  # one person is 1 and 2; nobody is 7 yet
        assert spent(hub, "2") == 15.5
        assert sync(hub).nothing_to_do
        assert SyncReport.from_json(second.to_json()) == second


def test_figures_follow_records_that_come_and_go(settings: Path) -> None:
    write_orders(settings.parent, "o1,1,2026-01-01,10", "o2,2,2026-01-02,5.5", "o3,7,2026-01-03,100")
    with open_hub(settings) as hub:
        sync(hub)
        seven = ("7", "Katharina", "Baumann", "k.baumann@posteo-demo.de", "030 9018201", "1971-04-02")
        write_people(settings.parent, [*PEOPLE, seven])
        sync(hub)
        assert spent(hub, "1") == 115.5  # the order was there before its record
        write_people(settings.parent, [row for row in PEOPLE if row[0] != "2"])
        sync(hub, force=True)
        assert spent(hub, "1") == 10
        write_people(settings.parent)
        sync(hub)
        assert spent(hub, "1") == 15.5
