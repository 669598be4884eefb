"""Compare: two to eight records side by side, why they match or not, what would follow, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from apps.web.console import deciding
from apps.web.console.deciding import Asked
from apps.web.console.done import told
from apps.web.console.explaining import explained
from apps.web.console.naming import key_named, key_text, name_of, names_of
from apps.web.console.queue_query import MOST, QueueQuery, address_of
from apps.web.console.side_by_side import Line, lines
from apps.web.console.waterfall import Waterfall, waterfall
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from flows import queue
from hub import audit, handling
from hub.config import Config
from hub.db import snapshot, transaction
from hub.errors import HubError, RejectedError
from hub.handling import Handling
from hub.masking import hidden, masked
from hub.records import RecordKey
from hub.tasks import Place, Task
from identity import compared, decision_log, evidence
from identity.compared import Compared
from identity.crosswalk import Member, members
from identity.decision_log import Decision, Kind
from identity.decisions import Statement
from identity.explain import PairExplanation

router = APIRouter()

_NEAR = 30  # items from the first on among which the one before is looked for
_BESIDE = 12  # other records of a customer that are named


@dataclass(frozen=True)
class Column:
    """One record of the page: what it is called, and others of its customer."""

    record: Compared
    text: str
    name: str
    customer: str
    beside: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sight:
    """All that the page shows of some records, and the digest by which it is known again."""

    columns: list[Column]
    lines: list[Line]
    decisions: list[Decision]
    digest: str
    last: int
    pairs: list[tuple[int, int, float | None]]
    chosen: tuple[int, int]
    told: PairExplanation | None
    fault: str
    drawn: Waterfall | None


@router.get("/compare", dependencies=[requires("decision.read")])
def show(
    request: Request,
    record: Annotated[list[str] | None, Query()] = None,
    item: str = "",
    pair: str = "",
    done: str = "",
) -> Response:
    """Show records side by side: those of an item of the queue, or any that are named."""
    return _page(request, [key_named(text) for text in record or []], item, pair=pair, done=done)


@router.post("/compare/preview", dependencies=[requires("decision.read")])
def preview(
    request: Request,
    record: Annotated[list[str], Form()],
    kind: Annotated[str, Form()] = "same",
    apart: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """What would follow from a decision: golden records before and after, and writes to systems."""
    statement = _statement(kind, record, apart, by=current_principal(request).name, reason="preview")
    return deciding.foretold(request, [statement], ("kind", kind))


@router.post("/compare/decide", dependencies=[requires("decision.write")])
def decide(
    request: Request,
    record: Annotated[list[str], Form()],
    kind: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    last: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    apart: Annotated[list[str] | None, Form()] = None,
    item: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Take a decision in sight of what the page showed, carry it out, and go on to the next item."""
    keys = [key_named(text) for text in record]
    hub = hub_of(request)
    query = QueueQuery.of_text(back)
    with snapshot(hub.engine) as conn:
        task = queue.find(conn, item) if item else None
    try:
        statement = _statement(kind, record, apart, by=current_principal(request).name, reason=reason)
        made = deciding.decide(request, [statement], Asked(tuple(keys), seen, last))
    except HubError as error:
        # Nothing is lost: the page shows what is there now, with the words that were written.
        return _page(request, keys, item, reason=reason, status=409, refused=error, back=back)
    with snapshot(hub.engine) as conn:
        following = queue.following(conn, query.wanted, Place.of(task)) if task else None
    if following is not None:
        where = address_of(following, query)
    elif item:
        where = f"/queue?{query.text()}"
    else:
        where = f"/compare?{urlencode({'record': record}, doseq=True)}"
    return RedirectResponse(f"{where}&{urlencode({'done': made})}".replace("?&", "?"), status_code=303)


def _statement(kind: str, record: Sequence[str], apart: Sequence[str] | None, *, by: str, reason: str) -> Statement:
    if kind not in ("same", "different", "unsure"):
        raise RejectedError("A decision is same, different or unsure.", hint="Use the buttons of the page.")
    keys = [key_named(text) for text in record]
    if not 2 <= len(keys) <= MOST:
        raise RejectedError(f"Two to {MOST} records are decided on at once.", hint="Choose them again.")
    if kind != "different":
        return Statement(cast(Kind, kind), tuple(keys), (), by, reason)
    other = {key_named(text) for text in apart or []} or ({keys[1]} if len(keys) == 2 else set())
    left, right = tuple(key for key in keys if key not in other), tuple(key for key in keys if key in other)
    if not left or not right:
        raise RejectedError("It is not said which records are another customer.", hint="Tick those that are.")
    return Statement("different", left, right, by, reason)


def _page(
    request: Request,
    keys: Sequence[RecordKey],
    item: str,
    *,
    pair: str = "",
    done: str = "",
    reason: str = "",
    status: int = 200,
    refused: HubError | None = None,
    back: str | None = None,
) -> Response:
    hub, principal = hub_of(request), current_principal(request)
    query = QueueQuery.of_request(request) if back is None else QueueQuery.of_text(back)
    with transaction(hub.engine) as conn:
        task = queue.find(conn, item) if item else None
        if not keys and task is not None:
            keys = task.records[:MOST]
        if len(keys) < 2 and item:
            return _gone(request, query, done)
        sight = _sight(conn, hub.config, request, list(dict.fromkeys(keys))[:MOST], principal.roles, pair)
        nearby = _nearby(conn, query, task) if task else (None, None)
        handled = handling.of(conn, [item]).get(item) if item else None
        outcome = deciding.outcome(conn, done)
    with transaction(hub.engine) as conn:
        seen = sorted({str(c.record.customer_id) for c in sight.columns if c.record.customer_id})
        audit.read(conn, who=principal.name, what="compare.read", on=[f"customer:{one}" for one in seen])
    return page(
        request,
        "compare.html",
        status=status,
        sight=sight,
        task=task,
        item=item,
        query=query,
        back=query.text(),
        previous=address_of(nearby[0], query) if nearby[0] else "",
        next=address_of(nearby[1], query) if nearby[1] else "",
        handled=handled or Handling(item),
        outcome=outcome,
        told=told(done),
        refused=refused,
        reason=reason or "Compared side by side",
        records=[column.text for column in sight.columns],
        address=urlencode({"item": item} if task else {"record": [c.text for c in sight.columns]}, doseq=True)
        + f"&{query.text()}".rstrip("&"),
        merged=len({c.record.customer_id for c in sight.columns}) == 1,
    )


def _gone(request: Request, query: QueueQuery, done: str) -> Response:
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        first = next(iter(queue.page(conn, query.wanted, limit=1).tasks), None)
        outcome = deciding.outcome(conn, done)
    return page(
        request,
        "gone.html",
        status=404 if not outcome else 200,
        back=query.text(),
        outcome=outcome,
        next=address_of(first, query) if first else "",
    )


def _nearby(conn: Connection, query: QueueQuery, task: Task) -> tuple[Task | None, Task | None]:
    """The items before and after one in the queue; before, as far as the first page goes."""
    following = queue.page(conn, query.wanted, after=Place.of(task), limit=1).tasks
    before: Task | None = None
    for one in queue.page(conn, query.wanted, limit=_NEAR).tasks:
        if one.key == task.key:
            break
        before = one
    else:
        before = None
    return before, following[0] if following else None


def _sight(
    conn: Connection, config: Config, request: Request, keys: Sequence[RecordKey], roles: frozenset[str], pair: str
) -> Sight:
    found = compared.records(conn, keys)
    if len(found) < 2:
        raise RejectedError("Two records at least are compared.", hint="Choose them on the page of a customer.")
    unseen = hidden(roles, config.access)
    owners = [record.customer_id for record in found if record.customer_id]
    names = names_of(conn, owners, roles, config.access)
    others = members(conn, sorted(set(owners)))
    ties = compared.ties(conn, [record.record_id for record in found])
    pairs = _pairs(found, {(tie.left, tie.right): tie.weight for tie in ties})
    chosen = _chosen(pair, pairs)
    told, fault = explained(conn, config, request, found[chosen[0]].key, found[chosen[1]].key)
    return Sight(
        columns=[_column(record, config, roles, names, others) for record in found],
        lines=lines(found, config.vocabulary(), unseen),
        decisions=decision_log.standing_of(conn, [record.key for record in found]),
        digest=evidence.digest(conn, [record.key for record in found]),
        last=decision_log.last(conn),
        pairs=pairs if len(found) > 2 else [],
        chosen=chosen,
        told=told,
        fault=fault,
        drawn=waterfall(told) if told else None,
    )


def _column(
    record: Compared, config: Config, roles: frozenset[str], names: dict[UUID, str], others: Sequence[Member]
) -> Column:
    beside = [
        (key_text(other.key), name_of(masked(other.attributes, roles, config.access)))
        for other in others
        if other.customer_id == record.customer_id and other.key != record.key
    ]
    return Column(
        record=record,
        text=key_text(record.key),
        name=name_of(masked(record.attributes, roles, config.access)),
        customer=names.get(record.customer_id, "") if record.customer_id else "",
        beside=tuple(beside[:_BESIDE]),
    )


def _pairs(
    found: Sequence[Compared], weights: dict[tuple[int, int], float | None]
) -> list[tuple[int, int, float | None]]:
    """Every two columns with the weight of their edge, the strongest first."""
    listed = []
    for i, one in enumerate(found):
        for j in range(i + 1, len(found)):
            ends = sorted((one.record_id, found[j].record_id))
            listed.append((i, j, weights.get((ends[0], ends[1]))))
    return sorted(listed, key=lambda row: (-(row[2] if row[2] is not None else -1000.0), row[0], row[1]))


def _chosen(text: str, pairs: Sequence[tuple[int, int, float | None]]) -> tuple[int, int]:
    left, _, right = text.partition("-")
    if left.isdecimal() and right.isdecimal():
        wanted = (int(left[:2]), int(right[:2]))
        if any(wanted == (i, j) for i, j, _ in pairs):
            return wanted
    return pairs[0][0], pairs[0][1]
