"""Errors of the API: problem documents (RFC 9457)."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

PROBLEM = "application/problem+json"


class Problem(BaseModel):
    """What went wrong. Some problems have members of their own, such as the ids that they are about."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="about:blank: the status says what kind of problem it is.")
    title: str = Field(examples=["There is no such customer"])
    status: int = Field(examples=[404])
    detail: str = Field("", description="What to do next.", examples=["Look the customer up by another key."])


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(self, status: int, title: str, detail: str = "", **more: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.more = status, title, detail, more
        self.headers: dict[str, str] = {}


def problem(status: int, title: str, detail: str = "", **more: Any) -> JSONResponse:
    """Give a problem document; `more` are members of its own, such as the ids it is about."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status_code=status, media_type=PROBLEM)


def install(app: FastAPI) -> None:
    """Answer ProblemError with its document."""
    app.add_exception_handler(ProblemError, _answer)


def _answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - what the handler is registered for
    answered = problem(error.status, error.title, error.detail, **error.more)
    answered.headers.update(error.headers)
    return answered


_TITLES = {
    300: "Split: several customers hold its records now",
    308: "Merged: the Location is the customer that holds its records now",
    400: "The request can't be understood",
    401: "A key is needed",
    403: "The key lacks the right",
    404: "Not there",
    405: "This can't be done here",
    409: "Refused: it contradicts what stands",
    410: "Gone: nothing is left of it",
    412: "Meanwhile it has changed",
    413: "Too large",
    422: "A field is missing, unknown or wrong",
    429: "Too many requests; Retry-After says when to go on",
    500: "A fault of the hub",
    503: "Not now; try again",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route's documentation says of the problems that it may answer with; those of every route are added."""
    return {
        status: {
            "description": _TITLES[status],
            "model": Problem,
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({400, 401, 403, 413, 422, 429, 500, 503, *statuses})
    }
