"""The `matching` section of hub.yaml: how records of an entity type are matched."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hub.section import Strict

Threshold = Literal["auto"] | Annotated[float, Field(ge=0, le=1)]


class MatchingConfig(Strict):
    """How records of one entity type are matched."""

    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="What computes training and full runs; spark (an extra) for bases beyond one machine."
    )
    model: Literal["auto", "shipped"] = Field(
        "auto", description="auto: the shipped model where it fits the data, else one trained on it."
    )
    link_threshold: Threshold = Field("auto", description="Probability from which two records are one customer.")
    review_threshold: Threshold = Field("auto", description="Probability from which a person should look.")

    @model_validator(mode="after")
    def _in_order(self) -> MatchingConfig:
        link, review = self.link_threshold, self.review_threshold
        if link != "auto" and review != "auto" and review > link:
            raise ValueError("review_threshold must not be above link_threshold")
        return self
