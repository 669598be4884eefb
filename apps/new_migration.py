"""Draft a migration from the difference between the tables in code and the newest step.

Read the draft before it is committed: Alembic sees tables and columns, not what the data in them needs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command

import hub.migrations
from hub.db import SCHEMAS, make_engine
from hub.migrate import alembic_config, migrate
from hub.postgres import EmbeddedPostgres


def main(message: str) -> None:
    """Write hub/migrations/versions/NNNN_<message>.py."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "postgres").running() as server,
    ):
        engine = make_engine(server.url())
        migrate(engine)
        with engine.begin() as conn:
            for schema in SCHEMAS:
                conn.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
            config = alembic_config(conn)
            number = f"{len(list((Path(hub.migrations.__file__).parent / 'versions').glob('[0-9]*.py'))) + 1:04d}"
            command.revision(config, message=message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "change")
