"""Cluster: the records of a customer and what ties them, drawn and as a table; cutting, moving, keeping together.

Whatever is done here is a decision about records (`flows.deciding`): there is no second way to change who is who.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from apps.web.console import deciding, graph
from apps.web.console.deciding import Asked
from apps.web.console.naming import key_named, key_text, name_of
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from hub import audit
from hub.config import Config
from hub.db import snapshot, transaction
from hub.errors import HubError, RejectedError
from hub.masking import masked
from hub.records import RecordKey
from identity import compared, crosswalk, decision_log, event_log, evidence, explain_cluster
from identity.compared import Tie
from identity.crosswalk import Answer, Member
from identity.decision_log import Decision
from identity.decision_rows import keys_named
from identity.decisions import Statement
from identity.event_log import Event
from identity.explain_cluster import ClusterExplanation

router = APIRouter()

_LISTED = 200
_EVENTS = 30
_STRONG = 7.0  # bits above the bar: a hundred times surer than it has to be


@dataclass(frozen=True)
class Node:
    """A record of the cluster: its number on the page, where it stands, its name, and its side of the weak edge."""

    number: int
    text: str
    member: Member
    name: str
    spot: graph.Spot | None
    side: int


@dataclass(frozen=True)
class Line:
    """A tie between two records by their numbers; `weak`: without it the cluster falls in two."""

    left: Node
    right: Node
    tie: Tie
    weak: bool
    below: bool


@dataclass(frozen=True)
class View:
    """All that the page shows of a cluster."""

    told: ClusterExplanation
    nodes: list[Node]
    lines: list[Line]
    box: str
    events: list[Event]
    decisions: list[Decision]
    kept: Decision | None
    digest: str
    last: int


@router.get("/clusters/{customer_id}", dependencies=[requires("decision.read")])
def show(request: Request, customer_id: UUID, done: str = "") -> Response:
    """A customer's records and what ties them."""
    return _page(request, customer_id, done=done)


@router.post("/clusters/{customer_id}/preview", dependencies=[requires("decision.read")])
def preview(
    request: Request,
    customer_id: UUID,
    action: Annotated[str, Form()] = "",
    record: Annotated[list[str] | None, Form()] = None,
    to: Annotated[str, Form()] = "",
) -> Response:
    """What would follow: golden records before and after, and writes to systems."""
    hub = hub_of(request)
    with transaction(hub.engine) as conn:
        view = _view(conn, hub.config, customer_id, current_principal(request).roles)
        said = _statements(conn, view, action, record or [], to, by=current_principal(request).name, reason="preview")
    return deciding.foretold(request, said, ("action", action))


@router.post("/clusters/{customer_id}/decide", dependencies=[requires("decision.write")])
def decide(
    request: Request,
    customer_id: UUID,
    seen: Annotated[str, Form()],
    last: Annotated[int, Form()],
    action: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    record: Annotated[list[str] | None, Form()] = None,
    to: Annotated[str, Form()] = "",
) -> Response:
    """Cut, move, make a new customer, or keep together: as decisions, all of them or none."""
    hub = hub_of(request)
    try:
        with transaction(hub.engine) as conn:
            view = _view(conn, hub.config, customer_id, current_principal(request).roles)
            by = current_principal(request).name
            said = _statements(conn, view, action, record or [], to, by=by, reason=reason)
        asked = Asked(tuple(node.member.key for node in view.nodes), seen, last)
        made = deciding.decide(request, said, asked)
    except HubError as error:
        return _page(request, customer_id, status=409, refused=error, reason=reason)
    with snapshot(hub.engine) as conn:
        where = crosswalk.answer(conn, customer_id)
    target = where.current_ids[0] if where and where.current_ids else customer_id
    return RedirectResponse(f"/clusters/{target}?{urlencode({'done': made})}", status_code=303)


def _page(
    request: Request,
    customer_id: UUID,
    *,
    done: str = "",
    status: int = 200,
    refused: HubError | None = None,
    reason: str = "",
) -> Response:
    hub, principal = hub_of(request), current_principal(request)
    with transaction(hub.engine) as conn:
        answer = crosswalk.answer(conn, customer_id)
        outcome = deciding.outcome(conn, done)
        if answer is None or answer.status != "current":
            return _elsewhere(request, customer_id, answer, outcome)
        view = _view(conn, hub.config, customer_id, principal.roles)
    with transaction(hub.engine) as conn:
        audit.read(conn, who=principal.name, what="cluster.read", on=[f"customer:{customer_id}"])
    return page(
        request,
        "cluster.html",
        status=status,
        view=view,
        customer_id=customer_id,
        name=next((node.name for node in view.nodes if node.name), str(customer_id)),
        drawn=len(view.nodes) <= graph.MOST,
        strong=_STRONG,
        outcome=outcome,
        refused=refused,
        reason=reason or "Seen in the cluster",
    )


def _elsewhere(
    request: Request, customer_id: UUID, answer: Answer | None, outcome: deciding.Outcome | None
) -> Response:
    if answer and answer.current_ids and outcome is None:
        return RedirectResponse(f"/clusters/{answer.current_ids[0]}", status_code=303)
    return page(
        request,
        "cluster_gone.html",
        status=200 if answer else 404,
        customer_id=customer_id,
        answer=answer,
        outcome=outcome,
    )


def _view(conn: Connection, config: Config, customer_id: UUID, roles: frozenset[str]) -> View:
    told = explain_cluster.cluster(conn, customer_id)
    members = crosswalk.members(conn, [customer_id])[:_LISTED]
    ties = compared.ties(conn, [member.record_id for member in members])
    drawn = [(tie.left, tie.right) for tie in ties if tie.weight is None or tie.weight >= told.link_weight]
    ids = [member.record_id for member in members]
    spots = graph.layout(ids, drawn) if len(ids) <= graph.MOST else {}
    left = set(told.weakest.join.left_group) if told.weakest else set()
    nodes = [
        Node(
            number=number,
            text=key_text(member.key),
            member=member,
            name=name_of(masked(member.attributes, roles, config.access)),
            spot=spots.get(member.record_id),
            side=1 if member.key in left or not told.weakest else 2,
        )
        for number, member in enumerate(members, start=1)
    ]
    keys = [member.key for member in members]
    decisions = decision_log.standing_of(conn, keys)
    return View(
        told=told,
        nodes=nodes,
        lines=_lines(nodes, ties, told),
        box=_box(spots.values()),
        events=event_log.of(conn, customer_id, limit=_EVENTS),
        decisions=decisions,
        kept=next((one for one in decisions if one.kind == "same" and {*keys} <= {*one.left, *one.right}), None),
        digest=evidence.digest(conn, keys),
        last=decision_log.last(conn),
    )


def _box(spots: Collection[graph.Spot]) -> str:
    """The part of the drawing that has points in it, as SVG names it."""
    if not spots:
        return ""
    ys = [spot.y for spot in spots]
    return f"0 {min(ys) - 24:.0f} {graph.SIZE:.0f} {max(ys) - min(ys) + 48:.0f}"


def _lines(nodes: Sequence[Node], ties: Sequence[Tie], told: ClusterExplanation) -> list[Line]:
    by_id = {node.member.record_id: node for node in nodes}
    weak = {told.weakest.join.left, told.weakest.join.right} if told.weakest else set()
    return [
        Line(
            left=by_id[tie.left],
            right=by_id[tie.right],
            tie=tie,
            weak=tie.weight is not None and {by_id[tie.left].member.key, by_id[tie.right].member.key} == weak,
            below=tie.weight is not None and tie.weight < told.link_weight,
        )
        for tie in ties
    ]


def _statements(
    conn: Connection, view: View, action: str, record: Sequence[str], to: str, *, by: str, reason: str
) -> list[Statement]:
    """Say what is asked for as decisions. Raises RejectedError where it makes none."""
    keys = [node.member.key for node in view.nodes]
    chosen = [key for key in keys if key in {key_named(text) for text in record}]
    rest = [key for key in keys if key not in chosen]
    match action:
        case "cut":
            if view.told.weakest is None:
                raise RejectedError("No single edge holds this cluster together.", hint="Tick records instead.")
            join = view.told.weakest.join
            return [Statement("different", join.left_group, join.right_group, by, reason)]
        case "keep":
            if len(keys) < 2:
                raise RejectedError("One record alone needs no keeping together.")
            return [Statement("same", tuple(keys), (), by, reason)]
    if not chosen:
        raise RejectedError("No record was chosen.", hint="Tick the records first.")
    if not rest:
        raise RejectedError("All records were chosen.", hint="Leave those out that stay.")
    together = [Statement("same", tuple(chosen), (), by, reason)] if len(chosen) > 1 else []
    apart = Statement("different", tuple(chosen), tuple(rest), by, reason)
    match action:
        case "new":
            return [apart, *together]
        case "move":
            target = _target(conn, to, set(keys))
            return [apart, Statement("same", (*chosen, target), (), by, reason)]
    raise RejectedError("That can't be done here.", hint="Use the buttons of the page.")


def _target(conn: Connection, to: str, own: set[RecordKey]) -> RecordKey:
    """A record of the customer that is named by its id, or by a record of it."""
    to = to.strip().replace("\0", "")
    try:
        found = [member.key for member in crosswalk.members(conn, [UUID(to)])]
    except ValueError:
        found = keys_named(conn, to) if to else []
    if not found:
        raise RejectedError("There is no such customer.", hint="Name it by its id, or by a record as SYSTEM/ID.")
    if own & set(found):
        raise RejectedError("That is the same customer.", hint="Name another one.")
    return found[0]
