"""What a sync did, in numbers: the run record, the summary on the screen and the artifact in Prefect are this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from identity.store import SaveCounts
from sources.intake import Batch
from sources.landing import LandedObject
from sources.page import FeedKind


@dataclass
class SystemReport:
    """What came in from one system: records, activities or consents.

    Rows in = stored + unchanged + quarantined + deleted + repeated.
    """

    rows_in: int = 0
    stored: int = 0
    unchanged: int = 0
    quarantined: int = 0
    deleted: int = 0
    repeated: int = 0
    held: int = 0
    error: str = ""

    def add_landed(self, objects: Iterable[LandedObject]) -> None:
        """Add the rows that landing settled by itself."""
        for entry in objects:
            self.rows_in += entry.unchanged + entry.repeated
            self.unchanged += entry.unchanged
            self.repeated += entry.repeated
            self.held += entry.held

    def add_batch(self, batch: Batch[Any], saved: SaveCounts) -> None:
        """Add a batch that was taken in."""
        self.rows_in += batch.rows_in
        self.stored += saved.stored
        self.unchanged += saved.unchanged
        self.repeated += saved.repeated
        self.quarantined += len(batch.quarantined)
        self.deleted += len(batch.deleted)

    @property
    def balanced(self) -> bool:
        """Whether every row that came in is accounted for."""
        accounted = self.stored + self.unchanged + self.quarantined + self.deleted + self.repeated
        return self.rows_in == accounted


@dataclass
class MasterReport:
    """What resolving and refreshing changed.

    `holds` counts the changes that wait for a person by now, `waiting` the records without a customer because of them;
    `computed` counts the customers whose figures were made anew.
    `plan` says in words why nothing was settled, where a run would have changed too many customers: `plan_changes`.
    """

    resolved: int = 0
    pairs: int = 0
    edges: int = 0
    customers: dict[str, int] = field(default_factory=dict)
    golden: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    quality: dict[str, dict[str, Any]] = field(default_factory=dict)
    holds: int = 0
    waiting: int = 0
    plan: str = ""
    plan_changes: int = 0
    computed: int = 0

    def add(self, later: MasterReport) -> None:
        """Add what a later round changed."""
        self.resolved += later.resolved
        self.pairs += later.pairs
        self.edges += later.edges
        self.computed += later.computed
        self.pending, self.holds, self.waiting, self.plan = later.pending, later.holds, later.waiting, later.plan
        self.plan_changes = later.plan_changes
        for mine, its in ((self.customers, later.customers), (self.golden, later.golden)):
            for name, count in its.items():
                mine[name] = mine.get(name, 0) + count
        self.quality.update(later.quality)


@dataclass
class DestinationReport:
    """What went to one destination. `rejected` counts what is parked since: refused, or tried in vain too often.

    `overwritten` and `kept` count fields that were changed there since the hub wrote them, by how that was settled;
    `waiting_long` those of the waiting writes that were tried in vain several times; `withheld` the customers of whom
    something is not sent because the consent for it is missing.
    """

    planned: int = 0
    sent: int = 0
    applied: int = 0
    rejected: int = 0
    unknown: int = 0
    waiting: int = 0
    waiting_long: int = 0
    overwritten: int = 0
    kept: int = 0
    withheld: int = 0
    error: str = ""


@dataclass
class SyncReport:
    """A whole sync; `activities` and `consents` have the systems of which any are read."""

    systems: dict[str, SystemReport] = field(default_factory=dict)
    master: MasterReport = field(default_factory=MasterReport)
    destinations: dict[str, DestinationReport] = field(default_factory=dict)
    activities: dict[str, SystemReport] = field(default_factory=dict)
    consents: dict[str, SystemReport] = field(default_factory=dict)

    def facts(self, feed: FeedKind) -> dict[str, SystemReport]:
        """Give what came in by a feed, by system."""
        return {"records": self.systems, "activities": self.activities, "consents": self.consents}[feed]

    @property
    def incoming(self) -> list[SystemReport]:
        """All that came in."""
        return [*self.systems.values(), *self.activities.values(), *self.consents.values()]

    @property
    def status(self) -> str:
        """`completed`, or `warning` where something needs a look: quarantine, a hold, a parked write, a system down."""
        needs_look = any(s.error or s.quarantined or s.held or not s.balanced for s in self.incoming) or any(
            d.error or d.rejected or d.unknown or d.waiting_long for d in self.destinations.values()
        )
        return "warning" if needs_look or self.master.plan or self.master.holds else "completed"

    @property
    def nothing_to_do(self) -> bool:
        """Whether the run changed nothing anywhere."""
        changed_in = sum(s.stored + s.deleted for s in self.incoming)
        changed_out = sum(d.applied + d.rejected + d.unknown for d in self.destinations.values())
        # Another threshold or policy in hub.yaml changes customers and golden records without a pending record.
        golden = sum(count for name, count in self.master.golden.items() if name != "unchanged")
        changed = self.master.resolved + sum(self.master.customers.values()) + golden
        return not (changed_in or changed_out or changed)

    def to_json(self) -> dict[str, Any]:
        """Give the summary as it is kept in the run record."""
        return {**asdict(self), "status": self.status}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SyncReport:
        """Read the summary of a run record back."""
        return cls(
            systems={name: SystemReport(**given) for name, given in data["systems"].items()},
            master=MasterReport(**data["master"]),
            destinations={name: DestinationReport(**given) for name, given in data["destinations"].items()},
            activities={name: SystemReport(**given) for name, given in data.get("activities", {}).items()},
            consents={name: SystemReport(**given) for name, given in data.get("consents", {}).items()},
        )
