"""The plan: which fields of which records a destination would change, and why. Pure.

A value is written where the system holds none of the values that the golden record has for it; a value is never
blanked because the golden record has none; differences of formatting don't count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from destinations.operations import Change, Operation, Subject, Target
from destinations.owners import Conflict, changed_there, stays
from destinations.slots import Slot
from hub.config import Owner
from hub.errors import HubError, SettingsError
from hub.records import EntityType, RecordKey

OnConflict = Callable[[Conflict], None]
"""Hears of each field that was changed in the system since the hub wrote it."""


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
        and (operation := _operation(subject, settings, shape, destination, on_conflict)) is not None
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
    if settings.legal_basis == "consent":
        raise SettingsError(
            f"{where} rests on consent, and this hub holds no consents yet.",
            hint="Publish on another legal basis, or leave this destination out.",
        )


def _operation(
    subject: Subject, settings: DestinationSettings, shape: Shape, destination: str, on_conflict: OnConflict
) -> Operation | None:
    slots = shape.slots(subject.entity_type)
    if settings.fields != "all":
        golden = {name: values for name, values in subject.golden.items() if name in settings.fields}
        subject = replace(subject, golden=golden)
    if subject.target is None:
        if not settings.create:
            return None
        changes = tuple(_new(subject, slots))
        named = {change.slot for change in changes}
        if any(slot.required and slot.name not in named for slot in slots):
            return None
        target = Target(settings.system, shape.object_of(subject.entity_type))
    else:
        changes = tuple(_different(subject, subject.target, slots, settings, on_conflict))
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


def _origin(subject: Subject, slot: Slot) -> str:
    origins = {subject.origins[name] for name in (slot.attribute, *slot.composed_of) if name in subject.origins}
    return f"; golden value from {', '.join(sorted(origins))}" if origins else ""
