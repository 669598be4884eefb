"""docs/survivorship.md says what the code does: rules, words of origins, defaults, and its settings work."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from golden_record.policy import make_policy
from hub.attributes import ATTRIBUTES, Attribute
from hub.survivorship import Survivorship
from hub.survivorship_rules import RULES
from tests.golden_record.test_cases import CASES
from tests.golden_record.world import config

TEXT = (Path(__file__).parents[2] / "docs" / "survivorship.md").read_text()


def first_cells(heading: str) -> list[str]:
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][1:]


def test_every_rule_is_told() -> None:
    told = {rule for cell in first_cells("The rules") for rule in re.findall(r"`(\w+)`", cell)}
    assert told == set(RULES)


def told_cases() -> list[tuple[str, str]]:
    """First cell and named case of each row of the tables that name cases."""
    rows, naming = [], False
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|"):
            naming = False
        elif cells[-1] == "checked by the case":
            naming = True
        elif naming and not line.startswith("|--"):
            rows.append((cells[0], cells[-1]))
    return rows


def test_each_example_is_a_case_that_runs() -> None:
    cases = {case["case"]: case for path in sorted(CASES.glob("*.yaml")) for case in yaml.safe_load(path.read_text())}
    rows = told_cases()
    assert len(rows) > 35
    assert [name for _, name in rows if name not in cases] == []
    # A rule's case is about that rule: it is in its policy, and it is what decided.
    section = TEXT.split("## The rules\n")[1].split("\n## ")[0]
    for cell, name in rows:
        if f"| {cell} |" in section:
            rule = re.findall(r"`(\w+)`", cell)[0]
            assert rule in str(cases[name]["policy"]), name


def test_every_rule_has_a_case_that_it_decides() -> None:
    cases = [case for path in CASES.glob("*.yaml") for case in yaml.safe_load(path.read_text())]
    deciding = {word for case in cases for word in re.findall(r"'rule': '(\w+)'", str(case["expect"]))}
    assert deciding >= set(RULES) - {"follow"} | {"deleted", "excluded", "condition", "unlisted", "floor", "empty"}


def test_example_settings_are_valid() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert len(examples) == 5
    for example in examples:
        config(**yaml.safe_load(example)["survivorship"])


def test_defaults_are_those_of_the_code() -> None:
    vocabulary = {
        **ATTRIBUTES,
        "your own, one value": Attribute("own"),
        "your own, `multi: true`": Attribute("owns", multi=True),
    }
    section = TEXT.split("## Defaults\n")[1].split("\n## ")[0]
    told = {}
    for line in [line for line in section.splitlines() if line.startswith("| ")][1:]:
        names, rules = line.strip("| ").split(" | ")
        for name in [names] if names in vocabulary else re.findall(r"`(\w+)`", names):
            told[name] = (re.findall(r"`(\w+)`", rules), re.findall(r"at most (\d+)", rules))
    made = {
        unit.name: (
            ["union"] * unit.union + [step.rule for step in unit.steps],
            [str(unit.limit)] if unit.union else [],
        )
        for unit in make_policy(Survivorship(), vocabulary).units
    }
    assert told == made


def test_words_of_origins_are_those_that_occur() -> None:
    words = {cell.strip("`") for cell in first_cells("Origins: why, and why not")}
    package = Path(__file__).parents[2] / "golden_record"
    source = "".join((package / f"{name}.py").read_text() for name in ("survivorship", "admission"))
    written = set(re.findall(r"(?:THEN|ELSE|_of_policy,|_bar\(duck,|coalesce\(of_policy,) ['\"](\w+)", source)) - {"m"}
    assert words == written
