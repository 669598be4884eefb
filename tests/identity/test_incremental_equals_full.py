"""Under any history edges and clusters equal those of a full run, and customer ids last."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from identity.model import Model
from tests.identity.history import SEEN, run

# What a few histories come to, whichever they are; the many come to all of it.
FEW = {"create", "merge", "split", "retire", "became glue", "ceased to be glue", "other model"}
ALL = FEW | {"revive", "decided same", "decided different", "refused", "ended", "held", "approved"}
ALL |= {"released", "banned", "revoked"}


def check_worth(wanted: set[str]) -> None:
    """The histories were worth something: all of this came about."""
    assert not {what for what in wanted if not SEEN[what]}, SEEN


@pytest.mark.timeout(900)
def test_any_history_ends_as_a_full_run_would(shared_engine: Engine, all_models: list[Model]) -> None:
    run(shared_engine, all_models, examples=100, steps=8)
    check_worth(FEW)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_more_histories(shared_engine: Engine, all_models: list[Model]) -> None:
    run(shared_engine, all_models, examples=2000, steps=15, first=1000)
    check_worth(ALL)
