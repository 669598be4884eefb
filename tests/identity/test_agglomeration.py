from __future__ import annotations

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.agglomeration import agglomerate

_edges = st.dictionaries(
    st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda p: p[0] < p[1]),
    st.integers(-20, 40).map(lambda w: w / 2),
    max_size=40,
)


@given(_edges, st.randoms(use_true_random=False))
def test_order_of_records_and_edges_never_matters(edges: dict[tuple[int, int], float], rng: object) -> None:
    triples = [(a, b, w) for (a, b), w in edges.items()]
    turned = [(b, a, w) for a, b, w in triples]
    rng.shuffle(turned)  # type: ignore[attr-defined]  # hypothesis types its randoms as object
    assert agglomerate(range(1, 13), triples, link_weight=1.0) == agglomerate(range(12, 0, -1), turned, link_weight=1.0)


@settings(max_examples=200)
@given(_edges)
def test_each_component_stands_alone_and_is_never_left(edges: dict[tuple[int, int], float]) -> None:
    triples = [(a, b, w) for (a, b), w in edges.items()]
    whole = agglomerate(range(1, 13), triples, link_weight=1.0)
    graph = networkx.Graph((a, b) for a, b, w in triples if w >= 1.0)
    graph.add_nodes_from(range(1, 13))
    for component in networkx.connected_components(graph):
        inside = [e for e in triples if e[0] in component and e[1] in component]
        alone = agglomerate(sorted(component), inside, link_weight=1.0)
        assert alone == {r: whole[r] for r in component}
        assert set(alone.values()) <= component
        assert all(cluster == min(r for r in alone if alone[r] == cluster) for cluster in alone.values())


def test_one_vague_record_glues_no_two_customers() -> None:
    father, son = [(1, 2, 20.0), (1, 3, 20.0), (2, 3, 20.0)], [(4, 5, 20.0), (4, 6, 20.0), (5, 6, 20.0)]
    vague = [(3, 7, 6.0), (4, 7, 5.0)]
    against = [(a, b, -9.0) for a in (1, 2, 3) for b in (4, 5, 6)]
    found = agglomerate(range(1, 8), [*father, *son, *vague, *against], link_weight=1.0)
    assert found[1] == found[2] == found[3]
    assert found[4] == found[5] == found[6]
    assert found[1] != found[4]


def test_certain_pairs_join_whatever_the_edges_say() -> None:
    found = agglomerate([1, 2, 3], [(1, 2, -9.0)], [(2, 1), (3, 99)], link_weight=1.0)
    assert found == {1: 1, 2: 1, 3: 3}


def test_a_record_that_says_nothing_changes_no_group() -> None:
    """Records created by the hub join their customer and must not weigh against what joined before."""
    edges = [(1, 2, 6.0), (2, 3, 6.0), (3, 4, 6.0), (1, 4, 6.0)]
    before = agglomerate([1, 2, 3, 4], edges, link_weight=2.0)
    silent = list(range(5, 12))
    after = agglomerate([1, 2, 3, 4, *silent], edges, [(1, record) for record in silent], link_weight=2.0)
    assert {record: after[record] for record in before} == before
    assert {after[record] for record in silent} == {before[1]}
