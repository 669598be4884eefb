"""Bridges of a graph: the edges without which it falls apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Bridge:
    """An edge that alone holds its two sides together; `left` are the nodes on the side of the pair's first node."""

    pair: Pair
    left: frozenset[int]
    right: frozenset[int]


def bridges(pairs: Iterable[Pair]) -> list[Bridge]:
    """Give every bridge of the graph that the pairs make, in the order of the pairs; a pair given twice is none.

    The depth-first search of Tarjan (A note on finding the bridges of a graph, 1974), with a stack of its own.
    """
    edges = sorted((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
    around: dict[int, list[tuple[int, int]]] = {}
    for number, (left, right) in enumerate(edges):
        around.setdefault(left, []).append((right, number))
        around.setdefault(right, []).append((left, number))
    entered: dict[int, int] = {}
    left_at: dict[int, int] = {}
    found: list[tuple[Pair, int, int]] = []  # the edge, the root of its tree, the node below it
    order: list[int] = []
    for root in sorted(around):
        if root not in entered:
            _search(root, around, edges, entered, left_at, order, found)
    trees = _trees(order, entered, left_at, found)
    return sorted(trees, key=lambda bridge: bridge.pair)


def _search(
    root: int,
    around: dict[int, list[tuple[int, int]]],
    edges: Sequence[Pair],
    entered: dict[int, int],
    left_at: dict[int, int],
    order: list[int],
    found: list[tuple[Pair, int, int]],
) -> None:
    """Walk one tree: `entered` numbers its nodes in the order of `order`; `left_at` is the end of a node's subtree."""
    low: dict[int, int] = {}
    stack = [(root, -1, iter(around[root]))]
    entered[root] = low[root] = len(order)
    order.append(root)
    while stack:
        node, by, neighbours = stack[-1]
        step = next(neighbours, None)
        if step is not None:
            other, number = step
            if number == by:
                continue
            if other in entered:
                low[node] = min(low[node], entered[other])
            else:
                entered[other] = low[other] = len(order)
                order.append(other)
                stack.append((other, number, iter(around[other])))
            continue
        stack.pop()
        left_at[node] = len(order)
        if stack:
            parent = stack[-1][0]
            low[parent] = min(low[parent], low[node])
            if low[node] > entered[parent]:
                found.append((edges[by], root, node))


def _trees(
    order: Sequence[int], entered: dict[int, int], left_at: dict[int, int], found: Sequence[tuple[Pair, int, int]]
) -> list[Bridge]:
    result = []
    for pair, root, node in found:
        below = frozenset(order[entered[node] : left_at[node]])
        rest = frozenset(order[entered[root] : left_at[root]]) - below
        left, right = (below, rest) if pair[0] in below else (rest, below)
        result.append(Bridge(pair, left, right))
    return result
