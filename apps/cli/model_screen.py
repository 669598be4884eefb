"""How comparisons of models and plans are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from apps.cli.screen import Screen
from flows.plan import ModelPlan, Writes
from hub.records import RecordKey
from identity.model_compare import ModelComparison

_EVENTS = {
    "create": "new customers", "merge": "customers merged into others", "split": "customers split",
    "move": "customers that records moved from", "retire": "customers retired", "revive": "customers revived",
}  # fmt: skip
_SHOWN = 6  # records of a cluster, and clusters of a case, that a line names; --json has all


def show_comparison(screen: Screen, found: ModelComparison) -> None:
    """Show how many clusters differ, and sample cases by the keys of their records."""
    screen.say(
        f"{found.entity_type}: {found.records:,} records are {found.customers_before:,} customers by model"
        f" {found.before} (the largest of {found.largest_before:,}) and {found.customers_after:,} by model"
        f" {found.after} (the largest of {found.largest_after:,})."
    )
    if any(affected.cases for affected in found.affected.values()):
        screen.table(
            "",
            ("what", "cases", "records", "customers before", "customers after"),
            [[kind, a.cases, a.records, a.customers_before, a.customers_after] for kind, a in found.affected.items()],
        )
    else:
        screen.say("Both give the very same customers.")
    if found.cases:
        screen.table(
            "sample cases (records in brackets are one customer)",
            ("what", "before", "after"),
            [[case.kind, _clusters(case.before), _clusters(case.after)] for case in found.cases],
        )
    if found.pending:
        screen.warn(f"{found.pending:,} records are pending; run hub sync first for a full answer.")


def show_plan(screen: Screen, found: ModelPlan) -> None:
    """Show what would follow from a model."""
    show_comparison(screen, found.clusters)
    _show_held(screen, found)
    events = [[_EVENTS[kind], count] for kind, count in found.events.items()]
    golden = [[f"golden records {kind}", count] for kind, count in found.golden.items() if count]
    values = [[str(v.customer_id), v.attribute, values_text(v.now), values_text(v.then)] for v in found.values]
    for title, columns, rows in (
        ("what would follow", ("what", "count"), events + golden),
        ("golden values that would change", ("attribute", "customers"), list(found.attributes.items())),
        ("sample values", ("customer", "attribute", "now", "then"), values),
    ):
        if rows:
            screen.table(title, columns, rows)
    show_writes(screen, found.writes)
    which = f"{found.clusters.after} --type {found.clusters.entity_type}"
    screen.say(f"Nothing was written. To apply it: hub model promote {which}, then hub sync.")


def _show_held(screen: Screen, found: ModelPlan) -> None:
    """Show what of it would not go live by itself."""
    held, stopped = found.held, found.stopped
    if held.changes:
        screen.table(
            "held until a person lets it live (release in hub.yaml); what follows is without it",
            ("reason", "changes"),
            [[reason.replace("_", " "), count] for reason, count in held.reasons.items()],
        )
        screen.say(f"  held in all: {held.changes:,}, with {held.records:,} records; one may have several reasons")
        for case in held.cases:
            screen.say(f"  for instance: {case}")
    if stopped:
        screen.warn(
            f"A sync would stop, for {stopped.changed:,} of {stopped.customers:,} customers would merge, split or move"
            " (release: max_moved_share); what follows needs hub sync --approve."
        )


def show_writes(screen: Screen, planned: Mapping[str, Writes]) -> None:
    """Show the writes to each destination that would follow."""
    for name, writes in planned.items():
        if not writes.total:
            screen.say(f"writes to {name}: none")
            continue
        counts = [*writes.actions.items(), *((f"field {slot}", count) for slot, count in writes.fields.items())]
        screen.table(f"writes to {name}", ("what", "count"), counts)
        screen.table(
            "",
            ("action", "record", "customer", "fields"),
            [[c["action"], c["target"] or "new", c["customer_id"], ", ".join(c["fields"])] for c in writes.cases],
        )
        if writes.limit is not None and writes.total > writes.limit:
            screen.warn(
                f"{name}: {writes.total:,} writes are more than its limit of {writes.limit:,}; a sync would stop."
            )


def plan_to_json(found: ModelPlan) -> dict[str, Any]:
    """Give a plan for --json."""
    given = asdict(found)
    for name, writes in found.writes.items():
        given["writes"][name]["total"] = writes.total
    return given


def _clusters(clusters: Sequence[Sequence[RecordKey]]) -> str:
    shown = " ".join(f"[{_records(cluster)}]" for cluster in clusters[:_SHOWN])
    return shown + (f" and {len(clusters) - _SHOWN:,} more" if len(clusters) > _SHOWN else "")


def _records(cluster: Sequence[RecordKey]) -> str:
    shown = " ".join(f"{key.system}/{key.source_id}" for key in cluster[:_SHOWN])
    return shown + (f" +{len(cluster) - _SHOWN:,}" if len(cluster) > _SHOWN else "")


def values_text(values: Sequence[Any]) -> str:
    """Golden values in one line."""
    return ", ".join(v if isinstance(v, str) else " ".join(v.values()) for v in values) or "(none)"
