"""Relations follow from what records say now: never a merge, never stored, seen from both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import SourceRecord
from identity import crosswalk, relations, store
from tests.identity.factories import key, record

_MOMENTS = count()
HOME = {"house_number": "12", "street": "lake road", "city": "bath", "postcode": "ba1"}


def put(conn: Connection, *clusters: list[SourceRecord]) -> list[UUID]:
    """Store records and make each list of them a customer; gives the customers in the same order."""
    store.save(conn, [one for cluster in clusters for one in cluster])
    ids = {
        row.source_id: row.record_id
        for row in conn.execute(sa.text("SELECT source_id, record_id FROM identity.source_record"))
    }
    rows = [
        {"record_id": ids[one.key.source_id], "cluster_id": ids[cluster[0].key.source_id],
         "entity_type": one.entity_type}
        for cluster in clusters
        for one in cluster
    ]  # fmt: skip
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=next(_MOMENTS))
    changed = pa.array([row["record_id"] for row in rows], pa.int64())
    crosswalk.settle(conn, pa.Table.from_pylist(rows, crosswalk.CLUSTERS), changed, at=at)
    found = [crosswalk.customer_of(conn, cluster[0].key) for cluster in clusters]
    return [one for one in found if one is not None]


def told(conn: Connection, customer: UUID) -> dict[tuple[str, UUID], tuple[str, ...]]:
    return {(r.kind, r.other_id): r.evidence for r in relations.of(conn, [customer])}


def person(source_id: str, given: str, family: str, **more: Any) -> SourceRecord:
    return record(source_id, given_name=given, family_name=family, **more)


def firm(source_id: str, name: str, **more: Any) -> SourceRecord:
    return record(
        source_id, entity_type="organisation", organisation_name=name,
        organisation_core=name.removesuffix(" gmbh co kg").removesuffix(" gmbh"), **more,
    )  # fmt: skip


def test_one_home_and_family_name_are_a_household(conn: Connection) -> None:
    anna, ben, lodger, far = put(
        conn,
        [person("a", "anna", "abel", address=[HOME]), person("a2", "anna", "abel", phone=["+441225123456"])],
        [person("b", "ben", "abel dietz", address=[HOME], phone=["+441225123456"])],
        [person("c", "carl", "otto", address=[HOME])],
        [person("d", "dora", "abel", address=[HOME | {"house_number": "14"}])],
    )
    assert told(conn, anna) == {("household", ben): ("same address", "same family name", "same phone")}
    assert told(conn, ben) == {("household", anna): ("same address", "same family name", "same phone")}
    assert told(conn, lodger) == told(conn, far) == {}


def test_a_value_shared_by_very_many_relates_nobody(conn: Connection) -> None:
    crowd = [[person(str(i), f"given{i}", "abel", phone=["+441225123456"])] for i in range(relations.MOST_SHARING)]
    first, *_ = put(conn, *crowd)
    assert len(told(conn, first)) == relations.MOST_SHARING - 1
    put(conn, [person("more", "one", "abel", phone=["+441225123456"])])
    assert told(conn, first) == {}


def test_a_street_without_a_number_is_no_home(conn: Connection) -> None:
    road = {name: part for name, part in HOME.items() if name != "house_number"}
    anna, _ = put(
        conn, [person("a", "anna", "abel", address=[road])], [person("b", "ben", "abel", address=[road])]
    )  # fmt: skip
    assert told(conn, anna) == {}


def test_branches_are_affiliated_and_strangers_of_one_word_are_not(conn: Connection) -> None:
    north, south, web, schmidt, _ = put(
        conn,
        [firm("n", "abel steel gmbh", website=["abelsteel.org"])],
        [firm("s", "abel steel gmbh")],
        [firm("w", "abel online", email=["shop@abelsteel.org"])],
        [firm("x", "schmidt")],
        [firm("y", "schmidt")],
    )
    assert told(conn, north) == {
        ("affiliated", south): ("same name",),
        ("affiliated", web): ("same domain",),
    }
    assert told(conn, south) == {("affiliated", north): ("same name",)}
    assert told(conn, schmidt) == {}


def test_people_work_for_the_owner_of_their_domain_or_the_employer_they_name(conn: Connection) -> None:
    abel, braun, anna, ben, carl = put(
        conn,
        [firm("f", "abel steel gmbh co kg", website=["abelsteel.org"])],
        [firm("g", "braun glass gmbh")],
        [person("a", "anna", "igel", email=["anna.igel@abelsteel.org"], employer="abel steel")],
        [person("b", "ben", "jung", employer="abel steel gmbh co kg")],
        [person("c", "carl", "koch", employer="braun glass works", email=["carl@gmail.com"])],
    )
    assert told(conn, anna) == {("works_for", abel): ("e-mail of its domain", "employer of its name")}
    assert told(conn, ben) == {("works_for", abel): ("employer of its name",)}
    assert told(conn, abel) == {
        ("employs", anna): ("e-mail of its domain", "employer of its name"),
        ("employs", ben): ("employer of its name",),
    }
    assert told(conn, carl) == told(conn, braun) == {}


def test_a_domain_of_many_organisations_is_no_employer(conn: Connection) -> None:
    firms = [[firm(f"f{i}", f"firm {i} works", website=["shared-host.org"])] for i in range(4)]
    anna, first, *_ = put(conn, [person("a", "anna", "igel", email=["anna@shared-host.org"])], *firms)
    assert told(conn, anna) == {}
    assert {kind for kind, _ in told(conn, first)} == {"affiliated"}


def test_relations_follow_a_merge_and_its_undoing(conn: Connection) -> None:
    records = [
        [person("a", "anna", "abel", phone=["+441225123456"])],
        [person("b", "ben", "abel", phone=["+441225123456"])],
        [person("c", "anna", "abel", email=["anna@igel.org"])],
        [person("d", "dora", "abel", email=["anna@igel.org"])],
    ]
    apart = [told(conn, customer) for customer in put(conn, *records)]
    merged, ben, dora = put(conn, records[0] + records[2], records[1], records[3])
    assert set(told(conn, merged)) == {("household", ben), ("household", dora)}
    again = put(conn, *records)
    assert [{relation[0] for relation in told(conn, customer)} for customer in again] == [{"household"}] * 4
    assert [list(told(conn, customer).values()) for customer in again] == [list(one.values()) for one in apart]
    assert set(told(conn, again[0])) == {("household", again[1])}


def test_a_deleted_record_relates_nobody(conn: Connection) -> None:
    anna, ben = put(
        conn,
        [person("a", "anna", "abel", phone=["+441225123456"]), person("a2", "anna", "abel")],
        [person("b", "ben", "abel", phone=["+441225123456"])],
    )
    assert told(conn, anna).keys() == {("household", ben)}
    store.delete(conn, [key("a")])
    assert told(conn, anna) == told(conn, ben) == {}


def test_people_are_found_by_index_and_not_by_reading_the_base(conn: Connection) -> None:
    conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
    bounds = {"ids": [], "sharing": 50, "employers": 3, "people": 500}
    for query in (relations._HOUSEHOLD, relations._AFFILIATED, relations._BY_DOMAIN, relations._BY_NAME):
        plan = "\n".join(conn.scalars(sa.text(f"EXPLAIN {query}"), bounds))
        assert "Seq Scan on" not in plan
    people = "\n".join(conn.scalars(sa.text(f"EXPLAIN {relations._BY_DOMAIN}"), bounds))
    assert "Index" in people
    employees = "\n".join(conn.scalars(sa.text(f"EXPLAIN {relations._BY_NAME}"), bounds))
    assert "Index" in employees
