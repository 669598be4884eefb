"""SAP's front door: authentication, CSRF tokens bound to a session cookie, limits, and the way to the entities."""

import base64
import secrets
from http.cookies import SimpleCookie

from apps.sandbox.call import BadJsonError, Call, Reply
from apps.sandbox.limits import Counters
from apps.sandbox.sap import read, write
from apps.sandbox.sap.batch import batch
from apps.sandbox.sap.errors import ODataError, not_found
from apps.sandbox.sap.metadata import metadata
from apps.sandbox.sap.model import ENTITIES, Entity
from apps.sandbox.sap.odata import parse_segment

_SERVICES = {
    "/sap/opu/odata/sap/API_BUSINESS_PARTNER": "sap_partner",
    "/sap/opu/odata/sap/API_SALES_ORDER_SRV": "sap_order",
    "/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV": "sap_invoice",
}
"""The services, each with the table whose entities it serves."""

_COOKIE = "SAP_SESSIONID_SBX_100"
_AUTHORIZATION = "Basic " + base64.b64encode(b"sandbox:sandbox").decode()
_CHANGES = {"POST", "PUT", "PATCH", "MERGE", "DELETE"}


class Sap:
    """The system. Sessions live in memory: after a restart every token is stale, as after a real one."""

    name = "sap"
    prefixes = tuple(_SERVICES)

    def __init__(self) -> None:
        self._sessions: dict[str, str] = {}
        self._counters = Counters()

    def error(self, call: Call, status: int, message: str, wait: float | None = None) -> Reply:
        """Return an error in OData's form."""
        headers = {"retry-after": f"{wait:g}"} if wait is not None else {}
        if status == 401:
            headers["www-authenticate"] = 'Basic realm="SAP NetWeaver Application Server"'
        return ODataError(status, message, f"/IWFND/CM_CONSUMER/{status}", headers=headers).reply()

    def answer(self, call: Call) -> Reply:
        """Answer a request."""
        if call.headers.get("authorization") != _AUTHORIZATION:
            return self.error(call, 401, "Logon failed")
        left = self._counters.take("sap", call.settings.limits["sap"])
        if left.wait:
            return self.error(call, 503, "Service Unavailable", max(1.0, round(left.wait)))
        if call.fault == "expired_csrf":
            self._sessions.clear()
        elif call.fault == "locked":
            return ODataError(400, "Business partner is locked by user CLERK01", "R1/042").reply()
        session = self._session(call)
        fetching = call.headers.get("x-csrf-token", "").lower() == "fetch"
        if call.method in _CHANGES and (session is None or call.headers.get("x-csrf-token") != self._sessions[session]):
            reply = Reply(
                403, b"CSRF token validation failed", {"content-type": "text/plain", "x-csrf-token": "Required"}
            )
            return reply
        reply = self._replied(call)
        if fetching and call.method in {"GET", "HEAD"}:
            if session is None:
                session = secrets.token_urlsafe(18)
                self._sessions[session] = secrets.token_urlsafe(16)
                reply.cookie = f"{_COOKIE}={session}; path=/; HttpOnly"
            reply.headers["x-csrf-token"] = self._sessions[session]
        return reply

    def _replied(self, call: Call) -> Reply:
        try:
            return self._dispatch(call)
        except ODataError as error:
            return error.reply()
        except BadJsonError as error:
            return ODataError(400, f"The request body is not JSON: {error}").reply()

    def _session(self, call: Call) -> str | None:
        morsel = SimpleCookie(call.headers.get("cookie", "")).get(_COOKIE)
        return morsel.value if morsel is not None and morsel.value in self._sessions else None

    def _entity(self, call: Call, name: str) -> Entity:
        entity = ENTITIES.get(name)
        if entity is None or entity.table != _served(call):
            raise not_found(name)
        return entity

    def _dispatch(self, call: Call) -> Reply:
        method = call.method
        if method == "POST" and "x-http-method" in call.headers:
            method = call.headers["x-http-method"].upper()
        segments = [segment for segment in call.path.split("/") if segment]
        if not segments:
            return self._service_document(call)
        if segments == ["$metadata"]:
            call.template = "/$metadata"
            return Reply(200, metadata(_served(call)).encode(), {"content-type": "application/xml"})
        if method in {"GET", "HEAD"} and "json" not in call.headers.get("accept", "") + call.query.get("$format", ""):
            raise ODataError(406, "This sandbox answers JSON only: send Accept: application/json", "/IWFND/MED/406")
        if segments == ["$batch"] and method == "POST":
            call.template = "/$batch"
            return batch(call, self._replied)
        name, key = parse_segment(segments[0])
        entity = self._entity(call, name)
        call.template = "/" + "/".join([name + ("(…)" if key is not None else ""), *segments[1:]])
        match (method, key, segments[1:]):
            case ("GET" | "HEAD", None, []):
                return read.collection(call, entity)
            case ("GET" | "HEAD", dict(), []):
                return read.one(call, entity, key or {})
            case ("GET" | "HEAD", dict(), [navigation]):
                return read.navigated(call, entity, key or {}, navigation)
            case ("POST", None, []):
                return write.create(call, entity)
            case ("POST", dict(), [navigation]):
                return write.create_below(call, entity, key or {}, navigation)
            case ("PATCH" | "MERGE" | "PUT", dict(), []):
                return write.change(call, entity, key or {}, replace=method == "PUT")
            case ("DELETE", dict(), []):
                return write.delete(call, entity, key or {})
        raise ODataError(405, f"Method {method} is not allowed here", "/IWFND/CM_MGW/405")

    def _service_document(self, call: Call) -> Reply:
        call.template = "/"
        sets = [entity.set for entity in ENTITIES.values() if entity.table == _served(call)]
        return Reply(200, {"d": {"EntitySets": sets}}, {"dataserviceversion": "2.0"})


def _served(call: Call) -> str:
    return next(table for service, table in _SERVICES.items() if call.base.endswith(service))
