"""What was just done with items of the queue, told on the page that follows: the address says which and how many."""

from __future__ import annotations

_DONE = {
    "claimed": "claimed for twenty minutes.",
    "released": "free again.",
    "assigned": "given.",
    "due": "given a day.",
    "deferred": "put off.",
    "returned": "back in the queue.",
    "noted": "noted.",
    "approved": "let live.",
    "decided": "decided.",
    "requeued": "read again by the next sync.",
    "retried": "sent again by the next sync.",
}


def told(done: str) -> str:
    """Say it in words; an address can say no more than one of these words and a count."""
    word, _, count = done.partition(":")
    if word not in _DONE or not count.isdecimal() or len(count) > 4:
        return ""
    return f"{int(count):,} item{'s' if count != '1' else ''} {_DONE[word]}"
