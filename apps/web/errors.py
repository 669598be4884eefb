"""What goes wrong, in words and with a way out: a page for people, a problem document for apps. Never a stack trace."""

from __future__ import annotations

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.web.api.problems import problem
from apps.web.pages import fragment, is_fragment, page
from apps.web.principal import NotAllowedError, NotSignedInError, find_principal, is_api
from apps.web.security.csrf import ForgedError
from hub.errors import HubError, RejectedError, RetryableError, SettingsError, UnforeseenError

_log = logging.getLogger("hub.web")

_TITLES = {
    400: "This request can't be understood",
    401: "Sign in first",
    403: "This is not for your role",
    404: "There is no such page",
    405: "This can't be done here",
    409: "This was refused",
    413: "This is too large",
    422: "Something in the form is not right",
    429: "Too many attempts",
    500: "Something went wrong in the hub",
    503: "The hub can't do this right now",
}
_HINTS = {
    400: "Go back and try again.",
    404: "The address may be old or mistyped. Search for the customer, or start from Home.",
    405: "Go back and use the buttons of the page.",
    422: "Go back, correct it and send it again.",
    500: "Try again in a moment; if it stays, tell an engineer the time of it: the log has the place.",
}


def install(app: FastAPI) -> None:
    """Answer every error of the app in the hub's words."""
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    app.add_exception_handler(NotAllowedError, _not_allowed)
    app.add_exception_handler(ForgedError, _forged)
    app.add_exception_handler(HubError, _hub_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    # Not as a handler: Starlette raises again after one for Exception, and the server would log what it says.
    app.add_middleware(LastResort)


class LastResort:
    """Turns what nobody foresaw into a page; the log gets the place in the code, never the message."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http":
                raise
            request = Request(scope)
            _log.error("%s %s: %s", request.method, _route(request), UnforeseenError(error))
            if not started:
                await answer(request, 500)(scope, receive, send)


def answer(request: Request, status: int, message: str = "", hint: str = "") -> Response:
    """An error as who asks can read it: a problem document, a part for HTMX, or a page."""
    title = _TITLES.get(status, "This did not work")
    hint = hint or _HINTS.get(status, "")
    if is_api(request):
        return problem(status, title, " ".join(text for text in (message, hint) if text))
    if getattr(request.state, "principal", None) is None and status != 500:
        request.state.principal = find_principal(request)
    if is_fragment(request):
        return fragment(request, "_error.html", status=status, title=title, message=message, hint=hint)
    return page(request, "error.html", status=status, title=title, message=message, hint=hint, code=status)


def _not_signed_in(request: Request, _: Exception) -> Response:
    if is_api(request):
        refused = problem(401, "A key is needed", "Send it as: Authorization: Bearer hub_... (hub keys add makes one).")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    way = f"/sign-in?next={quote(wanted, safe='')}" if request.method == "GET" and wanted != "/" else "/sign-in"
    if is_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(way, status_code=303)


def _not_allowed(request: Request, error: Exception) -> Response:
    right = getattr(error, "right", "")
    return answer(request, 403, f"It needs the right {right}.", "Ask an engineer of this hub if you should have it.")


def _forged(request: Request, _: Exception) -> Response:
    return answer(
        request, 403, "The form did not come from a page of your present session.", "Reload the page and send it again."
    )


def _hub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)  # noqa: S101 - what the handler is registered for
    kinds: tuple[tuple[type[HubError], int], ...] = ((RejectedError, 409), (RetryableError, 503), (SettingsError, 500))
    status = next((status for kind, status in kinds if isinstance(error, kind)), 500)
    answered = answer(request, status, error.message, error.hint)
    if isinstance(error, RetryableError) and error.retry_after:
        answered.headers["Retry-After"] = str(int(error.retry_after) + 1)
    return answered


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what the handler is registered for
    # Which fields and what is wrong with them; never what was in them.
    if any(fault["loc"][0] == "path" for fault in error.errors()):
        return answer(request, 404)
    faults = [f"{'.'.join(str(step) for step in fault['loc'][1:])}: {fault['msg']}" for fault in error.errors()]
    return answer(request, 422, "; ".join(faults)[:500] + ".")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what the handler is registered for
    answered = answer(request, error.status_code, "" if error.status_code in _HINTS else str(error.detail))
    answered.headers.update(error.headers or {})
    return answered


def _route(request: Request) -> str:
    """The route's pattern: the path itself may name a customer."""
    return str(getattr(request.scope.get("route"), "path", "unknown route"))
