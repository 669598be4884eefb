"""The survivorship section of hub.yaml: what it fills in, and what it refuses in words that help."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from golden_record.policy import make_policy
from golden_record.unit import Policy, Step, Unit
from hub.attributes import ATTRIBUTES, Attribute
from hub.survivorship import Survivorship
from tests.golden_record.world import config


def policy(**section: Any) -> Policy:
    return make_policy(Survivorship.model_validate(section), ATTRIBUTES)


def unit(name: str, **section: Any) -> Unit:
    return next(u for u in policy(**section).units if u.name == name)


def rules(of: Unit) -> list[str]:
    return [step.rule for step in of.steps]


def test_every_attribute_has_a_unit_and_derived_ones_have_none() -> None:
    placed = [name for u in policy().units for name in u.attributes]
    assert sorted(placed) == sorted(name for name, a in ATTRIBUTES.items() if not a.derived)


def test_one_rule_may_stand_alone_and_ranks_may_tie() -> None:
    assert rules(unit("title", attributes={"title": "longest"})) == ["longest"]
    ranked = unit("title", attributes={"title": {"source_priority": ["erp", ["desk", "crm"], "shop"]}})
    assert ranked.steps == (Step("source_priority", (("crm", 2), ("desk", 2), ("erp", 1), ("shop", 3))),)


def test_union_orders_by_its_primary_then_by_the_rules_after_it() -> None:
    email = unit("email", attributes={"email": [{"union": {"primary": "most_recent", "max": None}}, "longest"]})
    assert (email.union, email.limit, rules(email)) == (True, None, ["most_recent", "longest"])


def test_defaults_order_what_is_not_named_and_keep_unions() -> None:
    section = {"defaults": ["longest"], "attributes": {"title": ["most_recent"]}}
    assert rules(unit("title", **section)) == ["most_recent"]
    assert rules(unit("name", **section)) == ["longest"]
    email = unit("email", **section)
    assert (email.union, email.limit, rules(email)) == (True, 10, ["longest"])


def test_empty_groups_dissolve_the_name() -> None:
    assert unit("given_name", groups={}).attributes == ("given_name",)


def test_hash_names_the_content() -> None:
    assert policy().hash == policy().hash == policy(attributes={}).hash
    assert policy().hash != policy(defaults=["longest"]).hash
    assert policy().hash != make_policy(Survivorship(), {**ATTRIBUTES, "tier": Attribute("tier")}).hash


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"attributes": {"title": ["most_recnt"]}}, "'most_recnt' is no survivorship rule.*did you mean 'most_recent'"),
        ({"attributes": {"title": []}}, "at least 1 item"),
        ({"attributes": {"title": [7]}}, "a rule is a name such as"),
        ({"attributes": {"title": ["source_priority"]}}, "'source_priority' needs settings"),
        ({"attributes": {"title": [{"longest": 3}]}}, "'longest' takes no settings"),
        ({"attributes": {"title": [{"source_priority": ["erp", ["erp"]]}]}}, "lists 'erp' twice"),
        ({"attributes": {"email": [{"union": {"maximum": 3}}]}}, "Extra inputs"),
        ({"attributes": {"email": [{"union": {"primary": {"union": {}}}}]}}, "union"),
        ({"attributes": {"titel": "longest"}}, "attributes.titel: unknown attribute; did you mean 'title'"),
        ({"attributes": {"given_name_root": "longest"}}, "unknown attribute"),
        ({"attributes": {"given_name": "longest"}}, "survives with group 'name'"),
        ({"attributes": {"title": {"union": {}}}}, "union keeps several values"),
        ({"attributes": {"email": ["longest", {"union": {}}]}}, "union comes once and first"),
        ({"attributes": {"title": ["longest", "longest"]}}, "stands twice"),
        ({"attributes": {"title": {"source_priority": ["epr"]}}}, "names 'epr'.*did you mean 'erp'"),
        ({"defaults": {"source_priority": ["epr"]}}, "defaults: source_priority names 'epr'"),
        ({"groups": {"who": ["title", "titel"]}}, "groups.who: unknown attribute 'titel'"),
        ({"groups": {"who": ["title", "email"]}}, "'email' may have several values"),
        ({"groups": {"who": ["title"], "what": ["title"]}}, "is in group 'who' already"),
        ({"groups": {"title": ["gender"]}}, "an attribute has this name already"),
        ({"group": {}}, "Extra inputs"),
        (
            {"attributes": {"title": {"most_recent": 1, "longest": 2}}},
            "'longest' is no setting of the rule most_recent",
        ),
        ({"attributes": {"title": {"rules": "longest", "wen": {}}}}, "Extra inputs"),
        ({"attributes": {"title": {"most_recent": {"clock": "arived"}}}}, "unknown clock.*did you mean 'arrived'"),
        ({"attributes": {"title": {"oldest": {"clock": "gender"}}}}, "the clock 'gender' is no date"),
        ({"attributes": {"title": "max"}}, "max is for numbers and dates"),
        ({"attributes": {"name": {"validated_first": {"floor": "valid"}}}}, "a floor is for one attribute"),
        ({"attributes": {"title": {"trust": {"scores": {"epr": 0.9}}}}}, "trust names 'epr'.*did you mean 'erp'"),
        ({"attributes": {"title": {"trust": {"scores": {"erp": 9}}}}}, "less than or equal to 1"),
        ({"attributes": {"title": ["longest", "unanimous"]}}, "unanimous comes first"),
        ({"attributes": {"title": [{"constant": "Dr"}, "longest"]}}, "constant comes last"),
        ({"attributes": {"title": {"constant": ""}}}, "the constant is empty"),
        ({"attributes": {"name": {"constant": "Ann"}}}, "constant is for one attribute"),
        ({"attributes": {"title": {"follow": "nam"}}}, "follow names the unknown attribute 'nam'; did you mean 'name'"),
        ({"attributes": {"title": {"follow": "given_name"}}}, "survives with group 'name'; follow that"),
        ({"attributes": {"title": {"follow": "title"}}}, "follow names the attribute itself"),
        ({"attributes": {"title": {"follow": "gender"}, "gender": {"follow": "name"}}}, "which follows another itself"),
        ({"attributes": {"title": ["longest", {"follow": "name"}]}}, "follow comes first"),
        ({"attributes": {"title": {"when": {"system": ["epr"]}}}}, "when.system: it names 'epr'"),
        ({"attributes": {"title": {"when": {"newer_than_days": 1e30}}}}, "less than or equal to 36500"),
        ({"attributes": {"title": {"when": {"equals": {"titel": "x"}}}}}, "when.equals names the unknown attribute"),
        ({"attributes": {"title": {"when": {"equals": {"address": "x"}}}}}, "has parts"),
        ({"attributes": {"email": {"nulls": "win"}}}, "nulls: win is for attributes with one value"),
        ({"attributes": {"name": {"clear": ["x"]}}}, "nulls and clear are for one attribute"),
        ({"attributes": {"address": {"clear": ["x"]}}}, "clear is for attributes that are one text"),
        ({"defaults": ["unanimous"]}, "defaults: unanimous can't hold for all"),
    ],
)
def test_wrong_settings_are_refused(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        config(**section)


def test_stewards_are_a_system_that_rules_may_name() -> None:
    assert unit("title", attributes={"title": {"source_priority": ["steward"]}}).steps[0].ranks == (("steward", 1),)
    config(attributes={"title": {"source_priority": ["steward", "erp"]}})


def test_a_policy_says_only_what_is_set() -> None:
    title = next(u for u in policy(attributes={"title": "longest"}).content() if u["name"] == "title")
    assert title["steps"] == [{"rule": "longest"}]
    assert "floor" not in title


def test_systems_that_the_data_names_are_not_checked() -> None:
    section = Survivorship.model_validate({"defaults": {"source_priority": ["anything"]}})
    section.check_names(ATTRIBUTES, None)
    with pytest.raises(ValueError, match="not under systems"):
        section.check_names(ATTRIBUTES, {"erp"})


def test_schema_offers_the_rules_to_editors() -> None:
    text = str(Survivorship.model_json_schema())
    assert all(rule in text for rule in ("most_recent", "most_frequent", "longest", "source_priority", "union"))
