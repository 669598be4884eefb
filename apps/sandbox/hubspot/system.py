"""HubSpot's front door: the token, the rate limits and their headers, and the table of routes."""

import uuid

from apps.sandbox.call import Call, Reply, Routes
from apps.sandbox.hubspot import batch, properties, read, subscriptions, write
from apps.sandbox.hubspot.errors import HubSpotError
from apps.sandbox.limits import Allowance, Counters

TOKEN = "sandbox-hubspot-token"  # noqa: S105 - a made-up token of a made-up account
_DAILY = 500_000


def _routes() -> Routes:
    routes = Routes()
    objects = "/crm/v3/objects/{object_type}"
    routes.add("GET", "/crm/v3/properties/{object_type}", properties.listed)
    routes.add("POST", "/crm/v3/properties/{object_type}", properties.create)
    routes.add("GET", "/crm/v3/properties/{object_type}/{name}", properties.one)
    routes.add("POST", f"{objects}/search", read.search)
    routes.add("POST", f"{objects}/merge", write.merge)
    routes.add("POST", f"{objects}/gdpr-delete", write.forget)
    routes.add("POST", f"{objects}/batch/read", read.batch_read)
    routes.add("POST", f"{objects}/batch/upsert", batch.upsert)
    routes.add("POST", f"{objects}/batch/update", batch.update)
    routes.add("POST", f"{objects}/batch/create", batch.create)
    routes.add("POST", f"{objects}/batch/archive", batch.archive)
    routes.add("GET", objects, read.listing)
    routes.add("POST", objects, write.create)
    routes.add("GET", f"{objects}/{{identifier}}", read.one)
    routes.add("PATCH", f"{objects}/{{identifier}}", write.update)
    routes.add("DELETE", f"{objects}/{{identifier}}", write.archive)
    routes.add("POST", "/crm/v4/associations/{source}/{target}/batch/read", read.association_batch)
    routes.add("GET", "/email/public/v1/events", read.events)
    preferences = "/communication-preferences/v4"
    routes.add("GET", f"{preferences}/definitions", subscriptions.definitions)
    routes.add("POST", f"{preferences}/statuses/batch/read", subscriptions.batch_read)
    routes.add("POST", f"{preferences}/statuses/batch/unsubscribe-all/read", subscriptions.batch_read_wide)
    routes.add("GET", f"{preferences}/statuses/{{email}}", subscriptions.statuses)
    routes.add("POST", f"{preferences}/statuses/{{email}}", subscriptions.write)
    routes.add("POST", f"{preferences}/statuses/{{email}}/unsubscribe-all", subscriptions.opt_out)
    routes.add("GET", "/email/public/v1/campaigns/{identifier}", read.campaign)
    return routes


class HubSpot:
    """The system."""

    name = "hubspot"
    prefixes = ("/hubspot",)

    def __init__(self) -> None:
        self._routes = _routes()
        self._counters = Counters()
        self._used = 0

    def error(self, call: Call, status: int, message: str, wait: float | None = None) -> Reply:
        """Return an error in HubSpot's form."""
        if status == 429:
            policy = "SECONDLY" if call.path.endswith("/search") else "TEN_SECONDLY_ROLLING"
            return self._limited(policy, wait)
        category = {401: "INVALID_AUTHENTICATION", 404: "OBJECT_NOT_FOUND"}.get(status, "INTERNAL_ERROR")
        return HubSpotError(status, message, "VALIDATION_ERROR" if status == 400 else category).reply()

    def _limited(self, policy: str, wait: float | None) -> Reply:
        body = {
            "status": "error",
            "message": f"You have reached your {policy.lower()} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": str(uuid.uuid4()),
            "policyName": policy,
            "requestId": str(uuid.uuid4()),
        }
        return Reply(429, body, {"retry-after": f"{wait:g}"} if wait is not None else {})

    def answer(self, call: Call) -> Reply:
        """Answer a request."""
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.error(call, 401, "Authentication credentials not found or not valid.")
        searching = call.path.endswith("/search")
        limit = "hubspot_search" if searching else "hubspot"
        left = self._counters.take(limit, call.settings.limits[limit])
        if left.wait:
            return self._limited("SECONDLY" if searching else "TEN_SECONDLY_ROLLING", None)
        self._used += 1
        found = self._routes.find(call)
        if isinstance(found, int):
            return self.error(call, found, f"No {call.method} here")
        try:
            reply = found()
        except HubSpotError as error:
            reply = error.reply()
        if not searching:
            reply.headers |= self._headers(left)
        return reply

    def _headers(self, left: Allowance) -> dict[str, str]:
        return {
            "x-hubspot-ratelimit-daily": str(_DAILY),
            "x-hubspot-ratelimit-daily-remaining": str(max(_DAILY - self._used, 0)),
            "x-hubspot-ratelimit-interval-milliseconds": str(int(left.window * 1000)),
            "x-hubspot-ratelimit-max": str(left.maximum),
            "x-hubspot-ratelimit-remaining": str(left.remaining),
        }
