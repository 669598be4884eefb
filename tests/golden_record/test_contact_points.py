"""Contact points: what sources say of them decides what survives, and is shown with the mails that came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from golden_record import activities, contact_points, profile_read, read
from golden_record.refresh import refresh
from hub.activity import Activity, Belonging
from hub.config import Config
from hub.records import RecordKey, SourceRecord
from sources.declared import mapped_columns
from sources.mapping import Mapper
from tests.golden_record import world

COLUMNS = {
    "verified": {"column": "state", "values": ["checked"]}, "verified_at": "when", "verified_by": "how",
    "undeliverable": "bounced", "since": "from", "until": "to",
}  # fmt: skip
ENTRY = {
    "path": "x.csv", "entity_type": "person", "id": "id",
    "fields": {"given_name": "first", "email": "email"}, "contact_points": {"email": COLUMNS},
}  # fmt: skip


def mapped(**row: str) -> SourceRecord:
    config = Config.model_validate({"systems": {"shop": {"kind": "files", "objects": {"people": ENTRY}}}})
    entry = config.systems["shop"].objects["people"]
    assert {"state", "when", "how", "bounced", "from", "to"} <= set(mapped_columns(entry))
    assert config.folder == Path()
    return Mapper(config, "shop", "people", entry).record({"id": "1", "first": "Ann", **row})


def people(conn: Connection, **rows: dict[str, str]) -> Any:
    records = [
        world.save(conn, system, "1", mapped(**row).attributes, day) for day, (system, row) in enumerate(rows.items())
    ]
    return world.make_customer(conn, *records)


def test_a_verified_address_survives_and_a_dead_one_does_not(conn: Connection) -> None:
    customer = people(
        conn,
        erp={"email": "sure@x.de", "state": "Checked", "when": "2026-01-05", "how": "login"},
        crm={"email": "new@x.de"},
        desk={"email": "dead@x.de", "bounced": "yes"},
    )
    rule = {"attributes": {"email": [{"validated_first": {"floor": "valid"}}, "most_recent"]}}
    refresh(conn, world.config(**rule), [customer], run_id=None)
    golden = read.customer(conn, customer)
    assert golden is not None
    assert golden.attributes["email"][0].standard == "sure@x.de"
    assert "dead@x.de" not in [value.standard for value in golden.attributes["email"]]


def test_each_point_is_shown_once_with_what_is_said_of_it(conn: Connection) -> None:
    customer = people(
        conn,
        erp={"email": "a@x.de", "state": "checked", "when": "2026-01-05", "how": "login", "from": "2020-01-01"},
        crm={"email": "A@x.de", "from": "2019-01-01", "to": "2027-01-01"},
        desk={"email": "b@x.de", "bounced": "1"},
    )
    one, two = contact_points.of(conn, customer)
    assert (one.point, len(one.said_by), one.verified, one.verified_by) == ("a@x.de", 2, True, "login")
    assert one.verified_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert (one.since, one.until) == (datetime(2019, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert (two.point, two.undeliverable, two.verified) == ("b@x.de", True, False)
    whole = profile_read.profile(conn, world.config(), customer)
    assert whole.contact_points == [one, two]
    assert (whole.hierarchy, whole.consents, whole.statements) == (None, [], [])


def test_a_mail_that_came_back_counts_until_one_arrives(conn: Connection) -> None:
    customer = people(conn, erp={"email": "a@x.de"})
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def mail(day: int, kind: str) -> Activity:
        belongs = Belonging("erp", "contact", email="a@x.de")
        return Activity(RecordKey("erp", "m", str(day)), belongs, kind, start + timedelta(days=day))

    activities.save(conn, [mail(1, "campaign_delivered"), mail(2, "campaign_bounced")])
    (point,) = contact_points.of(conn, customer)
    assert (point.undeliverable, point.undeliverable_since) == (True, start + timedelta(days=2))
    activities.save(conn, [mail(3, "campaign_delivered")])
    (point,) = contact_points.of(conn, customer)
    assert not point.undeliverable
