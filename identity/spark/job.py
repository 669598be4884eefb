"""The engine as a job for a real cluster: `spark-submit job.py STEP ...`, Parquet in and Parquet out, by URL.

It needs neither hub.yaml nor the database; the model travels as the text that `Model.to_json` gives.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hub.errors import HubError
from hub.records import ENTITY_TYPES
from hub.spark import SparkConfig
from identity.model import Model
from identity.spark.clustering import cluster_full
from identity.spark.folder import Folder
from identity.spark.scoring import score_full
from identity.spark.session import session
from identity.spark.training import train

_PAIRS = "record_l bigint, record_r bigint"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step, or `all` of them; gives the exit code."""
    given = _parser().parse_args(arguments)
    try:
        with session(SparkConfig(master=given.master, task_memory=given.task_memory)) as spark:
            _run(given, Folder(spark, given.work))
    except HubError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _run(given: argparse.Namespace, work: Folder) -> None:
    features, keys = (work.spark.read.parquet(url) for url in (given.features, given.keys))
    steps = work.inner()
    try:
        if given.step in ("train", "all"):
            model = train(
                steps, features, keys, given.entity_type, version=given.version, seed=given.seed, progress=print
            )
            _write_model(work, model)
        else:
            model = _read_model(work)
        if given.step in ("score", "all"):
            scored = score_full(steps, features, keys, model)
            work.keep(scored.edges, "edges")
            print(f"{scored.pairs} pairs compared, {work.read('edges').count()} edges kept")
        if given.step in ("cluster", "all"):
            links = work.spark.read.parquet(given.links) if given.links else work.spark.createDataFrame([], _PAIRS)
            found = cluster_full(steps, features, work.read("edges"), links, link_weight=model.link_weight)
            work.keep(found, "clusters")
            print(f"{work.read('clusters').select('cluster_id').distinct().count()} clusters")
    finally:
        steps.drop()


def _write_model(work: Folder, model: Model) -> None:
    row = work.spark.createDataFrame([(model.to_json(),)], "value string")
    row.coalesce(1).write.mode("overwrite").text(work.at("model"))


def _read_model(work: Folder) -> Model:
    return Model.from_json(work.spark.read.text(work.at("model"), wholetext=True).collect()[0]["value"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("step", choices=("train", "score", "cluster", "all"))
    parser.add_argument("--features", required=True, help="URL of the features (Parquet)")
    parser.add_argument("--keys", required=True, help="URL of the blocking keys (Parquet)")
    parser.add_argument("--links", help="URL of certain links (Parquet: record_l, record_r)")
    parser.add_argument("--work", required=True, help="URL of the folder for model, edges, clusters and steps")
    parser.add_argument("--entity-type", choices=ENTITY_TYPES, default="person")
    parser.add_argument("--version", type=int, default=1, help="version of the trained model")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--task-memory", default="1GiB", help="memory of the DuckDB in each task")
    parser.add_argument("--master", default="", help="master URL; spark-submit gives it by its own option")
    return parser


if __name__ == "__main__":
    sys.exit(main())
