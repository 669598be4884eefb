"""The `release` section of hub.yaml: which changes of identity wait for a person before they go live."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.section import Strict

IdentifierKind = Literal["vat", "tax", "national", "registration", "loyalty", "other"]


class ReleaseConfig(Strict):
    """What is held. A held change leaves the customers and golden records that are live as they are."""

    max_cluster_size: int = Field(
        250, ge=2, description="A customer that would have more source records than this is held."
    )
    unique_identifiers: list[IdentifierKind] = Field(
        default_factory=list,
        description="Kinds of identifiers of which nobody has two: a customer with two different ones is held.",
    )
    bridge_probability: float | None = Field(
        0.95,
        ge=0,
        le=1,
        description="A merge of customers that hangs on a single pair of records, with two records or more on either "
        "side, is held where that pair's probability is below this; null holds none.",
    )
    published_probability: float | None = Field(
        0.95,
        ge=0,
        le=1,
        description="A merge of customers that destinations know already is held where no pair of records joins them "
        "at this probability; null holds none.",
    )
    max_moved_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="A run that would merge, split or move more than this share of the customers stops as a plan, "
        "to be approved.",
    )
    max_moved_least: int = Field(100, ge=0, description="Below this number of customers no run stops.")
