"""Rows that no one can use: nothing in them, or impossible dates. They stand for nobody and are not in the truth."""

from random import Random

from apps.sandbox.seed.entities import make_group
from apps.sandbox.seed.sap_rows import IMPOSSIBLE_MS
from apps.sandbox.seed.systems import Row, Rows, view_in
from apps.sandbox.seed.views import EPOCH_MS, View

EVERY = 250
"""One unusable row comes to so many customers."""

_NEVER = 10**9
"""Group numbers from here on belong to nobody."""


def unusable_row(seed: int, number: int, rows: Rows) -> Row:
    """Return unusable row ``number``: in turn an empty record and an impossible birth date, in each system."""
    rng = Random(f"{seed}/unusable/{number}")  # noqa: S311 - repeatable on purpose, nothing secret
    system = ("sap", "hubspot", "zendesk")[number % 3]
    if number % 2 == 0:
        when = EPOCH_MS - rng.randrange(10**10) // 1000 * 1000
        row = rows.customer(system, View(None, "DE", created=when, changed=when), rng)
        if system == "zendesk":
            row.body["name"] = "-"  # Zendesk insists on a name
        return row
    group = _NEVER + number * 100
    while not (persons := make_group(seed, group).persons):
        group += 1
    view = view_in(system, persons[0], rng, 1.0)
    view.entity, view.birth = None, ""
    row = rows.customer(system, view, rng)
    if system == "sap":
        row.body["BirthDate"] = IMPOSSIBLE_MS
    elif system == "hubspot":
        row.body["date_of_birth"] = "1985-02-31"
    else:
        row.body["user_fields"]["birth_date"] = "0000-00-00"
    return row
