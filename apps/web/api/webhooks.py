"""Webhooks: who wants to be called with changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from apps.web.api import messages
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from destinations import webhook_call, webhooks
from golden_record import feed, outbox
from hub import audit
from hub.db import transaction
from hub.errors import RejectedError

router = APIRouter(prefix="/api/v1", tags=["webhooks"])


@router.get(
    "/webhooks",
    dependencies=[requires("webhook.read")],
    response_model=messages.Webhooks,
    responses=problems(),
    summary="All webhooks",
)
def listing(request: Request) -> messages.Webhooks:
    """Give all webhooks, the oldest first, and how each of them does."""
    with transaction(hub_of(request).engine) as conn:
        return messages.Webhooks(webhooks=[messages.WebhookOut(**_told(one)) for one in webhooks.listing(conn)])


@router.post(
    "/webhooks",
    dependencies=[requires("webhook.write")],
    status_code=201,
    response_model=messages.WebhookMade,
    responses=problems(410),
    summary="Be called with changes",
)
def subscribe(request: Request, response: Response, body: messages.WebhookIn) -> messages.WebhookMade:
    """Have an address called with changes, signed as Standard Webhooks say, each in the order of commits."""
    hub, who = hub_of(request), current_principal(request).name
    try:
        webhook_call.check_url(body.url, hub.config.api.webhooks)
        with transaction(hub.engine) as conn:
            seen = outbox.last_seq(conn) if body.since is None else feed.place_of(conn, body.since)
            made, secret = webhooks.add(conn, body.url, body.kinds, by=who, seen=seen)
            audit.record(conn, who=who, what="webhook.add", on=[f"webhook:{made.webhook_id}"])
    except feed.RestoredError as gone:
        raise ProblemError(410, gone.message, gone.hint) from None
    except RejectedError as refused:
        raise ProblemError(422, refused.message, refused.hint) from None
    response.headers["Location"] = f"/api/v1/webhooks/{made.webhook_id}"
    return messages.WebhookMade(**_told(made), secret=secret)


@router.get(
    "/webhooks/{webhook_id}",
    dependencies=[requires("webhook.read")],
    response_model=messages.WebhookOut,
    responses=problems(404),
    summary="One webhook",
)
def one(request: Request, webhook_id: UUID) -> messages.WebhookOut:
    """Give one webhook and how it does."""
    with transaction(hub_of(request).engine) as conn:
        found = webhooks.get(conn, webhook_id)
    if found is None:
        raise _unknown()
    return messages.WebhookOut(**_told(found))


@router.patch(
    "/webhooks/{webhook_id}",
    dependencies=[requires("webhook.write")],
    response_model=messages.WebhookOut,
    responses=problems(404),
    summary="Pause a webhook, or let it go on",
)
def change(request: Request, webhook_id: UUID, body: messages.WebhookState) -> messages.WebhookOut:
    """Pause a webhook, or let a paused or parked one go on where it stopped, at once."""
    with transaction(hub_of(request).engine) as conn:
        try:
            found = webhooks.set_state(conn, webhook_id, body.state)
        except RejectedError:
            raise _unknown() from None
        who = current_principal(request).name
        audit.record(conn, who=who, what=f"webhook.{body.state}", on=[f"webhook:{webhook_id}"])
    return messages.WebhookOut(**_told(found))


@router.delete(
    "/webhooks/{webhook_id}",
    dependencies=[requires("webhook.write")],
    status_code=204,
    responses=problems(404),
    summary="Be called no more",
)
def remove(request: Request, webhook_id: UUID) -> Response:
    """Take a webhook out."""
    with transaction(hub_of(request).engine) as conn:
        if not webhooks.remove(conn, webhook_id):
            raise _unknown()
        who = current_principal(request).name
        audit.record(conn, who=who, what="webhook.remove", on=[f"webhook:{webhook_id}"])
    return Response(status_code=204)


def _told(found: webhooks.Webhook) -> dict[str, Any]:
    names = ("webhook_id", "url", "made_by", "made_at", "state", "attempts", "due_at", "delivered_at", "said")
    return {**{name: getattr(found, name) for name in names}, "kinds": list(found.kinds)}


def _unknown() -> ProblemError:
    return ProblemError(404, "There is no such webhook")
