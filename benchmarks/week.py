"""A random week of a hub, then `hub verify`: `python -m benchmarks.week`. Seeded; see benchmarks/README.md.

Each day records come, change, go and come back, stewards decide and revoke, values become shared by many and cease to
be; then the hub resolves. At the end edges and clusters must be those of a full run over what is there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.customers import Row, key_of, organisations, persons, save
from flows import stages
from hub import runs
from hub.db import snapshot, transaction
from hub.errors import RejectedError
from hub.records import RecordKey
from hub.session import Hub, open_hub
from identity import decision_log, decisions, glue, glue_words, holds, store
from identity.decision_log import Kind
from identity.verify import VerifyReport, verify

SETTINGS = """\
systems:
  shop:
    kind: files
    objects: {customers: {path: none.csv, entity_type: person, id: id, fields: {given_name: first}}}
schedules: {sync: null, verify: null}
"""
_LARGE = 5_000  # rows
_HOT = ("555-201-0100", "555-201-0101", "555-201-0102", "noreply@shop.example.com")


class Week:
    """The rows as the systems hold them, those that are gone, and what is done to them."""

    def __init__(self, hub: Hub, rows: dict[str, Row], rng: random.Random) -> None:
        self.hub, self.rows, self.rng = hub, rows, rng
        self.gone: dict[str, Row] = {}
        self.shared: list[str] = []
        self.done: Counter[str] = Counter()

    def day(self, number: int, many: int) -> None:
        """Live through one day: so many records change, a quarter as many go, and so on in proportion."""
        for source_id in self.rng.sample(sorted(self.rows), many // 4):
            self.gone[source_id] = self.rows.pop(source_id)
        back = self.rng.sample(sorted(self.gone), min(len(self.gone), many // 8))
        deleted = [source_id for source_id in self.gone if source_id not in back]
        changed = {source_id: self.gone.pop(source_id) for source_id in back}
        known = sorted(self.rows)
        changed |= {source_id: self._altered(self.rows[source_id]) for source_id in self.rng.sample(known, many)}
        for at in range(many // 2):  # customers who are there already, and new ones
            like = self._altered(self.rows[self.rng.choice(known)])
            like |= {} if self.rng.random() < 0.6 else self._somebody(like)
            changed[f"N{number}-{at}"] = like
        changed |= self._shared(number, known)
        self.rows |= changed
        with transaction(self.hub.engine) as conn:
            self.done["deleted"] += store.delete(conn, [key_of(source_id) for source_id in deleted])
        self.done["stored"] += save(self.hub.engine, changed.items())
        self.done["came back"] += len(back)
        self._decide(max(many // 20, 3))
        self._speak(number)

    def _altered(self, row: Row) -> Row:
        """Give the row with something else in it."""
        new, field = dict(row), self.rng.choice([name for name in row if name not in ("changed", "zip", "city")])
        match field:
            case "email":
                new[field] = self.rng.choice(["", f"someone{self.rng.randrange(10**6)}@mail.example.org"])
            case "phone":
                new[field] = self.rng.choice(["", f"202-{self.rng.randrange(220, 990)}-{self.rng.randrange(9999):04}"])
            case "born":
                new[field] = self.rng.choice(["", f"19{self.rng.randrange(40, 99)}-0{self.rng.randrange(1, 9)}-17"])
            case _:
                text = row[field] or "Nobody"
                at = self.rng.randrange(len(text))
                new[field] = text[:at] + self.rng.choice("aeinrst") + text[at + self.rng.randrange(2) :]
        return new

    def _somebody(self, row: Row) -> Row:
        """Give names and contacts of nobody known."""
        mark = self.rng.randrange(10**7)
        names = {"name": f"Newhouse {mark} Trading"} if "name" in row else {"first": "Zora", "last": f"Quill{mark}"}
        return names | {"email": f"q{mark}@mail.example.org", "phone": "", "street": f"{mark % 900} New Road"}

    def _shared(self, number: int, known: list[str]) -> dict[str, Row]:
        """Let a value become shared by many, and those who shared the one before have their own again."""
        value = _HOT[number % len(_HOT)]
        field = "email" if "@" in value else "phone"
        own = {source_id: self._altered(self.rows[source_id]) for source_id in self.shared if source_id in self.rows}
        for row in own.values():
            row |= {name: "" for name in ("email", "phone") if row[name] in _HOT}
        self.shared = self.rng.sample(known, self.rng.randrange(12, 60))
        return own | {source_id: self.rows[source_id] | {field: value} for source_id in self.shared}

    def _decide(self, many: int) -> None:
        """Decide about pairs near the bar and about pairs at random, and end some of what stands."""
        with transaction(self.hub.engine) as conn:
            near = conn.execute(
                sa.text("""
                    SELECT l.system, l.object, l.source_id, r.system, r.object, r.source_id FROM identity.edge e
                    JOIN identity.model m ON m.entity_type = e.entity_type AND m.live
                    JOIN identity.source_record l ON l.record_id = e.record_l
                    JOIN identity.source_record r ON r.record_id = e.record_r
                    ORDER BY abs(e.match_weight - m.link_weight), e.record_l, e.record_r LIMIT :many"""),
                {"many": 20 * many},
            ).all()
            pairs = [(RecordKey(*row[:3]), RecordKey(*row[3:])) for row in self.rng.sample(near, min(len(near), many))]
            known = sorted(self.rows)
            pairs += [(key_of(a), key_of(b)) for a, b in (self.rng.sample(known, 2) for _ in range(many // 3))]
            kinds: list[Kind] = ["same", "different", "different", "unsure"]
            for left, right in pairs:
                try:
                    decisions.decide(conn, self.rng.choice(kinds), [left], [right], by="week", reason="seen")
                    self.done["decided"] += 1
                except RejectedError:
                    self.done["refused"] += 1
            standing = [decision.decision_id for decision in decision_log.listing(conn)]
            for decision_id in self.rng.sample(standing, len(standing) // 6):
                decisions.revoke(conn, decision_id, by="week", reason="seen again")
                self.done["revoked"] += 1

    def _speak(self, number: int) -> None:
        """Say something about a value that is shared."""
        with transaction(self.hub.engine) as conn:
            for value in sorted(glue.suppressed(conn, "person"))[number % 3 : number % 3 + 1]:
                word = self.rng.choice(["released", "banned"])
                try:
                    glue_words.say(conn, value, word, by="week", reason="seen")  # type: ignore[arg-type]  # one of two
                    self.done[word] += 1
                except RejectedError:
                    glue_words.revoke(conn, value, by="week", reason="seen again")


def resolve(hub: Hub) -> dict[str, Any]:
    """Resolve what is pending with golden records, as a sync does; gives the seconds and what came of it.

    `scanned`: the large tables that PostgreSQL read from end to end, with the rows read so.
    """
    with transaction(hub.engine) as conn:
        run_id = runs.start(conn, "sync", "command")
    before = _scanned(hub)
    start = time.perf_counter()
    report = stages.master(hub, run_id, lambda _: None)
    if report.plan:
        raise SystemExit(f"the run was held: {report.plan}")
    with hub.engine.connect() as conn:
        held, suppressed = holds.count(conn), len(glue.suppressed(conn, "person"))
    seconds = round(time.perf_counter() - start, 1)
    scanned = {table: rows - before.get(table, 0) for table, rows in _scanned(hub).items()}
    return {
        "seconds": seconds,
        "scanned": {table: rows for table, rows in scanned.items() if rows >= _LARGE},
        "records": report.resolved,
        "pairs": report.pairs,
        "held": held,
        "suppressed": suppressed,
    } | report.customers


def _scanned(hub: Hub) -> dict[str, int]:
    hub.engine.dispose()  # a server's process tells what it has read when its connection ends
    with hub.engine.connect() as conn:
        rows = conn.execute(
            sa.text("SELECT schemaname || '.' || relname AS name, seq_tup_read FROM pg_stat_user_tables ORDER BY 1")
        )
        return {row.name: row.seq_tup_read for row in rows}


def live(
    folder: Path, persons_wanted: int, organisations_wanted: int, days: int, changes: int, seed: int
) -> VerifyReport:
    """Make a hub, live through the days and verify; prints a line of JSON for each step."""
    (folder / "hub.yaml").write_text(SETTINGS)
    rows = persons(persons_wanted, seed)[0] | organisations(organisations_wanted, seed)
    with open_hub(folder / "hub.yaml") as hub:
        start = time.perf_counter()
        stored = save(hub.engine, rows.items())
        _say("base", {"stored": stored, "seconds": round(time.perf_counter() - start, 1)})
        _say("first run", resolve(hub))
        week = Week(hub, rows, random.Random(seed))
        for number in range(1, days + 1):
            week.done.clear()
            week.day(number, changes)
            _say(f"day {number}", resolve(hub) | dict(week.done))
        start = time.perf_counter()
        with snapshot(hub.engine) as conn:
            report = verify(conn, hub.config)
        _say("verify", {
            "equal": report.equal, "records": report.records, "pending": report.pending, "edges": report.edges_full,
            "clusters": report.clusters_full, "seconds": round(time.perf_counter() - start, 1),
            "difference": report.first_difference,
        })  # fmt: skip
        return report


def _say(step: str, facts: dict[str, Any]) -> None:
    print(json.dumps({"step": step} | facts), flush=True)


def main() -> None:
    """Live through a week; the exit code says whether incremental equals full."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=80_000)
    parser.add_argument("--organisations", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--changes", type=int, default=1_000, help="records that change in a day, beside what comes")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-week-") as folder:
        report = live(Path(folder), given.persons, given.organisations, given.days, given.changes, given.seed)
    sys.exit(0 if report.equal and not report.pending else 1)


if __name__ == "__main__":
    main()
