"""Rendering: a whole page, or the part of one that HTMX puts in place."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from apps.web.principal import Principal, hub_of
from apps.web.rights import allows
from apps.web.security.csrf import token_of
from hub.records import Part

HERE = Path(__file__).parent
STATIC = HERE / "static"

NAVIGATION = (
    ("home.read", "/", "Home"),
    ("queue.read", "/queue", "Queue"),
    ("customer.read", "/search", "Search"),
    ("decision.read", "/decisions", "Decisions"),
    ("run.read", "/runs", "Runs"),
    ("audit.read", "/audit", "Audit"),
    ("docs.read", "/api/v1/docs", "API"),
)
"""Right, path and name of each entry; one shows where the right is there and the page is."""


def page(request: Request, name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a whole page for who asks.

    Templates know `principal` (None where nobody is signed in), `can("right")`, `csrf`, `navigation` and `values`.
    """
    return HTMLResponse(_render(request, name, values), status_code=status)


def fragment(request: Request, name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a part of a page, for HTMX."""
    return HTMLResponse(_render(request, name, values), status_code=status)


def is_fragment(request: Request) -> bool:
    """Say whether HTMX asks for a part of a page rather than the browser for a whole one."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def _render(request: Request, name: str, values: dict[str, Any]) -> str:
    principal: Principal | None = getattr(request.state, "principal", None)

    def can(right: str) -> bool:
        return principal is not None and allows(principal, right)

    paths: frozenset[str] = request.app.state.paths
    return (
        environment()
        .get_template(name)
        .render(
            principal=principal,
            can=can,
            csrf=token_of(request),
            path=request.url.path,
            navigation=[(path, label) for right, path, label in NAVIGATION if can(right) and path in paths],
            oidc=hub_of(request).config.access.oidc is not None,
            **values,
        )
    )


@cache
def environment() -> Environment:
    """The templates, with what they may call."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day=_day, moment=_moment, words=words, plain=plain, broken=broken, listed=listed)
    made.globals.update(static=static_url)
    return made


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes with the file's content, so browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def words(part: Part | None) -> str:
    """A value in one line: a text, or its parts in the order in which people write them."""
    if part is None or isinstance(part, str):
        return plain(part or "")
    told = dict(part)
    if number := told.pop("value", ""):  # an identifier
        about = ", ".join(text for text in (told.pop("kind", ""), told.pop("country", "")) if text)
        return plain(f"{number} ({about})" if about else number)
    street = " ".join(text for text in (told.pop("street", ""), told.pop("house_number", "")) if text)
    line2 = told.pop("line2", "")
    city = " ".join(text for text in (told.pop("postcode", ""), told.pop("city", "")) if text)
    rest = (told.pop("region", ""), told.pop("country", ""), *told.values())
    return plain(", ".join(text for text in (street, line2, city, *rest) if text))


def listed(value: object) -> str:
    """Any figure or list of values in one line."""
    return ", ".join(words(part) for part in value) if isinstance(value, list) else plain(value)


def broken(text: str) -> Markup:
    """A name with slashes, such as a record's, that may be broken behind each of them."""
    return Markup("/<wbr>").join(plain(text).split("/"))


def plain(text: object) -> str:
    """Keep bidi marks and controls from acting on what stands around them: a box shows in their place."""
    told = str(text)
    if told.isprintable():
        return told
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in told)


def _day(moment: date) -> str:
    return moment.strftime("%Y-%m-%d")


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
