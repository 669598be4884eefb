"""What may go to a destination by consent: nothing without an effective one for the declared purpose. Pure.

A contact point (e-mail, phone, address) needs the consent for that very one; everything else needs one for any contact
point of the customer. Where a destination names channels, consents by others don't count; of those that count one must
be granted and none withdrawn. What is not known is not allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from hub.consent import EVERY_PURPOSE, EffectiveConsent, point_text
from hub.ground import Ground
from hub.records import Attributes, RecordKey, Value

CONTACT_POINTS = ("email", "phone", "address")


class Grounds(Protocol):
    """Says on what ground an attribute goes to a destination."""

    def ground_of(self, attribute: str) -> Ground:
        """Give the ground of an attribute."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A slot or attribute of a customer that is not written, or can't be emptied there, for want of consent."""

    customer_id: UUID
    version: int
    record: RecordKey | None
    field: str
    reason: str


@dataclass(frozen=True)
class Gate:
    """The consents of one customer against the grounds of one destination."""

    grounds: Grounds
    consents: Sequence[EffectiveConsent]

    def allowed(self, attributes: Attributes) -> Attributes:
        """Give what may be there: of each attribute the values that may."""
        found = {name: [v for v in values if not self.refusal(name, v)] for name, values in attributes.items()}
        return {name: values for name, values in found.items() if values}

    def refusal(self, attribute: str, value: Value) -> str:
        """Say why a value of an attribute may not be there, in words without values; "" where it may."""
        ground = self.grounds.ground_of(attribute)
        if not ground.needs_consent:
            return ""
        counting = [c for c in self.consents if _counts(c, ground)]
        if attribute in CONTACT_POINTS:
            point = point_text(value.standard)
            if point is None:
                return f"no consent for {ground.purpose} can be found, for the {attribute} has no comparable form"
            return _refusal([c for c in counting if (c.point_kind, c.point) == (attribute, point)], ground)
        points = {(c.point_kind, c.point) for c in counting}
        refusals = [_refusal([c for c in counting if (c.point_kind, c.point) == p], ground) for p in sorted(points)]
        if not refusals:
            return _none(ground)
        return refusals[0] if all(refusals) else ""


def _counts(consent: EffectiveConsent, ground: Ground) -> bool:
    of_purpose = consent.purpose in (ground.purpose, EVERY_PURPOSE)
    return of_purpose and (not ground.channels or consent.channel in ground.channels)


def _refusal(consents: Iterable[EffectiveConsent], ground: Ground) -> str:
    """Tell of the consents for one contact point what stands against using it, "" where nothing does."""
    consents = list(consents)
    worst = next((c for c in consents if c.state == "withdrawn"), None)
    if worst is None and any(c.state == "granted" and c.purpose == ground.purpose for c in consents):
        return ""
    worst = worst or next(iter(consents), None)
    if worst is None:
        return _none(ground)
    said = {"withdrawn": "was withdrawn", "expired": "has run out", "unknown": "is not known"}.get(worst.state)
    if said is None:
        return _none(ground)
    where = f"{worst.evidence.system}/{worst.evidence.object}"
    return f"consent for {ground.purpose} by {worst.channel} {said} ({where}, {worst.since:%Y-%m-%d})"


def _none(ground: Ground) -> str:
    return f"there is no consent for {ground.purpose}"
