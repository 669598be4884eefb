"""The measures against their definitions, spelled out naively."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.errors import RejectedError
from identity import store
from identity.evaluate import Evaluation, evaluate
from tests.identity.factories import record


def put(conn: Connection, clusters: dict[int, int]) -> None:
    """Store records by source id, and make each cluster a customer."""
    conn.execute(sa.text("TRUNCATE identity.crosswalk, identity.feature, identity.source_record CASCADE"))
    store.save(conn, [record(i, given_name="ann") for i in clusters])
    conn.execute(
        sa.text("""
            INSERT INTO identity.crosswalk (record_id, customer_id, valid_from)
            SELECT r.record_id, md5(m.cluster::text)::uuid, now() FROM identity.source_record r
            JOIN unnest(CAST(:ids AS text[]), CAST(:clusters AS int[])) AS m (source_id, cluster) USING (source_id)"""),
        {"ids": [str(i) for i in clusters], "clusters": list(clusters.values())},
    )


def truth(entities: dict[int, str]) -> pa.Table:
    return pa.table(
        {
            "system": pa.array(["crm"] * len(entities), pa.string()),
            "source_id": pa.array([str(i) for i in entities], pa.string()),
            "entity": pa.array(list(entities.values()), pa.string()),
        }
    )


def naive(clusters: dict[int, int], entities: dict[int, str]) -> tuple[float, ...]:
    held = {i: ("c", clusters[i]) if i in clusters else ("alone", i) for i in entities}
    pairs = list(combinations(entities, 2))
    together = {p for p in pairs if held[p[0]] == held[p[1]]}
    belong = {p for p in pairs if entities[p[0]] == entities[p[1]]}
    right = len(together & belong)
    precisions, recalls = [], []
    for i in entities:
        mine = {j for j in entities if held[j] == held[i]}
        same = {j for j in entities if entities[j] == entities[i]}
        precisions.append(len(mine & same) / len(mine))
        recalls.append(len(mine & same) / len(same))
    return (
        right / len(together) if together else 1.0,
        right / len(belong) if belong else 1.0,
        sum(precisions) / len(entities),
        sum(recalls) / len(entities),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.integers(0, 9), st.integers(0, 3), min_size=1),
    st.dictionaries(st.integers(0, 11), st.sampled_from("xyz"), min_size=1),
)
def test_measures_are_as_defined(conn: Connection, clusters: dict[int, int], entities: dict[int, str]) -> None:
    put(conn, clusters)
    found = evaluate(conn, truth(entities))
    measured = (found.pairwise.precision, found.pairwise.recall, found.bcubed.precision, found.bcubed.recall)
    assert measured == pytest.approx(naive(clusters, entities), abs=1e-12)
    assert (found.records, found.unknown) == (len(entities), len(entities.keys() - clusters.keys()))
    for measure in (found.pairwise, found.bcubed):
        both = measure.precision + measure.recall
        assert measure.f1 == pytest.approx(2 * measure.precision * measure.recall / both if both else 0.0)


def test_known_numbers(conn: Connection) -> None:
    put(conn, {1: 1, 2: 1, 3: 1, 4: 2})
    found = evaluate(conn, truth({1: "x", 2: "x", 3: "y", 4: "y", 5: "y"}))
    assert found.pairwise.precision == pytest.approx(1 / 3)
    assert found.pairwise.recall == pytest.approx(1 / 4)
    assert (found.unknown, found.entities, found.clusters) == (1, 2, 3)


def test_an_empty_truth_finds_no_fault(conn: Connection) -> None:
    found = evaluate(conn, truth({}))
    assert isinstance(found, Evaluation)
    assert (found.records, found.pairwise.f1) == (0, 1.0)


def test_a_record_with_two_entities_is_refused(conn: Connection) -> None:
    twice = pa.concat_tables([truth({1: "x"}), truth({1: "y"})])
    with pytest.raises(RejectedError, match="two entities"):
        evaluate(conn, twice)


def test_ids_that_several_objects_share_need_the_object(conn: Connection) -> None:
    put(conn, {1: 1})
    conn.execute(
        sa.text("""
            WITH other AS (
                INSERT INTO identity.source_record (system, object, source_id, entity_type, attributes, content_hash,
                                                    revision)
                VALUES ('crm', 'companies', '1', 'organisation', '{}', '', 1) RETURNING record_id)
            INSERT INTO identity.crosswalk (record_id, customer_id, valid_from)
            SELECT record_id, gen_random_uuid(), now() FROM other""")
    )
    with pytest.raises(RejectedError, match="object"):
        evaluate(conn, truth({1: "x"}))
    exact = truth({1: "x"}).append_column("object", pa.array(["contacts"]))
    assert evaluate(conn, exact).unknown == 0
