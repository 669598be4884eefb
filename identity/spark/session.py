"""A Spark session with the hub's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from hub.errors import SettingsError
from hub.spark import SparkConfig


@contextmanager
def session(settings: SparkConfig) -> Iterator[SparkSession]:
    """Start Spark, or join the session that runs already (under spark-submit), and stop what was started.

    Raises SettingsError where Java is missing or the master can't be reached.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        yield configured(running)
        return
    if settings.master.startswith("local"):
        # The tasks must run in this Python, not in the first `python3` of the path.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("customer-hub")
    if settings.master:
        builder = builder.master(settings.master)
    for name, value in (defaults(settings) | settings.conf).items():
        builder = builder.config(name, value)
    try:
        started = builder.getOrCreate()
    except (PySparkException, Py4JError):
        raise SettingsError(
            "Spark does not start.", hint="Check that Java 17 is installed (java -version) and `spark.master` is right."
        ) from None
    try:
        yield configured(started)
    finally:
        started.stop()


def defaults(settings: SparkConfig) -> dict[str, str]:
    """Give the hub's own choices, which `spark.conf` may override."""
    found = {
        # A task is one thread of Spark; DuckDB in it takes no more.
        "spark.executorEnv.HUB_DUCKDB_THREADS": "1",
        "spark.executorEnv.HUB_DUCKDB_MEMORY": settings.task_memory,
    }
    if not settings.master:  # spark-submit has been told the rest
        return found
    found |= {
        "spark.driver.memory": settings.driver_memory,
        "spark.executor.memory": settings.executor_memory,
        "spark.ui.showConsoleProgress": "false",
    }
    if settings.master.startswith("local"):
        # On one machine Spark has no business on the network, and shuffles need not be cut for a cluster.
        found |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "8",
        }
    return found


def configured(spark: SparkSession) -> SparkSession:
    """Set what the engine relies on, whoever started the session."""
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    return spark
