"""A field that was changed in the system since the hub wrote it: seen, and settled by its declared owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from destinations.client import Patience
from destinations.hubspot import HubSpot
from destinations.operations import Operation, Subject
from destinations.owners import Conflict
from destinations.plan import plan
from hub.config import Config, Owner
from tests.destinations.factories import Settings, attributes, subject

SHAPE = HubSpot("crm", "http://127.0.0.1:1", "-", Patience(), write_key=False, batch=100)
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
GOLDEN, THERE = attributes(family_name="Roe"), attributes(family_name="Poe")
WRITTEN = frozenset({"lastname"})


def planned(it: Subject, owner: Owner) -> tuple[list[Operation], list[Conflict]]:
    conflicts: list[Conflict] = []
    return plan([it], Settings(owner=owner), SHAPE, "crm", conflicts.append), conflicts


def stands(it: Subject, owner: Owner) -> str:
    """Whose value stands after the plan."""
    return "hub" if planned(it, owner)[0] else "system"


@pytest.mark.parametrize(("owner", "whose"), [("hub", "hub"), ("system", "system"), ("newest", "system")])
@pytest.mark.parametrize("there", [THERE, {}], ids=["edited", "emptied"])
def test_a_change_there_is_a_conflict(owner: Owner, whose: str, there: Any) -> None:
    operations, conflicts = planned(subject(GOLDEN, there, written=WRITTEN, changed_at=NEW), owner)
    assert [(c.slot, c.owner, c.stands) for c in conflicts] == [("lastname", owner, whose)]
    assert "changed there since the hub wrote it" in conflicts[0].reason
    assert bool(operations) == (whose == "hub")
    if operations:
        assert conflicts[0].reason in operations[0].changes[0].reason


@pytest.mark.parametrize("owner", ["hub", "system", "newest"])
def test_the_hubs_own_word_is_corrected_by_any_owner(owner: Owner) -> None:
    it = subject(GOLDEN, THERE, told=THERE, written=WRITTEN, changed_at=NEW)
    assert planned(it, owner)[1] == []
    assert stands(it, owner) == "hub"


def test_what_the_hub_never_wrote_is_no_conflict_and_yet_the_systems_own() -> None:
    it = subject(GOLDEN, THERE)
    assert planned(it, "system") == ([], [])
    assert stands(it, "hub") == "hub"
    assert stands(replace(it, current={}), "system") == "hub"


@pytest.mark.parametrize(
    ("there", "golden", "whose"),
    [(NEW, OLD, "system"), (OLD, NEW, "hub"), (OLD, OLD, "hub"), (None, OLD, "hub"), (NEW, None, "system")],
)
def test_the_later_one_stays(there: datetime | None, golden: datetime | None, whose: str) -> None:
    golden_at = {"family_name": golden} if golden else {}
    assert stands(subject(GOLDEN, THERE, changed_at=there, golden_at=golden_at), "newest") == whose


def test_what_says_the_same_is_no_conflict() -> None:
    assert planned(subject(GOLDEN, attributes(family_name="ROE"), written=WRITTEN), "hub") == ([], [])


def test_owners_are_declared_by_destination_and_attribute() -> None:
    settings = {
        "systems": {"crm": {"kind": "hubspot", "url": "http://127.0.0.1:1", "token": "-"}},
        "destinations": {
            "crm": {"system": "crm", "purpose": "serving", "legal_basis": "contract", "owners": {"email": "system"}}
        },
    }
    declared = Config.model_validate(settings).destinations["crm"]
    assert (declared.owner_of("email"), declared.owner_of("phone")) == ("system", "hub")
    settings["destinations"]["crm"]["owners"] = {"emial": "system"}  # type: ignore[index]  # a settings file's tree
    with pytest.raises(ValueError, match="did you mean 'email'"):
        Config.model_validate(settings)
