"""Where the engine keeps its Parquet: a folder on disk or in an object store, by URL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.dataset as ds
import pyarrow.fs
from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Folder:
    """A folder that every executor can reach, and the session that reads and writes there."""

    spark: SparkSession
    url: str

    def at(self, name: str) -> str:
        """Give the URL of a table in the folder."""
        return f"{self.url.rstrip('/')}/{name}"

    def keep(self, rows: DataFrame, name: str) -> DataFrame:
        """Write rows and read them back: what is computed from them starts there, not at the beginning again."""
        rows.write.mode("overwrite").parquet(self.at(name))
        return self.read(name)

    def read(self, name: str) -> DataFrame:
        """Read a table of the folder."""
        return self.spark.read.parquet(self.at(name))

    def inner(self) -> Folder:
        """Give a folder of its own for one run's steps."""
        return Folder(self.spark, self.at(f"steps-{uuid4().hex[:12]}"))

    def drop(self) -> None:
        """Delete the folder with all that is in it."""
        jvm: Any = self.spark.sparkContext._jvm  # untyped without the extra, Optional with it
        path = jvm.org.apache.hadoop.fs.Path(self.url)
        path.getFileSystem(self.spark.sparkContext._jsc.hadoopConfiguration()).delete(path, True)


def dataset(url: str) -> ds.Dataset:
    """Open a Parquet table for reading on the driver, a batch at a time."""
    if "://" not in url and not url.startswith("file:"):
        return ds.dataset(str(Path(url).absolute()), format="parquet")
    # Hadoop's name for S3 is not everyone's.
    filesystem, path = pyarrow.fs.FileSystem.from_uri(url.replace("s3a://", "s3://", 1))
    return ds.dataset(path, format="parquet", filesystem=filesystem)
