"""What is Zendesk's own: one name, e-mails as identities, jobs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.destinations.factories import attributes, value
from tests.destinations.systems import Hub, fresh_name


@pytest.fixture
def hub(hub_of: Callable[[str], Hub]) -> Hub:
    return hub_of("zendesk")


def test_a_changed_email_becomes_the_primary_one(hub: Hub) -> None:
    record = hub.system.pick(lambda body: body["email"])
    new = f"{fresh_name().lower()}@zz-demo.org"
    subject = hub.system.update(
        record, fresh_name(), golden=attributes(email=new), current=attributes(email=record.body["email"])
    )
    assert hub.publish(subject).applied == 1
    after = hub.system.bodies()[record.source_id]
    assert after["email"] == new
    assert record.body["email"] in [item["value"] for item in after["_identities"]], "the old one still reaches them"
    assert set(hub.taken[0].written) == {"full_name", "email"}


def test_an_email_alone_needs_no_job(hub: Hub) -> None:
    record = hub.system.pick(lambda body: body["email"])
    new = f"{fresh_name().lower()}@zz-demo.org"
    subject = hub.system.update(
        record, fresh_name(), golden=attributes(email=new), current=attributes(email=record.body["email"])
    )
    assert hub.publish(subject, fields=["email"]).applied == 1
    after = hub.system.bodies()[record.source_id]
    assert (after["email"], after["name"]) == (new, record.body["name"])


def test_a_lost_answer_on_the_way_of_an_email_is_looked_up(hub: Hub) -> None:
    record = hub.system.pick(lambda body: body["email"])
    new = f"{fresh_name().lower()}@zz-demo.org"
    hub.system.sandbox.fault("zendesk", "lost_answer", method="POST", match="identities")
    subject = hub.system.update(
        record, fresh_name(), golden=attributes(email=new), current=attributes(email=record.body["email"])
    )
    report = hub.publish(subject)
    assert (report.applied, report.unknown) == (1, 0)
    assert [i["value"] for i in hub.system.bodies()[record.source_id]["_identities"]].count(new) == 1


def test_creating_never_writes_over_a_user_with_the_same_email(hub: Hub) -> None:
    other = hub.system.pick(lambda body: body["email"])
    report = hub.publish(hub.system.new(fresh_name(), email=other.body["email"]), create=True)
    assert (report.applied, report.rejected) == (0, 1)
    assert hub.system.bodies()[other.source_id]["name"] == other.body["name"]


@pytest.mark.parametrize("written", ["{family}, {given}", "Dr. {given} {family}", "{given} {family}"])
def test_order_and_titles_of_a_name_are_no_difference(hub: Hub, written: str) -> None:
    [record] = hub.system.take(1)
    record.body["name"] = written.format(given="Anna", family="Schmidt")
    current = attributes(full_name=record.body["name"], given_name="Anna", family_name="Schmidt")
    subject = hub.system.update(record, "Schmidt", golden=attributes(given_name="Anna"), current=current)
    assert hub.plan([subject]) == 0


def test_middle_names_stay_in_the_hub_unless_declared(hub: Hub) -> None:
    [record] = hub.system.take(1)
    name = fresh_name()
    subject = hub.system.update(record, name, golden=attributes(given_name="Anna", middle_name="Secret"))
    assert hub.publish(subject, fields=["given_name", "family_name"]).applied == 1
    assert hub.system.bodies()[record.source_id]["name"] == f"Anna {name}"


def test_organisations_take_their_domain_at_creation(hub: Hub) -> None:
    name = fresh_name()
    website = value("https://www.zz-demo.org/shop", "zz-demo.org")
    subject = hub.system.new(name, entity_type="organisation", website=website)
    assert hub.publish(subject, create=True).applied == 1
    [made] = [b for b in hub.system.bodies("organizations").values() if b["name"] == name]
    assert (made["domain_names"], made["external_id"]) == (["zz-demo.org"], str(subject.customer_id))


def test_a_job_that_does_not_end_leaves_its_rows_unknown(hub: Hub) -> None:
    [record] = hub.system.take(1)
    hub.plan([hub.system.update(record, fresh_name())])
    hub.system.sandbox.settings(zendesk_job_polls=1000)
    try:
        report = hub.run()
    finally:
        hub.system.sandbox.settings(zendesk_job_polls=2)
    assert sum(hub.clock.slept) > 60
    # The sandbox had written the row at once, so looking it up finds it.
    assert (report.applied, report.unknown) == (1, 0)


def test_jobs_are_in_flight_together(hub: Hub) -> None:
    named = [(record, fresh_name()) for record in hub.system.take(6)]
    new = [fresh_name() for _ in range(3)]
    hub.system.sandbox.settings(zendesk_job_polls=5)
    try:
        subjects = [*(hub.system.update(*each) for each in named), *map(hub.system.new, new)]
        report = hub.publish(*subjects, batch_size=1, create=True)
    finally:
        hub.system.sandbox.settings(zendesk_job_polls=2)
    assert (report.applied, report.rejected, report.unknown) == (9, 0, 0)
    assert len(hub.clock.slept) == 5, "nine jobs are waited for as long as one"
    assert hub.clock.slept == sorted(hub.clock.slept)
    assert all(hub.system.names().count(name) == 1 for name in new)


@pytest.mark.parametrize("kind", ["lost_answer", "lost_request"])
def test_a_job_whose_answer_is_lost_leaves_the_others_their_receipts(hub: Hub, kind: str) -> None:
    names = [fresh_name() for _ in range(5)]
    hub.system.sandbox.fault("zendesk", kind, times=1, after=2, match="users/create_many")
    report = hub.publish(*map(hub.system.new, names), batch_size=1, create=True)
    assert (report.applied, report.unknown) == (3, 0), "the two behind it were not sent"
    hub.clock.sleep(61)
    assert hub.run(create=True).applied == 2
    assert [hub.system.names().count(name) for name in names] == [1] * 5
    assert len(hub.taken) == 5


def test_a_job_that_cant_be_asked_for_is_looked_up(hub: Hub) -> None:
    names = [fresh_name() for _ in range(2)]
    hub.system.sandbox.fault("zendesk", "429", times=1, retry_after=600, match="job_statuses")
    report = hub.publish(*map(hub.system.new, names), batch_size=1, create=True)
    assert (report.applied, report.unknown) == (2, 0)
    assert [hub.system.names().count(name) for name in names] == [1, 1]
