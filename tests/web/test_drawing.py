"""Drawings and tables that are made from values alone: clusters as points, side by side, addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.web.console import graph
from apps.web.console.queue_query import AGES, QueueQuery
from apps.web.console.side_by_side import lines
from hub.attributes import ATTRIBUTES
from hub.masking import MARK
from hub.records import Part, RecordKey, Value
from hub.tasks import KINDS, Place
from identity.compared import Compared


@given(
    st.integers(1, 14).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.sampled_from([*combinations(range(n), 2)] or [(0, 0)])))
    )
)
@settings(max_examples=40, deadline=None)
def test_points_stay_in_the_frame_apart_and_the_same_every_time(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    count, found = drawn
    edges = sorted(edge for edge in found if edge[0] != edge[1])
    spots = graph.layout(range(count), edges)
    assert spots == graph.layout(range(count), edges)
    assert set(spots) == set(range(count))
    assert all(0 <= spot.x <= graph.SIZE and 0 <= spot.y <= graph.SIZE for spot in spots.values())
    assert len({(spot.x, spot.y) for spot in spots.values()}) == count


def test_neighbours_stand_nearer_than_the_ends_of_a_chain() -> None:
    spots = graph.layout(range(6), [(i, i + 1) for i in range(5)])

    def far(one: int, other: int) -> float:
        a, b = spots[one], spots[other]
        return ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5

    assert max(far(i, i + 1) for i in range(5)) < far(0, 5) / 2


def record(number: int, **values: list[tuple[Part, Part | None]]) -> Compared:
    attributes = {name: [Value(*value) for value in found] for name, found in values.items()}
    return Compared(number, RecordKey("crm", "c", str(number)), "person", attributes, None, False, False, None, 0, ())


def test_what_agrees_and_what_differs_is_told_by_the_compared_form() -> None:
    found = lines(
        [
            record(
                1,
                given_name=[("Zoë", "zoe")],
                email=[("A@x.org", "a@x.org"), ("b@x.org", "b@x.org")],
                gender=[("f", "f")],
            ),
            record(2, given_name=[("ZOE", "zoe")], email=[("a@x.org", "a@x.org")], birth_date=[("1.2.80", None)]),
            record(3, given_name=[("Zoe", "zoe")], birth_date=[("1980-02-01", "1980-02-01")]),
        ],
        ATTRIBUTES,
        hidden={"email"},
    )
    assert {line.attribute: line.likeness for line in found} == {
        "given_name": "same",
        "gender": "alone",
        "birth_date": "differ",
        "email": "some",
    }
    by_name = {line.attribute: line for line in found}
    assert [[shown.shared for shown in cell] for cell in by_name["email"].cells] == [[True, False], [True], []]
    assert {shown.value for cell in by_name["email"].cells for shown in cell} == {MARK}
    assert by_name["given_name"].cells[0][0].standard == "zoe"
    assert by_name["birth_date"].cells[2][0].standard is None  # it reads alike


@given(
    st.builds(
        QueueQuery,
        kind=st.sampled_from([None, *KINDS]),
        system=st.none() | st.text(min_size=1, max_size=8).filter(lambda t: "\0" not in t),
        entity_type=st.sampled_from([None, "person", "organisation"]),
        assigned=st.sampled_from([None, "", "anna b&c=d"]),
        age=st.sampled_from([None, *AGES]),
        deferred=st.booleans(),
        after=st.none() | st.builds(Place, st.integers(0, 10**8), st.sampled_from(["match:a:b", "conflict:x:y:é~z"])),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_part_of_the_queue_is_named_by_its_address(query: QueueQuery) -> None:
    assert QueueQuery.of_text(query.text()) == query
    assert QueueQuery.of_text(query.text(kind="held")).after is None
    assert query.wanted.before is None or query.wanted.before < datetime.now(UTC)
