"""The summary of a sync as text: numbers and names of systems, never a customer's data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flows.facts import FACTS
from flows.report import DestinationReport, SyncReport, SystemReport

SYSTEM_COLUMNS = ("system", "rows in", "stored", "unchanged", "quarantined", "deleted", "note")
DESTINATION_COLUMNS = ("destination", "planned", "applied", "rejected", "unknown", "waiting", "note")

_PARTICIPLES = {
    "create": "created", "merge": "merged into others", "split": "split", "move": "that records moved to",
    "retire": "retired", "revive": "revived",
}  # fmt: skip


def system_rows(report: SyncReport) -> list[list[Any]]:
    """One row a system, as SYSTEM_COLUMNS, and one each for its activities and consents."""
    rows = []
    for name, system in report.systems.items():
        rows.append(_system_row(name, system))
        found = {feed: report.facts(feed) for feed in FACTS}
        rows += [_system_row(f"{name}: {feed}", its[name]) for feed, its in found.items() if name in its]
    return rows


def _system_row(name: str, s: SystemReport) -> list[Any]:
    return [name, s.rows_in, s.stored, s.unchanged + s.repeated, s.quarantined, s.deleted, _system_note(s)]


def destination_rows(report: SyncReport) -> list[list[Any]]:
    """One row a destination, as DESTINATION_COLUMNS."""
    return [
        [name, d.planned, d.applied, d.rejected, d.unknown, d.waiting, _destination_note(d)]
        for name, d in report.destinations.items()
    ]


def master_line(report: SyncReport) -> str:
    """What resolving and refreshing changed, in one line."""
    master = report.master
    parts = [f"{_counted(master.resolved, 'record')} resolved", f"{_counted(master.pairs, 'pair')} scored"]
    parts += [
        f"{_counted(count, 'customer')} {_PARTICIPLES[name]}" for name, count in master.customers.items() if count
    ]
    parts += [f"{_counted(count, 'golden record')} {name}" for name, count in master.golden.items() if count]
    if master.computed:
        parts.append(f"figures of {_counted(master.computed, 'customer')} computed")
    return "; ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def markdown(report: SyncReport) -> str:
    """The whole summary as Markdown tables."""
    return "\n\n".join(
        [
            f"**{report.status}**: {master_line(report)}",
            _table(SYSTEM_COLUMNS, system_rows(report)),
            _table(DESTINATION_COLUMNS, destination_rows(report)),
        ]
    )


def _system_note(system: SystemReport) -> str:
    notes = ["failed"] if system.error else []
    if system.held:
        notes.append(f"{system.held:,} deletions held")
    if not system.balanced:
        notes.append("rows in and rows accounted for differ: report this as a fault")
    return "; ".join(notes)


def _destination_note(destination: DestinationReport) -> str:
    notes = ["failed"] if destination.error else []
    if destination.overwritten:
        notes.append(f"{destination.overwritten:,} fields changed there overwritten")
    if destination.withheld:
        notes.append(f"of {destination.withheld:,} customers something withheld for want of consent")
    if destination.kept:
        notes.append(f"{destination.kept:,} fields changed there kept")
    return "; ".join(notes)


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
