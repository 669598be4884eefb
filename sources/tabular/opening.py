"""One way to open any file that holds a table."""

from __future__ import annotations

from pathlib import Path

from hub.errors import SettingsError
from sources.tabular.csv_file import open_csv
from sources.tabular.excel_file import open_excel
from sources.tabular.parquet_file import open_parquet
from sources.tabular.table import Table


def open_table(
    path: Path, *, sheet: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Table:
    """Open a table by the ending of its name: .parquet, .xlsx or .xlsm, else CSV (also .gz).

    Raises SettingsError where the file is no such table.
    """
    try:
        match path.suffix.lower():
            case ".parquet" | ".pq":
                return open_parquet(path)
            case ".xlsx" | ".xlsm":
                return open_excel(path, sheet)
            case ".xls":
                raise SettingsError(f"{path.name} is in the old Excel format.", hint="Save it as .xlsx or .csv.")
            case _:
                return open_csv(path, encoding, delimiter)
    except OSError as error:
        raise SettingsError(
            f"The file {path} can't be read: {error.strerror or type(error).__name__}.",
            hint="Check that it is there, whole, and that you may read it.",
        ) from None
