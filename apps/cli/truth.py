"""Read a truth file: which records are one and the same in the real world."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from hub.config import Config
from hub.errors import SettingsError
from sources.propose.customs import attribute_name

COLUMNS = ("system", "source_id", "entity")


def with_hub_names(truth: pa.Table, config: Config) -> pa.Table:
    """Spell the truth's systems as hub.yaml does: a file's stem as `hub init` spells it; none as the file's own."""
    own = [n for n, s in config.systems.items() if any(e.system_column for e in s.objects.values())]
    plain = set(config.systems) - set(own)
    spelled = {"": own[0] if len(own) == 1 else ""}
    names = [
        given
        if given in plain
        else spelled.get(given, folded if (folded := attribute_name(given, set())) in plain else given)
        for given in truth.column("system").to_pylist()
    ]
    at: int = truth.column_names.index("system")
    return truth.set_column(at, "system", pa.array(names, pa.string()))


def read_truth(path: Path) -> pa.Table:
    """Read a CSV or Parquet file of `system, source_id, entity`, all as text.

    Raises SettingsError where the file or a column is missing, or a record stands twice.
    """
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    try:
        if path.suffix.lower() == ".parquet":
            table = parquet.read_table(path)
        else:
            # Ids are names: 007 must not become 7.
            text = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False)
            table = csv.read_csv(path, convert_options=text)
    except FileNotFoundError:
        raise SettingsError(f"There is no {path}.", hint="Name a CSV or Parquet file with --truth.") from None
    except pa.ArrowInvalid as error:
        raise SettingsError(f"{path.name} can't be read: {error}", hint="It must be CSV or Parquet.") from None
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise SettingsError(
            f"{path.name} has no column {', '.join(missing)}.", hint="A truth file has system, source_id, entity."
        )
    chosen: pa.Table = table.select(COLUMNS).cast(pa.schema([(name, pa.string()) for name in COLUMNS]))
    twice = chosen.num_rows - chosen.group_by(["system", "source_id"]).aggregate([]).num_rows
    if twice:
        raise SettingsError(f"{path.name} names {twice} records twice.", hint="Each record belongs to one entity.")
    return chosen
