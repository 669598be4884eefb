"""What must be held, planted in a resolved hub: see `benchmarks.glue`.

A bridge between two dense customers that destinations know, sure enough to link and too weak to merge them unseen; and
customers with a second tax number. Each must be held, and the last safe golden records must stay live meanwhile.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from benchmarks import planted
from benchmarks.customers import Row, key_of, save, to_record
from benchmarks.week import resolve
from golden_record import read
from golden_record.refresh import refresh
from hub.db import master_lock, transaction
from hub.session import Hub
from identity import crosswalk, echoes, holds, models_store, store
from identity.echoes import Told
from identity.holds import Hold
from identity.lookup import Lookup

Say = Callable[[str, dict[str, Any]], None]

_CLEAR = 0.25  # bits that a weight must lie off a bar
_MUST = {"two_identifiers", "published_merge"}


@dataclass(frozen=True)
class Plant:
    """Records that are customers now, what comes to them, and the reason for which that must be held."""

    records: tuple[str, ...]
    comes: Mapping[str, Row]
    reason: str


def check(hub: Hub, say: Say) -> bool:
    """Plant, resolve as a sync does, list what is held; gives whether that is what must be, and nothing else moved."""
    plants = [*_second_numbers(), *_bridge(hub, say)]
    with transaction(hub.engine) as conn:
        master_lock(conn)
        customers = _ids(conn, (name for plant in plants for name in plant.records))
        concerned = sorted(set(customers.values()))
        refresh(conn, hub.config, concerned, run_id=None)
        golden = read.customers(conn, concerned)
    save(hub.engine, (item for plant in plants for item in plant.comes.items()))
    resolve(hub)
    with hub.engine.connect() as conn:
        held = {hold.hold_id: (hold, *_records(conn, hold)) for hold in reversed(holds.listing(conn))}
        for hold, names, why in held.values():
            say("held", {
                "reasons": hold.reasons, "records": len(names), "customers": len(hold.customer_ids), "why": why,
            })  # fmt: skip
        now = _ids(conn, (name for plant in plants for name in (*plant.records, *plant.comes)))
        live = read.customers(conn, concerned)
    stayed = now == customers and now.keys() == {name for plant in plants for name in plant.records}
    not_held = [p.reason for p in plants if not any(_is_held(p, hold, names) for hold, names, _ in held.values())]
    say("holds", {
        "planted": dict(Counter(plant.reason for plant in plants)), "held": len(held), "not held": not_held,
        "customers": len(concerned), "as they were": stayed, "golden records as they were": live == golden,
    })  # fmt: skip
    return {plant.reason for plant in plants} == _MUST and not not_held and stayed and live == golden


def _records(conn: Connection, hold: Hold) -> tuple[set[str], list[str]]:
    """Give the records of a hold by name, and its reasons in words."""
    keys = store.keys_of(conn, [record for record, _, _ in holds.records_of(conn, hold.hold_id)])
    return {key.source_id for key in keys.values()}, [holds.wording(detail, keys) for detail in hold.details]


def _second_numbers() -> list[Plant]:
    both = zip(planted.first_numbers(), planted.second_numbers(), strict=True)
    return [Plant(tuple(first), second, "two_identifiers") for first, second in both]


def _bridge(hub: Hub, say: Say) -> list[Plant]:
    """Make a second Vera, a customer of her own, and a record of hers that links to the first: none where none fits.

    How alike the two must be for that depends on the model that the hub has trained, so it is asked.
    """
    with hub.engine.connect() as conn:
        live = models_store.live(conn, "person")
        weighed = _weighed(hub, conn)
    if live is None or live.bars is None or hub.config.release.published_probability is None:
        return []
    link, sure = live.bars.link, _weight(hub.config.release.published_probability)
    apart = [(weight, row) for weight, row in weighed if -_CLEAR <= weight <= link - _CLEAR]
    linking = [(weight, row) for weight, row in weighed if link + _CLEAR <= weight <= sure - _CLEAR]
    say("bridge", {
        "links from": round(link, 2), "sure from": round(sure, 2),
        "ways that do neither": len(apart), "ways that only link": len(linking),
    })  # fmt: skip
    if not apart or not linking:
        return []
    (_, twin), (_, near) = min(product(apart, linking), key=lambda both: _unlike(both[0][1], both[1][1]))
    save(hub.engine, planted.many("twin", twin).items())
    resolve(hub)
    with transaction(hub.engine) as conn:
        _tell(conn, "vera5", "twin5")
    names = (f"{who}{i}" for who in ("vera", "twin") for i in range(planted.DENSE))
    return [Plant(tuple(names), {"twin0": near}, "published_merge")]


def _weighed(hub: Hub, conn: Connection) -> list[tuple[float, Row]]:
    """Give how much each namesake of Vera's matches her by the live model; those that are never compared are left out.

    The weights are those that a run gives.
    """
    lookup = Lookup(hub.config)
    found = []
    for row in planted.namesakes():
        hers = [one.weight for one in lookup.find(conn, to_record("twin0", row)) if one.key == key_of("vera0")]
        found += [(weight, row) for weight in hers]
    lookup.close()
    return found


def _unlike(one: Row, other: Row) -> int:
    return sum(one[field] != other[field] for field in one)


def _weight(probability: float) -> float:
    return math.log2(probability / (1 - probability))


def _tell(conn: Connection, *names: str) -> None:
    """Have a destination know the customers of these records, as if it had just confirmed a write to each record."""
    keys = {key_of(name) for name in names}
    members = crosswalk.members(conn, _ids(conn, names).values())
    told = [(member.key, member.attributes["email"]) for member in members if member.key in keys]
    echoes.record_told(conn, [Told(key, "email", values, echoes.now(conn)) for key, values in told])


def _ids(conn: Connection, names: Iterable[str]) -> dict[str, UUID]:
    """Give the customer of each record that has one."""
    found = {name: crosswalk.customer_of(conn, key_of(name)) for name in names}
    return {name: customer for name, customer in found.items() if customer is not None}


def _is_held(plant: Plant, hold: Hold, records: set[str]) -> bool:
    """Say whether this hold is about all of a plant, for the reason for which it must be held."""
    return plant.reason in hold.reasons and records.issuperset({*plant.records, *plant.comes})
