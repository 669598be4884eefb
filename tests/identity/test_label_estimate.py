"""Estimates from labels are honest: over many samples of a known population the intervals hold the truth."""

from __future__ import annotations

import random

import pytest

from identity.label_estimate import Stratum, advise, measure
from identity.label_sample import UNKEPT

# (stratum, together, pairs, share of matches, weights from, to)
POPULATION = [
    (0, True, 3000, 0.999, 16, 25), (1, True, 900, 0.98, 11, 16), (2, True, 300, 0.8, 8, 11), (3, True, 200, 0.7, 0, 8),
    (5, False, 400, 0.3, 0, 8), (7, False, 5000, 0.01, -8, 0), (UNKEPT, False, 60_000, 0.0004, None, None),
]  # fmt: skip


def _truth() -> tuple[float, float]:
    right = sum(n * share for _, together, n, share, *_ in POPULATION if together)
    linked = sum(n for _, together, n, *_ in POPULATION if together)
    return right / linked, right / sum(n * share for _, _, n, share, *_ in POPULATION)


def sampled(rng: random.Random, each: int) -> list[Stratum]:
    found = []
    for number, together, pairs, share, low, high in POPULATION:
        judged = [(None if low is None else rng.uniform(low, high), rng.random() < share) for _ in range(each)]
        found.append(Stratum(number, pairs, together, judged, asked=each))
    return found


def test_the_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    precision, recall = _truth()
    rng = random.Random(5)
    held = [0, 0]
    for _ in range(60):
        found = measure(sampled(rng, 30))
        assert found is not None
        held[0] += found.precision.low <= precision <= found.precision.high
        held[1] += found.recall.low <= recall <= found.recall.high
    assert held[0] >= 54
    assert held[1] >= 51


def test_more_labels_narrow_the_interval() -> None:
    few, many = measure(sampled(random.Random(1), 10)), measure(sampled(random.Random(1), 200))
    assert few is not None
    assert many is not None
    assert many.precision.high - many.precision.low < (few.precision.high - few.precision.low) / 2


def test_a_population_judged_whole_is_known_for_sure() -> None:
    found = measure(
        [Stratum(0, 4, True, [(9.0, True)] * 3 + [(9.0, False)]), Stratum(5, 2, False, [(2.0, True), (2.0, False)])]
    )
    assert found is not None
    assert (found.precision.low, found.precision.high) == (0.75, 0.75)
    assert (found.recall.low, found.recall.high) == (0.75, 0.75)


def test_a_plain_mean_over_the_labels_would_be_wrong() -> None:
    found = measure(sampled(random.Random(2), 200))
    assert found is not None
    naive = sum(s.same for s in sampled(random.Random(2), 200) if s.together) / 800
    assert abs(found.precision.estimate - _truth()[0]) < 0.01 < abs(naive - _truth()[0])


def test_the_advised_threshold_parts_what_was_judged_the_same_from_the_rest() -> None:
    judged: list[tuple[float | None, bool]] = [(float(w), w >= 6) for w in range(-8, 20) for _ in range(3)]
    found = advise([Stratum(0, 100, True, judged)])
    assert found is not None
    assert found.low <= found.link_weight == 6.0 <= found.high
    assert (found.precision, found.recall) == (1.0, 1.0)


@pytest.mark.parametrize("judged", [[], [(9.0, True)] * 50, [(9.0, False)] * 50])
def test_too_few_labels_advise_nothing(judged: list[tuple[float | None, bool]]) -> None:
    assert advise([Stratum(0, 100, True, judged)]) is None


def test_no_labels_measure_nothing() -> None:
    assert measure([Stratum(0, 100, True)]) is None
