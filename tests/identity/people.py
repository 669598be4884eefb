"""Made-up people and firms with the truth known: enough to train a model on, dirty as real ones are."""

from __future__ import annotations

import random
import re
from typing import Any

from hub.records import SourceRecord
from tests.identity.factories import record

GIVEN = re.findall(
    r"\w+", "anna ben carla david eva frank greta hans ida jonas klara leo maria noah olga paul rosa stefan tina udo"
)

FAMILY = re.findall(
    r"\w+", "abel braun conrad dietz engel fuchs graf haas igel jung koch lang maier noll otto pohl quast roth"
)
TRADES = re.findall(r"\w+", "steel paper glass music travel garden coffee timber textile bicycle dental pharma")


def people(customers: int, seed: int = 1) -> list[tuple[int, SourceRecord]]:
    """Give (customer, record) for so many persons, each with one to three records."""
    rng = random.Random(seed)
    found: list[tuple[int, SourceRecord]] = []
    for customer in range(customers):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        facts: dict[str, Any] = {
            "given_name": given,
            "family_name": family,
            "birth_date": f"19{rng.randrange(40, 99)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 28):02}",
            "email": [f"{given}.{family}{customer}@mail{rng.randrange(4)}.org"],
            "phone": [f"+4930{rng.randrange(10**6, 10**7)}"],
        }
        for copy in range(rng.choice((1, 1, 2, 3))):
            found.append((customer, record(len(found), **(_worn(rng, facts) if copy else facts))))
    return found


def firms(customers: int, seed: int = 2) -> list[tuple[int, SourceRecord]]:
    """Give (customer, record) for so many organisations, each with one or two records."""
    rng = random.Random(seed)
    found: list[tuple[int, SourceRecord]] = []
    for customer in range(customers):
        name = f"{rng.choice(FAMILY)} {rng.choice(TRADES)} {rng.choice(GIVEN)}"
        facts: dict[str, Any] = {
            "organisation_name": name,
            "email": [f"info@{name.replace(' ', '')}{customer}.org"],
            "phone": [f"+4940{rng.randrange(10**6, 10**7)}"],
        }
        for copy in range(rng.choice((1, 2))):
            worn = facts | {"phone": []} if copy and rng.random() < 0.5 else facts
            found.append((customer, record(f"o{len(found)}", entity_type="organisation", **worn)))
    return found


def _worn(rng: random.Random, facts: dict[str, Any]) -> dict[str, Any]:
    worn = dict(facts)
    if rng.random() < 0.3:
        name = worn["given_name"]
        place = rng.randrange(len(name))
        worn["given_name"] = name[:place] + name[place + 1 :]
    for field in ("email", "phone", "birth_date"):
        if rng.random() < 0.25:
            worn[field] = []
    return worn
