"""The search index: by which terms each customer is found. Kept by refresh for the customers it touches.

A term is a field's sign and a word: `n` names, `e` e-mail addresses, `w` the words of a mailbox, `p` the digits of a
phone from the last to the first (so that a number without its country begins as the whole one does), `i` identifiers,
`r` the ids of source records, `a` places. They are of all that the records say, not of golden values alone: a former
name or an old number finds the customer too.

Invariant: exactly the customers with an open golden record have an entry. The caller holds the master lock.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from identity.staging import stage_query

VERSION = 1
"""Raise it whenever terms are made otherwise: all entries are made anew then."""

FIELDS: dict[str, tuple[str, ...]] = {
    "n": ("given_name", "middle_name", "family_name", "full_name", "organisation_name", "contact_name"),
    "e": ("email",),
    "w": ("email",),
    "p": ("phone",),
    "i": ("identifier",),
    "r": (),
    "a": ("address",),
}
"""The sign of a field -> the attributes whose values are its terms; whoever may not see one finds by none of them."""

CHUNK = 25_000
"""Customers whose entries are made at once when all are."""

_LONGEST = 200  # characters of a term; what follows tells nobody apart
_MOST = 2_000  # terms of a customer: a value of type tsvector ends at a megabyte
_WORD = (3, 40)  # letters of a word that may be a misspelt one


def write(conn: Connection, first: int, end: int) -> None:
    """Bring the entries of the customers numbered `first` to before `end` in `refresh_customer` up to date."""
    between = {"first": first, "end": end}
    stage_query(conn, "search_term", _TERMS, **between)
    conn.execute(sa.text(_REMOVE), between)
    conn.execute(sa.text(_WRITE))
    conn.execute(sa.text(_WORDS))


def begin(conn: Connection) -> None:
    """Note, before the first golden record is written, that all entries will be of this version."""
    if not conn.scalar(sa.text("SELECT EXISTS (SELECT FROM golden.golden_record)")):
        mark(conn)


def outdated(conn: Connection) -> bool:
    """Whether entries are missing or were made by another version of the hub: then all must be made anew."""
    if conn.scalar(sa.text("SELECT version FROM golden.search_build")) == VERSION:
        return False
    return bool(conn.scalar(sa.text("SELECT EXISTS (SELECT FROM golden.golden_record)")))


def rebuild(conn: Connection, *, chunk: int = CHUNK) -> int:
    """Make all entries anew; gives how many. Leaves nothing of `refresh_customer` that was there."""
    conn.execute(sa.text("TRUNCATE golden.search_entry, golden.search_word"))
    count = stage_query(
        conn,
        "refresh_customer",
        """SELECT row_number() OVER (ORDER BY customer_id) - 1 AS number, customer_id
           FROM golden.golden_record WHERE valid_to IS NULL""",
    )
    conn.execute(sa.text("CREATE UNIQUE INDEX ON refresh_customer (number)"))
    for first in range(0, count, chunk):
        write(conn, first, first + chunk)
    mark(conn)
    return count


def mark(conn: Connection) -> None:
    """Note that all entries are of this version."""
    conn.execute(
        sa.text("""INSERT INTO golden.search_build (version, at) VALUES (:version, clock_timestamp())
                   ON CONFLICT (one) DO UPDATE SET version = excluded.version, at = excluded.at"""),
        {"version": VERSION},
    )


_BATCH = "refresh_customer b JOIN golden.golden_record g ON g.customer_id = b.customer_id AND g.valid_to IS NULL"
_BETWEEN = "b.number >= :first AND b.number < :end"
_NAMES = ", ".join(f"'{name}'" for name in FIELDS["n"])
_STANDARD = "v ->> 'standard'"

# Each value once a customer, however many records say it: splitting and sorting is what costs.
_TERMS = f"""
    WITH said AS MATERIALIZED (
        SELECT b.customer_id, r.system, r.source_id, r.attributes
        FROM {_BATCH}
        JOIN identity.crosswalk x ON x.customer_id = b.customer_id AND x.valid_to IS NULL
        JOIN identity.source_record r ON r.record_id = x.record_id AND r.deleted_at IS NULL
        WHERE {_BETWEEN}
        UNION ALL
        SELECT b.customer_id, NULL, NULL, g.attributes FROM {_BATCH} WHERE {_BETWEEN}
    ), value AS MATERIALIZED (
        SELECT DISTINCT s.customer_id,
            CASE WHEN a.key IN ({_NAMES}) THEN 'n' ELSE left(a.key, 1) END AS field,
            CASE a.key WHEN 'address' THEN concat_ws(' ', v -> 'standard' ->> 'city', v -> 'standard' ->> 'postcode')
                       WHEN 'identifier' THEN v -> 'standard' ->> 'value'
                       ELSE {_STANDARD} END AS word
        FROM said s CROSS JOIN LATERAL jsonb_each(s.attributes) a CROSS JOIN LATERAL jsonb_array_elements(a.value) v
        WHERE a.key IN ({_NAMES}, 'email', 'phone', 'identifier', 'address')
    ), term AS (
        SELECT v.customer_id, v.field, w.word
        FROM value v CROSS JOIN LATERAL string_to_table(lower(v.word), ' ') w (word) WHERE v.field IN ('n', 'a')
        UNION SELECT customer_id, 'e', lower(word) FROM value WHERE field = 'e'
        UNION SELECT v.customer_id, 'w', w.word
        FROM value v CROSS JOIN LATERAL string_to_table(translate(lower(v.word), '@._+-', '     '), ' ') w (word)
        WHERE v.field = 'e'
        UNION SELECT customer_id, 'p', reverse(ltrim(word, '+0'))
        FROM value WHERE field = 'p'
        UNION SELECT customer_id, 'i', lower(word) FROM value WHERE field = 'i'
        UNION SELECT customer_id, 'r', lower(source_id) FROM said WHERE source_id IS NOT NULL
        UNION SELECT customer_id, 'r', lower(system || '/' || source_id) FROM said WHERE source_id IS NOT NULL
    )
    SELECT customer_id, field, left(word, {_LONGEST}) AS word FROM term WHERE word <> ''"""

_REMOVE = f"""
    DELETE FROM golden.search_entry e USING refresh_customer b
    WHERE e.customer_id = b.customer_id AND {_BETWEEN}
      AND NOT EXISTS (SELECT FROM golden.golden_record g WHERE g.customer_id = b.customer_id AND g.valid_to IS NULL)"""

# Where somebody has more terms than fit, words go first, ids last.
_WRITE = f"""
    INSERT INTO golden.search_entry AS e (customer_id, terms)
    SELECT customer_id, array_to_tsvector((array_agg(term ORDER BY is_word, term))[1:{_MOST}])
    FROM (SELECT customer_id, field || ':' || word AS term, field IN ('n', 'w', 'a') AS is_word FROM search_term) t
    GROUP BY customer_id ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET terms = excluded.terms WHERE e.terms <> excluded.terms"""

# Words are never taken out: one that nobody has any more finds nobody.
_WORDS = f"""
    INSERT INTO golden.search_word (field, word)
    SELECT DISTINCT field, word FROM search_term t
    WHERE field IN ('n', 'w', 'a') AND length(word) BETWEEN {_WORD[0]} AND {_WORD[1]}
      AND NOT EXISTS (SELECT FROM golden.search_word k WHERE k.field = t.field AND k.word = t.word)
    ORDER BY field, word ON CONFLICT DO NOTHING"""
