"""A field that contradicts all others: the same names, an e-mail and a phone or address shared, but another birth date.

A model can settle on believing such a field, for it finds enough matches in which it agrees; no threshold mends that.
Seldom are two customers so much alike in all else. If most pairs that are so alike are kept apart, and it is nearly
always one field that does it, then it is the field that is wrong: dates of registration, values in a wrong column.
"""

from __future__ import annotations

from collections.abc import Sequence

from identity.estimation import Pattern, Patterns
from identity.levels import Comparison

_NAMES = frozenset({"given", "family", "organisation"})
_CONTACTS = frozenset({"email", "phone", "street_place", "identifier", "domain"})
_TELLING = frozenset({"email", "identifier"})  # a family or a chain shares a phone and an address more easily
_LEAST_PAIRS = 30
_MOST = 0.5  # share of such pairs that are kept apart
_NEARLY_ALWAYS = 0.8


def wrong_field(
    comparisons: Sequence[Comparison], candidates: Patterns, totals: Sequence[float], link: float
) -> tuple[str, float] | None:
    """Give the comparison that keeps most of the pairs apart that are plainly one, and how many; None if none does.

    `totals`: the weight of each candidate pattern.
    """
    alike = [(p, n, w) for (p, n), w in zip(candidates, totals, strict=True) if _plainly_one(comparisons, p)]
    apart = [(pattern, n) for pattern, n, weight in alike if weight < link]
    pairs = sum(n for _, n in apart)
    if pairs < _LEAST_PAIRS or pairs < _MOST * sum(n for _, n, _ in alike):
        return None
    for place, comparison in enumerate(comparisons):
        if sum(n for pattern, n in apart if pattern[place] == 0) >= _NEARLY_ALWAYS * pairs:
            return comparison.name, pairs
    return None


def _plainly_one(comparisons: Sequence[Comparison], pattern: Pattern) -> bool:
    """Say whether the names are the same and two contacts are shared, one of them an e-mail or identifier."""
    shared = set()
    for comparison, level in zip(comparisons, pattern, strict=True):
        top = len(comparison.levels)
        if comparison.name in _NAMES and level != top:
            return False
        if level > 0 and comparison.levels[top - level].key in _CONTACTS:
            shared.add(comparison.name)
    return len(shared) > 1 and bool(shared & _TELLING)
