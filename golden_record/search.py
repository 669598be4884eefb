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
from golden_record.spelling import LIKE, SHORT, nearly, slips

MOST = 100
"""Customers that one search gives at most."""

_LOOKED_AT = 200  # of those that have all words, so many are weighed against each other
_WORDS = 8  # typed words that are looked at
_ENOUGH = 5  # customers found by what was typed; of fewer, misspelt ones are shown too
_GOES_ON = 0.9  # what a word counts that goes on where the typed one ends
_PREFIX = 3  # letters from which on a word also finds those that begin with it
_NAMES_OF_FIELDS = {"n": "name", "e": "email", "w": "email", "p": "phone", "i": "identifier", "r": "id", "a": "address"}


Words = Sequence[Mapping[str, float]]
"""For each word, the terms it may be read as, with how alike that is to what was typed."""

Reading = tuple[Words, bool]
"""Words, and whether the last one may go on."""


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
    whole = {f"{sign}:{text}": 1.0 for sign, texts in query.whole.items() if sign in fields for text in texts if text}
    words = [word for word in dict.fromkeys(query.words) if word][:_WORDS]
    free = [sign for sign in ("war" if query.mailbox else "nwar") if sign in fields]
    typed = [{f"{sign}:{word}": 1.0 for sign in free} for word in words] if free else []
    is_open = not query.mailbox
    readings: list[Reading] = [((whole,), True)] * bool(whole) + [(typed, is_open)] * bool(typed)
    found = _of(conn, readings)
    vague = [sign for sign in ("w" if query.mailbox else "na") if sign in free]
    if vague and len(found) < min(limit, _ENOUGH):
        near = _near(conn, words, vague)
        meant = [typed[place] | near[word] for place, word in enumerate(words)]
        if any(near.values()):
            found = _of(conn, [(meant, is_open)]) | found
    best = sorted(found.values(), key=lambda hit: (-hit.score, hit.customer_id))
    return Found(tuple(best[:limit]), len(best) > limit)


def exactly(conn: Connection, sign: str, texts: Sequence[str]) -> list[UUID]:
    """Give the customers that have one of these terms of a field, in the order of their ids; at most MOST."""
    wanted = " | ".join(_lexeme(f"{sign}:{text}") for text in texts if text)
    if not wanted:
        return []
    query = "SELECT customer_id FROM golden.search_entry WHERE terms @@ CAST(:wanted AS tsquery) LIMIT :most"
    return sorted(conn.scalars(sa.text(query), {"wanted": wanted, "most": MOST}))


def _condition(words: Words, *, is_open: bool) -> str:
    """Write the condition that one spelling of each word is there; where it is open, the last one may go on."""
    parts = []
    for place, spellings in enumerate(words):
        last = is_open and place == len(words) - 1
        terms = [_lexeme(term, prefix=last and _may_go_on(term, like)) for term, like in spellings.items()]
        parts.append(f"({' | '.join(terms)})")
    return f"({' & '.join(parts)})"


def _may_go_on(term: str, like: float) -> bool:
    return like == 1.0 and len(term) >= _PREFIX + 2


def _of(conn: Connection, readings: Sequence[Reading]) -> dict[UUID, Hit]:
    """Give the customers that have all words of one of these readings of what was typed."""
    if not readings:
        return {}
    rows = conn.execute(
        sa.text("""
            SELECT customer_id, tsvector_to_array(terms) AS terms FROM golden.search_entry
            WHERE terms @@ CAST(:wanted AS tsquery) LIMIT :most"""),
        {"wanted": " | ".join(_condition(words, is_open=is_open) for words, is_open in readings), "most": _LOOKED_AT},
    )
    return {
        row.customer_id: max((_hit(row, words) for words, _ in readings), key=lambda hit: hit.score) for row in rows
    }


def _hit(row: Any, words: Words) -> Hit:
    """Weigh what was found: a word as typed counts 1, one that goes on a little less, one nearly so as alike it is."""
    terms = set(row.terms)
    total, by = 0.0, set()
    for spellings in words:
        like, sign = max(((like, term[0]) for term, like in spellings.items() if term in terms), default=(0.0, ""))
        if like < _GOES_ON:
            longer = (term[0] for term, like in spellings.items() if like == 1.0 and _begins(terms, term))
            if found := next(longer, ""):
                like, sign = _GOES_ON, found
        total += like
        by |= {_NAMES_OF_FIELDS[sign]} if sign else set()
    return Hit(row.customer_id, round(total / len(words), 3), tuple(sorted(by)))


def _begins(terms: Collection[str], start: str) -> bool:
    return any(term.startswith(start) for term in terms)


def _near(conn: Connection, words: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, float]]:
    """Give the terms that each of these words may have been meant as, with how alike they are (below 1)."""
    conn.execute(sa.text("SELECT set_config('pg_trgm.similarity_threshold', :least, true)"), {"least": str(LIKE)})
    found: dict[str, dict[str, float]] = {word: {} for word in words}
    asked: list[str] = []
    values: dict[str, Any] = {}
    for place, word in enumerate(word for word in words if len(word) >= _PREFIX):
        values |= {f"word{place}": word, f"slips{place}": slips(word)}
        for sign in fields:
            asked.append(_SLIPS.format(place=place, sign=sign))
            asked += [_LIKE.format(place=place, sign=sign)] if len(word) > SHORT else []
    if not asked:
        return found
    others: dict[tuple[str, str], set[str]] = {}
    for row in conn.execute(sa.text(" UNION ALL ".join(asked)), values):
        others.setdefault((row.typed, row.sign), set()).add(row.word)
    for (word, sign), near in others.items():
        found[word] |= {f"{sign}:{other}": like for other, like in nearly(word, near)}
    return found


# The sign stands in the text, so that the index of its field alone is used.
_SLIPS = """
    SELECT CAST(:word{place} AS text) AS typed, '{sign}' AS sign, word FROM golden.search_word
    WHERE field = '{sign}' AND word = ANY(CAST(:slips{place} AS text[]))"""
_LIKE = """
    (SELECT CAST(:word{place} AS text) AS typed, '{sign}' AS sign, word FROM golden.search_word
     WHERE field = '{sign}' AND word % :word{place} ORDER BY similarity(word, :word{place}) DESC, word LIMIT 20)"""


def _lexeme(term: str, *, prefix: bool = False) -> str:
    """Quote a term for a tsquery."""
    escaped = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" + (":*" if prefix else "")
