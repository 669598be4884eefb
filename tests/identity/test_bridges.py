"""Bridges beside networkx, on random graphs."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from identity.bridges import bridges

pairs = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] != p[1]), max_size=25)


@given(pairs)
def test_as_networkx_finds_them(given_pairs: list[tuple[int, int]]) -> None:
    many = nx.MultiGraph(given_pairs)
    once = nx.Graph(many)
    doubled = {tuple(sorted(p)) for p in once.edges if many.number_of_edges(*p) > 1}
    expected = {tuple(sorted(p)) for p in nx.bridges(once)} - doubled
    found = bridges(given_pairs)
    assert [bridge.pair for bridge in found] == sorted(expected)
    for bridge in found:
        once_without = once.copy()
        once_without.remove_edge(*bridge.pair)
        assert bridge.left == nx.node_connected_component(once_without, bridge.pair[0])
        assert bridge.right == nx.node_connected_component(once_without, bridge.pair[1])


def test_a_long_chain_needs_no_recursion() -> None:
    assert len(bridges((i, i + 1) for i in range(1_500))) == 1_500
