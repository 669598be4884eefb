"""What the hub wrote and hears again is no evidence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.records import Attributes
from identity.echoes import Stored, Told, listen, record_told, told_of
from tests.identity.factories import attributes, key, moment, record, values

STORED = Stored(attributes(given_name="bob", email=["b@x.org"]), moment(10))


def heard(told: Attributes, *, stored: Stored | None = STORED, at: int | None = 20, **incoming: object):
    found = listen(record(1, at=at, **incoming), stored, told)
    return found.record.attributes, found.told


def test_an_echo_leaves_the_earlier_evidence() -> None:
    told = attributes(given_name="robert")
    assert heard(told, given_name="robert", email="b@x.org") == (STORED.attributes, told)


def test_an_echo_of_a_record_the_hub_made_is_no_evidence_at_all() -> None:
    told = attributes(given_name="robert", email="b@x.org")
    assert heard(told, stored=None, given_name="robert", email="b@x.org") == ({}, told)


def test_values_beside_the_echo_are_evidence() -> None:
    told = attributes(email="new@x.org")
    evidence, still = heard(told, given_name="bob", email=["new@x.org", "third@x.org"])
    assert evidence == attributes(given_name="bob", email="third@x.org")
    assert still == told


def test_an_edit_in_the_system_is_evidence_again() -> None:
    evidence, still = heard(attributes(given_name="robert"), given_name="rob", email="b@x.org")
    assert evidence == attributes(given_name="rob", email="b@x.org")
    assert still == {}


def test_removing_what_the_hub_wrote_is_an_edit_too() -> None:
    evidence, still = heard(attributes(given_name="robert"), email="b@x.org")
    assert evidence == attributes(email="b@x.org")
    assert still == {}


def test_a_stale_read_changes_nothing() -> None:
    told = attributes(given_name="robert")
    assert heard(told, given_name="bob", email="b@x.org", at=10) == (STORED.attributes, told)


def test_without_times_another_value_is_an_edit() -> None:
    evidence, still = heard(attributes(given_name="robert"), given_name="rob", email="b@x.org", at=None)
    assert evidence["given_name"] == values("rob")
    assert still == {}


def test_of_two_written_values_the_one_that_is_left_stays_an_echo() -> None:
    told = attributes(email=["one@x.org", "two@x.org"])
    evidence, still = heard(told, given_name="bob", email=["two@x.org", "own@x.org"])
    assert evidence["email"] == values("own@x.org")
    assert still == attributes(email="two@x.org")


def test_an_attribute_the_hub_emptied_stays_empty_until_someone_fills_it() -> None:
    assert heard({"given_name": []}, email="b@x.org") == (STORED.attributes, {"given_name": []})
    evidence, still = heard({"given_name": []}, given_name="rob", email="b@x.org")
    assert evidence["given_name"] == values("rob")
    assert still == {}


def test_what_standardising_made_of_an_echo_is_an_echo() -> None:
    told = attributes(full_name="robert smith")
    evidence, _ = heard(
        told, full_name="robert smith", given_name="robert", given_name_root="bob", family_name="smith", email="b@x.org"
    )
    assert evidence == attributes(given_name="bob", email="b@x.org")


def test_what_standardising_makes_no_longer_of_an_echo_stays_as_it_was() -> None:
    stored = Stored(attributes(organisation_name="abel gmbh", legal_form="gmbh", organisation_core="abel"), moment(10))
    told = attributes(organisation_name="abel")
    evidence, _ = heard(told, stored=stored, organisation_name="abel")
    assert evidence == stored.attributes


def test_a_part_of_the_name_that_the_hub_did_not_write_is_evidence() -> None:
    told = attributes(full_name="robert smith")
    evidence, _ = heard(told, full_name="robert smith", given_name="bertie", email="b@x.org")
    assert evidence["given_name"] == values("bertie")


def test_a_later_word_replaces_a_single_value_and_joins_a_list(conn: Connection) -> None:
    record_told(
        conn, [Told(key(1), "given_name", values("a"), moment(1)), Told(key(1), "phone", values("1"), moment(1))]
    )
    record_told(
        conn, [Told(key(1), "given_name", values("b"), moment(2)), Told(key(1), "phone", values("2"), moment(2))]
    )
    assert told_of(conn, [key(1), key(2)]) == {key(1): attributes(given_name="b", phone=["2", "1"])}


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=3)


@given(TEXTS, TEXTS, TEXTS)
def test_hearing_the_same_twice_is_hearing_it_once(before: list[str], told: list[str], now: list[str]) -> None:
    words = {"email": values(*told)}
    first = listen(record(1, at=20, email=list(now)), Stored(attributes(email=list(before)), moment(10)), words)
    second = listen(record(1, at=21, email=list(now)), Stored(first.record.attributes, moment(20)), first.told)
    assert second.record.attributes == first.record.attributes
    assert second.told == first.told


@given(TEXTS, TEXTS, TEXTS)
def test_evidence_never_holds_a_value_that_was_only_told(before: list[str], told: list[str], now: list[str]) -> None:
    found = listen(
        record(1, at=20, email=list(now)), Stored(attributes(email=list(before)), moment(10)), {"email": values(*told)}
    )
    evidence = {v.standard for v in found.record.attributes.get("email", [])}
    assert evidence <= (set(now) - set(told)) | set(before)


def test_a_value_that_our_own_took_the_place_of_stays_evidence() -> None:
    """Two phones, one overwritten by the hub: the other coming back alone doesn't mean that the first was taken out."""
    stored = Stored(attributes(phone=["1", "2"]), None)
    evidence, still = heard(attributes(phone="3"), stored=stored, phone=["3", "2"])
    assert evidence == stored.attributes
    assert still == attributes(phone="3")
    taken_out, _ = heard(
        attributes(phone="3"), stored=Stored(attributes(phone=["0", "1", "2"]), None), phone=["3", "2"]
    )
    assert taken_out == attributes(phone="2"), "two are gone, and the hub has written one"
