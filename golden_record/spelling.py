"""Words that were meant: what one slip of the fingers makes of a word, and how alike two words are. Pure.

The slips are those of Damerau (1964), four fifths of all misspellings: a letter wrong, missing, too many, or two
neighbours swapped.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase

from rapidfuzz.distance import OSA

LIKE = 0.4
"""Trigrams that two longer words must share to be taken for one (pg_trgm's similarity)."""

SHORT = 6
"""Letters up to which all slips are tried; trigrams tell little of so few."""

_KEPT = 8  # words that one may have been meant as
_LEAST = 0.6  # of a word's letters that must be right, so that "smith" is not taken for "smart"


def slips(word: str) -> list[str]:
    """Give what one slip may have made this of: all for a short word, those without a new letter for a long one."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    made = {head + tail[1:] for head, tail in splits if tail}
    made |= {head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1}
    if len(word) <= SHORT:
        made |= {head + letter + tail[1:] for head, tail in splits if tail for letter in ascii_lowercase}
        made |= {head + letter + tail for head, tail in splits for letter in ascii_lowercase}
    return sorted(made - {word, ""})


def nearly(word: str, others: Iterable[str]) -> list[tuple[str, float]]:
    """Give the words most alike to `word` and how alike they are, the best first; itself is none of them."""
    likened = ((other, likeness(word, other)) for other in others if other != word)
    return sorted((entry for entry in likened if entry[1] >= _LEAST), key=lambda entry: (-entry[1], entry[0]))[:_KEPT]


def likeness(one: str, other: str) -> float:
    """Say how alike two words are: 1 less the slips between them as a share of the longer one's letters."""
    return OSA.normalized_similarity(one, other)
