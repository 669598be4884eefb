"""Sorting simple components out as sets changes no cluster."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.clustering import cluster
from identity.constraints import Constraints
from identity.simple_parts import sort_out

RECORDS = st.integers(1, 14)
pairs = st.tuples(RECORDS, RECORDS).filter(lambda p: p[0] < p[1])
weights = st.sampled_from([-9.0, -2.0, -0.75, -0.5, 0.5, 2.0, 7.0])
groups = st.lists(RECORDS, min_size=1, max_size=3, unique=True).map(lambda g: tuple(sorted(g)))


@st.composite
def constraints(draw: st.DrawFn) -> Constraints:
    apart = groups.flatmap(lambda g: groups.map(lambda h: (g, h))).filter(lambda p: not set(p[0]) & set(p[1]))
    return draw(
        st.one_of(
            st.just(Constraints()),
            st.builds(lambda g: Constraints(same=(g,)), groups),
            st.builds(lambda p: Constraints(different=(p,)), apart),
            st.builds(lambda g: Constraints(alone=dict.fromkeys(g, "crm")), groups),
        )
    )


@settings(max_examples=150, deadline=None)
@given(
    records=st.sets(RECORDS, min_size=1),
    edges=st.dictionaries(pairs, weights, max_size=14),
    certain=st.sets(pairs, max_size=2),
    rules=constraints(),
    link_weight=st.sampled_from([-5.0, 0.5, 2.0]),
)
def test_nothing_changes(
    records: set[int],
    edges: dict[tuple[int, int], float],
    certain: set[tuple[int, int]],
    rules: Constraints,
    link_weight: float,
) -> None:
    given_edges = [(left, right, weight) for (left, right), weight in sorted(edges.items())]
    whole = cluster(sorted(records), given_edges, sorted(certain), link_weight=link_weight, constraints=rules)
    found = sort_out(
        pa.array(sorted(records), pa.int64()),
        table(given_edges, ("record_l", "record_r", "match_weight")),
        table(sorted(certain), ("record_l", "record_r")),
        rules,
        link_weight=link_weight,
    )
    left = found.records.to_pylist()
    rest = list(zip(*(column.to_pylist() for column in found.edges.columns), strict=True))
    parts = dict(zip(*(column.to_pylist() for column in found.clusters.columns), strict=True))
    parts |= cluster(left, rest, sorted(certain), link_weight=link_weight, constraints=rules)
    assert parts == whole


def table(rows: list[tuple[float, ...]], names: tuple[str, ...]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in names]
    types = [pa.float64() if name == "match_weight" else pa.int64() for name in names]
    return pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=list(names))
