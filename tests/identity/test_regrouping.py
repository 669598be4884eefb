"""The differences of two clusterings, against an oracle that looks at pairs of records alone."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from identity.regrouping import regroupings, sample

clusterings = st.dictionaries(st.integers(1, 14), st.integers(1, 5), max_size=14).map(
    # A cluster is named by its lowest record, as everywhere.
    lambda given: {r: min(o for o in given if given[o] == given[r]) for r in given}
)


def pairs(clustering: dict[int, int], among: set[int]) -> set[tuple[int, int]]:
    return {(a, b) for a, b in combinations(sorted(among), 2) if clustering[a] == clustering[b]}


@given(clusterings, clusterings)
def test_differences_are_exactly_the_groups_whose_pairs_differ(before: dict[int, int], after: dict[int, int]) -> None:
    shared = before.keys() & after.keys()
    old, new = pairs(before, shared), pairs(after, shared)
    graph = nx.Graph(list(old | new))
    graph.add_nodes_from(shared)
    found = {
        frozenset(r for cluster in group.before for r in cluster): group.kind for group in regroupings(before, after)
    }
    expected = {}
    for group in nx.connected_components(graph):
        lost = {pair for pair in old - new if pair[0] in group}
        won = {pair for pair in new - old if pair[0] in group}
        if lost or won:
            expected[frozenset(group)] = "moved" if lost and won else "split" if lost else "merged"
    assert found == expected


@given(clusterings, clusterings)
def test_the_other_way_round_merges_are_splits(before: dict[int, int], after: dict[int, int]) -> None:
    there, back = regroupings(before, after), regroupings(after, before)
    turned = {"merged": "split", "split": "merged", "moved": "moved"}
    assert {(turned[g.kind], g.after, g.before) for g in there} == {(g.kind, g.before, g.after) for g in back}


def test_a_sample_has_the_largest_of_each_kind() -> None:
    before = {record: record for record in range(1, 40)}
    after = {record: 30 if record >= 30 else record - record % 2 or 1 for record in before}
    after = {r: min(o for o in after if after[o] == after[r]) for r in after}
    chosen = sample(regroupings(before, after), 3)
    assert len(chosen) == 3
    assert chosen[0].records == 10
    assert chosen == sample(regroupings(before, after), 3)
