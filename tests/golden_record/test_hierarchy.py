"""Parents and subsidiaries: named by records, rolled up over the whole tree, never a merge, circles told."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import hierarchy, moment, profiles
from hub.records import SourceRecord
from identity import relations, store
from tests.identity.test_relations import firm, person, put


def under(source_id: str, name: str, parent: str, **more: Any) -> SourceRecord:
    return firm(source_id, name, parent=parent, **more)


def figures(conn: Connection, **revenue: tuple[UUID, int]) -> None:
    for who, amount in revenue.values():
        conn.execute(
            sa.text("INSERT INTO golden.profile VALUES (:id, jsonb_build_object('revenue', CAST(:n AS int)), now())"),
            {"id": who, "n": amount},
        )


def test_a_group_is_rolled_up_from_ids_and_registration_numbers(conn: Connection) -> None:
    number = [{"kind": "registration", "value": "HRB4711"}]
    holding, north, south, shop, alone = put(
        conn,
        [firm("100", "holding one", identifier=number)],
        [under("200", "north two", "HRB 4711")],
        [under("300", "south three", "100")],
        [under("400", "shop four", "300"), firm("401", "shop four")],
        [firm("500", "else five")],
    )
    figures(conn, h=(holding, 1), n=(north, 10), s=(south, 100), x=(shop, 1000))
    whole = hierarchy.of(conn, holding, ["revenue"], partial(profiles.of, conn))
    assert whole is not None
    assert (whole.direct, whole.all, whole.rolled_up, whole.circle) == (2, 3, {"revenue": 1111}, ())
    assert {(child, depth) for child, _, depth in whole.below} == {(north, 1), (south, 1), (shop, 2)}
    leaf = hierarchy.of(conn, shop, ["revenue"], partial(profiles.of, conn))
    assert leaf is not None
    assert (leaf.above, leaf.top, leaf.all, leaf.rolled_up) == ((south, holding), (holding,), 0, {"revenue": 1000})
    assert hierarchy.of(conn, alone) is None
    assert {(r.kind, r.other_id) for r in relations.of(conn, [south])} >= {
        ("subsidiary_of", holding),
        ("parent_of", shop),
    }


def test_it_follows_merges_and_splits(conn: Connection) -> None:
    records = [firm("100", "holding one"), under("300", "south three", "100"), under("400", "shop four", "300")]
    holding, south, shop = put(conn, *([one] for one in records))
    merged, _ = put(conn, [records[0], records[1]], [records[2]])
    found = hierarchy.of(conn, merged)
    assert found is not None
    assert [(child, depth) for child, _, depth in found.below] == [(shop, 1)]  # nobody is his own parent
    again = put(conn, *([one] for one in records))
    split = hierarchy.of(conn, again[0])
    assert split is not None
    assert split.all == 2
    assert {holding, south} & set(again)


def test_a_past_hierarchy_is_the_one_that_stood(conn: Connection) -> None:
    records = [firm("100", "holding one"), under("300", "south three", "100"), under("400", "shop four", "300")]
    holding, _, shop = put(conn, *([one] for one in records))
    stood = [hierarchy.of(conn, one) for one in (holding, shop)]
    then = moment.now(conn)
    store.save(conn, [firm("300", "south three")])
    store.delete(conn, [records[2].key])
    assert [hierarchy.of(conn, one, then=then) for one in (holding, shop)] == stood
    assert hierarchy.of(conn, holding) is None


def test_a_circle_is_told_and_ends(conn: Connection) -> None:
    a, b, c = put(conn, [under("1", "aa one", "3")], [under("2", "bb two", "1")], [under("3", "cc three", "2")])
    found = hierarchy.of(conn, a)
    assert found is not None
    assert found.circle == tuple(sorted((a, b, c)))
    assert (found.all, found.top) == (2, ())


def test_a_record_names_the_organisation_of_its_person(conn: Connection) -> None:
    firm_id, anna = put(conn, [firm("77", "acme works")], [person("p", "anna", "abel", organisation_id="77")])
    assert {(r.kind, r.other_id) for r in relations.of(conn, [anna])} == {("works_for", firm_id)}
    assert {(r.kind, r.other_id) for r in relations.of(conn, [firm_id])} == {("employs", anna)}
