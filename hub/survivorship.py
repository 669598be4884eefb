"""The `survivorship` section of hub.yaml: by which rules each golden value is chosen among the contributions.

What the rules mean is told in docs/survivorship.md; golden_record.policy turns this section into a complete policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from hub.attributes import Attribute
from hub.section import Strict
from hub.survivorship_faults import policy_faults
from hub.survivorship_rules import Entry, KeepDeleted, OrderChain

DEFAULT_GROUPS: dict[str, list[str]] = {
    "name": ["given_name", "middle_name", "family_name", "name_suffix", "full_name"]
}
"""What survives together when hub.yaml says nothing: half a name of one record and half of another is nobody's name."""


class PolicySettings(Strict):
    """Rules by attribute or group. Each is a chain: where one rule ties, the next decides."""

    defaults: OrderChain | None = Field(
        None, description="Rules of every attribute and group not named below; default: those of docs/survivorship.md."
    )
    attributes: dict[str, Entry] = Field(
        default_factory=dict, description="Attribute or group -> its rules, or more to say than its rules."
    )
    groups: dict[str, list[str]] | None = Field(
        None, description="Attributes that survive together, from one record; default: the parts of a person's name."
    )
    deleted: Literal["drop"] | KeepDeleted = Field(
        "drop", description="What records that their system has deleted still say: nothing, or their last word."
    )

    @property
    def groups_in_force(self) -> dict[str, list[str]]:
        """What survives together: as said, or by default."""
        return DEFAULT_GROUPS if self.groups is None else self.groups


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class UpcomingPolicy(PolicySettings):
    """A whole policy that takes the place of the one before it, by itself."""

    effective_from: Annotated[datetime, AfterValidator(_in_utc)] = Field(
        description="The first refresh at or after this moment (UTC where no zone is said) puts it in force."
    )


class Survivorship(PolicySettings):
    """The policy, and those that are to follow it."""

    upcoming: list[UpcomingPolicy] = Field(
        default_factory=list, description="Policies that take force by themselves, each at its moment; each is whole."
    )

    def at(self, moment: datetime) -> PolicySettings:
        """The policy that is due at a moment (aware)."""
        due = [policy for policy in self.upcoming if policy.effective_from <= moment]
        return max(due, key=lambda policy: policy.effective_from, default=self)

    def effective_from(self, moment: datetime) -> datetime | None:
        """Since when the policy that is due at a moment is declared to hold; None where nothing is declared."""
        policy = self.at(moment)
        return policy.effective_from if isinstance(policy, UpcomingPolicy) else None

    @property
    def last(self) -> PolicySettings:
        """The policy that will hold once all have taken force."""
        return max(self.upcoming, key=lambda policy: policy.effective_from, default=self)

    def check_names(self, known: Mapping[str, Attribute], systems: Collection[str] | None) -> None:
        """Check against the attributes and systems of this hub; raises ValueError with a line for each fault.

        Each line starts with the place: survivorship.attributes.title. `systems` None: systems can't be told beforehand
        (a column of the data names them) and are not checked.
        """
        faults = list(self._faults(known, systems))
        if faults:
            raise ValueError("\n".join(f"survivorship.{fault}" for fault in faults))

    def _faults(self, known: Mapping[str, Attribute], systems: Collection[str] | None) -> Iterator[str]:
        yield from policy_faults(self, known, systems)
        for place, policy in enumerate(self.upcoming):
            yield from (f"upcoming.{place}.{fault}" for fault in policy_faults(policy, known, systems))
        yield from _order_faults(self.upcoming)


def _order_faults(upcoming: Sequence[UpcomingPolicy]) -> Iterator[str]:
    for place, (one, other) in enumerate(pairwise(upcoming), start=1):
        if other.effective_from <= one.effective_from:
            yield f"upcoming.{place}.effective_from: it is not after that of the policy before; order them by time"
