"""One request and one answer, and the table of routes that leads from one to the other."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.sandbox.faults import Poison
from apps.sandbox.settings import Settings
from apps.sandbox.state import State


class BadJsonError(Exception):
    """The body is not the JSON that was promised."""


@dataclass
class Call:
    """A request to one system. ``path`` starts below the system's prefix and is still percent-encoded."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base: str
    """The address of the system: scheme, host and prefix."""
    state: State
    settings: Settings
    poison: Poison
    fault: str = ""
    """A fault that only the system itself can play."""
    template: str = ""
    """The route's pattern, for the statistics."""

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            BadJsonError: it is not JSON.
        """
        try:
            return json.loads(self.body) if self.body else {}
        except ValueError as error:
            raise BadJsonError(str(error)) from error


@dataclass
class Reply:
    """An answer; ``body`` is sent as JSON unless it is bytes or None."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cookie: str = ""

    def encoded(self) -> bytes:
        """Return the body as it goes over the wire."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


Handler = Callable[..., Reply]

_NAMED = {"object_type", "kind"}
"""Parts of a path that the statistics tell apart."""


class Routes:
    """A table of routes; ``{name}`` in a pattern is one segment, given to the handler as text."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], str, Handler]] = []

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Add a route. Earlier routes win."""
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self._routes.append((method, re.compile(expression), pattern, handler))

    def find(self, call: Call) -> Callable[[], Reply] | int:
        """Return what answers the call, or 404 or 405."""
        status = 404
        for method, expression, pattern, handler in self._routes:
            match = expression.fullmatch(call.path)
            if match is None:
                continue
            if method != call.method:
                status = 405
                continue
            arguments = match.groupdict()
            call.template = pattern
            for name in _NAMED & set(arguments):
                call.template = call.template.replace(f"{{{name}}}", arguments[name])
            return lambda handler=handler, arguments=arguments: handler(call, **arguments)  # type: ignore[misc]  # mypy knows no lambda with defaults of this type
        return status
