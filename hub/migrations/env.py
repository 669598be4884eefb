"""Alembic's environment: the hub's own tables only, on the connection that the caller hands over.

The schema `landing` is dlt's; it is never compared and never touched.
"""

from __future__ import annotations

from typing import Any

from alembic import context

from hub.db import GOLDEN, IDENTITY, OPS, metadata


def _ours(name: str | None, kind: str, parents: Any) -> bool:
    return name in (IDENTITY, GOLDEN, OPS) if kind == "schema" else True


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    include_name=_ours,
    version_table="schema_version",
    version_table_schema=OPS,
    compare_server_default=True,
)
context.run_migrations()
