"""Finding customers by whatever somebody types: names, e-mail addresses, phones, ids of any system; misspelt too.

First those that have every word as it was typed; only where these are few, those that have words spelled nearly so.
"Nearly" is one slip in a short word (a letter wrong, missing, doubled or two swapped), or alike by trigrams in a longer
one; both are looked up among the words that there are, so the cost follows the words typed, not the base.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.search_index import FIELDS
from golden_record.spelling import LIKE, nearly, slips

MOST = 100
"""Customers that one search gives at most."""

_LOOKED_AT = 200  # of those that have all words, so many are weighed against each other
_WORDS = 8  # typed words that are looked at
_PREFIX = 3  # letters from which on a word also finds those that begin with it
_SHORT = 4  # letters up to which trigrams tell nothing
_NAMES_OF_FIELDS = {"n": "name", "e": "email", "w": "email", "p": "phone", "i": "identifier", "r": "id", "a": "address"}


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, as it may be read: `words` are free text in comparable form, the last perhaps unfinished.

    `whole`: spellings of the whole of it, by the field that it would be in (`golden_record.search_index.FIELDS`).
    """

    words: tuple[str, ...] = ()
    whole: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mailbox: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer that was found: `score` from 0 to 1 (all as typed), and the fields it was found by."""

    customer_id: UUID
    score: float
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits first; `more`: there are others that are as good as the last."""

    hits: tuple[Hit, ...]
    more: bool


def search(conn: Connection, query: Query, *, hidden: Collection[str] = (), limit: int = 20) -> Found:
    """Find at most `limit` customers; values of `hidden` attributes find nobody."""
    limit = max(1, min(limit, MOST))
    fields = [sign for sign, attributes in FIELDS.items() if not set(attributes) & set(hidden)]
    spelled: list[dict[str, float]] = []
    conditions = []
    whole = {f"{sign}:{text}": 1.0 for sign, texts in query.whole.items() if sign in fields for text in texts if text}
    if whole:
        conditions.append(" | ".join(_lexeme(term, prefix=len(term) > 5) for term in whole))
        spelled.append(whole)
    found = _of(conn, conditions, spelled)
    words = [word for word in dict.fromkeys(query.words) if word][:_WORDS]
    free = [sign for sign in ("w" if query.mailbox else "nwar") if sign in fields and words]
    if free and len(found) < limit:
        typed = [{f"{sign}:{word}": 1.0 for sign in free} for word in words]
        found |= _of(conn, [_all_of(typed, last_is_open=not query.mailbox)], typed, known=found)
    vague = [sign for sign in ("w" if query.mailbox else "na") if sign in free]
    if vague and len(found) < limit:
        near = _near(conn, words, vague)
        meant = [{f"{sign}:{word}": 1.0 for sign in free} | near[word] for word in words]
        found |= _of(conn, [_all_of(meant, last_is_open=not query.mailbox)], meant, known=found)
    best = sorted(found.values(), key=lambda hit: (-hit.score, hit.customer_id))
    return Found(tuple(best[:limit]), len(best) > limit)


def exactly(conn: Connection, sign: str, texts: Sequence[str]) -> list[UUID]:
    """Give the customers that have one of these terms of a field, in the order of their ids; at most MOST."""
    wanted = " | ".join(_lexeme(f"{sign}:{text}") for text in texts if text)
    if not wanted:
        return []
    query = "SELECT customer_id FROM golden.search_entry WHERE terms @@ CAST(:wanted AS tsquery) LIMIT :most"
    return sorted(conn.scalars(sa.text(query), {"wanted": wanted, "most": MOST}))


def _all_of(words: Sequence[Mapping[str, float]], *, last_is_open: bool) -> str:
    """Write the condition that one spelling of each word is there; the last one may go on."""
    parts = []
    for place, spellings in enumerate(words):
        is_open = last_is_open and place == len(words) - 1
        parts.append(
            "("
            + " | ".join(
                _lexeme(term, prefix=is_open and like == 1.0 and len(term) >= _PREFIX + 2)
                for term, like in spellings.items()
            )
            + ")"
        )
    return " & ".join(parts)


def _of(
    conn: Connection,
    conditions: Sequence[str],
    spelled: Sequence[Mapping[str, float]],
    known: Collection[UUID] = (),
) -> dict[UUID, Hit]:
    if not conditions:
        return {}
    rows = conn.execute(
        sa.text("""
            SELECT customer_id, tsvector_to_array(terms) AS terms FROM golden.search_entry
            WHERE terms @@ CAST(:wanted AS tsquery) LIMIT :most"""),
        {"wanted": " & ".join(conditions), "most": _LOOKED_AT},
    )
    return {row.customer_id: _hit(row, spelled) for row in rows if row.customer_id not in known}


def _hit(row: Any, spelled: Sequence[Mapping[str, float]]) -> Hit:
    """Weigh what was found: a word as typed counts 1, one that goes on a little less, one nearly so as alike it is."""
    terms = set(row.terms)
    total, by = 0.0, set()
    for spellings in spelled:
        best, sign = 0.0, ""
        for term, like in spellings.items():
            if term in terms and like > best:
                best, sign = like, term[0]
        if best < 0.9 and (
            goes_on := next((t for t, like in spellings.items() if like == 1.0 and _begins(terms, t)), "")
        ):
            best, sign = 0.9, goes_on[0]
        total += best
        by |= {_NAMES_OF_FIELDS[sign]} if sign else set()
    return Hit(row.customer_id, round(total / len(spelled), 3), tuple(sorted(by)))


def _begins(terms: Collection[str], start: str) -> bool:
    return any(term.startswith(start) for term in terms)


def _near(conn: Connection, words: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, float]]:
    """Give the terms that each of these words may have been meant as, with how alike they are (below 1)."""
    conn.execute(sa.text("SELECT set_config('pg_trgm.similarity_threshold', :least, true)"), {"least": str(LIKE)})
    found: dict[str, dict[str, float]] = {word: {} for word in words}
    for word in words:
        if len(word) < _PREFIX:
            continue
        for sign in fields:
            others = conn.scalars(
                sa.text(_NEAR.format(sign=sign)), {"word": word, "slips": slips(word), "long": len(word) > _SHORT}
            )
            found[word] |= {f"{sign}:{other}": like for other, like in nearly(word, others)}
    return found


_NEAR = """
    SELECT word FROM golden.search_word WHERE field = '{sign}' AND word = ANY(CAST(:slips AS text[]))
    UNION
    (SELECT word FROM golden.search_word WHERE CAST(:long AS boolean) AND field = '{sign}' AND word % :word
     ORDER BY similarity(word, :word) DESC, word LIMIT 20)"""


def _lexeme(term: str, *, prefix: bool = False) -> str:
    """Quote a term for a tsquery."""
    escaped = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" + (":*" if prefix else "")
