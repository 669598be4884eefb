"""The OpenAPI file of the API, made from its routes; `docs/openapi.json` is what this gives."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI

from apps.web.api.routers import ROUTERS

_OPEN = ("/health", "/ready")


@cache
def openapi() -> dict[str, Any]:
    """Give the description of the API (OpenAPI 3.1)."""
    app = FastAPI(
        title="customer-hub",
        version="1",
        summary="Golden customer records: read, searched, followed and corrected by apps.",
        description="Keys are made with `hub keys add`. Every error is a problem document (RFC 9457).",
    )
    for router in ROUTERS:
        app.include_router(router)
    made: dict[str, Any] = app.openapi()
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key of an app: hub_..."}
    }
    made["security"] = [{"key": []}]
    for path, methods in made["paths"].items():
        for operation in methods.values():
            if path in _OPEN:
                operation["security"] = []
            for status, answer in operation["responses"].items():
                # FastAPI adds its own media type beside ours.
                if "application/problem+json" in answer.get("content", {}):
                    answer["content"].pop("application/json", None)
                if status in ("204", "304"):
                    answer.pop("content", None)
    return made
