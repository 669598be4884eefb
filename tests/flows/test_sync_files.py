"""The whole path on a person's own file: rows in, golden records, and nothing to do the second time."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.sync import sync
from hub import runs
from hub.db import only_one
from hub.errors import RetryableError
from hub.session import open_hub
from identity.verify import verify
from tests.flows.files import PEOPLE, write_people


def test_rows_become_golden_records_and_the_second_sync_finds_nothing_to_do(settings: Path) -> None:
    with open_hub(settings) as hub:
        first = sync(hub)
        assert first.systems["shop"].rows_in == first.systems["shop"].stored == len(PEOPLE)
        assert first.systems["shop"].balanced
        assert first.status == "completed"
        with hub.engine.connect() as conn:
            assert runs.latest(conn)[0].summary == first.to_json()
            groups = conn.execute(
                sa.text("""
                    SELECT array_agg(r.source_id ORDER BY r.source_id) FROM identity.crosswalk x
                    JOIN identity.source_record r USING (record_id) WHERE x.valid_to IS NULL
                    GROUP BY x.customer_id ORDER BY 1""")
            ).scalars()
            assert list(groups) == [["1", "2"], ["3", "4"], ["5"], ["6"]]
        second = sync(hub)
        assert second.nothing_to_do


def test_change_add_and_delete_are_taken_in_and_equal_a_full_run(settings: Path) -> None:
    with open_hub(settings) as hub:
        sync(hub)
        changed = [row for row in PEOPLE if row[0] != "4"]
        changed[0] = ("1", "Katharina", "Baumann-Ott", "k.baumann@posteo-demo.de", "", "1971-04-02")
        changed.append(("7", "Amelie", "Durand", "amelie@durand-demo.fr", "", "1990-01-15"))
        write_people(settings.parent, changed)
        report = sync(hub, force=True)
        shop = report.systems["shop"]
        assert (shop.stored, shop.deleted) == (2, 1)
        assert shop.balanced
        with hub.engine.connect() as conn:
            found = verify(conn, hub.config)
        assert found.equal, found.first_difference


def test_another_sync_at_work_is_an_error_to_try_again(settings: Path) -> None:
    with open_hub(settings) as hub, only_one(hub.engine, "sync"), pytest.raises(RetryableError, match="sync"):
        sync(hub)


def test_a_system_that_fails_stops_no_other_and_stands_in_the_report(settings: Path) -> None:
    text = settings.read_text().replace(
        "systems:\n",
        "systems:\n  lost:\n    kind: files\n    objects:\n      customers:\n        path: lost.csv\n"
        "        entity_type: person\n        id: id\n        fields: {given_name: first}\n",
    )
    settings.write_text(text)
    with open_hub(settings) as hub:
        report = sync(hub)
    assert "lost.csv" in report.systems["lost"].error
    assert report.systems["shop"].stored == len(PEOPLE)
    assert report.status == "warning"
