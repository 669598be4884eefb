"""What users of the service desk chose in a preference centre: an export of its own, at odds with the marketing tool's.

Made of a digest of the address, so that it changes with nothing else. The marketing tool's subscriptions are made of
another digest: of one address the two often say different things, as real systems do.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from apps.sandbox.state import State

_TOPICS = ("Newsletter", "Product news")
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def choices(state: State) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Give (user, address, topic, choice, time, version of the text) of every live user that has chosen."""
    for user in state.select("zendesk_user"):
        email = str(user.body.get("email") or "").lower()
        for topic in _TOPICS if email else ():
            chance = int.from_bytes(hashlib.sha256(f"choice/{email}/{topic}".encode()).digest()[:4])
            if chance % 10 < 6:
                when = (_FIRST + timedelta(minutes=chance % 500_000)).isoformat()
                yield str(user.id), email, topic, "yes" if chance % 3 else "no", when, f"2024-{1 + chance % 2}"
