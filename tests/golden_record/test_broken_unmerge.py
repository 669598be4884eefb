"""The twins find what they are there to find: builds that are broken on purpose don't pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from golden_record import history, read
from golden_record.refresh import refresh
from identity import crosswalk, succession
from tests.golden_record import twin
from tests.golden_record.test_unmerge import pair  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def move_activities(monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge gives the activities of the record that moved to a record of the survivor, as many systems do."""
    settle = crosswalk.settle

    def moving(conn: Connection, *args: Any, **more: Any) -> crosswalk.Moves:
        moves = settle(conn, *args, **more)
        conn.execute(
            sa.text("""
                UPDATE golden.activity a
                SET record_source_id = s.source_id, record_system = s.system, record_object = s.object
                FROM moved_record m JOIN identity.source_record r ON r.record_id = m.record_id
                JOIN identity.crosswalk x ON x.customer_id = m.new_id AND x.valid_to IS NULL
                    AND x.record_id <> m.record_id
                JOIN identity.source_record s ON s.record_id = x.record_id
                WHERE (a.record_system, a.record_object, a.record_source_id) = (r.system, r.object, r.source_id)
                  AND m.old_id IS NOT NULL""")
        )
        return moves

    monkeypatch.setattr(crosswalk, "settle", moving)


def forget_who_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden record of a customer whose id comes back is left as it was: closed."""

    def forgetful(conn: Connection, config: Any, touched: Sequence[UUID] | None, **more: Any) -> Any:
        known = [one for one in touched or () if read.customer(conn, one) or not read.versions(conn, one)]
        return refresh(conn, config, known if touched is not None else None, **more)

    monkeypatch.setattr("tests.golden_record.twin_hub.refresh", forgetful)


def write_over_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that is over takes the values of the new one."""
    overwrite = """
        UPDATE golden.golden_record g SET valid_to = greatest(:at, g.valid_from),
            attributes = coalesce(f.attributes, g.attributes), origins = coalesce(f.origins, g.origins)
        FROM golden_verdict v LEFT JOIN golden_fresh f USING (customer_id)
        WHERE g.customer_id = v.customer_id AND g.valid_to IS NULL AND (v.is_new OR NOT v.lives)"""
    monkeypatch.setattr(history, "_CLOSE", overwrite)


def give_no_id_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster without a claim always gets a new id."""
    monkeypatch.setattr(succession, "_FORMER", f"SELECT * FROM ({succession._FORMER}) q WHERE false")


BROKEN = [
    (move_activities, "not as the twin: .*activities"),
    (forget_who_returns, "a customer has no golden record"),
    (write_over_history, "a past moment has changed"),
    (give_no_id_back, "an id was given up for another one"),
]


@pytest.mark.parametrize(("break_it", "why"), BROKEN)
def test_a_broken_build_is_caught(
    break_it: Callable[[pytest.MonkeyPatch], None],
    why: str,
    pair: tuple[Engine, Engine],  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_it(monkeypatch)
    with pytest.raises(AssertionError, match=why):
        twin.run(*pair, examples=15, steps=10, derandomize=True, database=None, report_multiple_bugs=False)
