"""Models come and go: what is promoted decides, what was before comes back, and the events say which did what."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config, CustomAttribute
from hub.errors import RejectedError
from identity import lifecycle, models_store, resolver, store
from identity.model import Model
from tests.identity.people import people


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    """A resolved hub with a strict model 2 and a lax model 3 beside the live one."""
    person = models[0]
    models_store.save(conn, person)
    models_store.save(conn, replace(person, version=2, link_weight=60.0))
    models_store.save(
        conn, replace(person, version=3, weights={n: w for n, w in person.weights.items() if n != "email"})
    )
    models_store.make_live(conn, "person", 1)
    store.save(conn, [r for _, r in people(40, seed=6)])
    resolve(conn, config)
    return conn


def resolve(conn: Connection, config: Config) -> resolver.Settled:
    return resolver.settle(conn, resolver.score(conn, config))


def customers(conn: Connection) -> dict[int, str]:
    rows = conn.execute(sa.text("SELECT record_id, customer_id::text FROM identity.crosswalk WHERE valid_to IS NULL"))
    return {row.record_id: row.customer_id for row in rows}


def reasons(conn: Connection) -> set[str]:
    return set(conn.scalars(sa.text("SELECT reason FROM identity.identity_event ORDER BY event_id")))


def test_a_promoted_model_settles_the_whole_base_and_rollback_brings_back_the_ids(
    hub: Connection, config: Config
) -> None:
    before = customers(hub)
    assert len(set(before.values())) < len(before)
    assert not any("replaced" in reason for reason in reasons(hub))
    assert lifecycle.promote(hub, config, "person", 2, by="anna") == lifecycle.Promoted("person", 2, 1)
    assert customers(hub) == before  # nothing moves until the next resolve
    settled = resolve(hub, config)
    assert settled.records == len(before)
    assert len(set(customers(hub).values())) == len(before)  # nothing reaches 60 bits
    assert any(reason.endswith("; model 2 replaced model 1") for reason in reasons(hub))
    assert lifecycle.rollback(hub, config, "person", by="anna") == lifecycle.Promoted("person", 1, 2)
    resolve(hub, config)
    assert customers(hub) == before
    assert any(reason.endswith("; model 1 replaced model 2") for reason in reasons(hub))


def test_events_after_the_first_settlement_are_the_records_own(hub: Connection, config: Config) -> None:
    lifecycle.promote(hub, config, "person", 2, by="anna")
    resolve(hub, config)
    last = hub.scalar(sa.text("SELECT max(event_id) FROM identity.identity_event"))
    store.save(hub, [r for _, r in people(43, seed=6)])  # three more
    resolve(hub, config)
    later = hub.scalars(sa.text("SELECT reason FROM identity.identity_event WHERE event_id > :last"), {"last": last})
    assert {"replaced" in reason for reason in later} == {False}


def test_a_model_undone_before_it_decided_leaves_no_trace_in_the_events(hub: Connection, config: Config) -> None:
    before = customers(hub)
    lifecycle.promote(hub, config, "person", 2, by="anna")
    lifecycle.rollback(hub, config, "person", by="anna")
    resolve(hub, config)
    assert customers(hub) == before
    assert not any("replaced" in reason for reason in reasons(hub))


def test_rollback_goes_back_step_by_step_and_then_says_there_is_no_more(hub: Connection, config: Config) -> None:
    lifecycle.promote(hub, config, "person", 2, by="anna")
    lifecycle.promote(hub, config, "person", 3, by="anna")
    assert [lifecycle.rollback(hub, config, "person", by="anna").version for _ in range(2)] == [2, 1]
    with pytest.raises(RejectedError, match="no earlier model"):
        lifecycle.rollback(hub, config, "person", by="anna")


def test_records_that_are_pending_when_a_model_is_promoted_are_settled_with_it(hub: Connection, config: Config) -> None:
    store.save(hub, [r for _, r in people(3, seed=9)])
    lifecycle.promote(hub, config, "person", 3, by="anna")
    assert resolve(hub, config).pending == 0
    assert set(hub.scalars(sa.text("SELECT DISTINCT model_version FROM identity.edge"))) == {3}


def test_what_cannot_be_promoted_is_refused_with_what_to_do(hub: Connection, config: Config) -> None:
    with pytest.raises(RejectedError, match="live already"):
        lifecycle.promote(hub, config, "person", 1, by="anna")
    with pytest.raises(RejectedError, match="no model 9"):
        lifecycle.promote(hub, config, "person", 9, by="anna")
    shoe_size = {"shoe_size": CustomAttribute(kind="number", match="exact")}
    other = config.model_copy(update={"attributes": shoe_size})
    with pytest.raises(RejectedError, match=r"hub\.yaml shoe_size \(exact\)") as refused:
        lifecycle.promote(hub, other, "person", 2, by="anna")
    assert "hub train" in refused.value.hint
    assert models_store.live(hub, "person").version == 1  # type: ignore[union-attr]  # the fixture made one live


def test_a_version_of_several_types_must_be_named(hub: Connection, models: list[Model]) -> None:
    models_store.save(hub, models[1])
    assert lifecycle.type_of(hub, 2) == "person"
    assert lifecycle.type_of(hub, 1, "organisation") == "organisation"
    with pytest.raises(RejectedError, match="for each of"):
        lifecycle.type_of(hub, 1)
    with pytest.raises(RejectedError, match="no model 2 for organisation"):
        lifecycle.type_of(hub, 2, "organisation")
