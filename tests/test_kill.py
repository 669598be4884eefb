"""Kill -9 at any point, sync again: the same end as if nothing had happened, and no record in a system twice."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from hub.postgres import EmbeddedPostgres
from identity import pending
from tests.killing.child import processes
from tests.killing.points import FEW, HUBSPOT_HAS_CREATED, MANY, Point
from tests.killing.scene import Copy, Scene, sync_once_free


@pytest.fixture(scope="module")
def scene(server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(server, template, tmp_path_factory.mktemp("kill"), processes())


@pytest.mark.parametrize("point", FEW, ids=lambda point: point.name)
def test_killed_and_started_again(scene: Scene, point: Point) -> None:
    _killed_and_started_again(scene, point)


def test_what_cannot_be_looked_up_is_not_read_as_news(scene: Scene) -> None:
    """The system that was being written to can't be asked after the kill: nothing is read from it until it can."""
    expected = scene.reference("resolved")
    with scene.copy("resolved") as copy:
        scene.kill(copy, HUBSPOT_HAS_CREATED)
        copy.sandbox.fault("hubspot", "429", match="/batch/read$", times=0, retry_after=600)
        with copy.hub() as hub:
            report = sync_once_free(hub)
        assert "can't be looked up" in report.systems["marketing"].error
        assert "can't be looked up" in report.destinations["marketing"].error
        assert not report.systems["erp"].error
        copy.sandbox.clear_faults()
        _, found = copy.sync_to_the_end()
        assert expected.difference(found) == ""
        _nothing_is_left_open(copy)
        _no_customer_id_is_held_twice(copy)


@pytest.mark.slow
@pytest.mark.parametrize("point", MANY, ids=lambda point: point.name)
def test_killed_at_many_points(scene: Scene, point: Point) -> None:
    _killed_and_started_again(scene, point)


def _killed_and_started_again(scene: Scene, point: Point) -> None:
    expected = scene.reference(point.start)
    with scene.copy(point.start) as copy:
        last_line = scene.kill(copy, point)
        reports, found = copy.sync_to_the_end()
        print(f"{point.start} | {point.name} | {last_line} | {len(reports)} syncs")
        assert expected.difference(found) == ""
        for report in reports:
            assert all(system.balanced and not system.error for system in report.systems.values())
            assert not any(destination.error for destination in report.destinations.values())
        _nothing_is_left_open(copy)
        _no_customer_id_is_held_twice(copy)


def _nothing_is_left_open(copy: Copy) -> None:
    with copy.hub() as hub, hub.engine.connect() as conn:
        open_entries = "SELECT count(*) FROM ops.delivery WHERE state IN ('planned', 'sending', 'unknown') OR replan"
        assert conn.scalar(sa.text(open_entries)) == 0
        assert pending.count(conn) == 0
        ends = Counter(conn.scalars(sa.text("SELECT status FROM ops.run WHERE command = 'sync'")))
        assert ends["lost"] <= 1
        assert not ends.keys() - {"lost", "completed", "warning"}


def _no_customer_id_is_held_twice(copy: Copy) -> None:
    dumps = {system: copy.sandbox.dump(system) for system in ("sap", "hubspot", "zendesk")}
    numbers = [
        ("sap", number["BPIdentificationNumber"])
        for partner in dumps["sap"]["A_BusinessPartner"]
        for number in partner["body"]["to_BuPaIdentification"]
        if number["BPIdentificationType"] == "HUBID"
    ]
    properties = [
        r["body"].get("customer_hub_id") for name in ("contacts", "companies") for r in dumps["hubspot"][name]
    ]
    external = [r["body"].get("external_id") for name in ("users", "organizations") for r in dumps["zendesk"][name]]
    for system, ids in (("sap", numbers), ("hubspot", properties), ("zendesk", external)):
        held = Counter(name for name in ids if name)
        assert held, system
        assert max(held.values()) == 1, system
