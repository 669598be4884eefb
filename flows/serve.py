"""Serve the flows on their schedules: one process that starts what is due, against a running Prefect server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.types.entrypoint import EntrypointType

from flows.run_customer_360 import customer_360
from flows.verify_identities import verify_identities
from hub.schedules import Schedules

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.deployments.runner import RunnerDeployment

# A sync that comes due while one runs would find its lock taken; Prefect need not start it at all.
_ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)


def deployments(schedules: Schedules, *, every_seconds: float | None = None) -> list[RunnerDeployment]:
    """Give the flows as deployments on their schedules; `every_seconds` replaces the sync's, for trying out."""
    return [
        _deployment(customer_360, None if every_seconds else schedules.sync, every_seconds),
        _deployment(verify_identities, schedules.verify),
    ]


def _deployment(flow: Flow[..., Any], cron: str | None, interval: float | None = None) -> RunnerDeployment:
    made = flow.to_deployment(
        name="scheduled",
        cron=cron,
        interval=interval,
        concurrency_limit=_ONE_AT_A_TIME,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", made)  # a coroutine only where an event loop is running already


def serve_forever(schedules: Schedules, *, every_seconds: float | None = None) -> None:
    """Start due runs until the process is stopped."""
    serve(*deployments(schedules, every_seconds=every_seconds), pause_on_shutdown=False)
