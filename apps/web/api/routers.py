"""The routers of the API. One list is the registry: a new resource is one file and one line."""

from __future__ import annotations

from fastapi import APIRouter

from apps.web.api import changes, customers, decisions, export, pins, search, service, webhooks

ROUTERS: tuple[APIRouter, ...] = (
    customers.router,
    search.router,
    decisions.router,
    pins.router,
    changes.router,
    webhooks.router,
    export.router,
    service.router,
)
