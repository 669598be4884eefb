"""Features made ready for comparing, in DuckDB: junk dropped, lists split, custom attributes as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from identity.comparisons import CustomAttribute, custom_column
from identity.model import CONTACT_KINDS, Junk

TABLE = "prepared"

# Term-frequency tables: column -> the values of a prepared row that are counted.
COUNTED = {
    "given_name": "given_name",
    "family_name": "family_name",
    "middle_name": "middle_name",
    "birth_date": "birth_date",
    "gender": "gender",
    "organisation_name": "organisation_name",
    "city": "city",
}


def prepare(
    con: duckdb.DuckDBPyConnection,
    features: pa.Table,
    *,
    extra: Sequence[CustomAttribute] = (),
    junk: Junk | None = None,
    words: Mapping[str, float] | None = None,
    word_floor: float = 1.0,
) -> None:
    """Make the table `prepared` in `con`: one row a record, empty lists as NULL.

    `words` are the frozen frequencies of the words in organisation names: a word's weight is -ln of its frequency, so
    that "school" tells little and "olive" much; words not in it weigh as `word_floor`. `mailboxes` are the local parts
    of e-mails that aren't made of the person's own name: those say no more than the name does.
    """
    con.register("features", features)
    _junk_tables(con, junk or {})
    lists = [_list_column(column, kind) for kind, column in CONTACT_KINDS.items()]
    lists += [f"nullif({column}, []) AS {column}" for column in ("streets", "postcodes", "cities")]
    custom = [f"extra->>'$.\"{name}\"' AS {custom_column(name)}" for name, _ in extra]
    joins = [f"LEFT JOIN junk_{kind} ON junk_{kind}.record_id = f.record_id" for kind in CONTACT_KINDS]
    texts = "given_name, given_root, middle_name, family_name, birth_date, gender, organisation_name"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE clean AS SELECT f.record_id, {texts}, {', '.join([*lists, *custom])}"  # noqa: S608 - own words; values are bound
        f" FROM features f {' '.join(joins)}"
    )
    _word_table(con, words or {}, word_floor)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE {TABLE} AS
        SELECT clean.*, w.words, w.words_weight,
            list_filter(
                list_transform(emails, lambda e: split_part(e, '@', 1)),
                lambda e: length(e) > 3 AND NOT contains(e, coalesce(family_name, '@'))
                    AND NOT contains(e, coalesce(given_name, '@'))
            ) AS mailboxes,
            list_distinct(list_transform(identifiers, lambda i: split_part(i, ':', 1))) AS identifier_kinds,
            CASE WHEN len(cities) = 1 THEN cities[1] END AS city
        FROM clean LEFT JOIN word_lists w USING (record_id)
        """  # noqa: S608 - own words; values are bound
    )
    con.unregister("features")


def _list_column(column: str, kind: str) -> str:
    value = "right(v, 9)" if kind == "phone" else "v"
    # The key of a phone is its last nine digits (`identity.keys`): with or without country code, one line.
    shaped = f"list_distinct(list_transform({column}, lambda v: right(v, 9)))" if kind == "phone" else column
    return (
        f"nullif(CASE WHEN junk_{kind}.bad IS NULL THEN {shaped}"
        f" ELSE list_filter({shaped}, lambda v: NOT list_contains(junk_{kind}.bad, {value})) END, []) AS {column}"
    )


def _junk_tables(con: duckdb.DuckDBPyConnection, junk: Junk) -> None:
    """Make `junk_<kind>`: the junk values of each record that has any, so that the others cost nothing."""
    for kind, column in CONTACT_KINDS.items():
        values = sorted(key for k, key in junk if k == kind)
        con.register("junk_values", pa.table({"value": pa.array(values, pa.string())}))
        value = "right(v, 9)" if kind == "phone" else "v"
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE junk_{kind} AS
            SELECT record_id, list(DISTINCT {value}) AS bad
            FROM (SELECT record_id, unnest({column}) AS v FROM features)
            WHERE {value} IN (SELECT value FROM junk_values) GROUP BY record_id
            """  # noqa: S608 - own words; values are bound
        )
        con.unregister("junk_values")


def _word_table(con: duckdb.DuckDBPyConnection, words: Mapping[str, float], floor: float) -> None:
    con.register("word_frequency", frequency_table("word", words))
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE word_lists AS
        SELECT record_id, list(item ORDER BY item.word) AS words,
            list_sum(list_transform(list(item ORDER BY item.word), lambda x: x.weight)) AS words_weight
        FROM (
            SELECT record_id, {{'word': u.word, 'weight': greatest(-ln(coalesce(tf_word, {floor!r})), 0.1)}} AS item
            FROM (
                SELECT DISTINCT record_id, unnest(string_split(organisation_name, ' ')) AS word FROM clean
                WHERE organisation_name IS NOT NULL
            ) u LEFT JOIN word_frequency t ON t.word = u.word
        ) GROUP BY record_id
        """  # noqa: S608 - own words; values are bound
    )
    con.unregister("word_frequency")


def frequency_table(column: str, frequencies: Mapping[str, float]) -> pa.Table:
    """Give a frozen term-frequency table in the shape that Splink registers: the value, then `tf_<column>`."""
    values: Iterable[str] = sorted(frequencies)
    return pa.table(
        {
            column: pa.array(values, pa.string()),
            f"tf_{column}": pa.array([frequencies[v] for v in values], pa.float64()),
        }
    )
