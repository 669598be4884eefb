"""What each rule says of a candidate: one number, higher is better, made from the customer's contributions alone.

A rule that the policy doesn't use leaves no trace in the statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from golden_record.unit import Policy, Step, Unit
from hub.rule_faults import CLOCKS

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Needs:
    """What the statements must bring along for a policy.

    `roles`: not all members are source records. `kept`: some are deleted ones.
    """

    policy: Policy
    roles: bool
    kept: bool = False

    @cached_property
    def clocks(self) -> frozenset[str]:
        """The clocks that rules go by beside the usual one."""
        units = [*self.policy.units, *self.policy.parts.values()]
        return frozenset(step.clock for unit in units for step in unit.steps if step.clock)

    @property
    def times(self) -> bool:
        """Whether a rule goes by when the hub saw a record."""
        return bool(self.clocks & {"changed", "arrived"})

    @property
    def dates(self) -> list[str]:
        """The attributes that serve as business dates."""
        return sorted(self.clocks - set(CLOCKS))

    @property
    def newest(self) -> bool:
        """Whether ages count, which are measured from the customer's newest record."""
        return any(
            unit.when.days is not None or any(step.half_life_days for step in unit.steps)
            for unit in [*self.policy.units, *self.policy.parts.values()]
        )

    @property
    def own(self) -> bool:
        """Whether a rule goes by when an attribute of a record last changed."""
        return "attribute_changed" in self.clocks

    @property
    def parts(self) -> bool:
        """Whether parts filled are counted."""
        return self.policy.uses("most_complete")

    @property
    def number(self) -> bool:
        """Whether values are compared as numbers or dates."""
        return self.policy.uses("max", "min")

    @property
    def validity(self) -> bool:
        """Whether the state of validation counts."""
        return self.policy.uses("validated_first")

    @cached_property
    def empties(self) -> bool:
        """Whether a record may say that there is no value."""
        return any(unit.nulls or unit.clear for unit in self.policy.units)

    @property
    def extra(self) -> dict[str, str]:
        """Further columns of a contribution, and how those of a group add up."""
        columns = {"parts": "sum(parts)", "validity": "sum(validity)", "number": "NULL", "empty": "bool_or(empty)"}
        columns["own"] = "max(own)"
        wanted = {"parts": self.parts, "validity": self.validity, "number": self.number, "empty": self.empties}
        wanted["own"] = self.own
        return {name: how for name, how in columns.items() if wanted[name]}


def step(units: Sequence[Unit], k: int) -> str:
    """The columns s{k} and f{k} of a candidate: the number of rule k between values, and between forms of a value."""
    steps = [unit.steps[k - 1] for unit in units if len(unit.steps) >= k]
    used = {step.rule for step in steps}
    cases = " ".join(f"WHEN '{rule}' THEN {_number(rule, k, units)}" for rule in sorted(used))
    number = f"CAST(CASE u.rule_{k} {cases} END AS BIGINT)" if used else "CAST(NULL AS BIGINT)"
    form = f"CASE u.rule_{k} WHEN 'most_frequent' THEN CAST(c.form AS BIGINT) ELSE s{k} END"
    return f"{number} AS s{k}, {form if 'most_frequent' in used else f's{k}'} AS f{k}"


def _number(rule: str, k: int, units: Sequence[Unit]) -> str:
    match rule:
        case "most_frequent":
            return "c.margin"
        case "most_recent":
            return _clock(k, units)
        case "oldest":
            return f"-({_clock(k, units)})"
        case "source_priority":
            return f"-coalesce(u.ranks_{k}[m.system], u.unlisted_{k})"
        case "trust":
            # In billionths: finer differences are those of arithmetic. The age of the newest is 0, so that the number
            # follows from the contributions, whenever it is asked for.
            return (
                f"round(1e9 * coalesce(u.scores_{k}[m.system], u.default_{k}) * coalesce(pow(0.5,"
                f" greatest(m.newest - m.clock, 0) / (u.half_life_{k} * {_DAY})), 1))"
                if any(len(u.steps) >= k and u.steps[k - 1].half_life_days for u in units)
                else f"round(1e9 * coalesce(u.scores_{k}[m.system], u.default_{k}))"
            )
        case "confidence":
            return "coalesce(a.sure, 0)"
        case "follow":
            return "coalesce(CAST(c.record = w.record AS INTEGER), 0)"
        case "max":
            return "dense_rank() OVER (PARTITION BY c.cid, c.unit ORDER BY c.number NULLS FIRST)"
        case "min":
            return "dense_rank() OVER (PARTITION BY c.cid, c.unit ORDER BY c.number DESC NULLS FIRST)"
        case _:
            return {"longest": "c.length", "most_complete": "c.parts", "validated_first": "c.validity"}[rule]


_TIMES = {
    "modified_at": "m.modified_at",
    "attribute_changed": "coalesce(c.own, m.clock)",
    "changed": "m.changed_at",
    "arrived": "m.arrived_at",
}


def _clock(k: int, units: Sequence[Unit]) -> str:
    clocks = sorted({u.steps[k - 1].clock or "" for u in units if len(u.steps) >= k} - {""})
    # Attribute names match [a-z][a-z0-9_]* (hub.config), so they can stand in the text of a statement.
    cases = " ".join(f"WHEN '{clock}' THEN {_TIMES.get(clock, 'd.' + clock)}" for clock in clocks)
    return f"CASE u.clock_{k} {cases} ELSE m.clock END" if clocks else "m.clock"


def unit_table(policy: Policy, units: dict[int, Unit], steps: int) -> pa.Table:
    """Units as a table: one row a unit by its number, its rules in columns rule_1, rule_2, ..."""
    numbers = {unit.name: number for number, unit in enumerate(policy.units)}
    of = list(units.values())
    strings = pa.list_(pa.string())
    columns: dict[str, pa.Array] = {
        "unit": pa.array(list(units), pa.int16()),
        "is_group": pa.array([unit.group for unit in of], pa.bool_()),
        "is_union": pa.array([unit.union for unit in of], pa.bool_()),
        "limit": pa.array([unit.limit for unit in of], pa.int64()),
        "cased": pa.array([unit.cased for unit in of], pa.bool_()),
        "is_unanimous": pa.array([unit.unanimous for unit in of], pa.bool_()),
        "strict": pa.array([unit.strict for unit in of], pa.bool_()),
        "always": pa.array([unit.always for unit in of], pa.bool_()),
        "floor": pa.array([unit.floor for unit in of], pa.int8()),
        "follows": pa.array([numbers[unit.follows] if unit.follows else None for unit in of], pa.int16()),
        "listed": pa.array([unit.listed for unit in of], strings),
        "systems": pa.array([unit.when.systems for unit in of], strings),
        "objects": pa.array([unit.when.objects for unit in of], strings),
        "age": pa.array([None if unit.when.days is None else round(unit.when.days * _DAY) for unit in of], pa.int64()),
        "is_sure": pa.array([any(step.rule == "confidence" for step in unit.steps) for unit in of], pa.bool_()),
        "sure_scores": pa.array([list(_sure(unit).scores) for unit in of], pa.map_(pa.string(), pa.float64())),
        "sure_default": pa.array([_sure(unit).default for unit in of], pa.float64()),
        "sure_floor": pa.array([_sure(unit).floor for unit in of], pa.float64()),
        "has_derived": pa.array([bool(unit.derived) for unit in of], pa.bool_()),
        "derived_first": pa.array([bool(unit.derived) and not unit.derived_last for unit in of], pa.bool_()),
        "has_equals": pa.array([bool(unit.when.equals) for unit in of], pa.bool_()),
    }
    for k in range(steps):
        at_k = [unit.steps[k] if k < len(unit.steps) else None for unit in of]
        ranks = [list(step.ranks) if step else [] for step in at_k]
        scores = [list(step.scores) if step else [] for step in at_k]
        columns[f"rule_{k + 1}"] = pa.array([step.rule if step else None for step in at_k], pa.string())
        columns[f"ranks_{k + 1}"] = pa.array(ranks, pa.map_(pa.string(), pa.int64()))
        columns[f"unlisted_{k + 1}"] = pa.array([1 + max((r for _, r in of), default=0) for of in ranks], pa.int64())
        columns[f"clock_{k + 1}"] = pa.array([step.clock if step else None for step in at_k], pa.string())
        columns[f"scores_{k + 1}"] = pa.array(scores, pa.map_(pa.string(), pa.float64()))
        columns[f"default_{k + 1}"] = pa.array([step.default if step else None for step in at_k], pa.float64())
        columns[f"half_life_{k + 1}"] = pa.array([step.half_life_days if step else None for step in at_k], pa.float64())
    return pa.table(columns)


def _sure(unit: Unit) -> Step:
    """The step of confidence, of which a chain has one at most."""
    return next((step for step in unit.steps if step.rule == "confidence"), Step(""))
