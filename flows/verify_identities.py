"""The scheduled check of the promise that incremental equals full."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from hub.db import snapshot
from hub.errors import HubError
from hub.home import settings_path
from hub.session import open_hub
from identity.verify import verify


@flow(name="verify-identities", description="Rebuild all edges and clusters and compare them with the live ones.")
def verify_identities() -> dict[str, Any]:
    """Fail the flow run, with the first difference, where live and rebuilt differ."""
    with open_hub(settings_path()) as hub, snapshot(hub.engine) as conn:
        report = verify(conn, hub.config)
    text = f"{report.records:,} records, {report.edges_live:,} edges, {report.clusters_live:,} clusters: "
    text += "equal" if report.equal else f"different: {report.first_difference}"
    create_markdown_artifact(key="verify-summary", markdown=text, description="Incremental against full.")
    if not report.equal:
        raise HubError(text, hint="Run `hub verify` for the first differing pair.")
    return {"equal": report.equal}
