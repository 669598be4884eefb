"""Customers as an app reads them: found, whole or in part, masked, as they were, and every id that ever was."""

from __future__ import annotations

import uuid

import httpx
import sqlalchemy as sa

from golden_record import read
from hub import audit
from hub.db import transaction
from tests.web.api.asking import NOBODY, customer_of, is_problem, key
from tests.web.conftest import Site


def test_a_customer_by_id_by_key_and_by_contact_point(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s2")
    whole = api.get(f"/api/v1/customers/{customer_id}").json()
    assert whole["status"] == "current"
    assert whole["attributes"]["given_name"] == [{"value": "Katharina", "standard": "katharina"}]
    assert {r["system"] for r in whole["records"]} == {"shop", "desk"}
    assert whole["relations"] is None
    for query in ({"system": "desk", "source_id": "d2"}, key("shop", "s2")):
        assert api.get("/api/v1/customers/by-key", params=query).json()["customers"] == [whole]
    email = whole["attributes"]["email"][0]["value"]
    for body in ({"email": email.upper()}, {"phone": "030 9000002", "country": "DE"}):
        assert whole in api.post("/api/v1/customers/lookup", json=body).json()["customers"]
    assert api.post("/api/v1/customers/lookup", json={"email": "nobody@example.org"}).json() == {"customers": []}


def test_chosen_parts_and_only_those(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s2")
    got = api.get(f"/api/v1/customers/{customer_id}", params={"include": "relations, consents"}).json()
    assert (got["relations"], got["consents"], got["activities"], got["computed"]) == ([], [], None, None)
    is_problem(api.get(f"/api/v1/customers/{customer_id}", params={"include": "everything"}), 422)


def test_masked_values_are_nowhere(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s2")
    with transaction(site.hub.engine) as conn:
        golden = read.customer(conn, uuid.UUID(customer_id))
    assert golden is not None
    born = str(golden.attributes["birth_date"][0].value)
    match = {"entity_type": "person", "attributes": {"given_name": "Katharina", "birth_date": born}, "explain": True}
    answers = [
        api.get(f"/api/v1/customers/{customer_id}", params={"include": "activities,relations,consents,computed"}),
        api.get(f"/api/v1/customers/{customer_id}/versions"),
        api.get(f"/api/v1/customers/{customer_id}/why/birth_date"),
        api.post("/api/v1/search", json={"text": "Katharina"}),
        api.post("/api/v1/match", json={**match, "attributes": {**match["attributes"], "family_name": "Durand"}}),
        *(api.get("/api/v1/export", params={"format": form}) for form in ("ndjson", "csv")),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert born not in answer.text, answer.url
    assert "••••" in answers[0].text
    assert api.post("/api/v1/search", json={"text": born}).json()["hits"] == []


def test_etags(site: Site, api: httpx.Client) -> None:
    url = f"/api/v1/customers/{customer_of(site, 'shop', 's4')}"
    first = api.get(url)
    tag = first.headers["etag"]
    assert api.get(url).headers["etag"] == tag
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = api.get(url, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get(url, headers={"If-None-Match": '"x"'}).content == first.content
    assert api.get(url, params={"include": "relations"}).headers["etag"] != tag


def test_split_and_retired_ids_answer(site: Site, api: httpx.Client) -> None:
    split, gone = customer_of(site, "shop", "s23"), customer_of(site, "shop", "s43")
    with transaction(site.hub.engine) as conn:  # as identity would leave them
        for name, heirs in ((split, ["s33", "s41"]), (gone, [])):
            conn.execute(
                sa.text("UPDATE golden.golden_record SET valid_to = now() WHERE customer_id = :id"), {"id": name}
            )
            conn.execute(
                sa.text("UPDATE identity.customer SET status = :status WHERE customer_id = :id"),
                {"id": name, "status": "split" if heirs else "retired"},
            )
            conn.execute(
                sa.text("UPDATE identity.crosswalk SET valid_to = now() WHERE customer_id = :id AND valid_to IS NULL"),
                {"id": name},
            )
            for heir in heirs:
                conn.execute(
                    sa.text("""INSERT INTO identity.crosswalk (record_id, customer_id, valid_from, valid_to)
                        SELECT record_id, :id, now() - interval '1 day', now() FROM identity.source_record
                        WHERE source_id = :heir"""),
                    {"id": name, "heir": heir},
                )
    answer = api.get(f"/api/v1/customers/{split}")
    assert answer.status_code == 300
    heirs_now = {customer_of(site, "shop", "s33"), customer_of(site, "shop", "s41")}
    assert set(answer.json()["current"]) == heirs_now
    assert answer.headers["link"].count("alternate") == 2
    is_problem(api.get(f"/api/v1/customers/{gone}"), 410)
    is_problem(api.get(f"/api/v1/customers/{NOBODY}"), 404)
    is_problem(api.get("/api/v1/customers/by-key", params={"system": "shop", "source_id": "none"}), 404)


def test_as_of_and_why_and_timeline(site: Site, api: httpx.Client) -> None:
    customer_id = customer_of(site, "shop", "s22")
    now = api.get(f"/api/v1/customers/{customer_id}").json()
    then = api.get(f"/api/v1/customers/{customer_id}", params={"as_of": now["valid_from"]})
    assert then.json()["attributes"] == now["attributes"]
    parts = {"include": "activities,relations,consents,computed"}
    present = api.get(f"/api/v1/customers/{customer_id}", params=parts).json()
    ahead = api.get(f"/api/v1/customers/{customer_id}", params={**parts, "as_of": "2999-01-01T00:00:00Z"}).json()
    assert present["relations"] is not None
    assert {**ahead, "as_of": None} == present
    early = api.get(f"/api/v1/customers/{customer_id}", params={**parts, "as_of": now["valid_from"]}).json()
    assert early["unknown"].keys() == {"segments"}  # the hub's first golden records are older than its segments
    is_problem(api.get(f"/api/v1/customers/{customer_id}", params={"as_of": "2001-01-01T00:00:00Z"}), 404)
    is_problem(api.get(f"/api/v1/customers/{customer_id}", params={"as_of": "2001-01-01T00:00:00"}), 422)
    why = api.get(f"/api/v1/customers/{customer_id}/why/email").json()
    assert why["won"][0]["value"] == now["attributes"]["email"][0]["value"]
    is_problem(api.get(f"/api/v1/customers/{customer_id}/why/shoe_size"), 404)
    assert api.get(f"/api/v1/customers/{customer_id}/timeline").json() == {"activities": [], "next": None}
    is_problem(api.get(f"/api/v1/customers/{customer_id}/timeline", params={"cursor": "x"}), 400)


def test_personal_reads_are_in_the_audit_log(site: Site) -> None:
    customer_id = customer_of(site, "shop", "s30")
    with site.app_client("customer.read") as client:
        client.get(f"/api/v1/customers/{customer_id}")
        client.post("/api/v1/search", json={"text": "Katharina"})
    with transaction(site.hub.engine) as conn:
        entries = audit.entries(conn, on=f"customer:{customer_id}")
        assert entries[0].what == "customer.read"
        assert any(entry.what == "customer.search" for entry in audit.entries(conn, who=entries[0].who))
        assert not audit.verify(conn).fault
