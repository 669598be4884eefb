"""The second engine: training, full scoring and clustering on Apache Spark, for bases beyond one machine.

Spark reads, joins, groups and moves the rows; what is said about two records is computed by the very code of the first
engine, on one part of the pairs at a time. So there is one implementation of each comparison, and both engines give the
same bits. Needs the extra: pip install 'customer-hub[spark]'.
"""

from __future__ import annotations

from importlib.util import find_spec

from hub.errors import SettingsError

if find_spec("pyspark") is None:
    raise SettingsError(
        "The engine `spark` is not installed.", hint="Install it (pip install 'customer-hub[spark]'), with Java 17."
    )
