"""An undone merge gives back exactly what was there: nobody can tell the hub from one that never merged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from hub.postgres import EmbeddedPostgres
from tests.conftest import _clone
from tests.golden_record.twin import run
from tests.golden_record.twin_hub import SEEN, prepare

FEW = {"create", "merge", "split", "revive", "met", "unsaid"}
ALL = FEW | {"retire", "deleted", "activity", "consent", "pin", "value", "exclude", "remembered"}


@pytest.fixture(scope="module")
def pair(server: EmbeddedPostgres, template: str) -> Iterator[tuple[Engine, Engine]]:
    """Two databases: what two open transactions write under one key of one database would wait for each other."""
    with contextmanager(_clone)(server, template) as one, contextmanager(_clone)(server, template) as other:
        prepare(one)
        prepare(other)
        yield one, other


def check_worth(wanted: set[str]) -> None:
    """The histories were worth something: all of this came about."""
    assert not {what for what in wanted if not SEEN[what]}, SEEN


@pytest.mark.timeout(900)
def test_an_unmerged_hub_is_as_one_that_never_merged(pair: tuple[Engine, Engine]) -> None:
    run(*pair, examples=6, steps=9, derandomize=True, database=None)
    check_worth(FEW)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_more_twins(pair: tuple[Engine, Engine]) -> None:
    run(*pair, examples=500, steps=20, database=None)
    check_worth(ALL)
