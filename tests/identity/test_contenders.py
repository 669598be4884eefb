"""Which of several models is taken without labels, and what held-out fields say of the links: checked against truth."""

from __future__ import annotations

import random

import pytest

from benchmarks.truth import quality
from identity.comparisons import comparisons
from identity.contenders import LEARNT, Counts, contest
from identity.estimation import Patterns
from identity.model import Model
from identity.training import train
from identity.voters import Voter, ballot
from identity.wrong_field import wrong_field
from tests.identity.known_sets import Known, clusters
from tests.identity.shapes import SHAPES

PERSON = {c.name: c for c in comparisons("person")}
FIELDS = tuple(PERSON[name] for name in ("given", "family", "birth", "email", "phone"))


def chosen(model: Model) -> str:
    return next(each["contender"] for each in model.report["contenders"] if each["chosen"])


def trained(base: Known) -> tuple[Model, dict[str, float]]:
    model = train(base.features, base.keys, base.entity_type, version=1)
    return model, quality(base.truth, clusters(base, model))


def test_another_model_wins_where_the_learnt_one_takes_households_for_customers() -> None:
    model, reached = trained(SHAPES["few in big households"]())
    assert chosen(model) != LEARNT
    assert reached["f1"] >= 0.7, reached  # 0.66 by what is learnt alone
    assert len(model.report["contenders"]) >= 5
    assert model.report["doubts"]


def test_a_field_that_contradicts_all_others_is_left_out_and_named() -> None:
    model, reached = trained(SHAPES["half the birth dates wrong"]())
    assert chosen(model) == "without birth"
    assert "birth" not in model.weights
    assert reached["f1"] >= 0.95, reached  # about 0.5 with the birth dates
    assert any(doubt.startswith("birth values were left out") for doubt in model.report["doubts"])


def test_a_sound_base_keeps_what_was_learnt_and_is_not_doubted() -> None:
    model, reached = trained(SHAPES["japan"]())
    assert chosen(model) == LEARNT
    assert not model.report["doubts"]
    assert abs(model.expected_precision - reached["precision"]) < 0.03
    assert abs(model.expected_recall - reached["recall"]) < 0.03


@pytest.mark.parametrize("share", [1.0, 0.9, 0.6])
def test_a_voter_finds_the_share_of_links_that_are_right(share: float) -> None:
    """Drawn from the very mixture: so many matches among the links, agreeing as matches do, the others by chance."""
    rng = random.Random(4)
    counted: dict[tuple[int, ...], float] = {}
    top = len(PERSON["birth"].levels)
    for _ in range(4000):
        match = rng.random() < share
        agrees = rng.random() < (0.9 if match else 0.02)
        pattern = (rng.choice((4, 5, 6)), top if agrees else 0)
        counted[pattern] = counted.get(pattern, 0.0) + 1
    patterns: Patterns = sorted(counted.items())
    voter = Voter("birth", 1, frozenset({top}), matches=0.9, others=0.02)
    totals = [8.0 for _ in patterns]
    said = ballot(voter, [0.0] * (top + 1), patterns, totals, 4.0)
    assert said.precision == pytest.approx(share, abs=0.03)


def test_a_wrong_field_is_one_that_keeps_most_of_the_plainly_equal_apart() -> None:
    given, family, birth, email, phone = (len(c.levels) for c in FIELDS)
    same = (given, family, birth, email - 1, phone - 2)
    apart = (given, family, 0, email - 1, phone - 2)
    totals = [20.0, -5.0]
    assert wrong_field(FIELDS, [(same, 40.0), (apart, 100.0)], totals, 3.0) == ("birth", 100.0)
    assert wrong_field(FIELDS, [(same, 400.0), (apart, 100.0)], totals, 3.0) is None
    assert wrong_field(FIELDS, [(same, 4.0), (apart, 10.0)], totals, 3.0) is None


def test_fewer_than_two_voters_decide_nothing() -> None:
    two = (PERSON["given"], PERSON["family"])
    patterns: Patterns = [((0, 0), 900.0), ((6, 4), 80.0), ((6, 0), 20.0)]
    held = contest(
        Counts(two, patterns, [((0, 0), 1000.0)], [], [[False] * (len(c.levels) + 1) for c in two], 1e5, 450)
    )
    assert [s.contender.name for s in held.standings] == [LEARNT]
    assert held.winner is held.standings[0]
