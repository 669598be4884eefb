"""Figures for Prometheus: what was asked of this process, and how the hub does. Never a name or a value."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.types import Scope

from destinations import webhooks
from golden_record import outbox, read
from hub import runs
from hub.db import transaction
from hub.session import Hub
from identity import holds, pending

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Requests:
    """Counts the requests to the API by route, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "hub_api_requests", "Requests to the API.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "hub_api_request_seconds", "Seconds a request took.", ["route"], registry=registry, buckets=_BUCKETS
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request; its route is the pattern, for the path may name a customer."""
        route = str(getattr(scope.get("route"), "path", "none"))
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PATCH", "DELETE") else "other"
        self._count.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class State:
    """How the hub does, read from the database when it is asked for."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        with transaction(self._hub.engine) as conn:
            figures = {
                "hub_customers": ("Customers with a golden record.", read.count(conn)),
                "hub_pending_records": ("Source records that wait to be resolved.", pending.count(conn)),
                "hub_open_holds": ("Changes that wait for a person.", holds.count(conn)),
                "hub_last_change": ("Number of the newest change of the feed.", outbox.last_seq(conn)),
            }
            last = runs.latest(conn)
            now = conn.execute(sa.select(sa.func.now())).scalar_one()
            hooks = webhooks.counts(conn)
        for name, (words, value) in figures.items():
            yield GaugeMetricFamily(name, words, value=value)
        if last:
            ended = last[0].ended_at or now
            yield GaugeMetricFamily(
                "hub_last_run_age_seconds", "Since the newest run ended.", value=(now - ended).total_seconds()
            )
        states = GaugeMetricFamily(
            "hub_webhooks", "Webhooks by state; a parked one waits for a person.", labels=["state"]
        )
        for state in ("active", "paused", "parked"):
            states.add_metric([state], hooks.get(state, 0))
        yield states


class Metrics:
    """All figures of an app."""

    def __init__(self, hub: Hub) -> None:
        self._registry = CollectorRegistry()
        self.requests = Requests(self._registry)
        self._registry.register(State(hub))

    def text(self) -> bytes:
        """The figures in Prometheus' text form."""
        return generate_latest(self._registry)
