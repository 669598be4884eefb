from __future__ import annotations

from identity.agglomeration import Merge
from identity.model import probability
from identity.thresholds import choose


def meetings(*groups: tuple[float, int, int, bool]) -> list[Merge]:
    """(weight, pairs, how many, joined)."""
    return [Merge(w, pairs, joined) for w, pairs, times, joined in groups for _ in range(times)]


def test_clear_gap_puts_the_line_inside_it() -> None:
    chosen = choose(meetings((25.0, 1, 500, True), (-6.0, 1, 400, True)), 1.0)
    assert 1.0 <= chosen.link_weight <= 25.0
    assert chosen.precision > 0.99
    assert chosen.recall > 0.95


def test_contradicted_edges_raise_the_line() -> None:
    calm = choose(meetings((15.0, 1, 100, True), (4.0, 1, 100, True), (4.0, 9, 100, True)), 1.0)
    torn = choose(meetings((15.0, 1, 100, True), (4.0, 1, 100, True), (4.0, 9, 400, False)), 1.0)
    assert calm.link_weight <= 4.0 < torn.link_weight
    assert torn.recall < calm.recall


def test_missed_by_blocking_lowers_the_recall_alone() -> None:
    all_found, some = (choose(meetings((20.0, 1, 100, True)), found) for found in (1.0, 0.8))
    assert some.recall == round(0.8 * all_found.recall, 4)
    assert some.precision == all_found.precision


def test_line_is_never_below_even_odds_and_review_lies_below_it() -> None:
    for met in (meetings((0.2, 1, 50, True)), meetings((-5.0, 1, 50, True)), []):
        chosen = choose(met, 1.0)
        assert probability(chosen.link_weight) > 0.5
        assert chosen.review_weight < chosen.link_weight
