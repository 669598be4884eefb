"""The plan: which fields of which records a destination would change, and why. Pure.

A value is written where the system holds none of the values that the golden record has for it; a value is never
blanked because the golden record has none; differences of formatting don't count. What goes by consent goes only as far
as there is one; where it is withdrawn, what the hub wrote is taken out again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from destinations.consent_gate import Gate, Withheld
from destinations.operations import Change, Operation, Subject, Target
from destinations.owners import Conflict, changed_there, stays
from destinations.slots import EMPTY, Slot
from hub.config import Owner
from hub.errors import HubError, SettingsError
from hub.ground import Ground
from hub.records import EntityType, RecordKey

OnConflict = Callable[[Conflict], None]
"""Hears of each field that was changed in the system since the hub wrote it."""

OnWithheld = Callable[[Withheld], None]
"""Hears of each field that is not written, or stays written, for want of consent."""


class DestinationSettings(Protocol):
    """What a destination declares in hub.yaml."""

    @property
    def system(self) -> str:
        """The system that is written to, by its name in hub.yaml."""

    @property
    def create(self) -> bool:
        """Whether customers that the system doesn't have are created there."""

    @property
    def entity_types(self) -> tuple[EntityType, ...]:
        """The types of customers that are published there."""

    @property
    def fields(self) -> Literal["all"] | Collection[str]:
        """The attributes that may leave the hub: "all", or their names."""

    @property
    def purpose(self) -> str:
        """What the values are used for there."""

    @property
    def legal_basis(self) -> str:
        """On which ground they may be used so."""

    def ground_of(self, attribute: str) -> Ground:
        """Say what an attribute is used for, and on which ground."""

    @property
    def max_changes(self) -> int | None:
        """More writes than this in one plan stop the run."""

    @property
    def write_key(self) -> bool:
        """Whether the customer's id is also written to records that the hub didn't create."""

    def owner_of(self, attribute: str) -> Owner:
        """Say who settles a conflict over an attribute."""


class Shape(Protocol):
    """What a plan must know of a system."""

    def slots(self, entity_type: EntityType) -> Sequence[Slot]:
        """Give the places of a record of this type, in a fixed order."""

    def object_of(self, entity_type: EntityType) -> str:
        """Name the object that holds records of this type, as its source record keys do."""


def plan(
    subjects: Iterable[Subject],
    settings: DestinationSettings,
    shape: Shape,
    destination: str,
    on_conflict: OnConflict = lambda _: None,
    on_withheld: OnWithheld = lambda _: None,
) -> list[Operation]:
    """Give the operations that bring the system to the golden records, in the order of the subjects.

    Raises SettingsError for a destination without purpose or legal basis (or with one that can't be honoured), and
    HubError where the plan would change more records than the destination's limit.
    """
    check_declared(settings, destination)
    operations = [
        operation
        for subject in subjects
        if subject.entity_type in settings.entity_types
        and (operation := _operation(subject, settings, shape, destination, on_conflict, on_withheld)) is not None
    ]
    if settings.max_changes is not None and len(operations) > settings.max_changes:
        raise HubError(
            f"The plan for '{destination}' has {len(operations)} writes, more than its limit of"
            f" {settings.max_changes}; nothing was sent.",
            hint=f"Look at the plan; if it is right, raise destinations.{destination}.max_changes in hub.yaml.",
        )
    return operations


def check_declared(settings: DestinationSettings, destination: str) -> None:
    """Refuse a destination that doesn't say what for and on which ground it gets personal data."""
    where = f"destinations.{destination}"
    for name, said in (("purpose", settings.purpose), ("legal_basis", settings.legal_basis)):
        if not (said or "").strip():
            raise SettingsError(
                f"{where} declares no {name}.", hint=f"Set {where}.{name} in hub.yaml; nothing is published without."
            )


def _operation(
    subject: Subject,
    settings: DestinationSettings,
    shape: Shape,
    destination: str,
    on_conflict: OnConflict,
    on_withheld: OnWithheld,
) -> Operation | None:
    slots = shape.slots(subject.entity_type)
    if settings.fields != "all":
        golden = {name: values for name, values in subject.golden.items() if name in settings.fields}
        subject = replace(subject, golden=golden)
    gate = Gate(settings, subject.consents)
    whole, subject = subject, replace(subject, golden=gate.allowed(subject.golden))
    if subject.target is None:
        if not settings.create:
            return None
        _tell_withheld(whole, subject, gate, slots, on_withheld)
        changes = tuple(_new(subject, slots))
        named = {change.slot for change in changes}
        if any(slot.required and slot.name not in named for slot in slots):
            return None
        target = Target(settings.system, shape.object_of(subject.entity_type))
    else:
        _tell_withheld(whole, subject, gate, slots, on_withheld)
        different = list(_different(subject, subject.target, slots, settings, on_conflict))
        changed = {change.slot for change in different}
        removed = _removals(subject, gate, [slot for slot in slots if slot.name not in changed], on_withheld)
        changes = (*different, *removed)
        target = Target(*subject.target)
    if not changes:
        return None
    return Operation(
        destination=destination,
        customer_id=subject.customer_id,
        version=subject.version,
        entity_type=subject.entity_type,
        action="create" if subject.target is None else "update",
        target=target,
        changes=changes,
        anchor_record_id=subject.anchor_record_id,
    )


def _new(subject: Subject, slots: Iterable[Slot]) -> Iterator[Change]:
    for slot in slots:
        values = slot.expressible(subject.golden)
        if values and not (slot.unique and subject.other_records):
            yield Change(slot.name, slot.attribute, values[0], (), f"new record{_origin(subject, slot)}")


def _different(
    subject: Subject,
    target: RecordKey,
    slots: Iterable[Slot],
    settings: DestinationSettings,
    on_conflict: OnConflict,
) -> Iterator[Change]:
    for slot in slots:
        # Another record of the same customer may hold the value that this one is asked to take.
        if not slot.writable or (slot.unique and subject.other_records):
            continue
        wanted, current = slot.expressible(subject.golden), subject.held(slot)
        if slot.fill_only and current:
            continue
        if not wanted or any(slot.same(held, value) for held in current for value in wanted):
            continue
        owner = settings.owner_of(slot.attribute)
        what = "differs from the golden record" if current else "empty in the system"
        there_stays = stays(subject, slot, owner)
        if changed_there(subject, slot):
            stands: Literal["hub", "system"] = "system" if there_stays else "hub"
            conflict = Conflict(subject.customer_id, subject.version, target, slot.name, owner, stands)
            on_conflict(conflict)
            what = conflict.reason
        if there_stays:
            continue
        reason = f"{what}{_origin(subject, slot)}"
        yield Change(slot.name, slot.attribute, wanted[0], tuple(current), reason)


def _tell_withheld(
    whole: Subject, subject: Subject, gate: Gate, slots: Iterable[Slot], on_withheld: OnWithheld
) -> None:
    """Tell of each slot that the golden record could fill, were it not for a consent that is missing."""
    for slot in slots:
        wanted = slot.expressible(whole.golden)
        there = any(slot.same(held, value) for held in subject.held(slot) for value in wanted)
        if wanted and not there and not slot.expressible(subject.golden):
            names = [name for name in (slot.attribute, *slot.composed_of) if name in whole.golden]
            refusals = [gate.refusal(name, value) for name in names for value in whole.golden[name]]
            reason = next(filter(None, refusals), "")
            on_withheld(Withheld(whole.customer_id, whole.version, whole.target, slot.name, reason))


def _removals(subject: Subject, gate: Gate, slots: Iterable[Slot], on_withheld: OnWithheld) -> Iterator[Change]:
    """Empty the slots in which a value of the hub's stands that may not be there any more.

    What the system says by itself is its own, and stays.
    """
    may_stay = gate.allowed(subject.told)
    for slot in slots:
        ours = slot.held(subject.told)
        if (
            not ours
            or ours[0] in slot.held(may_stay)
            or any(slot.same(ours[0], own) for own in slot.held(subject.evidence))
        ):
            continue
        names = [name for name in (slot.attribute, *slot.composed_of) if name in subject.told]
        reason = next(filter(None, (gate.refusal(name, value) for name in names for value in subject.told[name])), "")
        if slot.clearable and not slot.required:
            yield Change(
                slot.name, slot.attribute, EMPTY, tuple(subject.held(slot)), f"{reason}; the hub's value is removed"
            )
        else:
            told = f"{reason}; the hub's value stays, for the system can't hold a record without"
            on_withheld(Withheld(subject.customer_id, subject.version, subject.target, slot.name, told))


def _origin(subject: Subject, slot: Slot) -> str:
    origins = {subject.origins[name] for name in (slot.attribute, *slot.composed_of) if name in subject.origins}
    return f"; golden value from {', '.join(sorted(origins))}" if origins else ""
