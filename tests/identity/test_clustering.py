"""Components against networkx; clusters lie within them, whatever the order."""

from __future__ import annotations

import random
import time

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from identity.agglomeration import agglomerate
from identity.clustering import cluster, components

RECORDS = range(31)
PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40)
EDGES = st.dictionaries(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] < p[1]),
    st.sampled_from([-6.0, -1.5, 0.5, 3.0, 7.25, 12.0]),
    max_size=30,
).map(lambda found: [(left, right, weight) for (left, right), weight in found.items()])
LINKS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] < p[1]), max_size=2)
BAR = 3.0


@given(PAIRS)
def test_components_are_named_by_their_lowest_record(pairs: list[tuple[int, int]]) -> None:
    graph = nx.Graph(pairs)
    graph.add_nodes_from(RECORDS)
    found = components(RECORDS, pairs)
    for component in nx.connected_components(graph):
        assert {found[record] for record in component} == {min(component)}


@given(EDGES, LINKS, st.randoms(use_true_random=False))
def test_order_and_direction_never_matter(
    edges: list[tuple[int, int, float]], links: list[tuple[int, int]], rng: random.Random
) -> None:
    other = [(right, left, w) if rng.random() < 0.5 else (left, right, w) for left, right, w in edges]
    rng.shuffle(other)
    records = list(RECORDS)
    rng.shuffle(records)
    assert cluster(records, other, links[::-1], link_weight=BAR) == cluster(RECORDS, edges, links, link_weight=BAR)


@given(EDGES, LINKS)
def test_a_component_does_not_depend_on_the_others(
    edges: list[tuple[int, int, float]], links: list[tuple[int, int]]
) -> None:
    whole = cluster(RECORDS, edges, links, link_weight=BAR)
    assert whole == agglomerate(RECORDS, edges, links, link_weight=BAR)
    joined = components(RECORDS, [(left, right) for left, right, w in edges if w >= BAR] + links)
    for name in set(joined.values()):
        members = [record for record, of in joined.items() if of == name]
        alone = cluster(members, edges, links, link_weight=BAR)
        assert alone == {record: whole[record] for record in members}


@given(EDGES, LINKS)
def test_clusters_lie_within_components_and_keep_certain_links(
    edges: list[tuple[int, int, float]], links: list[tuple[int, int]]
) -> None:
    found = cluster(RECORDS, edges, links, link_weight=BAR)
    joined = components(RECORDS, [(left, right) for left, right, w in edges if w >= BAR] + links)
    assert all(joined[record] == joined[name] for record, name in found.items())
    assert all(found[left] == found[right] for left, right in links)
    assert all(found[name] == name <= record for record, name in found.items())


def test_edges_with_strangers_are_passed_over() -> None:
    assert cluster([1, 2], [(1, 9, 9.0), (2, 9, 9.0)], [(1, 9)], link_weight=BAR) == {1: 1, 2: 2}


def test_a_long_chain_of_links_is_one_component_in_no_time() -> None:
    count = 300_000
    started = time.process_time()
    found = components(range(count + 1), [(i + 1, i) for i in range(count)])
    assert set(found.values()) == {0}
    assert time.process_time() - started < 5
