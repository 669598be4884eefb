"""Why a golden value stands, as a reader sees it."""

from __future__ import annotations

from dataclasses import asdict

from apps.cli.screen import Screen, value_text
from golden_record.origins import is_source
from golden_record.why import Why
from hub.records import RecordKey


def show_why(screen: Screen, told: Why) -> None:
    """Show the winner, each contribution that lost and what would put it in its place, and the record's figures."""
    screen.result(asdict(told))
    screen.say(f"{told.attribute} of customer {told.customer_id}, by {', then '.join(told.rules) or 'its constant'}")
    by = {str(entry.pin_id): entry.by for entry in told.entries}
    won = [
        [value_text(one.value), _from(one.record, by), _rule(one.rule, one.record, by), one.tie_break or ""]
        for one in told.won.won
    ]
    screen.table("golden now" if won else "", ("value", "from", "because of", "tie-break"), won)
    if not won:
        screen.say("There is no golden value.")
    parts = [
        [part, value_text(made.value), _from(made.record, by), made.rule]
        for one in told.won.won
        for part, sides in one.parts.items()
        for made in sides.won
    ]
    if parts:
        screen.table("parts that survived by themselves", ("part", "value", "from", "because of"), parts)
    if told.lost:
        lost = [[value_text(lost.value), _from(lost.record, by), lost.rule, lost.if_only or ""] for lost in told.lost]
        screen.table("not golden", ("value", "from", "because of", "would be golden"), lost)
    if told.untried:
        screen.say(f"What would make it golden was not tried for the last {told.untried:,} of them: there are so many.")
    excluded = [entry for entry in told.entries if entry.kind == "exclude"]
    for entry in excluded:
        screen.say(f"{value_text(entry.value.value)} is excluded by {entry.by}: {entry.reason}")
    figures = told.quality
    agreement = "nothing to compare" if figures.agreement is None else f"{figures.agreement:.0%}"
    screen.say(
        f"the whole record: complete {figures.completeness:.0%}, fresh {figures.freshness:.0%}, "
        f"systems agree {agreement}, confidence {figures.confidence:.0%}"
    )


def _rule(rule: str, record: RecordKey, by: dict[str, str]) -> str:
    return f"pinned by {by[record.source_id]}" if rule == "pinned" and record.source_id in by else rule


def _from(record: RecordKey, by: dict[str, str]) -> str:
    return "/".join(record) if is_source(record) else f"{by.get(record.source_id, 'hub.yaml')} ({record.object})"
