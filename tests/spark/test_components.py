"""Components on Spark against union by hand: paths, which take the most steps, stars, rings and dust."""

from __future__ import annotations

import itertools
import random

import pytest

from identity.clustering import components
from identity.spark.components import components as components_on_spark
from identity.spark.folder import Folder

pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]


def graph() -> list[tuple[int, int]]:
    rng = random.Random(3)
    path = list(range(1, 120))
    rng.shuffle(path)
    pairs = list(itertools.pairwise(path))
    pairs += [(500, other) for other in range(501, 560)]
    pairs += [(600 + i, 600 + (i + 1) % 30) for i in range(30)]
    pairs += [(rng.randrange(1000, 1400), rng.randrange(1000, 1400)) for _ in range(220)]
    return [pair if rng.random() < 0.5 else (pair[1], pair[0]) for pair in pairs]


def test_components_are_those_of_the_first_engine(work: Folder) -> None:
    pairs = graph()
    found = components_on_spark(work.inner(), work.spark.createDataFrame(pairs, "record_l bigint, record_r bigint"))
    expected = components(sorted({record for pair in pairs for record in pair}), pairs)
    alone = {a for a, b in pairs if a == b} - {r for a, b in pairs if a != b for r in (a, b)}
    rows = found.collect()
    assert len(rows) == len({row[0] for row in rows})
    assert {row[0]: row[1] for row in rows} == {r: c for r, c in expected.items() if r not in alone}
