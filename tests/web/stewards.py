"""A base for stewards: pairs that are for review, one change that is held, and names that are meant to do harm."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows import deciding
from flows.report import MasterReport, SyncReport
from flows.sync import sync
from hub import runs
from hub.db import transaction
from hub.postgres import EmbeddedPostgres
from tests.web.conftest import Site, serving

MORE = """
matching: {person: {link_threshold: 0.95, review_threshold: 0.3}}
release: {max_cluster_size: 2}
"""

HOSTILE = [
    "<script>window.pwned=1</script>",
    '"><img src=x onerror="window.pwned=1">',
    "{{7*7}}{% raise %}",
    "javascript:window.pwned=1",
    "\u202egnp.exe\u2066\u200f",
    'O\'Brien" onfocus=window.pwned=1 autofocus="',
    '=HYPERLINK("http://x")',
    "N" * 500,
    "́" * 60 + "Zalgo",
    "</textarea></title></style><svg onload=window.pwned=1>",
]


def add_rows(site: Site, shop: list[tuple[str, ...]], desk: list[tuple[str, ...]]) -> None:
    """Add rows to the files and sync them."""
    for name, rows in (("shop.csv", shop), ("desk.csv", desk)):
        with (site.hub.settings.parent / name).open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    sync(site.hub)


def stop_as_plan(site: Site) -> str:
    """A run that stopped because it would have changed too many customers; gives its id."""
    with transaction(site.hub.engine) as conn:
        run = runs.start(conn, "resolve", "command")
        report = SyncReport(master=MasterReport(plan="This run would merge 60 of 90 customers.", pending=60))
        runs.finish(conn, run, "warning", report.to_json())
    return str(run)


@contextmanager
def steward_site(server: EmbeddedPostgres, synced: tuple[str, Path], folder: Path) -> Iterator[Site]:
    """Serve the base with bars between which pairs are left for a person."""
    with pytest.MonkeyPatch.context() as patched, serving(server, synced, folder, MORE) as site:
        patched.setattr(deciding, "_PATIENCE", 20_000)  # the machine may be slow
        # A third record of one who has two: three are more than may be joined unseen.
        held = ("d900", "Katharina", "Baumann", "k.baumann0@mail-demo.de", "030 9000000", "1950-01-01")
        hostile_shop, hostile_desk = [], []
        for n, name in enumerate(HOSTILE):
            born = f"19{60 + n}-03-1{n % 10}"
            hostile_shop.append((f"h{n}", name, f"Hostil{chr(97 + n)}e", f"h{n}@mail-demo.de", "", born, name))
            hostile_desk.append((f"k{n}", name, f"Hostil{chr(97 + n)}e", f"h{n}@mail-demo.de", "", born))
            hostile_desk.append((f"h{n}", name, f"Hostil{chr(97 + n)}e", f"other-h{n}@web-demo.de", "", born))
        add_rows(site, hostile_shop, [held, *hostile_desk])
        yield site
