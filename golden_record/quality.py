"""How good a golden record is, by a few plain figures derived when they are asked for.

All are from 0 to 1, for one customer. An attribute that nobody speaks of has no part in agreement and confidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from golden_record.unit import Policy
from hub.records import Attributes, canonical_json

HALF_LIFE_DAYS = 365.0
"""A value of that age is half as fresh as one of today; a plain choice, made for comparing records with each other."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one golden record.

    `completeness`: attributes with a golden value among those that any member speaks of. `freshness`: halves
    with every year since the newest record that says the golden value, the mean over attributes. `agreement`: of the
    systems that speak of an attribute, those that say the golden value, the mean over attributes with two systems or
    more (None: no attribute has them). `confidence`: (agreeing systems + 1) / (speaking systems + 2), the mean over
    attributes: Laplace's rule of succession, so that one voice counts for less than three that agree.
    """

    completeness: float
    freshness: float
    agreement: float | None
    confidence: float


def quality(members: Sequence[Mapping[str, Any]], golden: Attributes, policy: Policy, now: datetime) -> Quality:
    """Figure the quality of a golden record made of `members` (rows of contributions.MEMBERS) as of `now` (aware)."""
    surviving = {name for unit in policy.units for name in unit.attributes}
    voices: dict[str, dict[str, set[str]]] = {}  # attribute -> system -> what it says, comparably
    times: dict[tuple[str, str], int] = {}  # attribute, what is said -> the newest time of a record that says it
    for member in members:
        if member["role"] in ("exclude", "constant"):
            continue
        at = member["changed_at"] if member["modified_at"] is None else member["modified_at"]
        for name, values in json.loads(member["attributes"]).items():
            for value in values if name in surviving else ():
                said = canonical_json(value["standard"] or value["value"])
                voices.setdefault(name, {}).setdefault(member["system"], set()).add(said)
                times[name, said] = max(at, times.get((name, said), at))
    agreeing: list[tuple[int, int]] = []
    fresh: list[float] = []
    for name, values in golden.items():
        said = canonical_json(values[0].standard or values[0].value)
        systems = voices.get(name, {})
        agreeing.append((sum(said in each for each in systems.values()), len(systems)))
        if (name, said) in times:
            age = max(now.timestamp() - times[name, said] / 1e6, 0) / 86_400
            fresh.append(0.5 ** (age / HALF_LIFE_DAYS))
    several = [agree / speak for agree, speak in agreeing if speak > 1]
    return Quality(
        completeness=len(set(golden) & set(voices)) / len(voices) if voices else 0.0,
        freshness=fmean(fresh) if fresh else 0.0,
        agreement=fmean(several) if several else None,
        confidence=fmean((agree + 1) / (speak + 2) for agree, speak in agreeing) if agreeing else 0.0,
    )
