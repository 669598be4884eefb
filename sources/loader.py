"""Loading prepared rows into schema `landing` by dlt, so that a killed load harms nothing.

dlt's own recovery (finishing a package found on disk) can get stuck. Here each load starts from an empty working
folder; what a killed one left in the database has a load id that was never recorded as finished, which readers skip,
and the same rows come again because the hub's watermark had not moved.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import URL, Engine

from hub.db import LANDING
from hub.errors import RetryableError
from sources.landing_table import schema_name
from sources.page import FeedKind

_COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"data_type": "text", "nullable": False, "primary_key": True},
    "payload": {"data_type": "text", "nullable": False},
    "deleted": {"data_type": "bool", "nullable": False},
    "cursor": {"data_type": "text", "nullable": True},
    "line": {"data_type": "bigint", "nullable": True},
    "problem": {"data_type": "text", "nullable": True},
    "extracted_at": {"data_type": "timestamp", "nullable": False, "precision": 6},
}

# Into a table that isn't there a load is appended, at half the cost. Should it be killed, the table is there, and the
# next load merges over what it left.
_APPEND: Any = "append"
_MERGE: Any = {"disposition": "merge", "strategy": "upsert"}

# One place for dlt's settings: nothing is read from .dlt/*.toml. Measured on 1M rows, Arrow with plain CSV files
# loads some twenty times faster than dlt's default.
_SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "RESTORE_FROM_DESTINATION": "false",
    "ENABLE_RUNTIME_TRACE": "false",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
}


def prepare_dlt(folder: Path) -> None:
    """Set dlt up; must be called before dlt is imported for the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(_SETTINGS)
    os.environ.setdefault("DLT_DATA_DIR", str(folder))
    os.environ.setdefault("DLT_PROJECT_DIR", str(folder))


class NewRows(NamedTuple):
    """Rows for a landing table; `first`: the table isn't there yet, so they need no comparison with what it holds."""

    pages: Iterator[pa.Table]
    first: bool


def load(engine: Engine, folder: Path, system: str, tables: Mapping[str, NewRows], feed: FeedKind = "records") -> str:
    """Merge rows by their id into landing tables, as one load; gives its id.

    `folder` is dlt's place in the hub's home. Raises RetryableError where the database fails underway.
    """
    prepare_dlt(folder)
    import dlt  # two seconds, so only when something is to be loaded
    from dlt.pipeline.exceptions import PipelineStepFailed

    name = schema_name(system, feed)
    shutil.rmtree(folder / name, ignore_errors=True)
    pipeline = dlt.pipeline(
        pipeline_name=name,
        pipelines_dir=str(folder),
        destination=dlt.destinations.postgres(_credentials(engine.url)),
        dataset_name=LANDING,
    )
    columns: Any = _COLUMNS
    resources = [
        dlt.resource(rows.pages, name=table, columns=columns, write_disposition=_APPEND if rows.first else _MERGE)
        for table, rows in tables.items()
    ]
    try:
        with _one_loader(engine):
            info = pipeline.run(resources, loader_file_format="csv")
    except PipelineStepFailed as error:
        raise _as_hub_error(error, system) from None
    finally:
        shutil.rmtree(folder / name, ignore_errors=True)
    return str(info.loads_ids[0])


@contextmanager
def _one_loader(engine: Engine) -> Iterator[None]:
    """Let one load after the other into the database: dlt makes its own tables at first sight."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        key = "hashtextextended('load into landing', 0)"
        conn.execute(sa.text(f"SELECT pg_advisory_lock({key})"))
        try:
            yield
        finally:
            conn.execute(sa.text(f"SELECT pg_advisory_unlock({key})"))


def _credentials(url: URL) -> str:
    """Write the database's address for psycopg2 under dlt, which wants a host and a password even for a socket."""
    user = quote(url.username or "", safe="")
    password = quote(url.password or "none", safe="")
    query = urlencode({name: value for name, value in url.query.items() if isinstance(value, str)})
    return f"postgresql://{user}:{password}@{url.host or 'localhost'}:{url.port or 5432}/{url.database}?{query}"


def _as_hub_error(error: BaseException, system: str) -> Exception:
    """Find the error behind dlt's own; its text may hold rows, so only its kind is passed on."""
    cause: BaseException = error
    while cause.__cause__ is not None or cause.__context__ is not None:
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]  # one of them is there
    if isinstance(cause, sa.exc.SQLAlchemyError | OSError) or "psycopg2" in type(cause).__module__:
        kind = type(cause).__name__
        return RetryableError(f"Landing the rows of {system} failed in the database ({kind}).", hint="Run it again.")
    return RetryableError(
        f"Landing the rows of {system} failed ({type(cause).__name__}).",
        hint="Run it again; if it fails again, `hub doctor` checks the database and the disk.",
    )
