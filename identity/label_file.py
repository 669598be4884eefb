"""Labels as a table for a spreadsheet: a sample goes out with both records in words, verdicts come back.

Invariant: a file with any fault is refused whole, its lines named; so it can be mended and given again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Connection

from hub.attributes import ATTRIBUTES
from hub.errors import RejectedError
from hub.records import Attributes, EntityType, RecordKey
from identity import labels
from identity.labels import Verdict

_SIDES = ("left", "right")
KEY_COLUMNS = tuple(f"{side}_{name}" for side in _SIDES for name in RecordKey._fields)
COLUMNS = (*KEY_COLUMNS, "verdict", *_SIDES)

_SPELLED: dict[str, Verdict] = {
    "same": "same", "y": "same", "yes": "same",
    "different": "different", "n": "different", "no": "different",
    "unsure": "unsure", "u": "unsure",
}  # fmt: skip
_MOST_FAULTS = 5


def write(conn: Connection, sample: int, path: Path) -> int:
    """Write the pairs of a sample to a CSV file, with the verdicts there are; gives their number."""
    found = labels.pairs(conn, sample)
    sides = labels.sides(conn, (record for pair in found for record in (pair.record_l, pair.record_r)))
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for pair in found:
            both = (sides[pair.record_l], sides[pair.record_r])
            cells = [*both[0].key, *both[1].key, pair.verdict or "", *(in_words(side.attributes) for side in both)]
            rows.writerow([_harmless(cell) for cell in cells])
    return len(found)


def in_words(attributes: Attributes) -> str:
    """Write a record's values in one line."""
    return "; ".join(f"{name}: {', '.join(values_in_words(attributes, name))}" for name in shown(attributes))


def shown(attributes: Iterable[str]) -> list[str]:
    """Give those of the attributes that a judge should see: not what the hub has made of others itself."""
    return sorted(name for name in set(attributes) if not (name in ATTRIBUTES and ATTRIBUTES[name].derived))


def values_in_words(attributes: Attributes, name: str) -> list[str]:
    """Write each value of an attribute as text."""
    parts = (value.value for value in attributes.get(name, []))
    return [part if isinstance(part, str) else " ".join(part.values()) for part in parts]


def read(conn: Connection, path: Path, *, by: str) -> int:
    """Take in the verdicts of a CSV file (KEY_COLUMNS and verdict; others are passed over); gives their number.

    Rows without a verdict are passed over. Raises RejectedError, with the lines, where a record is unknown, a verdict
    is none, or a pair is judged in two ways; nothing is taken in then.
    """
    rows = list(_rows(path))
    keys = {key for _, left, right, _ in rows for key in (left, right)}
    found = labels.find(conn, sorted(keys))
    verdicts: dict[EntityType, dict[tuple[int, int], Verdict]] = {}
    faults: list[str] = []
    for line, left, right, said in rows:
        fault = _fault(found, left, right, said)
        if fault is None:
            (record_l, entity_type), (record_r, _) = found[left], found[right]
            pair, verdict = (min(record_l, record_r), max(record_l, record_r)), _SPELLED[said]
            if verdicts.setdefault(entity_type, {}).setdefault(pair, verdict) != verdict:
                fault = "this pair has another verdict in an earlier line"
        if fault is not None:
            faults.append(f"line {line}: {fault}")
    if faults:
        more = f"; and {len(faults) - _MOST_FAULTS:,} more" if len(faults) > _MOST_FAULTS else ""
        raise RejectedError(
            f"{path.name} was not taken in: {'; '.join(faults[:_MOST_FAULTS])}{more}.",
            hint="Mend these lines and import the file again; nothing was changed.",
        )
    return sum(
        labels.judge(conn, entity_type, [(*pair, verdict) for pair, verdict in judged.items()], by=by)
        for entity_type, judged in verdicts.items()
    )


def _rows(path: Path) -> Iterator[tuple[int, RecordKey, RecordKey, str]]:
    """Give line, both keys and the verdict of each row that has one."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            missing = [name for name in (*KEY_COLUMNS, "verdict") if name not in (table.fieldnames or ())]
            if missing:
                raise RejectedError(
                    f"{path.name} has no column {', '.join(missing)}.", hint="hub label --export writes such a file."
                )
            for row in table:
                said = (row["verdict"] or "").strip().casefold()
                if said:
                    left, right = (
                        RecordKey(*(_bare(row[f"{s}_{n}"] or "") for n in RecordKey._fields)) for s in _SIDES
                    )
                    yield table.line_num, left, right, said
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise RejectedError(f"{path.name} can't be read: {why}.", hint="Give a CSV file in UTF-8.") from None


def _fault(found: dict[RecordKey, tuple[int, EntityType]], left: RecordKey, right: RecordKey, said: str) -> str | None:
    if said not in _SPELLED:
        return "the verdict is none of same, different, unsure"
    for key in (left, right):
        if key not in found:
            return f"there is no record {'/'.join(key)}"
    if left == right:
        return "both sides are one record"
    if found[left][1] != found[right][1]:
        return "a person and an organisation are never compared"
    return None


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a value for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" else cell
