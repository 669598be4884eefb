"""The statements over labels: what people said of pairs of records, to measure and to train. They decide nothing.

Invariant: a sample is drawn once and only its verdicts change. A pair keeps the last word said on it, in whichever
sample it comes: a new sample begins with what is known already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub import audit
from hub.bulk import write_arrow
from hub.records import Attributes, EntityType, RecordKey, attributes_from_json
from identity import store
from identity.decided import decided_pairs
from identity.judged import Judged
from identity.label_estimate import Stratum
from identity.label_sample import Drawn

Verdict = Literal["same", "different", "unsure"]

MOST_PAIRS = 50.0
"""Pairs that one label may stand for in training."""

_LIVE = """
    JOIN identity.source_record a ON a.record_id = l.record_l AND a.deleted_at IS NULL
    JOIN identity.source_record b ON b.record_id = l.record_r AND b.deleted_at IS NULL"""


@dataclass(frozen=True)
class LabelPair:
    """A pair of a sample (0: imported without one), with its verdict if it has one."""

    sample: int
    record_l: int
    record_r: int
    verdict: Verdict | None


def save_sample(conn: Connection, entity_type: EntityType, drawn: Drawn) -> int:
    """Store a sample, with the verdicts that are known of its pairs; gives its number."""
    sample = latest_sample(conn, None) + 1
    count = drawn.rows.num_rows
    rows = drawn.rows.append_column("sample", pa.array([sample] * count, pa.int32()))
    rows = rows.append_column("entity_type", pa.array([entity_type] * count, pa.string()))
    rows = rows.append_column("model_version", pa.array([drawn.model_version] * count, pa.int32()))
    write_arrow(conn, "identity.label", rows)
    conn.execute(
        sa.text("""
            UPDATE identity.label n SET verdict = o.verdict, labelled_by = o.labelled_by, labelled_at = o.labelled_at
            FROM (SELECT DISTINCT ON (record_l, record_r) * FROM identity.label WHERE verdict IS NOT NULL
                  ORDER BY record_l, record_r, labelled_at DESC) o
            WHERE n.sample = :sample AND (n.record_l, n.record_r) = (o.record_l, o.record_r)"""),
        {"sample": sample},
    )
    return sample


def latest_sample(conn: Connection, entity_type: EntityType | None) -> int:
    """The number of the newest sample of a type, or of all; 0 if there is none."""
    newest = conn.scalar(
        sa.text("SELECT max(sample) FROM identity.label WHERE CAST(:type AS text) IS NULL OR entity_type = :type"),
        {"type": entity_type},
    )
    return int(newest or 0)


def measuring_sample(conn: Connection, entity_type: EntityType) -> int:
    """The sample to measure and to weigh labels by: the newest that is half judged, else the one judged most.

    So a new sample counts from when it says more than chance. Where none has a label it is the newest; 0 is none.
    """
    chosen = conn.scalar(
        sa.text("""
            SELECT sample FROM (
                SELECT sample, count(*) AS asked, count(verdict) AS judged FROM identity.label
                WHERE entity_type = :type AND stratum IS NOT NULL GROUP BY sample) s
            ORDER BY 2 * judged >= asked DESC, CASE WHEN 2 * judged < asked THEN judged END DESC, sample DESC
            LIMIT 1"""),
        {"type": entity_type},
    )
    return int(chosen or 0)


def drawn_with(conn: Connection, sample: int) -> int | None:
    """The version of the model that was live when a sample was drawn."""
    found = conn.scalar(sa.text("SELECT max(model_version) FROM identity.label WHERE sample = :s"), {"s": sample})
    return None if found is None else int(found)


def pairs(conn: Connection, sample: int, *, open_only: bool = False) -> list[LabelPair]:
    """The pairs of a sample whose records are both there still, in the order to be asked.

    `open_only`: those that neither a label nor a standing decision answers.
    """
    rows = conn.execute(
        sa.text(f"""
            SELECT l.sample, l.record_l, l.record_r, l.verdict FROM identity.label l {_LIVE}
            WHERE l.sample = :sample AND NOT (:open AND l.verdict IS NOT NULL) ORDER BY l.place"""),  # noqa: S608 - own words; values are bound
        {"sample": sample, "open": open_only},
    )
    found = [LabelPair(*row) for row in rows]
    if not open_only:
        return found
    decided = _decided(conn, sample)
    return [pair for pair in found if (pair.record_l, pair.record_r) not in decided]


def _decided(conn: Connection, sample: int) -> dict[tuple[int, int], bool]:
    """Give what standing decisions say of pairs: same or not; a steward's word comes before a label."""
    entity_type: EntityType | None = conn.scalar(
        sa.text("SELECT entity_type FROM identity.label WHERE sample = :sample LIMIT 1"), {"sample": sample}
    )
    return {(left, right): same for left, right, same, _ in decided_pairs(conn, entity_type)} if entity_type else {}


def judge(conn: Connection, entity_type: EntityType, verdicts: Iterable[tuple[int, int, Verdict]], *, by: str) -> int:
    """Write down what was said of pairs (record, record, verdict), in every sample they are in; gives their number.

    Of a pair that comes twice the last verdict is kept.
    """
    said = {(min(a, b), max(a, b)): verdict for a, b, verdict in verdicts}
    conn.execute(
        sa.text("""
            WITH said AS MATERIALIZED (
                SELECT * FROM unnest(CAST(:l AS bigint[]), CAST(:r AS bigint[]), CAST(:verdicts AS text[]))
                    AS s (record_l, record_r, verdict)
            ), known AS (
                UPDATE identity.label n SET verdict = s.verdict, labelled_by = :by, labelled_at = clock_timestamp()
                FROM said s WHERE (n.record_l, n.record_r) = (s.record_l, s.record_r)
                RETURNING n.record_l, n.record_r)
            INSERT INTO identity.label (sample, record_l, record_r, entity_type, place, verdict, labelled_by,
                                        labelled_at)
            SELECT 0, record_l, record_r, :type, 0, verdict, :by, clock_timestamp() FROM said s
            WHERE NOT EXISTS (SELECT FROM known k WHERE (k.record_l, k.record_r) = (s.record_l, s.record_r))"""),
        {
            "l": [left for left, _ in said],
            "r": [right for _, right in said],
            "verdicts": list(said.values()),
            "by": by,
            "type": entity_type,
        },
    )
    keys = store.keys_of(conn, {record for pair in said for record in pair})
    for pair, verdict in said.items():
        audit.record(conn, who=by, what=f"label.{verdict}", on=[f"record:{'/'.join(keys[record])}" for record in pair])
    return len(said)


def strata(conn: Connection, sample: int) -> list[Stratum]:
    """The strata of a sample with what was judged in them, by labels, or by decisions that stand.

    The sample was drawn by chance, so a decision on one of its pairs is as good as a label; no other decision counts.
    """
    rows = conn.execute(
        sa.text(f"""
            SELECT l.stratum, l.stratum_pairs, l.together, l.match_weight, l.verdict, l.record_l, l.record_r
            FROM identity.label l {_LIVE}
            WHERE l.sample = :sample AND l.stratum IS NOT NULL ORDER BY l.stratum, l.place"""),  # noqa: S608 - own words; values are bound
        {"sample": sample},
    ).all()
    decided = _decided(conn, sample)
    found: dict[int, Stratum] = {}
    for row in rows:
        stratum = found.setdefault(row.stratum, Stratum(row.stratum, row.stratum_pairs, row.together))
        stratum.asked += 1
        word = decided.get((row.record_l, row.record_r))
        if word is not None or row.verdict in ("same", "different"):
            stratum.judged.append((row.match_weight, row.verdict == "same" if word is None else word))
        elif row.verdict == "unsure":
            stratum.unsure += 1
    return list(found.values())


def known(conn: Connection, entity_type: EntityType) -> list[tuple[int, int, bool]]:
    """Every pair of live records that someone judged the same (True) or different, once, in the order of records."""
    rows = conn.execute(
        sa.text(f"""
            SELECT DISTINCT ON (l.record_l, l.record_r) l.record_l, l.record_r, l.verdict = 'same'
            FROM identity.label l {_LIVE}
            WHERE l.entity_type = :type AND l.verdict IN ('same', 'different')
            ORDER BY l.record_l, l.record_r, l.labelled_at DESC"""),  # noqa: S608 - own words; values are bound
        {"type": entity_type},
    )
    return [(row[0], row[1], row[2]) for row in rows]


def to_train_on(conn: Connection, entity_type: EntityType) -> list[Judged]:
    """Give every judged pair with the number of pairs it stands for, in the order of records: labels and decisions.

    A label stands for its share of its stratum in the `measuring_sample`, but no more than MOST_PAIRS: one slip of a
    judge must not outweigh the base. A pair outside that sample stands for itself, and so does one that was decided
    (`identity.decided`), whose decision comes before a label.
    """
    decided = {(left, right): (same, n) for left, right, same, n in decided_pairs(conn, entity_type)}
    stands_for: dict[tuple[int, int], float] = {}
    rows = conn.execute(
        sa.text("""
            SELECT record_l, record_r,
                   stratum_pairs::float8 / count(*) OVER (PARTITION BY stratum) AS pairs FROM identity.label
            WHERE sample = :sample AND stratum IS NOT NULL AND verdict IN ('same', 'different')"""),
        {"sample": measuring_sample(conn, entity_type)},
    )
    for row in rows:
        stands_for[row.record_l, row.record_r] = min(max(row.pairs, 1.0), MOST_PAIRS)
    labelled = [
        Judged(left, right, same, stands_for.get((left, right), 1.0))
        for left, right, same in known(conn, entity_type)
        if (left, right) not in decided
    ]
    return sorted([*labelled, *(Judged(*pair, same, n, decided=True) for pair, (same, n) in decided.items())])


@dataclass(frozen=True)
class Side:
    """One record of a pair as a judge sees it."""

    record_id: int
    key: RecordKey
    entity_type: EntityType
    attributes: Attributes


def sides(conn: Connection, records: Iterable[int]) -> dict[int, Side]:
    """Read records to be judged, by their ids; the deleted ones are left out."""
    rows = conn.execute(
        sa.text("""
            SELECT record_id, system, object, source_id, entity_type, attributes FROM identity.source_record
            WHERE record_id = ANY(:ids) AND deleted_at IS NULL"""),
        {"ids": sorted(set(records))},
    )
    return {
        row.record_id: Side(
            row.record_id,
            RecordKey(row.system, row.object, row.source_id),
            row.entity_type,
            attributes_from_json(row.attributes),
        )
        for row in rows
    }


def find(conn: Connection, keys: Sequence[RecordKey]) -> dict[RecordKey, tuple[int, EntityType]]:
    """Give the record id and type of each of these keys that is live."""
    keys = [key for key in keys if "\0" not in "".join(key)]  # PostgreSQL holds no NUL, so no record is called that
    rows = conn.execute(
        sa.text("""
            SELECT r.record_id, r.system, r.object, r.source_id, r.entity_type FROM identity.source_record r
            JOIN unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:ids AS text[])) AS k (s, o, i)
              ON (r.system, r.object, r.source_id) = (k.s, k.o, k.i) WHERE r.deleted_at IS NULL"""),
        {"systems": [k.system for k in keys], "objects": [k.object for k in keys], "ids": [k.source_id for k in keys]},
    )
    return {RecordKey(row.system, row.object, row.source_id): (row.record_id, row.entity_type) for row in rows}
