"""How the plan of a survivorship policy is shown."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from apps.cli.model_screen import show_writes, values_text
from apps.cli.screen import Screen
from flows.plan_policy import PolicyPlan


def show_policy_plan(screen: Screen, found: PolicyPlan, path: Path) -> None:
    """Show what would follow from a policy."""
    given = asdict(found)
    given["rules"] = {name: {rule or "": count for rule, count in of.items()} for name, of in found.rules.items()}
    for name, writes in found.writes.items():
        given["writes"][name]["total"] = writes.total
    screen.result(given)
    if found.pending:
        screen.warn("golden records still stand by an earlier policy; run hub sync first for a full answer.")
    if found.effective_from:
        screen.say(f"it is declared to take force at {found.effective_from:%Y-%m-%d %H:%M} UTC")
    screen.say(f"rules differ for: {', '.join(found.units) or 'nothing'}")
    golden = [[f"golden records {kind}", count] for kind, count in found.golden.items() if count]
    screen.table("what would follow", ("what", "count"), golden)
    counts = [[name, rule or "(no value)", count] for name, of in found.rules.items() for rule, count in of.items()]
    if counts:
        screen.table("golden values that would change", ("attribute", "set by", "customers"), counts)
        rows = [
            [str(v.customer_id), v.attribute, values_text(v.before), values_text(v.after), v.rule or "(no value)"]
            for v in found.values
        ]
        screen.table("examples", ("customer", "attribute", "now", "then", "set by"), rows)
    show_writes(screen, found.writes)
    screen.say(
        f"Nothing was written. To apply it: put the survivorship section of {path} into hub.yaml, then hub sync."
    )
