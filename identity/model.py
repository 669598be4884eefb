"""The frozen model: all that decides whether two records match, in one value with one version.

Nothing about scoring is computed from the base after training: comparisons, m and u, term frequencies, keys too dear
to use and thresholds are all in here. Which shared values are glue is a rule over the present records
(`identity.glue`); a round scores with them among the model's junk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hub.records import EntityType, canonical_json
from identity.comparisons import CustomAttribute, comparisons
from identity.levels import Comparison

Junk = dict[tuple[str, str], int]
"""(kind, key) -> number of records that held it when it was counted: at training, or, of glue, last."""

ENOUGH_TO_TRAIN = 300
"""Records from which a base trains a model of its own rather than use the shipped one."""

# Values of these kinds are dropped for scoring too when they are junk; the others are too common to block on, no more.
CONTACT_KINDS = {"email": "emails", "phone": "phones", "identifier": "identifiers", "domain": "domains"}


def probability(weight: float) -> float:
    """Give the match probability of a match weight (log2 of the odds)."""
    return 1.0 / (1.0 + 2.0**-weight) if weight > -1000 else 0.0


@dataclass(frozen=True)
class Model:
    """A trained model of one entity type.

    Weights are log2 odds. `weights`: comparison name -> (m, u) of each level in order, then of "else"; a comparison
    that is not in it is not made. `floors`: frequency given to a value that the frozen table of its column lacks.
    `fill`: share of the records with something to compare, by comparison, in the base it was trained on.
    Link at or above `link_weight`, review from `review_weight`, keep edges from `keep_weight`.
    `expected_precision` and `expected_recall` are of pairs. Where the base can't tell them for sure, `report` has
    their lower ends (`precision_least`, `recall_least`) and the reasons (`doubts`).
    """

    entity_type: EntityType
    version: int
    prior: float
    weights: dict[str, tuple[tuple[float, float], ...]]
    key_kinds: tuple[str, ...]
    link_weight: float
    review_weight: float
    keep_weight: float
    expected_precision: float
    expected_recall: float
    records: int
    fill: dict[str, float]
    floors: dict[str, float]
    extra: tuple[CustomAttribute, ...] = ()
    term_frequencies: dict[str, dict[str, float]] = field(default_factory=dict, repr=False)
    junk: Junk = field(default_factory=dict, repr=False)
    report: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def link_threshold(self) -> float:
        """The link threshold as a probability."""
        return probability(self.link_weight)

    @property
    def review_threshold(self) -> float:
        """The review threshold as a probability."""
        return probability(self.review_weight)

    def comparisons(self) -> tuple[Comparison, ...]:
        """Give the comparisons that this model makes, in their fixed order."""
        return tuple(c for c in comparisons(self.entity_type, self.extra) if c.name in self.weights)

    def with_version(self, version: int) -> Model:
        """Give the same model under another version."""
        return replace(self, version=version)

    def resized(self, records: int) -> Model:
        """Give the model for a base of another size: the odds that two records match by chance fall with it."""
        odds = self.prior / (1 - self.prior) * self.records / max(records, 1)
        return replace(self, prior=odds / (1 + odds), records=records)

    def fits(self, profile: Mapping[str, float], records: int, extra: tuple[CustomAttribute, ...] = ()) -> bool:
        """Say whether this shipped model suits a base: `profile` is its fill by comparison (`counting.fill_profile`).

        It doesn't where the base is large enough to train a model of its own, which then knows its names and its
        noise; where it fills a comparison that the model lacks, or leaves one empty that the model leans on; or where
        it has custom attributes.
        """
        if records >= ENOUGH_TO_TRAIN or set(extra) - set(self.extra):
            return False
        known = all(share < 0.2 or name in self.weights for name, share in profile.items())
        return known and all(profile.get(name, 0.0) >= share / 2 for name, share in self.fill.items() if share >= 0.5)

    def parameters(self) -> dict[str, Any]:
        """Give everything but term frequencies, junk and report, fit for JSON."""
        names = set(self.__dataclass_fields__) - {"term_frequencies", "junk", "report"}
        return {name: getattr(self, name) for name in sorted(names)}

    @classmethod
    def from_parts(
        cls,
        parameters: Mapping[str, Any],
        term_frequencies: Mapping[str, Mapping[str, float]],
        junk: Mapping[tuple[str, str], int],
        report: Mapping[str, Any] | None = None,
    ) -> Model:
        """Build a model from `parameters()` (also after a trip through JSON) and the parts that are kept as tables."""
        given = dict(parameters)
        given["weights"] = {name: tuple((m, u) for m, u in pairs) for name, pairs in given["weights"].items()}
        given["key_kinds"] = tuple(given["key_kinds"])
        given["extra"] = tuple((name, match) for name, match in given["extra"])
        frozen = {column: dict(values) for column, values in term_frequencies.items()}
        return cls(**given, term_frequencies=frozen, junk=dict(junk), report=dict(report or {}))

    def to_json(self) -> str:
        """Give the whole model as JSON text."""
        junk = [[kind, key, records] for (kind, key), records in sorted(self.junk.items())]
        whole = {"parameters": self.parameters(), "term_frequencies": self.term_frequencies, "junk": junk}
        return canonical_json(whole | {"report": self.report})

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Read `to_json` back."""
        whole = json.loads(text)
        junk = {(kind, key): records for kind, key, records in whole["junk"]}
        return cls.from_parts(whole["parameters"], whole["term_frequencies"], junk, whole["report"])
