"""Clustering under decisions and sources without duplicates, against a clustering by hand and the laws of decisions."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.clustering import cluster
from identity.constraints import Constraints
from tests.identity.plain_clustering import plain_cluster, satisfied

RECORDS = list(range(1, 10))
BAR = 2.0
# Records 10 and 11 are not among the records: they were deleted, but what was said of them stands.
_ids = st.integers(1, 11)
_groups = st.lists(_ids, min_size=1, max_size=3, unique=True).map(tuple)
_weights = st.floats(-9, 14, allow_nan=False) | st.sampled_from([-3.0, 0.5, 2.0, 5.0])
_edges = st.dictionaries(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda p: p[0] < p[1]), _weights, max_size=36
).map(lambda found: [(a, b, w) for (a, b), w in found.items()])
_links = st.lists(st.tuples(_ids, _ids).filter(lambda p: p[0] != p[1]), max_size=3)


def consistent(constraints: Constraints) -> Constraints:
    """Leave out what contradicts `same`: such decisions are refused before they get here."""
    said = nx.Graph()
    said.add_nodes_from(range(1, 12))
    for group in constraints.same:
        nx.add_path(said, group)
    kept = tuple(
        (left, right)
        for left, right in constraints.different
        if not any(nx.has_path(said, a, b) for a in left for b in right)
    )
    return replace(constraints, different=kept)


_constraints = st.builds(
    Constraints,
    same=st.lists(_groups.filter(lambda g: len(g) > 1), max_size=3).map(tuple),
    different=st.lists(st.tuples(_groups, _groups), max_size=4).map(tuple),
    alone=st.dictionaries(_ids, st.sampled_from(["erp", "crm"]), max_size=5),
).map(consistent)


@settings(max_examples=400, deadline=None)
@given(_edges, _links, _constraints)
def test_clusters_are_those_made_by_hand_and_keep_to_the_constraints(
    edges: list[tuple[int, int, float]], links: list[tuple[int, int]], constraints: Constraints
) -> None:
    found = cluster(RECORDS, edges, links, link_weight=BAR, constraints=constraints)
    assert found == plain_cluster(RECORDS, edges, links, constraints, link_weight=BAR)
    assert satisfied(found, constraints, links)


@settings(max_examples=300, deadline=None)
@given(_edges, _links)
def test_without_constraints_they_are_those_made_by_hand(
    edges: list[tuple[int, int, float]], links: list[tuple[int, int]]
) -> None:
    assert cluster(RECORDS, edges, links, link_weight=BAR) == plain_cluster(
        RECORDS, edges, links, Constraints(), link_weight=BAR
    )


@given(_edges, _links, _constraints, st.randoms(use_true_random=False))
def test_the_order_in_which_anything_comes_never_matters(
    edges: list[tuple[int, int, float]],
    links: list[tuple[int, int]],
    constraints: Constraints,
    rng: random.Random,
) -> None:
    def mixed(given: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(rng.sample(given, len(given)))

    turned = [(b, a, w) if rng.random() < 0.5 else (a, b, w) for a, b, w in edges]
    rng.shuffle(turned)
    other = Constraints(
        same=tuple(rng.sample([mixed(g) for g in constraints.same], len(constraints.same))),
        different=tuple(
            (mixed(b), mixed(a)) if rng.random() < 0.5 else (mixed(a), mixed(b))
            for a, b in rng.sample(constraints.different, len(constraints.different))
        ),
        alone=dict(rng.sample(sorted(constraints.alone.items()), len(constraints.alone))),
    )
    want = cluster(RECORDS, edges, links, link_weight=BAR, constraints=constraints)
    assert cluster(mixed(tuple(RECORDS)), turned, links[::-1], link_weight=BAR, constraints=other) == want


@settings(max_examples=400, deadline=None)
@given(_edges, _links, _constraints, _groups, _groups, st.booleans())
def test_a_decision_that_the_clusters_satisfy_changes_nothing(
    edges: list[tuple[int, int, float]],
    links: list[tuple[int, int]],
    constraints: Constraints,
    left: tuple[int, ...],
    right: tuple[int, ...],
    same: bool,
) -> None:
    before = cluster(RECORDS, edges, links, link_weight=BAR, constraints=constraints)
    live = [tuple(record for record in side if record in before) for side in (left, right)]
    if same:
        more = replace(constraints, same=(*constraints.same, live[0] + live[1]))
    else:
        more = replace(constraints, different=(*constraints.different, (live[0], live[1])))
    if all(live) and more == consistent(more) and satisfied(before, more, links):
        assert cluster(RECORDS, edges, links, link_weight=BAR, constraints=more) == before


def test_no_third_record_joins_two_that_were_declared_different() -> None:
    edges = [(1, 3, 9.0), (2, 3, 8.0), (1, 2, 1.0)]
    assert cluster([1, 2, 3], edges, [], link_weight=BAR) == {1: 1, 2: 1, 3: 1}
    parted = Constraints(different=(((1,), (2,)),))
    assert cluster([1, 2, 3], edges, [], link_weight=BAR, constraints=parted) == {1: 1, 2: 2, 3: 1}


def test_what_is_the_same_as_a_deleted_record_is_different_from_what_that_one_was() -> None:
    said = Constraints(same=((1, 99),), different=(((99,), (2,)),))
    assert cluster([1, 2], [(1, 2, 9.0)], [], link_weight=BAR, constraints=said) == {1: 1, 2: 2}


def test_a_certain_link_yields_to_a_steward_but_not_to_a_source_without_duplicates() -> None:
    parted = Constraints(different=(((1,), (2,)),))
    assert cluster([1, 2], [], [(1, 2)], link_weight=BAR, constraints=parted) == {1: 1, 2: 2}
    alone = Constraints(alone={1: "crm", 2: "crm"})
    assert cluster([1, 2], [], [(1, 2)], link_weight=BAR, constraints=alone) == {1: 1, 2: 1}
    assert cluster([1, 2], [(1, 2, 9.0)], [], link_weight=BAR, constraints=alone) == {1: 1, 2: 2}


def test_same_joins_two_customers_with_all_their_records() -> None:
    """It must not lose one of them a record because the other's speak against it."""
    edges = [(1, 2, 9.0), (3, 4, 9.0), (1, 3, -9.0), (1, 4, -9.0), (2, 3, -9.0), (2, 4, -9.0)]
    said = Constraints(same=((2, 3),))
    assert set(cluster([1, 2, 3, 4], edges, [], link_weight=BAR, constraints=said).values()) == {1}


@pytest.mark.parametrize("records", [700, 60_000])
def test_a_large_component_takes_seconds(records: int) -> None:
    rng = random.Random(7)
    edges = {(i - 1, i): 9.0 for i in range(1, records)}
    while len(edges) < 200_000:
        a, b = rng.randrange(records), rng.randrange(records)
        if a < b:
            edges[a, b] = rng.uniform(-6, 15)
    parted = Constraints(different=tuple(((i,), (i + records // 2,)) for i in range(0, records // 2, 50)))
    started = time.process_time()
    cluster(range(records), [(a, b, w) for (a, b), w in edges.items()], [], link_weight=BAR, constraints=parted)
    assert time.process_time() - started < 10
