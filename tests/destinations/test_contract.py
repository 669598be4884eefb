"""What every destination keeps to, over real HTTP. A system joins by being in the registry."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from destinations import ledger, parked
from destinations.registry import DESTINATIONS
from hub.errors import SettingsError
from tests.destinations.factories import attributes, value
from tests.destinations.systems import Hub, System, fresh_name


@pytest.fixture(params=sorted(DESTINATIONS))
def system(request: pytest.FixtureRequest, systems: dict[str, System]) -> System:
    return systems[request.param]


@pytest.fixture
def hub(hub_of: Callable[[str], Hub], system: System) -> Hub:
    return hub_of(system.kind.kind)


class TestUpdates:
    def test_only_the_changed_fields_land(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        name = fresh_name()
        assert hub.publish(system.update(record, name)).applied == 1
        after = system.bodies()[record.source_id]
        assert system.kind.name(after) == name
        differing = {key for key in after | record.body if after.get(key) != record.body.get(key)}
        assert differing <= system.kind.changed
        [applied] = hub.taken
        assert (applied.record.source_id, applied.created) == (record.source_id, False)

    def test_a_second_run_sends_nothing(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        hub.publish(system.update(record, fresh_name()))
        assert hub.run().sent == 0

    def test_many_at_once(self, hub: Hub, system: System) -> None:
        named = {record.source_id: (record, fresh_name()) for record in system.take(7)}
        report = hub.publish(*(system.update(*each) for each in named.values()), batch_size=3)
        assert (report.applied, report.rejected, report.unknown) == (7, 0, 0)
        bodies = system.bodies()
        assert all(system.kind.name(bodies[key]) == name for key, (_, name) in named.items())

    def test_someone_elses_newer_edit_is_not_overwritten(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        hub.plan([system.update(record, fresh_name(), current=attributes(family_name="Was", full_name="Was Read"))])
        report = hub.run()
        assert (report.applied, report.retried) == (0, 1)
        assert system.kind.name(system.bodies()[record.source_id]) == system.kind.name(record.body)

    def test_what_the_hub_never_comes_to_read_is_parked_and_said(self, hub: Hub, system: System) -> None:
        """The field holds a value that reading puts elsewhere: the plan believes it empty for ever."""
        [record] = system.take(1)
        subject = system.update(record, fresh_name(), current=attributes(family_name="Was", full_name="Was Read"))
        for tries in range(1, ledger.MAX_ATTEMPTS + 1):
            with hub.engine.begin() as conn:
                listed = parked.parked(conn)
            assert [row.attempts for row in listed] == ([tries - 1] if tries > ledger.LONG_WAIT else [])
            report = hub.publish(subject)
            assert report.retried == 1
            assert report.parked == (tries == ledger.MAX_ATTEMPTS), "the run that parks it says so"
        with hub.engine.begin() as conn:
            [row] = parked.parked(conn)
            assert ledger.waiting(conn, "dest") == ledger.waiting_long(conn, "dest") == 0
        assert not row.is_waiting
        assert "destinations.dest.owners" in row.reason
        assert "hub parked --retry" in row.reason
        assert hub.publish(subject).sent == 0
        assert system.kind.name(system.bodies()[record.source_id]) == system.kind.name(record.body)

    @pytest.mark.parametrize("owner", ["system", "newest"])
    def test_what_the_hub_has_not_read_stays_where_the_system_owns_it(
        self, hub: Hub, system: System, owner: str
    ) -> None:
        [record] = system.take(1)
        subject = system.update(record, fresh_name(), current=attributes(family_name="Was", full_name="Was Read"))
        hub.plan([subject])
        report = hub.run(owner=owner)
        assert (report.kept, report.retried, report.rejected) == (1, 0, 0)
        assert system.kind.name(system.bodies()[record.source_id]) == system.kind.name(record.body)
        assert hub.run(owner=owner).sent == 0
        with hub.engine.begin() as conn:
            assert ledger.waiting(conn, "dest") == 0
            assert ledger.written(conn, "dest", [subject.customer_id]) == {}

    def test_a_record_that_is_gone_is_planned_again(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        record.source_id = str(int(record.source_id) + 5_000_000)
        report = hub.publish(system.update(record, fresh_name()))
        assert (report.retried, report.rejected) == (1, 0)

    def test_formulas_and_markup_are_only_text(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        name = "=cmd|'/C</b>&%27"
        assert hub.publish(system.update(record, name)).applied == 1
        assert system.kind.name(system.bodies()[record.source_id]) == name


class TestCreates:
    def test_a_created_record_is_not_created_again(self, hub: Hub, system: System) -> None:
        name = fresh_name()
        assert hub.publish(system.new(name), create=True).applied == 1
        [applied] = hub.taken
        assert applied.created
        assert system.kind.name(system.bodies()[applied.record.source_id]) == name
        # Planned again before it has been read back: the key finds it.
        assert hub.publish(system.new(name, version=2), create=True).applied == 1
        assert system.names().count(name) == 1
        assert {entry.record for entry in hub.taken} == {applied.record}

    def test_persons_and_organisations_with_all_they_have(self, hub: Hub, system: System) -> None:
        name, firm = fresh_name(), fresh_name()
        more = {
            "email": f"{name.lower()}@example-demo.org",
            "phone": value("030 1234567", "+49301234567"),
            "address": value(
                {"street": "Lange Straße 5", "city": "Berlin", "postcode": "10115", "country": "Deutschland"},
                {
                    "street": "lange strasse",
                    "house_number": "5",
                    "city": "berlin",
                    "postcode": "10115",
                    "country": "DE",
                },
            ),
            "identifier": value({"kind": "vat", "value": "DE 136 695 976"}, {"kind": "vat", "value": "DE136695976"}),
            "website": value("https://www.zz-demo.org/", "zz-demo.org"),
        }
        person = system.new(name, birth_date=value("1.2.1980", "1980-02-01"), gender=value("Frau", "f"), **more)
        company = system.new(firm, entity_type="organisation", **more)
        report = hub.publish(person, company, create=True)
        assert (report.applied, report.rejected) == (2, 0)
        assert hub.publish(person, company, create=True).applied == 2, "all of it is found as it was written"
        assert len(hub.taken) == 4
        objects = {system.kind.object, system.kind.organisations}
        assert sum(len([b for b in system.bodies(o).values() if firm in json.dumps(b)]) for o in objects) == 1

    def test_creating_is_off_unless_declared(self, hub: Hub, system: System) -> None:
        assert hub.publish(system.new(fresh_name())).sent == 0


class TestFaults:
    def test_too_many_requests_waits_as_told_and_lands(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        system.sandbox.fault(system.kind.sandbox, "429", retry_after=7, times=2, **system.kind.update)
        assert hub.publish(system.update(record, fresh_name())).applied == 1
        assert hub.clock.slept.count(7) == 2

    def test_a_long_wait_leaves_the_rest_planned(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        system.sandbox.fault(system.kind.sandbox, "429", retry_after=900, times=1, **system.kind.update)
        hub.plan([system.update(record, fresh_name())])
        report = hub.run()
        assert report.stopped
        assert (report.applied, report.retried) == (0, 1)
        assert hub.run().sent == 0
        hub.clock.now += timedelta(seconds=901)
        assert hub.run().applied == 1

    @pytest.mark.parametrize("kind", ["500", "502", "503"])
    def test_a_passing_error_passes(self, hub: Hub, system: System, kind: str) -> None:
        [record] = system.take(1)
        system.sandbox.fault(system.kind.sandbox, kind, times=1, **system.kind.update)
        assert hub.publish(system.update(record, fresh_name())).applied == 1

    def test_a_poison_row_is_parked_and_its_neighbours_land(self, hub: Hub, system: System) -> None:
        records = system.take(5)
        names = [fresh_name() for _ in records]
        key = records[2].source_id
        system.sandbox.fault(system.kind.sandbox, "poison", key=key)
        report = hub.publish(*(system.update(r, n) for r, n in zip(records, names, strict=True)))
        assert (report.applied, report.rejected) == (4, 1)
        with hub.engine.begin() as conn:
            [refused] = parked.parked(conn, "dest")
        assert refused.source_id == key
        assert refused.reason
        system.sandbox.clear_faults()
        with hub.engine.begin() as conn:
            parked.requeue(conn, [refused.delivery_id], by="anna")
        assert hub.run().applied == 1

    def test_an_update_whose_answer_is_lost_lands_once(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        name = fresh_name()
        system.sandbox.fault(system.kind.sandbox, "lost_answer", times=1, **system.kind.update)
        report = hub.publish(system.update(record, name))
        assert (report.applied, report.unknown) == (1, 0)
        assert system.names().count(name) == 1

    @pytest.mark.parametrize("kind", ["lost_answer", "lost_request", "502"])
    def test_a_create_whose_answer_is_lost_makes_one_record(self, hub: Hub, system: System, kind: str) -> None:
        name = fresh_name()
        system.sandbox.fault(system.kind.sandbox, kind, times=1, **system.kind.create)
        report = hub.publish(system.new(name), create=True)
        assert (report.applied, report.unknown) == (1, 0)
        assert system.names().count(name) == 1
        assert [entry.created for entry in hub.taken] == [True]

    def test_a_dead_system_loses_nothing(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        system.sandbox.fault(system.kind.sandbox, "503", times=0)
        name = fresh_name()
        report = hub.publish(system.update(record, name))
        assert report.stopped
        assert report.applied == 0
        system.sandbox.clear_faults()
        hub.clock.now += timedelta(minutes=5)
        assert hub.run().applied == 1

    def test_an_expired_login_is_renewed_once(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        system.sandbox.fault(system.kind.sandbox, "expired_token", times=1, **system.kind.update)
        assert hub.publish(system.update(record, fresh_name())).applied == 1

    def test_a_refused_login_is_said_and_nothing_is_lost(self, hub: Hub, system: System) -> None:
        [record] = system.take(1)
        hub.plan([system.update(record, fresh_name())])
        system.sandbox.fault(system.kind.sandbox, "expired_token", times=0)
        with pytest.raises(SettingsError, match="'there'"):
            hub.run()
        system.sandbox.clear_faults()
        hub.clock.now += timedelta(minutes=5)
        assert hub.run().applied == 1


class TestKilled:
    @pytest.mark.parametrize("create", [False, True])
    def test_killed_between_sending_and_receipt(self, hub: Hub, system: System, create: bool) -> None:
        names = [fresh_name() for _ in range(3)]
        subjects = (
            [system.new(name) for name in names]
            if create
            else [system.update(*each) for each in zip(system.take(3), names, strict=True)]
        )
        hub.plan(subjects, create=create)
        ended = _run_and_die(hub, create)
        assert ended == -signal.SIGKILL
        assert all(system.names().count(name) == 1 for name in names), "it was killed after it had written"
        hub.plan(subjects, create=create)
        hub.run(create=create)
        assert sorted(entry.customer_id for entry in hub.taken) == sorted(s.customer_id for s in subjects)
        assert all(system.names().count(name) == 1 for name in names)
        with hub.engine.begin() as conn:
            assert parked.counts(conn) == {"dest": {"applied": 3}}

    def test_killed_before_sending(self, hub: Hub, system: System) -> None:
        name = fresh_name()
        hub.plan([system.new(name)], create=True)
        with hub.engine.begin() as conn:
            conn.exec_driver_sql("UPDATE ops.delivery SET state = 'sending'")
        assert hub.run(create=True).applied == 1
        assert system.names().count(name) == 1


def _run_and_die(hub: Hub, create: bool) -> int:
    """Publish in a process that is killed in the transaction that would have kept the receipts."""
    config = hub.system.config(create=create).model_dump(mode="json")
    config["systems"]["there"] |= hub.system.kind.settings(hub.system.sandbox.url)
    process = subprocess.run(
        [sys.executable, "-m", "tests.destinations.killed"],
        cwd=Path(__file__).parents[2],
        input=json.dumps(config),
        text=True,
        env=os.environ | {"KILLED_DATABASE": hub.engine.url.render_as_string(hide_password=False)},
        timeout=60,
    )
    return process.returncode
