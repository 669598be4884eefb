"""What would follow if another survivorship policy were in force: golden values, by rule, and writes to systems.

The very functions of a run refresh all golden records and plan each destination, in a transaction that is rolled back:
so what is shown is what a run would do, and nothing is written. It takes as long as a refresh of all does, under the
lock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from flows.plan import Progress, Writes, writes
from golden_record import impact, outbox, policies
from golden_record.impact import ChangedValues
from golden_record.policy import policy_of
from golden_record.refresh import refresh
from hub.config import Config
from hub.config_file import load_config
from hub.db import master_lock, only_one, snapshot
from hub.errors import RejectedError, SettingsError
from hub.session import Hub


@dataclass
class PolicyPlan:
    """What would follow from a policy.

    `units` are the attributes and groups whose rules differ, `golden` the customers by what would happen to their
    golden records, `rules` the changed values by attribute and by the rule that would set them (None: no value).
    """

    units: list[str]
    golden: dict[str, int] = field(default_factory=dict)
    rules: dict[str, dict[str | None, int]] = field(default_factory=dict)
    values: list[ChangedValues] = field(default_factory=list)
    writes: dict[str, Writes] = field(default_factory=dict)
    pending: bool = False


def plan_policy(hub: Hub, path: Path, *, progress: Progress, cases: int = 10) -> PolicyPlan:
    """Say what the survivorship section of another settings file would change; writes nothing.

    Raises SettingsError for a file that is wrong, RejectedError where its policy is the one in force, and
    RetryableError while a sync runs.
    """
    config = _with_policy(hub.config, load_config(path))
    now = datetime.now(UTC)
    before, after = policy_of(hub.config, now), policy_of(config, now)
    theirs = {unit.name: unit for unit in before.units}
    result = PolicyPlan(units=[unit.name for unit in after.units if theirs.get(unit.name) != unit])
    result.units += sorted(set(theirs) - {unit.name for unit in after.units})
    with only_one(hub.engine, "sync"), snapshot(hub.engine) as conn:
        if policies.in_force(conn) == after.hash:
            raise RejectedError("This policy is in force already.", hint="There is nothing to plan.")
        result.pending = policies.in_force(conn) != before.hash
        tried = conn.begin_nested()
        try:
            master_lock(conn)
            _try(conn, hub, config, result, progress, cases)
        finally:
            tried.rollback()
    return result


def _try(conn: Connection, hub: Hub, config: Config, result: PolicyPlan, progress: Progress, cases: int) -> None:
    """Refresh and plan; the caller rolls back."""
    last = outbox.last_seq(conn)
    progress("trying the policy out on all golden records")
    refreshed = refresh(conn, config, None, run_id=None)
    result.golden = {name: getattr(refreshed, name) for name in ("created", "updated", "retired", "unchanged")}
    result.rules = impact.counts(conn, last)
    result.values = impact.examples(conn, last, cases)
    result.writes = writes(conn, hub, impact.customers(conn, last), progress, cases)


def _with_policy(config: Config, other: Config) -> Config:
    """The settings of this hub with the policy of another file."""
    try:
        other.survivorship.check_names(config.vocabulary(), None)
    except ValueError as fault:
        raise SettingsError(
            f"That policy does not fit this hub: {fault}", hint="Add its attributes to hub.yaml first."
        ) from None
    return config.model_copy(update={"survivorship": other.survivorship})
