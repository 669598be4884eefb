"""The API's description as a page, for people who are signed in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from apps.web.api.openapi import openapi
from apps.web.pages import page
from apps.web.rights import requires

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/docs", dependencies=[requires("docs.read", session_too=True)])
def docs(request: Request) -> HTMLResponse:
    """Show every call with what it takes and how it answers."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(
                {
                    "name": f"{method.upper()} {path}",
                    "summary": operation["summary"],
                    "words": operation.get("description", ""),
                    "parameters": [
                        (one["name"], one["in"], one.get("description", "")) for one in operation.get("parameters", ())
                    ],
                    "body": _fields(operation),
                    "answers": [(status, answer["description"]) for status, answer in operation["responses"].items()],
                }
            )
    return page(request, "api_docs.html", groups=groups)


def _fields(operation: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of a body, with what is said of each; those that must be there are marked."""
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = sent.get("$ref", "").rpartition("/")[2]
    model = openapi()["components"]["schemas"].get(name, {})
    must = model.get("required", ())
    return [
        (f"{field}{' (required)' if field in must else ''}", schema.get("description", ""))
        for field, schema in model.get("properties", {}).items()
    ]
