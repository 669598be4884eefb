"""The bars between link, review and no link: the model's own, or those of hub.yaml."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hub.matching import MatchingConfig
from identity.model import Model

# Probabilities of 0 and 1 have no finite weight; beyond this none is reached.
_UTMOST = 500.0


@dataclass(frozen=True)
class Bars:
    """Match weights (log2 odds): link at or above `link`, review from `review`, edges are kept from `keep`."""

    link: float
    review: float
    keep: float


def bars_for(matching: MatchingConfig, model: Model) -> Bars:
    """Give the bars in force for a model.

    Where one is set and the other is the model's own, the own one gives way: review is never above link.
    """
    link, review = matching.link_threshold, matching.review_threshold
    link_weight = model.link_weight if link == "auto" else _weight(link)
    review_weight = model.review_weight if review == "auto" else _weight(review)
    if review == "auto":
        review_weight = min(review_weight, link_weight)
    else:
        link_weight = max(review_weight, link_weight)
    return Bars(link_weight, review_weight, min(model.keep_weight, review_weight))


def _weight(probability: float) -> float:
    if probability in (0.0, 1.0):
        return _UTMOST if probability else -_UTMOST
    return math.log2(probability / (1.0 - probability))
