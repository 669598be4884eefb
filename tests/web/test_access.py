"""Signing in and out, sessions, forged forms, guessing, headers, keys, masking."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from apps.web.principal import COOKIE
from apps.web.security.csrf import FIELD, token
from apps.web.security.headers import CSP
from apps.web.security.sign_in import local
from hub import api_keys, audit, users, web_sessions
from hub.access import AccessConfig
from hub.db import transaction
from hub.errors import RejectedError
from hub.masking import MARK, hidden, masked
from hub.records import Value
from tests.web.conftest import PASSWORD, Site


@pytest.fixture
def fresh(site: Site) -> Iterator[httpx.Client]:
    """A browser that is nobody yet."""
    with httpx.Client(base_url=site.url, timeout=30) as client:
        yield client


def _sign_in(client: httpx.Client, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/sign-in", data={"name": name, "password": password, **more})


def test_a_person_signs_in_and_out(site: Site, fresh: httpx.Client) -> None:
    assert fresh.get("/").headers["location"] == "/sign-in"
    assert fresh.get("/account?x=1").headers["location"] == "/sign-in?next=%2Faccount%3Fx%3D1"
    answer = _sign_in(fresh, "Steward", next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age="))
    assert "steward" in fresh.get("/account").text
    kept = fresh.cookies[COOKIE]
    done = fresh.post("/sign-out", data={FIELD: token(kept)})
    assert done.headers["location"] == "/sign-in"
    fresh.cookies.set(COOKIE, kept)  # whoever copied the cookie has nothing of it
    assert fresh.get("/account").status_code == 303
    with transaction(site.hub.engine) as conn:
        assert {"sign-in", "sign-out"} <= {e.what for e in audit.entries(conn, who="steward")}
        assert kept not in str(conn.execute(sa.text("SELECT * FROM ops.web_session")).all())


def test_wrong_words_say_the_same_of_known_and_unknown_names(site: Site, fresh: httpx.Client) -> None:
    for name, told in (("auditor", "auditor"), ("hunter2 my password", "unknown")):
        answer = _sign_in(fresh, name, "wrong wrong wrong")
        assert answer.status_code == 401
        assert "fit together" in answer.text
        with transaction(site.hub.engine) as conn:
            newest = audit.entries(conn, limit=1)[0]
        assert (newest.what, newest.who) == ("sign-in.refused", told)


def test_guessing_is_stopped(site: Site, fresh: httpx.Client) -> None:
    answers = [_sign_in(fresh, "lead", f"guess number {i}").status_code for i in range(7)]
    assert answers == [401] * 5 + [429] * 2
    stopped = _sign_in(fresh, "lead")  # the right one, but too late
    assert stopped.status_code == 429
    assert stopped.headers["retry-after"] == "60"


def test_a_session_ends_by_time_by_idleness_and_by_disabling(site: Site) -> None:
    with transaction(site.hub.engine) as conn:
        users.add(conn, "leaver", ["reader"], PASSWORD)
    for change in (
        "UPDATE ops.web_session SET ends_at = now() - interval '1 second' WHERE session_id = :id",
        "UPDATE ops.web_session SET seen_at = now() - interval '2 hours' WHERE session_id = :id",
    ):
        cookie = site.cookie("leaver")
        with transaction(site.hub.engine) as conn:
            session = web_sessions.find(conn, cookie, site.hub.config.access)
            assert session is not None
            conn.execute(sa.text(change), {"id": session.session_id})
        with transaction(site.hub.engine) as conn:
            assert web_sessions.find(conn, cookie, site.hub.config.access) is None
    client = site.client("leaver")
    assert client.get("/account").status_code == 200
    with transaction(site.hub.engine) as conn:
        users.set_roles(conn, "leaver", ["auditor"])
    assert "auditor" in client.get("/account").text  # other roles count at once
    with transaction(site.hub.engine) as conn:
        users.disable(conn, "leaver")
        assert users.check(conn, "leaver", PASSWORD) is None
    assert client.get("/account").status_code == 303


def test_signing_in_twice_begins_anew(site: Site, fresh: httpx.Client) -> None:
    _sign_in(fresh, "reader")
    first = fresh.cookies[COOKIE]
    answer = _sign_in(fresh, "reader", csrf=token(first))
    assert answer.status_code == 303
    assert fresh.cookies[COOKIE] != first
    with transaction(site.hub.engine) as conn:
        assert web_sessions.find(conn, first, site.hub.config.access) is None


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({}, {}, 403),
        ({}, {FIELD: "x" * 64}, 403),
        ({"x-csrf-token": "ünlikely"}, {}, 403),
        ({"origin": "https://evil.test"}, {FIELD: "right"}, 403),
        ({"sec-fetch-site": "cross-site"}, {FIELD: "right"}, 403),
        ({"sec-fetch-site": "same-origin"}, {FIELD: "right"}, 409),  # in, and told that the old password is wrong
    ],
)
def test_only_our_own_forms_are_taken(
    site: Site, fresh: httpx.Client, headers: dict[str, str], data: dict[str, str], status: int
) -> None:
    cookie = site.cookie("reader")
    fresh.cookies.set(COOKIE, cookie)
    data = {name: token(cookie) if value == "right" else value for name, value in data.items()}
    encoded = {name: value.encode() for name, value in headers.items()}
    answer = fresh.post("/account/password", data={**data, "old": "x", "new": "long enough for it"}, headers=encoded)
    assert answer.status_code == status


def test_nobody_signs_a_person_in_from_another_site(fresh: httpx.Client) -> None:
    answer = fresh.post(
        "/sign-in", data={"name": "reader", "password": PASSWORD}, headers={"origin": "https://evil.test"}
    )
    assert answer.status_code == 403
    assert COOKIE not in fresh.cookies


@pytest.mark.parametrize(
    "path",
    ["//evil.test", "/\\evil.test", "https://evil.test", "evil", "/a\nb", "/" + "a" * 3000, "/\t/evil.test"],
)
def test_the_way_on_never_leaves_the_site(path: str) -> None:
    assert local(path) == "/"
    assert local("/customers/1?tab=x#y") == "/customers/1?tab=x#y"


def test_every_answer_has_its_headers(site: Site) -> None:
    for path in ("/", "/account", "/sign-in", "/nowhere"):
        headers = site.client("steward").get(path).headers
        assert headers["content-security-policy"] == CSP
        assert "unsafe" not in CSP
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
    kept = site.client().get("/static/app.css")
    assert "immutable" in kept.headers["cache-control"]
    for path in ("/static/..%2fapp.py", "/static/LICENSES.md", "/static/none.css"):
        assert site.client().get(path).status_code == 404


def test_errors_are_pages_with_a_way_out(site: Site) -> None:
    missing = site.client("reader").get("/nowhere")
    assert missing.status_code == 404
    assert "start from Home" in missing.text
    part = site.client("reader").get("/nowhere", headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert 'role="alert"' in part.text


def test_a_new_password_ends_all_sessions(site: Site, fresh: httpx.Client) -> None:
    with transaction(site.hub.engine) as conn:
        users.add(conn, "mover", ["reader"], PASSWORD)
    client = site.client("mover")
    short = client.post("/account/password", data={"old": PASSWORD, "new": "short"})
    assert (short.status_code, "10 to" in short.text) == (409, True)
    done = client.post("/account/password", data={"old": PASSWORD, "new": "quite another phrase"})
    assert done.status_code == 303
    assert client.get("/account").status_code == 303
    assert _sign_in(fresh, "mover").status_code == 401
    assert _sign_in(fresh, "mover", "quite another phrase").status_code == 303


def test_a_key_counts_until_it_ends(site: Site) -> None:
    with transaction(site.hub.engine) as conn:
        made, text = api_keys.add(conn, "shop", ["match"], days=1, by="anna", allowed=frozenset({"match"}))
        assert text.split("_")[-1] not in str(conn.execute(sa.text("SELECT * FROM ops.api_key")).all())
        assert api_keys.find(conn, text) == made or made.used_at is None
        for wrong in (text[:-1] + "!", text.replace("hub_", ""), "", "hub_", "hub_\0_x", f"hub_{made.key_id}_"):
            assert api_keys.find(conn, wrong) is None
        with pytest.raises(RejectedError, match="can't have"):
            api_keys.add(conn, "more", ["user.write"], days=1, by="anna", allowed=frozenset({"match"}))
        with pytest.raises(RejectedError, match="already"):
            api_keys.add(conn, "shop", ["match"], days=1, by="anna", allowed=frozenset({"match"}))
        conn.execute(sa.text("UPDATE ops.api_key SET expires_at = now() - interval '1 second'"))
        assert api_keys.find(conn, text) is None
        conn.execute(sa.text("UPDATE ops.api_key SET expires_at = now() + interval '1 day'"))
        api_keys.revoke(conn, "shop")
        assert api_keys.find(conn, text) is None


def test_two_people_of_one_name_in_other_case_are_one(site: Site) -> None:
    with transaction(site.hub.engine) as conn:
        with pytest.raises(RejectedError, match="already"):
            users.add(conn, "STEWARD", ["reader"], PASSWORD)
        with pytest.raises(RejectedError, match="role 'app'"):
            users.add(conn, "robot", ["app"], PASSWORD)
        with pytest.raises(RejectedError, match="printable"):
            users.add(conn, "a\u202eb", ["reader"], PASSWORD)


def test_fields_are_masked_for_who_has_masked_roles_alone() -> None:
    access = AccessConfig(mask={"birth_date": ["reader", "app"], "email": ["app"]})
    told = {
        "birth_date": [Value("1971-04-02", "1971-04-02")],
        "email": [Value("a@b.c", "a@b.c"), Value("d@e.f", "d@e.f")],
    }
    assert masked(told, {"reader"}, access)["birth_date"] == [Value(MARK, None)]
    assert masked(told, {"reader"}, access)["email"] == told["email"]
    assert masked(told, {"reader", "steward"}, access) == told
    assert [v.value for v in masked(told, {"app"}, access)["email"]] == [MARK, MARK]
    assert hidden({"steward"}, access) == frozenset()


def test_many_requests_at_once_are_one_person(site: Site) -> None:
    cookie, found = site.cookie("steward"), []

    def ask() -> None:
        with httpx.Client(base_url=site.url, timeout=60, cookies={COOKIE: cookie}) as client:
            found.extend(client.get("/account").status_code for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 30
