"""Random customers: records of several systems that agree, differ and leave out, and what stewards entered."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from hub.attributes import ATTRIBUTES, Attribute
from hub.records import Value
from tests.golden_record.plain_candidates import DAY, key_of

VOCABULARY = {
    **{
        name: ATTRIBUTES[name]
        for name in ("given_name", "middle_name", "family_name", "title", "email", "phone", "address", "birth_date")
    },
    "given_name_root": ATTRIBUTES["given_name_root"],
    "tier": Attribute("tier"),
    "points": Attribute("points", "number"),
    "made": Attribute("made"),
}
SYSTEMS = ("crm", "desk", "erp")
FORMS = ["ann", "Ann", "ANN", "Bob", " bo b", "李", 'a"b\\', "Éa", "", "a@x.c", "A@y.c"]


@st.composite
def values(draw: st.DrawFn) -> Value:
    form = draw(st.sampled_from(FORMS))
    return Value(form, draw(st.sampled_from([form.lower(), form.lower(), form.lower(), None])))


def of_kind(kind: str) -> st.SearchStrategy[Value]:
    forms = {
        "date": ["1980-02-01", "1980-02-02", "0001-01-01", "9999-12-31"],
        "number": ["1", "2.5", "-3", "10", "2500000000000000000000000000000"],
        "phone": ["+491", "491", "+431", "+12"],
    }
    return st.sampled_from([*(Value(f, f) for f in forms[kind]), Value(forms[kind][0], None)])


@st.composite
def addresses(draw: st.DrawFn) -> Value:
    names = ["street", "city", "country", "line2"]
    parts = draw(st.dictionaries(st.sampled_from(names), st.sampled_from([*FORMS[:3], ""]), min_size=1))
    standard = {k: v.lower() for k, v in parts.items() if v}
    # What is written inside another part, or follows from the system, has a comparable form alone.
    standard |= draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["ann", "bob"]), max_size=1))
    return Value(parts, draw(st.sampled_from([standard, standard, standard, None])) or None)


def of(attribute: Attribute) -> st.SearchStrategy[list[Value]]:
    others = {"address": addresses(), "text": values(), "email": values()}
    one = others[attribute.kind] if attribute.kind in others else of_kind(attribute.kind)
    return st.lists(one, min_size=1, max_size=3 if attribute.multi else 1)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "system": draw(st.sampled_from(SYSTEMS)),
        "object": draw(st.sampled_from(["a", "b"])),
        "source_id": draw(st.sampled_from(["1", "2", "10", "ü"])),
        "attributes": draw(st.fixed_dictionaries({}, optional={name: of(a) for name, a in VOCABULARY.items()})),
        "modified_at": draw(st.sampled_from([None, None, -1, 0, 7, 3 * DAY])),
        "changed_at": draw(st.sampled_from([0, 7, 9, 10 * DAY])),
        "arrived_at": draw(st.sampled_from([0, 5])),
        "role": draw(st.sampled_from([None, None, None, "kept"])),
        "attribute_times": draw(
            st.none() | st.dictionaries(st.sampled_from(list(VOCABULARY)), st.sampled_from([-5, 0]))
        ),
    }


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """What a steward entered: one value each."""
    name = draw(st.sampled_from([name for name, a in VOCABULARY.items() if not a.derived]))
    role = draw(st.sampled_from(["pin", "value", "exclude"]))
    return {
        "system": "steward",
        "object": role,
        "source_id": draw(st.sampled_from(["1", "2", "3"])),
        "attributes": {name: draw(of(VOCABULARY[name]))[:1]},
        "modified_at": (at := draw(st.sampled_from([1, 2, 4 * DAY]))),
        "changed_at": at,
        "arrived_at": at,
        "role": role,
    }


customers = st.lists(
    st.tuples(
        st.lists(records(), min_size=1, max_size=6, unique_by=key_of),
        st.one_of(st.just([]), st.lists(entries(), max_size=3, unique_by=key_of)),
    ).map(lambda both: [{**both[0][0], "role": None}, *both[0][1:], *both[1]]),
    min_size=1,
    max_size=6,
)
