"""Clusters are the connected components, whatever the order (oracle: networkx)."""

from __future__ import annotations

import random
import time

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from identity.clustering import cluster

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40)


@given(PAIRS)
def test_clusters_are_the_components_named_by_their_lowest_record(pairs: list[tuple[int, int]]) -> None:
    graph = nx.Graph(pairs)
    graph.add_nodes_from(range(31))
    found = cluster(range(31), pairs)
    for component in nx.connected_components(graph):
        assert {found[record] for record in component} == {min(component)}


@given(PAIRS, st.randoms(use_true_random=False))
def test_order_and_direction_never_matter(pairs: list[tuple[int, int]], rng: random.Random) -> None:
    other = [(right, left) if rng.random() < 0.5 else (left, right) for left, right in pairs]
    rng.shuffle(other)
    records = list(range(31))
    rng.shuffle(records)
    assert cluster(records, other) == cluster(range(31), pairs)


@given(PAIRS)
def test_a_component_does_not_depend_on_the_others(pairs: list[tuple[int, int]]) -> None:
    whole = cluster(range(31), pairs)
    for name in set(whole.values()):
        members = [record for record, of in whole.items() if of == name]
        assert cluster(members, [p for p in pairs if p[0] in members]) == dict.fromkeys(members, name)


def test_pairs_with_strangers_are_passed_over() -> None:
    assert cluster([1, 2], [(1, 9), (9, 2)]) == {1: 1, 2: 2}


def test_a_long_chain_is_one_cluster_in_no_time() -> None:
    count = 300_000
    pairs = [(i + 1, i) for i in range(count)]
    started = time.process_time()
    assert set(cluster(range(count + 1), pairs).values()) == {0}
    assert time.process_time() - started < 5
