"""Explanations as a reader sees them: a waterfall of weights, the joins of a cluster, candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from apps.cli.screen import Screen
from hub.records import RecordKey
from identity.explain import PairExplanation, Side
from identity.explain_cluster import ClusterExplanation, Join
from identity.explain_steps import Step
from identity.lookup import Candidate

_BANDS = {"link": "they link", "review": "a person should look", "none": "no link"}


def pair_facts(told: PairExplanation) -> dict[str, Any]:
    """Give an explanation with what it says besides its fields."""
    return asdict(told) | {
        "missing_to_link": told.missing_to_link,
        "missing_to_review": told.missing_to_review,
        "same_customer": told.same_customer,
    }


def show_pair(screen: Screen, told: PairExplanation) -> None:
    """Show a waterfall from the prior to the total, in bits, and the keys that found the pair."""
    screen.say(f"{_name(told.left.key)} and {_name(told.right.key)} ({told.entity_type}, model {told.model_version})")
    _waterfall(screen, told.prior, told.steps, told.weight)
    screen.say(
        f"{_BANDS[told.band]}: probability {told.probability:.4f}; "
        f"review from {told.bars.review:.2f}, link from {told.bars.link:.2f}"
    )
    if told.missing_to_link:
        missing = f"{told.missing_to_link:.2f} to the link bar"
        missing += f", {told.missing_to_review:.2f} to the review bar" if told.missing_to_review else ""
        screen.say(f"missing: {missing}")
    if told.shared:
        rows = [[k.kind, k.key, k.status, k.records] for k in told.shared]
        screen.table("shared keys", ("kind", "key", "status", "records when trained"), rows)
    if not told.compared:
        screen.say("A run does not compare them: they share no key that is used. Their keys:")
        for side in (told.left, told.right):
            _keys(screen, side)
    _standing(screen, told)


def _standing(screen: Screen, told: PairExplanation) -> None:
    for decision in told.decisions:
        screen.say(f"decision {decision.decision_id}: {decision.kind}, by {decision.by}: {decision.reason}")
    for reason in told.certain:
        screen.say(f"certain link: {reason}")
    if told.same_customer:
        screen.say(f"Both are customer {told.left.customer_id}.")
    else:
        owners = [str(side.customer_id or "none yet") for side in (told.left, told.right)]
        screen.say(f"Their customers: {owners[0]} and {owners[1]}.")
        if told.band == "link" and not told.decisions:
            screen.say("They link, but their groups were not joined; see: hub explain CUSTOMER_ID")
    if told.pending:
        screen.warn("One of them has changed since the last resolve; customers may be others after: hub sync")


def _keys(screen: Screen, side: Side) -> None:
    screen.table(_name(side.key), ("kind", "key"), side.blocking_keys)


def _waterfall(screen: Screen, prior: float, steps: Sequence[Step], total: float) -> None:
    rows: list[list[Any]] = [["(start)", "two records at random", "", "", prior, 0.0, prior]]
    at = prior
    for step in steps:
        at += step.weight + step.adjustment
        values = [", ".join(side) for side in (step.left, step.right)]
        rows.append([step.comparison, step.found, *values, step.weight, step.adjustment, at])
    rows.append(["(total)", "", "", "", "", "", total])
    screen.table("", ("comparison", "found", "left", "right", "weight", "for rarity", "sum"), rows)


def show_cluster(screen: Screen, told: ClusterExplanation) -> None:
    """Show the joins in their order, those that were refused, and what holds the cluster together."""
    screen.say(f"customer {told.customer_id} ({told.entity_type}), {len(told.records)} records")
    _joins(screen, "joins, in their order", told.joins)
    if told.refused:
        _joins(screen, "refused", told.refused)
        for join in told.refused:
            owner = f" (customer {join.other_customer})" if join.other_customer else ""
            screen.say(f"  {_name(join.left)} and {_name(join.right)}: {join.refused}{owner}")
    if told.weakest:
        join = told.weakest.join
        pair = f"{_name(join.left)} and {_name(join.right)}, weight {join.weight:.2f}"
        if told.weakest.how == "bridge":
            sizes = f"{len(join.left_group)} and {len(join.right_group)} records"
            screen.say(f"It hangs on one edge: {pair}; without it: {sizes}.")
        else:
            screen.say(f"No single edge holds it together; its last join was {pair}.")
    elif len(told.records) == 1:
        screen.say("It is one record.")
    if not told.as_computed:
        screen.warn("The rules compute something else from these records: a hold or a pending change is between.")


def _joins(screen: Screen, title: str, joins: Iterable[Join]) -> None:
    rows = [
        [
            _name(join.left),
            _name(join.right),
            "certain" if join.weight is None else join.weight,
            "" if join.mean is None else join.mean,
            len(join.left_group),
            len(join.right_group),
        ]
        for join in joins
    ]
    screen.table(title, ("record", "record", "weight", "mean evidence", "records left", "right"), rows)


def show_candidates(screen: Screen, found: Sequence[Candidate]) -> None:
    """Show candidates, the best first, and the weights of the best one where they were asked for."""
    if not found:
        screen.say("Nobody: no record comes near.")
        return
    rows = [
        [c.band, c.probability, c.weight, _name(c.key), str(c.customer_id or ""), ", ".join(c.match_keys)]
        for c in found
    ]
    screen.table("", ("band", "probability", "weight", "record", "customer", "found by"), rows)
    best = found[0]
    if best.steps:
        prior = best.weight - sum(step.weight + step.adjustment for step in best.steps)
        screen.say(f"the best one, {_name(best.key)}, on the right:")
        _waterfall(screen, prior, best.steps, best.weight)


def _name(key: RecordKey) -> str:
    return "/".join(key)
