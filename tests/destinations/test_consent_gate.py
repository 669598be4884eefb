"""Nothing leaves without the consent that it rests on, and what the hub wrote goes again when one is withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from destinations import zendesk
from destinations.assessment import assess
from destinations.client import Client, Patience
from destinations.consent_gate import Withheld
from destinations.hubspot import HubSpot
from destinations.operations import Found, Operation, Subject, changes_from_json, operation_to_json
from destinations.plan import Shape, plan
from destinations.slots import EMPTY
from hub.consent import EVERY_PURPOSE, EffectiveConsent, EffectiveState, PointKind
from hub.ground import Ground
from hub.records import RecordKey, Value
from tests.destinations.factories import Settings, attributes, subject

SHAPE = HubSpot("crm", "http://127.0.0.1:1", "-", Patience(), write_key=False, batch=100)
DESK = zendesk.Zendesk(
    Client("desk", "http://127.0.0.1:1", Patience()), Patience(), write_key=False, batch=100,
    own={"person": (), "organisation": ()},
)  # fmt: skip
BY_CONSENT = Settings(purpose="newsletter", legal_basis="consent")
ANNA = attributes(given_name="Anna", family_name="Abel", email="a@x.de", phone=Value("030 1", "+4930123456"))
SINCE = datetime(2026, 1, 2, tzinfo=UTC)


def consent(state: EffectiveState, point: str = "a@x.de", channel: str = "email", **more: Any) -> EffectiveConsent:
    kinds: dict[str, PointKind] = {"email": "email", "post": "address"}
    return EffectiveConsent(
        purpose=more.get("purpose", "newsletter"),
        channel=channel,
        point_kind=kinds.get(channel, "phone"),
        point=point,
        state=state,
        since=SINCE,
        evidence=RecordKey("shop", "forms", "1"),
    )


def planned(
    it: Subject, *consents: EffectiveConsent, settings: Settings = BY_CONSENT, shape: Shape = SHAPE
) -> tuple[dict[str, Value], list[Withheld]]:
    withheld: list[Withheld] = []
    found = plan([replace(it, consents=consents)], settings, shape, "crm", on_withheld=withheld.append)
    return {change.slot: change.value for operation in found for change in operation.changes}, withheld


def test_without_a_statement_nothing_leaves_and_the_plan_says_so() -> None:
    changes, withheld = planned(subject(ANNA))
    assert changes == {}
    assert {entry.field for entry in withheld} == {"firstname", "lastname", "email", "phone"}
    assert {entry.reason for entry in withheld} == {"there is no consent for newsletter"}
    assert planned(subject(ANNA, target=None), settings=replace(BY_CONSENT, create=True))[0] == {}


def test_a_contact_point_needs_its_own_consent_the_rest_any() -> None:
    changes, withheld = planned(subject(ANNA), consent("granted"))
    assert set(changes) == {"firstname", "lastname", "email"}
    assert [entry.field for entry in withheld] == ["phone"]
    both = planned(subject(ANNA), consent("granted"), consent("granted", "+4930123456", "sms"))[0]
    assert set(both) == {"firstname", "lastname", "email", "phone"}


def test_other_purposes_states_channels_and_points_allow_nothing() -> None:
    refused = [
        consent("granted", purpose="offers"),
        consent("granted", purpose=EVERY_PURPOSE),
        consent("withdrawn"),
        consent("expired"),
        consent("unknown"),
    ]
    for one in refused:
        assert planned(subject(ANNA), one)[0] == {}
    assert "email" not in planned(subject(ANNA), consent("granted", "b@x.de"))[0]
    by_post = Ground(purpose="newsletter", legal_basis="consent", channels=("post",))
    only_post = replace(BY_CONSENT, grounds=dict.fromkeys(ANNA, by_post))
    assert planned(subject(ANNA), consent("granted"), settings=only_post)[0] == {}
    two = [consent("granted", "+4930123456", "sms"), consent("withdrawn", "+4930123456", "phone")]
    assert "phone" not in planned(subject(ANNA), *two)[0]


def test_a_field_may_rest_on_another_ground() -> None:
    contract = Ground(purpose="orders", legal_basis="contract")
    own = replace(BY_CONSENT, grounds={"family_name": contract})
    assert set(planned(subject(ANNA), settings=own)[0]) == {"lastname"}
    consented = Ground(purpose="newsletter", legal_basis="consent")
    other = Settings(grounds={"email": consented})
    assert "email" not in planned(subject(ANNA), settings=other)[0]
    assert "lastname" in planned(subject(ANNA), settings=other)[0]


def test_a_withdrawal_takes_out_what_the_hub_wrote_and_leaves_the_systems_own() -> None:
    mine = attributes(email="a@x.de", given_name="Anna", family_name="Abel")
    own = attributes(phone=Value("030 1", "+4930123456"))
    it = subject(ANNA, {**mine, **own}, told=mine, evidence=own, written=frozenset({"email", "firstname", "lastname"}))
    assert planned(it, consent("granted"))[0] == {}
    changes, withheld = planned(it, consent("withdrawn"))
    assert changes == {"email": EMPTY, "firstname": EMPTY}
    reason = "consent for newsletter by email was withdrawn (shop/forms, 2026-01-02)"
    [stays] = withheld
    assert (stays.field, stays.reason.startswith(reason)) == ("lastname", True)  # no contact without a name
    [operation] = plan([replace(it, consents=(consent("withdrawn"),))], BY_CONSENT, SHAPE, "crm")
    assert {change.reason for change in operation.changes} == {f"{reason}; the hub's value is removed"}
    assert operation.written() == {"email": [], "given_name": []}
    assert changes_from_json(operation_to_json(operation)["changes"]) == operation.changes
    emptied = subject(
        ANNA, own, told={"email": [], "given_name": [], "family_name": mine["family_name"]}, evidence=own,
        written=it.written,
    )  # fmt: skip
    assert planned(emptied, consent("withdrawn"))[0] == {}
    assert set(planned(emptied, consent("granted"))[0]) >= {"email", "firstname"}  # and comes back with a new consent


def test_a_new_value_with_consent_takes_the_place_of_one_without() -> None:
    golden = attributes(family_name="Abel", email="new@x.de")
    old = attributes(email="a@x.de")
    it = subject(golden, old, told=old, written=frozenset({"email"}))
    changes, _ = planned(it, consent("withdrawn"), consent("granted", "new@x.de"))
    assert changes["email"].value == "new@x.de"


def test_what_a_system_can_not_empty_stays_and_is_said() -> None:
    told = attributes(email="a@x.de", phone=Value("030 1", "+4930123456"))
    it = subject(attributes(email="a@x.de"), told, told=told, written=frozenset({"email", "phone"}))
    changes, withheld = planned(it, consent("withdrawn"), shape=DESK)
    assert changes == {"phone": EMPTY}
    assert [entry.field for entry in withheld] == ["email"]


def test_a_removal_that_landed_is_seen_and_an_edit_there_is_left_alone() -> None:
    told = attributes(email="a@x.de")
    it = subject(ANNA, told, told=told, written=frozenset({"email"}))
    [operation] = plan([replace(it, consents=(consent("withdrawn"),))], BY_CONSENT, SHAPE, "crm")

    def seen(said: str | None) -> Any:
        return assess(operation, Found("1", {"email": {"email": said}}), SHAPE.slots("person"))

    assert seen("a@x.de").left == ("email",)
    assert seen("").landed == seen(None).landed == ("email",)
    assert seen("own@x.de").moved == ("email",)


STATES = st.lists(
    st.builds(
        consent,
        st.sampled_from(["granted", "withdrawn", "expired", "unknown"]),
        st.sampled_from(["a@x.de", "b@x.de"]),
        purpose=st.sampled_from(["newsletter", "offers", EVERY_PURPOSE]),
    ),
    max_size=4,
)


@given(STATES, st.sampled_from(["a@x.de", "b@x.de", "c@x.de"]))
def test_an_email_leaves_only_with_a_grant_and_no_withdrawal_of_it(said: list[EffectiveConsent], email: str) -> None:
    operations: list[Operation] = plan(
        [replace(subject(attributes(family_name="Abel", email=email)), consents=tuple(said))], BY_CONSENT, SHAPE, "crm"
    )
    left = any(change.slot == "email" for operation in operations for change in operation.changes)
    of_it = [one for one in said if one.point == email and one.purpose in ("newsletter", EVERY_PURPOSE)]
    granted = any(one.state == "granted" and one.purpose == "newsletter" for one in of_it)
    assert left == (granted and all(one.state != "withdrawn" for one in of_it))
