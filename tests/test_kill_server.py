"""Kill -9 the sync and its PostgreSQL server together, as a power cut does: started again, the end is the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.db import make_engine
from hub.postgres import EmbeddedPostgres
from tests.killing.child import processes
from tests.killing.holding import Holder
from tests.killing.points import HUBSPOT_CREATE, SAP_PAGE, SAP_UPDATE, ZENDESK_CREATE, Point
from tests.killing.scene import Copy, Scene
from tests.killing.server import kill_server

POINTS = [
    Point("landing: the second page of partners", answer=SAP_PAGE, after=1),
    Point("resolving: comparing", line="comparing person records", wait=0.05),
    Point("refreshing: settling clusters and golden records", line="settling clusters", wait=0.1),
    Point("sending: SAP has half of an update", answer=SAP_UPDATE, after=1),
    Point("sending: HubSpot has created, no receipt", answer=HUBSPOT_CREATE),
    Point("sending: Zendesk has taken a job of creates", answer=ZENDESK_CREATE),
]


@pytest.fixture(scope="module")
def scene(server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(server, template, tmp_path_factory.mktemp("power"), processes())


@dataclass
class OwnServer(Copy):
    """A hub whose PostgreSQL is the embedded one in its own folder."""

    @property
    def environment(self) -> dict[str, str]:
        return {name: said for name, said in super().environment.items() if name != "HUB_DATABASE_URL"}

    @property
    def server(self) -> Path:
        return self.folder / "home" / "postgres"


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_the_power_fails_at_many_points(scene: Scene, point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    _killed_with_its_server(scene, point)


def _killed_with_its_server(scene: Scene, point: Point) -> None:
    expected = scene.reference("empty")
    with scene.copy("empty") as copy:
        own = OwnServer(**vars(copy))
        unused = make_engine(copy.url)
        holder = Holder(own.sandbox, unused, point)
        with holder.holding() as conn:
            running = scene.run(own)
            holder.wait(running, conn)
            kill_server(own.server)
            running.kill()
        unused.dispose()
        reports, found = own.sync_to_the_end()
        print(f"{point.name} | {running.last_line} | {len(reports)} syncs")
        assert expected.difference(found) == ""
        assert not any(d.waiting or d.error for d in reports[-1].destinations.values())
