"""A customer's past: its versions, any of them beside the one before or the present one, and its identity's events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from apps.web.console.customer import Shown, customer_page, find, vocabulary
from apps.web.console.golden_view import in_order
from apps.web.pages import fragment, is_fragment
from apps.web.principal import hub_of
from apps.web.rights import requires
from apps.web.seen import seen
from golden_record import moment, read
from golden_record.difference import Change, difference
from golden_record.read import GoldenRecord
from hub.config import Config
from hub.db import snapshot
from hub.errors import RejectedError
from hub.masking import MARK
from hub.records import Part
from identity import event_log

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Difference:
    """The values of one attribute in two versions; `changed`: they are not the same."""

    name: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    changed: bool


@router.get("/customers/{customer_id}/history", dependencies=[requires("customer.read")])
def history(request: Request, customer_id: UUID, version: int | None = None, beside: str = "before") -> Response:
    """One version beside the one before it, or beside the present one; the list of all; the events of the identity."""
    with snapshot(hub_of(request).engine) as conn:
        shown = find(request, conn, customer_id)
        versions = read.versions(conn, customer_id)
        events = event_log.of(conn, customer_id)
        chosen = next((v for v in versions if v.version == version), versions[-1])
        place = versions.index(chosen)
        before = chosen if beside == "now" else versions[place - 1] if place else None
        after = versions[-1] if beside == "now" else chosen
        others = list(_others(conn, hub_of(request).config, shown, before, after)) if before else []
    values: dict[str, Any] = {
        "versions": versions,
        "chosen": chosen,
        "beside": "now" if beside == "now" else "before",
        "before": before,
        "after": after,
        "differences": list(differences(before, after, list(vocabulary(hub_of(request), shown)), shown.hidden)),
        "others": others,
        "joined": sorted(set(after.members) - set(before.members)) if before else [],
        "left": sorted(set(before.members) - set(after.members)) if before else [],
        "changed": {v.version: changed_names(p, v) for p, v in zip([None, *versions], versions, strict=False)},
    }
    if is_fragment(request):
        seen(request, "customer.read", [customer_id])
        return fragment(request, "_history.html", shown=shown, **values)
    return customer_page(request, "customer_history.html", shown, events=events, **values)


def differences(
    before: GoldenRecord | None, after: GoldenRecord, known: Sequence[str], hidden: Collection[str]
) -> Iterator[Difference]:
    """The values of two versions, attribute by attribute, as somebody may see them who must not see `hidden`."""
    old = before.attributes if before else {}
    for name in in_order({*old, *after.attributes}, known):
        was, is_now = (tuple(value.value for value in side.get(name, ())) for side in (old, after.attributes))
        changed = was != is_now
        if name in hidden:
            was, is_now = (tuple(MARK for _ in side) for side in (was, is_now))
        yield Difference(name, was, is_now, changed)


def _others(
    conn: Connection, config: Config, shown: Shown, before: GoldenRecord, after: GoldenRecord
) -> Iterator[tuple[str, Change]]:
    """What else differs between the moments of two versions: figures, relations, consents, what systems were told."""
    try:
        then, now = (
            moment.customer_then(conn, config, shown.customer_id, as_of=side.valid_from, newest=1)
            for side in (before, after)
        )
    except RejectedError:  # it was no current customer at one of them
        return
    found = difference(then, now)
    yield from (("figure", change) for change in found.computed)
    yield from (("relation", change) for change in found.relations)
    if not shown.hidden & {"email", "phone", "address"}:  # a consent names its contact point
        yield from (("consent", change) for change in found.consents)
    yield from (("told", change) for change in found.told if change.name.rpartition(" ")[2] not in shown.hidden)


def changed_names(before: GoldenRecord | None, after: GoldenRecord) -> list[str]:
    """The attributes whose golden values one version changed; none where only origins did."""
    old = before.attributes if before else {}
    return sorted(name for name in {*old, *after.attributes} if old.get(name) != after.attributes.get(name))
