"""The profile of a past moment is the one that stood then, whatever was changed since; what can't be told is named."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import activities, consents, definitions, moment, profiles
from golden_record.profile_read import Profile, profile
from golden_record.refresh import refresh
from hub.activity import Activity, Belonging
from hub.config import Config
from hub.consent import Consent
from hub.records import Attributes, RecordKey, SourceRecord, Value
from identity import store
from tests.golden_record import world
from tests.golden_record.world import give, person

COMPUTED: dict[str, Any] = {
    "mails": {"measure": "count", "of": ["campaign_delivered", "campaign_bounced"]},
    "host": {
        "sql": "SELECT customer_id, split_part(attributes ->> '$.email[0]', '@', 2) AS value FROM customers",
        "gives": "text",
    },
    "systems": {"sql": "SELECT customer_id, list_count(systems) AS value FROM customers", "gives": "number"},
    "allowed": {
        "sql": "SELECT customer_id, count(*) AS value FROM consents WHERE state = 'granted' GROUP BY 1",
        "gives": "number",
    },
    "days_known": {
        "sql": """
            SELECT customer_id, date_diff('day', min(happened_at), max(now)) AS value
            FROM activities, clock GROUP BY 1""",
        "gives": "number",
    },
}  # fmt: skip
SEGMENTS: dict[str, Any] = {
    "mailed": {"attribute": "mails", "at_least": 1},
    "at_x": {"all": [{"attribute": "host", "equals": "x.example"}, {"attribute": "given_name", "equals": "ann"}]},
    "titled": {"attribute": "title", "exists": True},
}
BELONGS = Belonging("erp", "contact", source_id="1")


def declared(computed: dict[str, Any], segments: dict[str, Any]) -> Config:
    plain = world.config().model_dump(mode="json", exclude_defaults=True)
    return Config.model_validate({**plain, "computed": computed, "segments": segments})


CONFIG = declared(COMPUTED, SEGMENTS)


def mail(number: int, kind: str) -> Activity:
    at = world.START + timedelta(days=number)
    return Activity(RecordKey("erp", "m", str(number)), Belonging("erp", "contact", email="a@x.example"), kind, at)


def word(number: int, status: Any) -> Consent:
    key = RecordKey("erp", "consents", str(number))
    return Consent(key, BELONGS, "news", "email", status, "a@x.example", at=world.START + timedelta(days=number))


def save(conn: Connection, system: str, source_id: str, attributes: Attributes) -> int:
    store.save(conn, [SourceRecord(RecordKey(system, "contact", source_id), "person", attributes, None)])
    found = sa.text("SELECT record_id FROM identity.source_record WHERE system = :system AND source_id = :source_id")
    return int(conn.execute(found, {"system": system, "source_id": source_id}).scalar_one())


def settle(conn: Connection, who: uuid.UUID, config: Config = CONFIG) -> datetime:
    """Bring a customer up to date as a run does; gives a moment right after, for which its figures stand."""
    refresh(conn, config, [who], run_id=None)
    if definitions.enact(conn, config.computed, config.segments):
        profiles.touch_all(conn)
    profiles.touch(conn, [who])
    then = moment.now(conn)
    profiles.refresh(conn, config.computed, now=then)
    return then


def ann(conn: Connection) -> uuid.UUID:
    state: Any = {"attribute": "email", "point": "a@x.example", "verified": True, "verified_by": "login"}
    said = {**person("Ann", "Lee", "a@x.example"), "contact_state": [Value(state, None)]}
    who = world.make_customer(conn, save(conn, "erp", "1", said))
    activities.save(conn, [mail(1, "campaign_delivered")])
    consents.save(conn, [word(1, "granted")])
    return who


def differing(one: Profile, other: Profile) -> set[str]:
    return {name for name in vars(one) if vars(one)[name] != vars(other)[name]}


def test_a_past_profile_is_the_one_that_stood(conn: Connection) -> None:
    who = ann(conn)
    then = settle(conn, who)
    stood = profile(conn, CONFIG, who)
    assert stood.computed == {"mails": 1, "host": "x.example", "systems": 1, "allowed": 1, "days_known": _days(then)}
    assert stood.segments == ["mailed", "at_x"]
    assert [(one.point, one.verified) for one in stood.contact_points] == [("a@x.example", True)]
    assert differing(profile(conn, CONFIG, who, then=then), stood) == set()

    save(conn, "erp", "1", person("Anna", "Lee", "new@y.example"))
    give(conn, who, save(conn, "crm", "2", {**person("Anna", "Lee", "a@x.example"), "title": [Value("Dr", "dr")]}))
    activities.save(conn, [mail(2, "campaign_bounced")])
    activities.delete(conn, [mail(1, "").key])
    consents.save(conn, [word(2, "withdrawn")])
    late = settle(conn, who, declared({"mails": {"measure": "count"}}, {"titled": SEGMENTS["titled"]}))
    assert differing(profile(conn, CONFIG, who, then=then), stood) == set()
    assert {"computed", "segments", "contact_points", "consents", "statements", "activities"} <= differing(
        profile(conn, CONFIG, who, then=late), stood
    )
    assert profile(conn, CONFIG, who, then=late).segments == ["titled"]


def _days(then: datetime) -> int:
    return (then.date() - (world.START + timedelta(days=1)).date()).days


def test_what_cannot_be_told_of_a_moment_is_named(conn: Connection) -> None:
    who = ann(conn)
    then = settle(conn, who)
    valid = profile(conn, CONFIG, who, then=then, valid_at=world.START)
    assert (valid.computed, valid.segments, valid.contact_points) == ({"mails": 0}, [], [])
    assert {"host", "segments", "contact points"} <= valid.unknown.keys()

    def kept(change: str) -> Profile:
        with conn.begin_nested() as inner:
            conn.execute(sa.text(f"UPDATE golden.profile_definition SET content = {change}"))
            found = profile(conn, CONFIG, who, then=then)
            inner.rollback()
        return found

    early = kept("content - 'segments'")
    assert (early.segments, set(early.unknown)) == ([], {"segments"})
    assert early.computed["host"] == "x.example"
    other_version = kept("""jsonb_set(content, '{computed,host}', '{"measure": "guess"}')""")
    assert (other_version.segments, set(other_version.unknown)) == (["mailed"], {"host", "at_x"})
    failing = "SELECT customer_id, CAST(customer_id AS DATE) AS value FROM customers"
    broken = kept(f"jsonb_set(content, '{{computed,host,sql}}', to_jsonb('{failing}'::text))")
    assert (broken.segments, set(broken.unknown)) == (["mailed"], {"host", "at_x"})
    assert broken.computed["systems"] == 1


def test_other_segments_come_in_force_without_making_a_figure_anew(conn: Connection) -> None:
    assert definitions.enact(conn, CONFIG.computed, CONFIG.segments)
    assert not definitions.enact(conn, CONFIG.computed, CONFIG.segments)
    early = moment.now(conn)
    assert not definitions.enact(conn, CONFIG.computed, {})
    assert set(definitions.then(conn, early).segments or ()) == set(SEGMENTS)
    assert definitions.then(conn, moment.now(conn)).segments == {}
    assert conn.scalar(sa.text("SELECT count(*) FROM golden.profile_definition")) == 2
    assert definitions.then(conn, world.START - timedelta(days=9999)).computed == {}
