"""Errors of the API: problem documents (RFC 9457)."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse


def problem(status: int, title: str, detail: str = "", **more: Any) -> JSONResponse:
    """Give a problem document; `more` are members of its own, such as the ids it is about."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status_code=status, media_type="application/problem+json")
