"""The whole path on three systems over HTTP: in, resolve, golden, back; echoes, changes, and incremental = full."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest

from apps.cli.customer import customer, timeline
from flows.sync import sync
from hub.session import Hub
from identity.verify import verify
from sources.registry import effective_objects
from tests.sandbox import SandboxProcess, running_sandbox
from tests.story import clusters, golden_values, hub_on, write_settings


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), customers=250) as running:
        yield running


@pytest.fixture(scope="module")
def hub(sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_on(sandbox, write_settings(tmp_path_factory.mktemp("hub"))) as hub:
        yield hub


def test_the_main_job(hub: Hub, sandbox: SandboxProcess) -> None:
    """The tests of this module tell one story and run in order: first sync, echoes, changes."""
    report = sync(hub)
    for name, system in report.systems.items():
        assert system.error == "", name
        assert system.balanced, name
        assert system.stored > 0 or not effective_objects(hub.config, name), name
    assert {name for name, said in report.consents.items() if not said.error} == {"marketing", "preferences"}
    assert report.master.pending == 0
    assert report.master.golden["created"] > 0
    for name, destination in report.destinations.items():
        assert destination.error == "", name
        assert destination.applied > 0, name
        assert destination.unknown == 0, name


def test_what_was_billed_is_the_lifetime_value(hub: Hub, sandbox: SandboxProcess) -> None:
    """Every billing document shows with its customer; the figure adds what stands and is credited, and no order."""
    billed: dict[str, Decimal] = defaultdict(Decimal)
    documents: dict[str, set[str]] = defaultdict(set)
    for row in sandbox.dump("sap")["A_BillingDocument"]:
        body, partner = row["body"], row["body"]["SoldToParty"].lstrip("0")
        documents[partner].add(row["id"])
        stands = body["TransactionCurrency"] == "EUR" and not body["BillingDocumentIsCancelled"]
        sign = {"M": 1, "N": 0, "O": -1}[body["SDDocumentCategory"]] if stands else 0
        billed[partner] += sign * Decimal(body["TotalNetAmount"])
    seen = 0
    with hub.engine.connect() as conn:
        for keys in clusters(conn):
            partners = [source_id for system, _, source_id in keys if system == "erp"]
            if not (expected := set[str]().union(*(documents[partner] for partner in partners))):
                continue
            shown = customer(conn, hub.config, f"erp/{partners[0]}")
            assert Decimal(str(shown["computed"]["lifetime_value"])) == sum(billed[partner] for partner in partners)
            happened = timeline(conn, shown["customer_id"], limit=1000, before=None)["activities"]
            told = [one["key"]["source_id"] for one in happened if one["key"]["object"] == "A_BillingDocument"]
            assert sorted(told) == sorted(expected)
            assert "invoice" in {one["kind"] for one in happened}
            seen += 1
    assert seen > 20


def test_what_comes_back_is_no_news(hub: Hub, sandbox: SandboxProcess) -> None:
    """What was published is ingested again, and neither a value nor a cluster nor a write comes of it."""
    with hub.engine.connect() as conn:
        before, golden_before = clusters(conn), golden_values(conn)
    echoed = sync(hub)
    for name, system in echoed.systems.items():
        assert system.error == "", name
    with hub.engine.connect() as conn:
        assert clusters(conn) == before
        assert golden_values(conn) == golden_before
    assert sum(d.sent for d in echoed.destinations.values()) == 0
    assert sync(hub).nothing_to_do


def test_changes_are_followed_and_equal_a_full_run(hub: Hub, sandbox: SandboxProcess) -> None:
    moved = sandbox.mutate(fraction=0.05, seed=3)
    assert moved
    report = sync(hub)
    assert sum(s.stored for s in report.systems.values()) > 0
    assert sum(s.deleted for s in report.systems.values()) > 0
    assert all(s.balanced and not s.error for s in report.systems.values())
    with hub.engine.connect() as conn:
        found = verify(conn, hub.config)
    assert found.equal, found.first_difference
