"""A run that would change too many customers stops as a plan; a held change waits, and goes live once approved."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from flows.sync import sync
from golden_record import read
from hub.db import transaction
from hub.session import Hub, open_hub
from identity import crosswalk, holds
from identity.verify import verify
from tests.flows.files import PEOPLE, SETTINGS, write_people

# With the e-mail of 1 and 2, row 5 is one more of them.
JOINING = [*PEOPLE[:4], ("5", "Katharina", "Baumann", "k.baumann@posteo-demo.de", "030 9018201", "1971-04-02")]


def release(settings: Path, **limits: object) -> None:
    settings.write_text(SETTINGS + f"release: {limits}\n".replace("'", ""))


def of(hub: Hub, *source_ids: str) -> list[str | None]:
    with hub.engine.connect() as conn:
        found = [crosswalk.customers_of(conn, "shop", source_id) for source_id in source_ids]
    return [str(ids[0]) if ids else None for ids in found]


def equal(hub: Hub) -> bool:
    with hub.engine.connect() as conn:
        return verify(conn, hub.config).equal


def test_a_held_change_waits_with_its_golden_record_until_it_is_approved(settings: Path) -> None:
    release(settings, max_cluster_size=2)
    with open_hub(settings) as hub:
        sync(hub)
        before = of(hub, "1", "2")
        write_people(settings.parent, [*JOINING, PEOPLE[5]])
        report = sync(hub, force=True)
        assert (report.master.holds, report.master.waiting, report.status) == (1, 0, "warning")
        assert of(hub, "1", "2") == before
        assert of(hub, "5") not in (before[:1], [None])
        with hub.engine.connect() as conn:
            (held,) = holds.listing(conn)
            assert held.reasons == ("too_large",)
            frozen = read.customer(conn, held.customer_ids[0])
        assert frozen is not None
        assert equal(hub)  # what is computed is a full run's, held or not
        with transaction(hub.engine) as conn:
            holds.approve(conn, held.hold_id, by="anna", reason="one household account")
        report = sync(hub)
        assert (report.master.holds, report.status) == (0, "completed")
        assert len(set(of(hub, "1", "2", "5"))) == 1
        assert equal(hub)


def test_a_new_record_of_a_held_change_waits_without_a_customer(settings: Path) -> None:
    release(settings, max_cluster_size=2)
    with open_hub(settings) as hub:
        sync(hub)
        write_people(settings.parent, [*PEOPLE, ("7", *JOINING[4][1:])])
        report = sync(hub)
        assert (report.master.holds, report.master.waiting) == (1, 1)
        assert of(hub, "7") == [None]
        assert equal(hub)
    release(settings, max_cluster_size=3)
    with open_hub(settings) as hub:  # other settings let it live
        report = sync(hub)
        assert (report.master.holds, report.master.waiting) == (0, 0)
        assert of(hub, "7") == of(hub, "1")
        assert equal(hub)


def test_a_run_that_would_change_too_many_customers_changes_none(settings: Path) -> None:
    release(settings, max_moved_share=0.1, max_moved_least=0)
    with open_hub(settings) as hub:
        sync(hub)
        before = of(hub, "1", "2", "5")
        write_people(settings.parent, [*JOINING, PEOPLE[5]])
        report = sync(hub)
        assert "1 of 4 customers" in report.master.plan
        assert report.status == "warning"
        assert of(hub, "1", "2", "5") == before
        with hub.engine.connect() as conn:
            assert conn.scalar(sa.text("SELECT count(*) FROM identity.pending_record")) > 0
        report = sync(hub, approve=True)
        assert report.master.plan == ""
        assert len(set(of(hub, "1", "2", "5"))) == 1
        assert equal(hub)
