"""Why a value is golden, as the pages say it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from apps.web.console import because, golden_view
from golden_record.origins import AttributeOrigins, Loser, Origin
from hub.records import RecordKey
from hub.survivorship_rules import RULES

DOCS = Path(__file__).parents[2] / "docs" / "survivorship.md"
ONE, OTHER = RecordKey("erp", "partners", "1"), RecordKey("crm", "users", "2")


def test_every_rule_and_every_word_of_an_origin_is_said_in_words() -> None:
    section = DOCS.read_text().split("## Origins: why, and why not\n")[1].split("\n## ")[0]
    names = {*RULES, *re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)}
    assert len(names) > 25
    assert {name for name in names if name not in because._WORDS} == set()
    assert because.won("rule_of_old") == "rule of old"
    assert because.lost("rule_of_old") == "behind by rule of old"


@pytest.mark.parametrize(
    ("rule", "losers", "told"),
    [
        ("agreed", [("Ada", "most_recent")], ""),  # another record says the very same
        ("agreed", [("ADA", "most_recent")], "1 in other words"),
        ("agreed", [("Eve", "excluded"), ("Ada", "most_recent")], "1 other not taken"),
        ("most_recent", [("Eve", "most_recent"), ("Eva", "most_recent")], "2 others not taken"),
    ],
)
def test_what_else_was_said_is_counted(rule: str, losers: list[tuple[str, str]], told: str) -> None:
    origins = AttributeOrigins(
        (Origin("Ada", ONE, rule),), tuple(Loser(value, OTHER, behind) for value, behind in losers)
    )
    assert golden_view._others(origins) == told
