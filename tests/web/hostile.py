"""A base full of names that are meant to do harm, in every place where a page shows words that are not the hub's own:
what records and systems say, what people write, what runs tell."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from destinations import conflicts
from destinations.owners import Conflict
from flows import queue
from golden_record import activities, consents
from hub import handling, runs, users
from hub.activity import Activity, Belonging
from hub.consent import Consent
from hub.db import transaction
from hub.postgres import EmbeddedPostgres
from hub.records import RecordKey
from hub.tasks import Wanted
from identity import decisions
from identity.decisions import Statement
from sources import quarantine
from sources.quarantine import QuarantinedRow
from tests.web.conftest import PASSWORD, Site, serving
from tests.web.stewards import add_rows

_PIECES = (
    "<script>window.broken=1</script>", "<img src=x onerror=window.broken=1>", "\"><svg onload=window.broken=1>",
    "'-window.broken=1-'", "javascript:window.broken=1", "{{7*7}}", "${7*7}", "{% raise %}",
    "</title><script>window.broken=1</script>", "</textarea></style><svg onload=window.broken=1>",
    "\u202egnp.exe", "\u2066\u2069\u200f", "<!--", "]]>", "&lt;b&gt;", "=HYPERLINK(\"http://x\")", "\u0301" * 20,
    "🏳️‍🌈" * 9, "N" * 500, "O'Brien\" onfocus=window.broken=1 autofocus=\"", "<a href=javascript:window.broken=1>x</a>",
    "<style>*{display:none}</style>", "<base href=//evil.test>",
    "<meta http-equiv=refresh content=0;url=//evil.test>", "<iframe srcdoc='<script>parent.broken=1</script>'>",
)  # fmt: skip

USER = '"><img src=x onerror=window.broken=1>'
"""A lead whose own name stands at the head of every page."""

_MORE = """
matching: {person: {link_threshold: 0.999999999999, review_threshold: 0.9}}
release: {max_cluster_size: 19, max_moved_least: 100000}
"""
_FAMILIES = (
    "Abendroth", "Birkenfeld", "Czerny", "Dornbusch", "Eisenhauer", "Faltermeier", "Grabowski", "Hufnagel", "Imhoff",
    "Jagdmann", "Kowalczyk", "Lichtenberg", "Morgenstern", "Nachtigall", "Oppenheim", "Petersilge", "Quandt",
    "Rosenzweig", "Silbermann", "Tannhauser", "Uhlenbrock", "Vogelsang", "Wiesengrund", "Xanthopoulos", "Zimmerer",
)  # fmt: skip
_GROUP = 20
_LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def _names(count: int) -> tuple[str, ...]:
    """Names that would do harm where a page forgot to escape them; no two are alike."""
    rng = random.Random(5)
    made = [" ".join(rng.sample(_PIECES, rng.randint(1, 3)))[:700] for _ in range(count)]
    return tuple(f"{name}//{n}" for n, name in enumerate(made))


NAMES = _names(500)
FAMILIES = {family: NAMES[n * _GROUP : (n + 1) * _GROUP] for n, family in enumerate(_FAMILIES)}
"""Families whose members have these given names; they share a phone, and somebody has said that they are one."""


@contextmanager
def hostile_site(server: EmbeddedPostgres, synced: tuple[str, Path], folder: Path) -> Iterator[Site]:
    """Serve the base with all of it."""
    with serving(server, synced, folder, _MORE) as site:
        add_rows(site, *_rows())
        with transaction(site.hub.engine) as conn:
            users.add(conn, USER, ["lead"], PASSWORD)
            _said_of_records(conn)
            _said_of_one(conn)
        add_rows(site, [], [])
        with transaction(site.hub.engine) as conn:
            _handled(conn)
            _quarantined(conn)
            _published(conn)
            _many_values(conn)
            _ran(conn)
        yield site


def _rows() -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Pairs that are perhaps one person, and families."""
    shop, desk = [], []
    for n, (given, family) in enumerate(zip(NAMES[::2], NAMES[1::2], strict=True)):
        born = f"{1940 + n % 60}-{1 + n % 12:02}-{1 + n % 28:02}"
        shop.append((f"p{n}", given, family, f"p{n}@mail-demo.de", "", born, ""))
        desk.append((f"p{n}", given, family, f"p{n}@mail-demo.de", "", born))
    for n, (family, members) in enumerate(FAMILIES.items()):
        for m, given in enumerate(members):
            born = f"{1930 + 3 * m}-{1 + (n + m) % 12:02}-{1 + (n + 5 * m) % 28:02}"
            shop.append((f"f{n}-{m}", given, family, f"f{n}-{m}@web-demo.de", f"030 55{n:02}00", born, given))
    return shop, desk


def family_keys(number: int) -> list[RecordKey]:
    """The records of a family."""
    return [RecordKey("shop", "customers", f"f{number}-{m}") for m in range(_GROUP)]


def _said_of_records(conn: Connection) -> None:
    """Decisions and their reasons: each family is one customer, which is held; of others it can't be told."""
    said = [Statement("same", tuple(family_keys(n)), (), NAMES[n], NAMES[-n]) for n in range(len(FAMILIES))]
    other = RecordKey("shop", "customers", "s1")
    for n, (one, two) in enumerate(zip(NAMES[::2], NAMES[1::2], strict=True)):
        said.append(Statement("unsure", (family_keys(n // _GROUP)[n % _GROUP], other), (), one, two))
    decisions.decide_all(conn, said)


def _said_of_one(conn: Connection) -> None:
    """Activities and consents of one customer."""
    of = Belonging("shop", "customers", "s2")
    done = [
        Activity(RecordKey("shop", "orders", one), of, "order", _LONG_AGO + timedelta(hours=n), one, status=other)
        for n, (one, other) in enumerate(zip(NAMES[::2], NAMES[1::2], strict=True))
    ]
    activities.save(conn, done)
    allowed = [
        Consent(RecordKey("shop", "consents", one), of, one, "email", "granted", at=_LONG_AGO, how=two, wording=three)
        for one, two, three in zip(NAMES[::3], NAMES[1::3], (*NAMES[2::3], NAMES[0]), strict=True)
    ]
    consents.save(conn, allowed)


def _handled(conn: Connection) -> None:
    """Notes, and who is at an item."""
    tasks = queue.page(conn, Wanted(kind="possible_match"), limit=1000).tasks
    for n, task in enumerate(tasks[: len(NAMES) // 2]):
        handling.note(conn, task.key, NAMES[2 * n], by=NAMES[-n])
        handling.assign(conn, [task.key], NAMES[2 * n + 1], by=USER)
        handling.claim(conn, task.key, by=NAMES[2 * n + 1])


def _quarantined(conn: Connection) -> None:
    """Rows that can't be used, by their names in their system; the first has all the names in it."""
    whole = json.dumps({name: name for name in NAMES}, ensure_ascii=False)
    rows = [
        QuarantinedRow("customers", f"r{n}", one, n, json.dumps(one) if n else whole, one, "odd", f"odd: {other}")
        for n, (one, other) in enumerate(zip(NAMES[::2], NAMES[1::2], strict=True))
    ]
    quarantine.put(conn, "shop", rows, None)


def _published(conn: Connection) -> None:
    """What a system said when it refused, and fields that were changed there."""
    owners = _owners(conn, "p%")
    conn.execute(
        sa.text("""
            INSERT INTO ops.delivery (destination, customer_id, version, entity_type, action, system, object, source_id,
                                      fields, content_key, state, reason)
            VALUES ('crm', :customer, 1, 'person', 'update', 'shop', 'customers', :reason, '{email}', '', 'rejected',
                    :reason)"""),
        [
            {"customer": owners[n], "reason": " ".join(names)}
            for n, names in enumerate(zip(*(NAMES[k::5] for k in range(5)), strict=True))
        ],
    )
    key = RecordKey("shop", "customers", "p0")
    conflicts.store(conn, "crm", owners, [Conflict(one, 1, key, "phone", "system", "system") for one in owners])


def _owners(conn: Connection, pattern: str) -> list[UUID]:
    return list(
        conn.scalars(
            sa.text("""
                SELECT x.customer_id FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
                WHERE x.valid_to IS NULL AND r.system = 'shop' AND r.source_id LIKE :pattern
                GROUP BY 1 ORDER BY min(r.record_id)"""),
            {"pattern": pattern},
        )
    )


def _many_values(conn: Connection) -> None:
    """One customer with all the names at once: golden, in two systems' records, and entered by people."""
    values = [{"value": name, "standard": None} for name in NAMES]
    bound = {"values": json.dumps(values), "won": json.dumps([[0, "union"]] * len(values))}
    conn.execute(
        sa.text("""
            UPDATE golden.golden_record g SET
                attributes = g.attributes || jsonb_build_object('tier', CAST(:values AS jsonb)),
                origins = jsonb_set(origins, '{attributes,tier,won}', CAST(:won AS jsonb))
            FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
            WHERE r.source_id = 's2' AND x.valid_to IS NULL
              AND g.customer_id = x.customer_id AND g.valid_to IS NULL"""),
        bound,
    )
    conn.execute(
        sa.text("""
            UPDATE identity.source_record
            SET attributes = attributes || jsonb_build_object('tier', CAST(:values AS jsonb))
            WHERE source_id = 's2'"""),
        bound,
    )
    conn.execute(
        sa.text("""
            INSERT INTO golden.pin (kind, record_id, attribute, value, lifetime, entered_by, entered_at, reason)
            SELECT 'value', record_id, 'family_name', jsonb_build_object('value', one, 'standard', one), 'permanent',
                   two, now(), three
            FROM identity.source_record, unnest(CAST(:one AS text[]), CAST(:two AS text[]), CAST(:three AS text[]))
                AS n (one, two, three) WHERE source_id = 's2'"""),
        {"one": list(NAMES[::3]), "two": list(NAMES[1::3]), "three": [*NAMES[2::3], NAMES[0]]},
    )


def _ran(conn: Connection) -> None:
    """Runs by what they were called and what they told, the newest of them as a plan; and measurements of systems."""
    for names in zip(*(NAMES[n::5] for n in range(5)), strict=True):
        runs.finish(conn, runs.start(conn, " ".join(names), "command"), "failed", {})
    failed = {one: {"error": other} for one, other in zip(NAMES[::2], NAMES[1::2], strict=True)}
    conn.execute(
        sa.text("""
            UPDATE ops.run r SET started_at = started_at - n * interval '1 minute'
            FROM (SELECT run_id, row_number() OVER () AS n FROM ops.run) o WHERE o.run_id = r.run_id""")
    )
    runs.finish(conn, runs.start(conn, "sync", "command"), "warning", {"systems": failed, "master": _plan(NAMES)})
    conn.execute(
        sa.text("""
            INSERT INTO identity.delivered_quality (at, system, attribute, records, filled, usable)
            VALUES (now(), :system, :attribute, 9, 6, 3)"""),
        [{"system": one, "attribute": two} for one, two in zip(NAMES[::2], NAMES[1::2], strict=True)],
    )


def _plan(names: Sequence[str]) -> dict[str, object]:
    return {"plan": " ".join(names), "pending": len(names)}
