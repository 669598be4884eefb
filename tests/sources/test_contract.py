"""The contract of a source: every kind in the registry must keep it, and inherits it by being in the list."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from hub.errors import RetryableError, SettingsError
from sources import landing_table
from sources.registry import SOURCES
from tests.sources.conftest import SANDBOX_RIGS
from tests.sources.cycle import Ingested, config_of, ingest
from tests.sources.rigs import FilesRig, Rig, SandboxRig, SqlRig

KINDS = [source.kind for source in SOURCES]
every_kind = pytest.mark.parametrize("rig", KINDS, indirect=True)
over_http = pytest.mark.parametrize("rig", list(SANDBOX_RIGS), indirect=True)


def _known(result: Ingested, name: str) -> set[str]:
    """The ids of an object that came in, well or not."""
    return result.ids(name) | {row.source_id or "" for row in result.quarantined if row.object == name}


def _run(rig: Rig, engine: Engine, tmp_path: Path, home: Path, **options: object) -> Ingested:
    force = bool(options.pop("force", False))
    config = config_of({"sys": rig.system(**options)}, tmp_path)  # type: ignore[arg-type]  # options are a rig's own
    return ingest(engine, config, "sys", home, force=force)


def _landed_ids(engine: Engine, name: str) -> set[str]:
    table = landing_table.table_name("sys", name)
    with engine.connect() as conn:
        found = conn.scalars(sa.text(f'SELECT trim(id) FROM landing."{table}" WHERE NOT deleted'))
        return set(found)


def test_every_kind_has_a_rig() -> None:
    assert set(KINDS) == {"files", "sql", *SANDBOX_RIGS}


@every_kind
def test_everything_comes_at_first_and_nothing_twice(rig: Rig, database: Engine, tmp_path: Path, home: Path) -> None:
    first = _run(rig, database, tmp_path, home)
    for name, ids in rig.live().items():
        assert _known(first, name) == ids
        assert _landed_ids(database, name) == ids
    again = _run(rig, database, tmp_path, home)
    assert again.rows_in == 0
    assert all(entry.landed == 0 for entry in again.landed.objects)
    for entry in (*first.landed.objects, *again.landed.objects):
        assert entry.read == entry.landed + entry.unchanged + entry.repeated


@every_kind
def test_changes_additions_and_deletions_are_seen(rig: Rig, database: Engine, tmp_path: Path, home: Path) -> None:
    _run(rig, database, tmp_path, home)
    changes = rig.change()
    result = _run(rig, database, tmp_path, home)
    for name, expected in changes.items():
        assert _known(result, name) == expected.written
        assert {key.source_id for key in result.deleted if key.object == name} == expected.deleted
        assert _landed_ids(database, name) == rig.live()[name]


@pytest.mark.parametrize("rig", [kind for kind in KINDS if kind != "files"], indirect=True)
def test_changes_alone_are_asked_for_where_nothing_is_compared(
    rig: Rig, database: Engine, tmp_path: Path, home: Path
) -> None:
    if isinstance(rig, SandboxRig):
        rig.sandbox.settings(sap_child_touches_parent=True)
    _run(rig, database, tmp_path, home, compare_keys=False)
    # Small pages, so that many rows of one time lie across their borders.
    changes = rig.change(share=0.3)
    result = _run(rig, database, tmp_path, home, compare_keys=False, page_size=2)
    for name, expected in changes.items():
        assert _known(result, name) == expected.written
    again = _run(rig, database, tmp_path, home, compare_keys=False, page_size=2)
    assert again.rows_in == 0


@pytest.mark.parametrize("rig", ["files", "sql"], indirect=True)
def test_many_missing_rows_are_held_until_forced(
    rig: FilesRig | SqlRig, database: Engine, tmp_path: Path, home: Path
) -> None:
    _run(rig, database, tmp_path, home)
    before = rig.live()[rig.name]
    lost = rig.lose(0.5)
    for _ in range(2):  # held again on each run, not only at first sight
        held = _run(rig, database, tmp_path, home)
        assert (held.landed.objects[0].held, held.deleted) == (len(lost), [])
        assert _landed_ids(database, rig.name) == before
    forced = _run(rig, database, tmp_path, home, force=True)
    assert {key.source_id for key in forced.deleted} == lost
    assert _landed_ids(database, rig.name) == before - lost


@over_http
@pytest.mark.parametrize("kind", ["429", "500", "lost_answer", "expired_token"])
def test_a_fault_amid_the_pages_is_survived(
    rig: SandboxRig, kind: str, database: Engine, tmp_path: Path, home: Path
) -> None:
    rig.sandbox.fault(rig.own_name, kind, after=1, times=1, **({"retry_after": 1} if kind == "429" else {}))
    result = _run(rig, database, tmp_path, home, page_size=20)
    for name, ids in rig.live().items():
        assert _known(result, name) == ids
    assert any(fault["struck"] for fault in rig.sandbox.control("GET", "/faults")["faults"])


@over_http
def test_refused_credentials_ask_for_other_settings(
    rig: SandboxRig, database: Engine, tmp_path: Path, home: Path
) -> None:
    rig.sandbox.fault(rig.own_name, "expired_token", times=0)
    with pytest.raises(SettingsError, match="credentials") as caught:
        _run(rig, database, tmp_path, home)
    rig.sandbox.clear_faults()
    assert "token" not in str(rig.system().get("token", "?")) or str(rig.system()["token"]) not in str(caught.value)


@pytest.mark.parametrize("rig", ["hubspot"], indirect=True)
def test_a_system_out_of_order_is_tried_again_later(
    rig: SandboxRig, database: Engine, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.rest.TRIES", 2)
    rig.sandbox.fault(rig.own_name, "500", times=0)
    with pytest.raises(RetryableError):
        _run(rig, database, tmp_path, home)
    rig.sandbox.clear_faults()
    result = _run(rig, database, tmp_path, home)
    assert _known(result, "contacts") == rig.live()["contacts"]
