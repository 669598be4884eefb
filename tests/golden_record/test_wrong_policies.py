"""A wrong policy is an error before anything runs: each fault with its own line of hub.yaml, and a way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.config_file import parse_config
from hub.errors import SettingsError

HEAD = """\
version: 1
systems:
  erp: {kind: zendesk, url: "http://x", user: u, token: t}
  crm: {kind: zendesk, url: "http://x", user: u, token: t}
attributes:
  country: {kind: text}
  tags: {kind: text, multi: true}
survivorship:
"""

WRONG = {
    "attributes: {titel: longest}": "unknown attribute; did you mean 'title'",
    "attributes: {title: longst}": "'longst' is no survivorship rule.*did you mean 'longest'",
    "attributes: {title: {most_recent: {clok: arrived}}}": "unknown key 'clok'; did you mean 'clock'",
    "attributes: {title: {most_recent: {clock: attribute_change}}}": "did you mean 'attribute_changed'",
    "attributes: {title: {source_priority: [epr]}}": "not under systems; did you mean 'erp'",
    "attributes: {title: {source_priority: [netsuite]}}": r"not under systems \(systems: crm, erp\)",
    "attributes: {title: {confidence: {scores: {epr: 0.5}}}}": "did you mean 'erp'",
    "attributes: {title: {confidence: {scores: {erp: 5}}}}": "less than or equal to 1",
    "attributes: {title: {confidence: {scores: {erp: 0.5}, floor: 1}}}": "less than 1",
    "attributes: {name: {confidence: {scores: {erp: 0.5}}}}": "most_frequent or trust may be meant",
    "attributes: {full_name: {derived: {join: [given_name]}}}": "name groups without it",
    "attributes: {country: {derived: adress.country}}": "unknown attribute 'adress'; did you mean 'address'",
    "attributes: {country: {derived: address.contry}}": "no such part; did you mean 'country'",
    "attributes: {country: {derived: address}}": "has parts; name one: address.street",
    "attributes: {country: {derived: {country_off: phone}}}": "did you mean 'country_of'",
    "attributes: {country: {derived: {country_of: email}}}": "phone may be meant",
    "attributes: {country: {derived: {domain_of: phone}}}": "email may be meant",
    "attributes: {country: {derived: country}}": "name what it is made of",
    "attributes: {country: {derived: title}, title: {derived: gender}}": "name what that is made of",
    "attributes: {country: [longest, {derived: title}, most_recent]}": "derived comes first.*or last",
    "attributes: {email: {derived: title}}": "derived is for one attribute that is one text",
    "attributes: {title: {follow: country}, country: {derived: gender}}": "follow what it is derived from",
    "attributes: {title: {rules: longest, collection: {key: [x]}}}": "for values with parts",
    "attributes: {address: {collection: {key: [stret]}}}": "there is no part 'stret'; did you mean 'street'",
    "attributes: {address: {collection: {key: [street], parts: {citty: longest}}}}": "did you mean 'city'",
    "attributes: {address: {collection: {key: [street], parts: {street: longest}}}}": "leave its rules out",
    "attributes: {address: {collection: {key: [street], parts: {city: {constant: x}}}}}": "give it to some under",
    "attributes: {address: {constant: x}}": "this has parts",
    "attributes: {title: [longest, longest]}": "stands twice.*leave one out",
    "attributes: {title: [unanimus]}": "did you mean 'unanimous'",
    "attributes: {tags: {nulls: win, rules: {union: {}}}}": "attributes with one value",
    "groups: {who: [titel]}": "unknown attribute 'titel'; did you mean 'title'",
    "groups: {who: []}": "name some, or leave it out",
    "defaults: {constant: x}": "give it to some under attributes",
    "deleted: {keep_days: 0}": "greater than 0",
    "deleted: {keep_days: 9, attributes: [titel]}": "did you mean 'title'",
    "deleted: {keep_days: 9, attributes: [given_name]}": "name the group",
    "deleted: kept": "drop",
    "upcoming: [{effective_from: 2027-13-01}]": "is no date: month must be",
    "upcoming: [{attributes: {}}]": "Field required",
    "upcoming: [{effective_from: 2027-01-01, attributes: {titel: longest}}]": "did you mean 'title'",
    "upcoming: [{effective_from: 2027-01-01}, {effective_from: 2026-01-01}]": "order them by time",
    "atributes: {}": "unknown key 'atributes'; did you mean 'attributes'",
}


def faults(section: str) -> list[str]:
    with pytest.raises(SettingsError) as found:
        parse_config(HEAD + section, Path("hub.yaml"))
    return str(found.value).splitlines()


@pytest.mark.parametrize("wrong", WRONG)
def test_each_names_its_line_and_a_way_out(wrong: str) -> None:
    said = faults(f"  # a comment\n\n  {wrong}\n")
    assert any(re.search(f"hub.yaml, line 11: .*{WRONG[wrong]}", line) for line in said), said


def test_all_faults_are_told_at_once_each_with_its_line() -> None:
    said = faults(
        "  attributes:\n    titel: longest\n    gender: max\n"
        "  upcoming:\n    - effective_from: 2027-01-01\n      attributes:\n        phone: {follow: titel}\n"
    )
    assert [line.split(": ")[0] for line in said] == [f"hub.yaml, line {number}" for number in (10, 11, 15)]
