"""What would follow if another survivorship policy were in force: golden values, by rule, and writes to systems.

The very functions of a run compute all golden records and plan each destination, as of one snapshot; so what is shown
is what a run would do. Nothing is written and no lock is held: syncs and stewards go on meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from flows.plan import Progress, Writes, writes
from golden_record import policies, trial
from golden_record.policy import make_policy, policy_of
from golden_record.trial import ChangedValues
from golden_record.unit import differing
from hub.config import Config
from hub.config_file import load_config
from hub.db import snapshot
from hub.errors import RejectedError, SettingsError
from hub.session import Hub
from hub.survivorship import UpcomingPolicy


@dataclass
class PolicyPlan:
    """What would follow from a policy.

    `units` are the attributes and groups whose rules differ, `golden` the customers by what would happen to their
    golden records, `rules` the changed values by attribute and by the rule that would set them (None: no value).
    `effective_from` is the moment that the file declares for it.
    """

    units: list[str]
    effective_from: datetime | None = None
    golden: dict[str, int] = field(default_factory=dict)
    rules: dict[str, dict[str | None, int]] = field(default_factory=dict)
    values: list[ChangedValues] = field(default_factory=list)
    writes: dict[str, Writes] = field(default_factory=dict)
    pending: bool = False


def plan_policy(hub: Hub, path: Path, *, progress: Progress, cases: int = 10) -> PolicyPlan:
    """Say what the survivorship section of another settings file would change; writes nothing.

    Of several policies in that file it is the one that will hold in the end. Raises SettingsError for a file that is
    wrong, and RejectedError where its policy is the one in force.
    """
    config = _with_policy(hub.config, load_config(path))
    chosen = config.survivorship.last
    after = make_policy(chosen, config.vocabulary())
    with snapshot(hub.engine) as conn:
        now = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        before = policy_of(hub.config, now)
        result = PolicyPlan(
            units=differing(before.content(), after.content()),
            effective_from=chosen.effective_from if isinstance(chosen, UpcomingPolicy) else None,
        )
        in_force = policies.in_force(conn)
        if in_force == after.hash:
            raise RejectedError("This policy is in force already.", hint="There is nothing to plan.")
        result.pending = in_force != before.hash
        progress("trying the policy out on all golden records")
        found = trial.run(conn, after, at=now)
        result.golden = {name: found.get(name, 0) for name in ("created", "updated", "retired")}
        result.golden["unchanged"] = found.get("touched", 0)
        result.rules = trial.counts(conn)
        result.values = trial.examples(conn, cases)
        result.writes = writes(conn, hub, trial.changed(conn), progress, cases, golden=trial.customers)
    return result


def _with_policy(config: Config, other: Config) -> Config:
    """The settings of this hub with the policy of another file."""
    try:
        other.survivorship.check_names(config.vocabulary(), None)
    except ValueError as fault:
        raise SettingsError(
            f"That policy does not fit this hub: {fault}", hint="Add its attributes to hub.yaml first."
        ) from None
    return config.model_copy(update={"survivorship": other.survivorship})
