"""The models that come with the project, for bases too small to train their own.

Trained on generated persons and organisations of several countries. They hold no term frequencies: how rare a name is
depends on the country, and in a small base it matters least.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import pyarrow as pa

from hub.records import EntityType
from identity.comparisons import CustomAttribute
from identity.counting import fill_profile
from identity.model import ENOUGH_TO_TRAIN, Model

_NOT_MEASURED = "it comes with the project: these figures are those of generated records, not of yours"


def shipped_model(entity_type: EntityType) -> Model:
    """Give the shipped model of an entity type, as version 0."""
    text = resources.files("identity").joinpath("models", f"{entity_type}.json").read_text("utf-8")
    model = Model.from_json(text)
    return replace(model, report=model.report | {"doubts": [_NOT_MEASURED]})


def suited(
    features: pa.Table, entity_type: EntityType, *, version: int, extra: tuple[CustomAttribute, ...] = ()
) -> Model | None:
    """Give the shipped model, fitted to the size of a base, if it suits the base; else None: train one."""
    model = shipped_model(entity_type)
    if features.num_rows >= ENOUGH_TO_TRAIN:
        return None  # without a look at what they fill, which takes a while
    if not model.fits(fill_profile(features, entity_type, extra), features.num_rows, extra):
        return None
    return model.resized(features.num_rows).with_version(version)
