"""The `spark` section of hub.yaml: where the engine for bases beyond one machine runs."""

from __future__ import annotations

from pydantic import Field

from hub.section import Strict


class SparkConfig(Strict):
    """Where Spark runs, for entity types whose matching has `engine: spark`."""

    master: str = Field(
        "local[*]", description="The master's URL; empty under spark-submit, which has settled it already."
    )
    work: str | None = Field(
        None, description="Folder or object store URL that all executors reach, for Parquet; default: the hub's folder."
    )
    driver_memory: str = Field("2g", description="Memory of the driver's Java part; a local master runs all in it.")
    executor_memory: str = "4g"
    task_memory: str = Field("1GiB", description="Memory of the DuckDB in each task, beside the executor's.")
    conf: dict[str, str] = Field(default_factory=dict, description="Further settings of Spark, by their own names.")
