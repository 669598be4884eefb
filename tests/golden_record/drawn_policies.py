"""Random survivorship policies over the vocabulary of the random customers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from golden_record.policy import make_policy
from golden_record.unit import Policy
from hub.survivorship import Survivorship
from tests.golden_record.drawn_customers import VOCABULARY

priorities = st.builds(
    lambda systems, unlisted: {"source_priority": systems, "unlisted": unlisted},
    st.sampled_from([["erp"], ["crm", "erp"], [["crm", "desk"], "erp"], [["erp", "desk", "crm"], "steward"]]),
    st.sampled_from(["last", "last", "never"]),
)
clocks = st.builds(
    lambda rule, clock: {rule: {"clock": clock}},
    st.sampled_from(["most_recent", "oldest"]),
    st.sampled_from(["modified_at", "changed", "arrived", "birth_date", "attribute_changed", "attribute_changed"]),
)
confidences = st.builds(
    lambda scores, floor: {"confidence": {"scores": scores, "floor": floor}},
    st.sampled_from([{"erp": 0.8, "crm": 0.6}, {"desk": 1, "steward": 0}]),
    st.sampled_from([None, None, 0.5, 0.7]),
)
references = st.sampled_from(["given_name", "family_name", "points", "address.city", "address.country"])
ways = st.one_of(
    references,
    st.builds(lambda names: {"join": names, "separator": "-'"}, st.lists(references, min_size=1, max_size=3)),
    st.sampled_from([{"country_of": "phone"}, {"domain_of": "email"}]),
)
derivations = st.builds(lambda these: {"derived": these}, st.lists(ways, min_size=1, max_size=2))
trusts = st.builds(
    lambda scores, half_life: {"trust": {"scores": scores, "half_life_days": half_life}},
    st.sampled_from([{"erp": 0.9, "crm": 0.6}, {"desk": 0.5}]),
    st.sampled_from([None, 1, 0.5]),
)
orders = st.one_of(
    st.sampled_from(["most_recent", "most_frequent", "longest", "oldest", "most_complete", "validated_first"]),
    priorities,
    clocks,
    trusts,
)
chains = st.lists(orders, min_size=1, max_size=4, unique_by=str)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "system": st.sampled_from([["erp"], ["crm", "desk"]]),
        "object": st.just(["a"]),
        "newer_than_days": st.sampled_from([1, 5]),
        "equals": st.sampled_from([{"tier": "ann"}, {"tier": ["ann", "bob"], "birth_date": "1980-02-01"}]),
    },
).filter(bool)


@st.composite
def single(draw: st.DrawFn, name: str, group: bool) -> list[Any]:
    """A chain for an attribute that keeps one value, or for a group."""
    chain: list[Any] = draw(chains)
    if group:
        return chain
    if VOCABULARY[name].kind in ("number", "date"):
        chain = draw(st.sampled_from([["max"], ["min"], ["max", "most_recent"]]))
    first = ["unanimous", {"follow": "tier"}, {"validated_first": {"floor": "comparable"}}]
    first += [{"validated_first": {"floor": "valid"}}]
    head = draw(st.sampled_from([None, None, *(f for f in first if not (name == "tier" and f == {"follow": "tier"}))]))
    if head:
        chain = [head, *draw(st.sampled_from([[], chain]))]
    if VOCABULARY[name].kind not in ("number", "date") and draw(st.booleans()):
        chain = [*chain, draw(confidences)]
    if name in ("title", "made") and draw(st.booleans()):
        made = draw(derivations)
        free = not head or head == "unanimous"
        chain = draw(st.sampled_from([[made], [made, *chain] if free and not head else [*chain, made], [*chain, made]]))
    if draw(st.booleans()) and VOCABULARY[name].kind != "address":
        chain = [*draw(st.sampled_from([[], chain])), {"constant": "Fixed"}]
    return chain


@st.composite
def settings_of(draw: st.DrawFn, name: str, group: bool) -> Any:
    """What may be said of one attribute or group."""
    rules: Any = draw(single(name, group))
    if not group and VOCABULARY[name].multi:
        sure = st.lists(confidences, max_size=1)
        primary = st.builds(lambda chain, last: [*chain, *last], chains, sure)
        union = st.fixed_dictionaries({"primary": primary, "max": st.sampled_from([None, 1, 2])})
        rules = draw(st.one_of(st.just(rules), union.map(lambda u: [{"union": u}])))
    said: dict[str, Any] = {"rules": rules}
    if draw(st.booleans()):
        said["when"] = draw(conditions)
    if not group and draw(st.booleans()):
        said["clear"] = ["ANN", "+491", "1"] if VOCABULARY[name].kind != "address" else []
        said["nulls"] = "win" if not VOCABULARY[name].multi and draw(st.booleans()) else "ignore"
    if name == "address" and draw(st.booleans()):
        parts = st.fixed_dictionaries({}, optional={"country": chains, "line2": chains})
        key = draw(st.sampled_from([["street"], ["city", "street"]]))
        return {**said, "collection": {"key": key, "parts": draw(parts)}}
    return draw(st.sampled_from([rules, said]))


deletions = st.sampled_from(
    ["drop", {"keep_days": None}, {"keep_days": 3}, {"keep_days": None, "attributes": ["tier", "points", "address"]}]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    groups = draw(
        st.sampled_from([None, {}, {"who": ["title", "given_name"]}, {"all": ["middle_name", "title", "family_name"]}])
    )
    grouped = {m for members in (groups or {}).values() for m in members}
    if groups is None:
        grouped = {"given_name", "middle_name", "family_name"}
    units = [name for name, a in VOCABULARY.items() if not a.derived and name not in grouped]
    named = ["name"] if groups is None else list(groups)
    rules = draw(
        st.fixed_dictionaries(
            {}, optional={name: settings_of(name, name in named) for name in [*units, *named]}
        )
    )  # fmt: skip
    section = {"attributes": rules, "groups": groups, "defaults": draw(st.one_of(st.none(), chains))}
    section["deleted"] = draw(deletions)
    return make_policy(Survivorship.model_validate(section), VOCABULARY)
