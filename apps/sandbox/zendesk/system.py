"""Zendesk's front door: the token, the rate limits and their headers, and the table of routes."""

import base64
import math
from collections.abc import Callable

from apps.sandbox.call import Call, Handler, Reply, Routes
from apps.sandbox.limits import Allowance, Counters
from apps.sandbox.zendesk import jobs, read, tickets, write
from apps.sandbox.zendesk.errors import ZendeskError

USER, TOKEN = "agent@sandbox.test/token", "sandbox-zendesk-token"
_AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()


def _routes() -> Routes:
    routes = Routes()

    def add(method: str, pattern: str, handler: Handler) -> None:
        # Every path may end in .json; the handlers see it without.
        routes.add(method, f"/api/v2{pattern}", handler)

    add("GET", "/incremental/{kind}/cursor", read.export_by_cursor)
    add("GET", "/incremental/{kind}", read.export_by_time)
    add("GET", "/job_statuses/{identifier}", jobs.status)
    add("GET", "/deleted_users", read.deleted_users)
    add("GET", "/deleted_tickets", tickets.deleted)
    add("GET", "/tickets", lambda call: read.listing(call, "tickets"))
    add("POST", "/tickets", tickets.create)
    add("GET", "/tickets/{identifier}", lambda call, identifier: read.one(call, "tickets", identifier))
    add("PUT", "/tickets/{identifier}", tickets.update)
    add("DELETE", "/tickets/{identifier}", tickets.delete)
    for kind in ("users", "organizations"):
        _add_records(add, kind)
    add("GET", "/users/{identifier}/identities", read.identities)
    add("POST", "/users/{identifier}/identities", write.add_identity)
    add("PUT", "/users/{identifier}/identities/{number}/make_primary", write.make_primary)
    add("PUT", "/users/{identifier}/merge", write.merge)
    return routes


def _add_records(add: Callable[[str, str, Handler], None], kind: str) -> None:
    add("GET", f"/{kind}", lambda call: read.listing(call, kind))
    add("POST", f"/{kind}", lambda call: write.create(call, kind))
    add("GET", f"/{kind}/show_many", lambda call: read.show_many(call, kind))
    add("GET", f"/{kind}/search", lambda call: read.search(call, kind))
    add("POST", f"/{kind}/create_or_update", lambda call: write.create_or_update(call, kind))
    add("POST", f"/{kind}/create_or_update_many", lambda call: jobs.create_or_update_many(call, kind))
    add("POST", f"/{kind}/create_many", lambda call: jobs.create_many(call, kind))
    add("PUT", f"/{kind}/update_many", lambda call: jobs.update_many(call, kind))
    add("GET", f"/{kind}/{{identifier}}", lambda call, identifier: read.one(call, kind, identifier))
    add("PUT", f"/{kind}/{{identifier}}", lambda call, identifier: write.update(call, kind, identifier))
    add("DELETE", f"/{kind}/{{identifier}}", lambda call, identifier: write.delete(call, kind, identifier))


class Zendesk:
    """The system."""

    name = "zendesk"
    prefixes = ("/zendesk",)

    def __init__(self) -> None:
        self._routes = _routes()
        self._counters = Counters()

    def error(self, call: Call, status: int, message: str, wait: float | None = None) -> Reply:
        """Return an error in Zendesk's form."""
        if status == 401:
            return Reply(401, {"error": "Couldn't authenticate you"})
        headers = {"retry-after": str(max(1, math.ceil(wait)))} if wait is not None else {}
        names = {400: "BadRequest", 404: "InvalidEndpoint", 429: "APIRateLimitExceeded", 503: "ServiceUnavailable"}
        return ZendeskError(status, names.get(status, "InternalServerError"), message, headers=headers).reply()

    def answer(self, call: Call) -> Reply:
        """Answer a request."""
        if call.headers.get("authorization") != _AUTHORIZATION:
            return self.error(call, 401, "")
        call.path = call.path.removesuffix(".json")
        allowances = [self._counters.take("zendesk", call.settings.limits["zendesk"])]
        if call.path.startswith("/api/v2/incremental/"):
            limit = call.settings.limits["zendesk_incremental"]
            allowances.append(self._counters.take(f"incremental:{call.path}", limit))
        wait = max(allowance.wait for allowance in allowances)
        if wait:
            reply = self.error(call, 429, "Number of allowed API requests per minute exceeded", wait)
        else:
            reply = self._routed(call)
        reply.headers |= _headers(allowances)
        return reply

    def _routed(self, call: Call) -> Reply:
        found = self._routes.find(call)
        if isinstance(found, int):
            return self.error(call, found, "No such path or method")
        try:
            return found()
        except ZendeskError as error:
            return error.reply()


def _headers(allowances: list[Allowance]) -> dict[str, str]:
    whole = allowances[0]
    headers = {"x-rate-limit": str(whole.maximum), "x-rate-limit-remaining": str(whole.remaining)}
    headers["ratelimit-limit"], headers["ratelimit-remaining"] = str(whole.maximum), str(whole.remaining)
    if len(allowances) > 1:
        own = allowances[1]
        resets = math.ceil(own.wait or own.window)
        headers["zendesk-ratelimit-incremental-exports"] = (
            f"total={own.maximum}; remaining={own.remaining}; resets={resets}"
        )
    return headers
