"""Reading tables from files: CSV, Parquet and Excel, as text by header, with the line of each row."""

from sources.tabular.opening import open_table
from sources.tabular.table import Table

__all__ = ["Table", "open_table"]
