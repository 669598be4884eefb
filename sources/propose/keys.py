"""Keys: the column that names a row for ever, and the one that names the system a row comes from."""

from __future__ import annotations

from dataclasses import dataclass

from sources.propose.assign import Assigned
from sources.propose.sample import Sample, Sampled

_TOLERATED = 0.02
"""Share of doubled keys up to which a column that is named a key is taken for one: double rows happen."""


@dataclass(frozen=True)
class Key:
    """The columns of the key, why, and what is wrong with it ("" if nothing)."""

    columns: list[str]
    reason: str
    warning: str = ""


def system_column(found: list[Assigned]) -> Assigned | None:
    """Give the surest column that names the system of each row, if there is one."""
    named = [one for one in found if one.role == "@system"]
    return max(named, key=lambda one: (one.sure, one.column.fill), default=None)


def _doubled(columns: list[Sampled]) -> tuple[int, int]:
    """Count the rows whose key another has had before, and those with an empty part."""
    rows = list(zip(*(column.texts for column in columns), strict=True))
    full = [row for row in rows if all(row)]
    return len(full) - len(set(full)), len(rows) - len(full)


def choose(sample: Sample, found: list[Assigned], system: Assigned | None) -> Key:
    """Choose the key: a column that is named one, else one that is one, else the content of the row."""
    within = [system.column] if system else []
    many = "the first rows" if not sample.whole else "all rows"
    named = sorted(
        (one for one in found if one.role == "@id" and not one.column.nested),
        key=lambda one: (-one.sure, one.column.place),
    )
    checked = []
    for one in named:
        doubled, empty = _doubled([one.column])
        if doubled and within:  # each system may count from 1
            doubled = _doubled([*within, one.column])[0]
        checked.append((doubled + empty, doubled, empty, one.column.name))
    for faults, _, _, name in checked:
        if not faults:
            return Key([name], f"named a key, filled and without double values in {many}")
    for faults, doubled, empty, name in sorted(checked):
        if sample.rows and faults / sample.rows <= _TOLERATED:
            return Key([name], "named a key", _faults(name, doubled, empty))
    for one in found:
        if one.role in ("", "@id") and not one.column.nested and _serves(one.column):
            return Key(
                [one.column.name], f"filled and without double values in {many}, though its name doesn't say key"
            )
    return _of_content(sample, found)


def _serves(column: Sampled) -> bool:
    long = sum(len(text) for text in column.look) / max(1, len(column.look)) > 64
    return column.fill == 1.0 and column.variety == 1.0 and len(column.counts) > 1 and not long


def _of_content(sample: Sample, found: list[Assigned]) -> Key:
    """Make a key of columns that are filled in every row, the most telling first, until they tell all rows apart."""
    full = [
        one
        for one in found
        if one.column.fill == 1.0 and not one.column.nested and not one.role.startswith("@modified")
    ]
    full.sort(key=lambda one: (not one.role or one.role.startswith("@"), -one.column.variety, one.column.place))
    taken: list[Sampled] = []
    for one in full[:6]:
        taken.append(one.column)
        doubled, _ = _doubled(taken)
        if not doubled:
            return Key(
                [column.name for column in taken],
                "no column is a key; these together tell all rows apart",
                "a row of which one of these changes will be a new record",
            )
    columns = taken or [column for column in sample.columns if column.filled][:1]
    doubled, empty = _doubled(columns)
    return Key(
        [column.name for column in columns],
        "no column is a key, and none together tell all rows apart",
        f"{doubled} rows share a key and will be one record, {empty} have none and will be set apart",
    )


def _faults(name: str, doubled: int, empty: int) -> str:
    parts = [f"{doubled} rows repeat a key (the last one wins)"] * bool(doubled) + [f"{empty} rows have none"] * bool(
        empty
    )
    return f"{name}: {' and '.join(parts)}"
