"""One local Spark for all tests of the second engine; run by `make test-spark`, with the extra `spark` installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from identity.spark.folder import Folder

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "spark: the second engine on a local master, run by `make test-spark`")


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    from hub.spark import SparkConfig
    from identity.spark.folder import Folder
    from identity.spark.session import session

    with session(SparkConfig(master="local[2]")) as spark:
        yield Folder(spark, str(tmp_path_factory.mktemp("spark")))
