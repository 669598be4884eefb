"""Which values are glue, and which blocking keys a base can afford.

What a base can afford is decided in training and frozen in the model. Which values are glue is a rule over the records
as they are, the same in training, in each round and in a rebuild: `identity.glue` keeps what it suppresses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import pyarrow as pa

from hub.records import EntityType
from identity.keys import KINDS
from identity.model import CONTACT_KINDS, Junk

GLUE_KINDS = (*CONTACT_KINDS, "email_local")
"""What can be glue: contacts, which are dropped for scoring too, and what e-mails begin with, for blocking alone."""

# What a name sounds like, roughly: to tell copies of one customer from customers that share a value.
NAME_KIND: dict[str, str] = {"person": "name_sound", "organisation": "name_prefix"}

Value = tuple[str, str]
"""A value that records share, as a blocking key: (kind, key)."""


class Spread(NamedTuple):
    """How many named records share a value, and under how many different names (the effective number)."""

    records: int
    names: float


@dataclass(frozen=True)
class GlueRule:
    """From how many records on, and above how many different names, a shared value says nothing.

    A family shares a phone and a small office an address book; more differently named records than eight are no unit.
    What stewards said of single values comes before the rule: `banned` ones are always suppressed, `released` never.
    """

    records: int = 10
    names: float = 8.0
    banned: frozenset[Value] = frozenset()
    released: frozenset[Value] = frozenset()

    def surely(self, spread: Spread, drift: int) -> bool:
        """Say whether a value that was counted so is glue still, whatever `drift` of its records have changed since.

        A change adds, takes or renames a record. It moves the vector of records by name by at most the root of 2, and
        the effective number of names is the square of its sum over its length.
        """
        least = spread.records - drift
        longest = spread.records / math.sqrt(spread.names) + 1.5 * drift
        # A little more than needed, for these are roots.
        return least >= self.records and (least / longest) ** 2 > 1.001 * self.names

    def in_force(self, found: Mapping[Value, Spread]) -> Junk:
        """Give the values to suppress, with the records that share each, of those that the bare rule has found."""
        suppressed = dict.fromkeys(self.banned, 0) | {value: spread.records for value, spread in found.items()}
        return {value: records for value, records in suppressed.items() if value not in self.released}


def pair_budget(records: int) -> int:
    """Give the number of candidate pairs that a base of this size may spend.

    Small bases afford loose keys, and with them recall; large ones pay for tight keys alone (about 2.5 pairs a record,
    where bare Splink with hand-written rules scores 1.3).
    """
    return int(max(2.5 * records, min(600_000, 300 * records)))


def load_keys(con: duckdb.DuckDBPyConnection, entity_type: EntityType, keys: Iterable[pa.Table]) -> None:
    """Copy the keys (record_id, kind, key; no row twice), which come in parts, into table `keys` of `con`."""
    # A base has some twenty keys a record: as one of a few words a kind takes a byte, where its text takes sixteen.
    words = ", ".join(f"'{kind}'" for kind in sorted(KINDS[entity_type]))
    con.execute("DROP TABLE IF EXISTS keys")
    con.execute("DROP TYPE IF EXISTS key_kind")
    con.execute(f"CREATE TYPE key_kind AS ENUM ({words})")
    con.execute("CREATE TABLE keys (record_id BIGINT, kind key_kind, key VARCHAR)")
    for part in keys:
        con.register("keys_in", part)
        con.execute(f"INSERT INTO keys SELECT record_id, kind, key FROM keys_in WHERE kind IN ({words})")  # noqa: S608 - own words; values are bound
        con.unregister("keys_in")


def find_glue(con: duckdb.DuckDBPyConnection, entity_type: EntityType, rule: GlueRule) -> dict[Value, Spread]:
    """Find the values in table `keys` that implausibly many differently named records share, whatever stewards said.

    The number of different names is the effective one (inverse Simpson index), so that many copies of one customer,
    with a few typos among them, never make their own phone glue.
    """
    rows = con.sql(glue_statement(entity_type, rule)).fetchall()
    return {(kind, key): Spread(records, names) for kind, key, records, names in rows}


def glue_statement(entity_type: EntityType, rule: GlueRule) -> str:
    """Write the statement over `keys` (record_id, kind, key) that finds glue: kind, key, records, names."""
    return f"""
        WITH names AS (
            SELECT record_id, min(key) AS name FROM keys WHERE kind = '{NAME_KIND[entity_type]}' GROUP BY record_id
        ),
        named AS (
            SELECT kind, key, name, count(*) AS n FROM keys JOIN names USING (record_id)
            WHERE kind IN {glue_kinds(entity_type)} GROUP BY ALL
        ),
        spread AS (SELECT kind, key, sum(n) AS records, sum(n) ** 2 / sum(n ** 2) AS names FROM named GROUP BY ALL)
        SELECT kind, key, records::BIGINT AS records, names::DOUBLE AS names FROM spread
        WHERE records >= {rule.records} AND names > {rule.names} ORDER BY ALL
        """  # noqa: S608 - own words and numbers


def glue_kinds(entity_type: EntityType) -> tuple[str, ...]:
    """Give the kinds of keys of a type that can be glue."""
    return tuple(kind for kind in GLUE_KINDS if kind in KINDS[entity_type])


def choose_kinds(
    con: duckdb.DuckDBPyConnection, entity_type: EntityType, budget: int, junk: Junk
) -> tuple[tuple[str, ...], Junk]:
    """Choose the kinds of keys, tightest first, until `budget` pairs are spent; gives them and the keys to skip.

    A kind that is too dear as a whole is taken without its largest keys (those are junk for blocking), if what is left
    of it is still most of its keys.
    """
    _drop(con, junk)
    con.execute("CREATE OR REPLACE TEMP TABLE key_size AS SELECT kind, key, count(*) AS n FROM keys GROUP BY ALL")
    sizes: dict[str, list[KeySize]] = {}
    rows = con.execute(
        "SELECT kind, n, count(*), sum(n * (n - 1) / 2) FROM key_size WHERE n > 1 GROUP BY kind, n ORDER BY kind, n"
    ).fetchall()
    for kind, *size in rows:
        sizes.setdefault(kind, []).append((size[0], size[1], float(size[2])))
    largest = afford(sizes, KINDS[entity_type], budget)
    skipped: Junk = {}
    for kind, most in largest.items():
        large = con.execute(
            "SELECT key, n FROM key_size WHERE kind = ? AND n > ? ORDER BY key", [kind, most]
        ).fetchall()
        skipped |= {(kind, key): n for key, n in large}
    _drop(con, skipped)
    return tuple(largest), skipped


KeySize = tuple[int, int, float]
"""A number of records that keys of a kind are shared by; how many such keys there are; the pairs they bring."""


def afford(sizes: Mapping[str, Sequence[KeySize]], kinds: Sequence[str], budget: int) -> dict[str, int]:
    """Choose among `kinds`, tightest first; gives the chosen ones with the most records that a used key may have.

    `sizes` has the shared keys of each kind, smallest first.
    """
    chosen: dict[str, int] = {}
    left = float(budget)
    for kind in kinds:
        if kind not in sizes:
            continue
        share = left * 0.4
        spent, most, keys = 0.0, 1, 0
        for n, count, pairs in sizes[kind]:
            if spent + pairs > share:
                break
            spent, most, keys = spent + pairs, n, keys + count
        if keys < 0.8 * sum(count for _, count, _ in sizes[kind]):
            continue
        chosen[kind] = most
        left -= spent
    return chosen


def _drop(con: duckdb.DuckDBPyConnection, junk: Junk) -> None:
    if junk:
        kinds, keys = zip(*sorted(junk), strict=True)
        con.register("junk_in", pa.table({"kind": kinds, "key": keys}))
        con.execute("DELETE FROM keys USING junk_in j WHERE keys.kind = j.kind AND keys.key = j.key")
        con.unregister("junk_in")


def make_candidates(con: duckdb.DuckDBPyConnection, kinds: tuple[str, ...]) -> int:
    """Make table `blocked`: every pair that shares a key of these kinds, once, with the kinds; gives their number."""
    # Joining numbers of groups, of keys that more than one record holds, is far cheaper than joining all the texts.
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE held AS
        WITH shared AS (
            SELECT kind, key, row_number() OVER () AS place FROM keys
            WHERE kind IN ({", ".join("?" for _ in kinds)}) GROUP BY kind, key HAVING count(*) > 1
        )
        SELECT record_id, kind, place FROM keys JOIN shared USING (kind, key)
        """,  # noqa: S608 - own words; values are bound
        list(kinds),
    )
    con.execute(
        """
        CREATE OR REPLACE TABLE blocked AS
        SELECT l.record_id AS join_key_l, r.record_id AS join_key_r, '0' AS match_key,
            list(DISTINCT l.kind ORDER BY l.kind)::VARCHAR[] AS match_keys
        FROM held l JOIN held r ON l.place = r.place AND l.record_id < r.record_id
        GROUP BY l.record_id, r.record_id
        """
    )
    for table in ("held", "keys", "key_size"):  # the largest of all, and of no more use
        con.execute(f"DROP TABLE {table}")
    return int(con.sql("SELECT count(*) FROM blocked").fetchall()[0][0])
