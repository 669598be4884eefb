"""Sign-in by an identity provider, against a small imitation of one over real HTTP: the way in, every lie refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.web.principal import COOKIE
from hub import users
from hub.db import transaction
from hub.postgres import EmbeddedPostgres
from tests.web.conftest import PASSWORD, Site, listening, serving
from tests.web.provider import Provider

_SETTINGS = """\
  oidc:
    issuer: {issuer}
    client_id: hub
    client_secret: ${{OIDC_SECRET:-secret}}
    roles: {{stewards: [steward], heads: [lead, auditor]}}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    with listening(made.app()) as url:
        made.issuer = url
        yield made


@pytest.fixture(scope="module")
def site(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory, provider: Provider
) -> Iterator[Site]:
    more = _SETTINGS.format(issuer=provider.issuer)
    with serving(server, synced, tmp_path_factory.mktemp("oidc"), access=more) as running:
        yield running


def _go(site: Site, provider: Provider, lies: dict[str, Any] | None = None, **claims: Any) -> httpx.Response:
    """Walk the whole way as a browser does, up to the answer of the last step."""
    provider.claims = {"sub": "1", "email": "zoe@corp.test", "email_verified": True, "groups": ["stewards"], **claims}
    provider.lies = lies or {}
    with httpx.Client(timeout=30) as client:
        answer = client.get(f"{site.url}/sign-in/oidc?next=/account")
        while answer.is_redirect:
            answer = client.get(answer.headers["location"])
        return answer


def test_a_person_of_the_provider_gets_in_with_the_roles_of_their_groups(site: Site, provider: Provider) -> None:
    assert "/sign-in/oidc" in site.client().get("/sign-in").text
    answer = _go(site, provider)
    assert answer.status_code == 200
    # A cookie that is Strict is not sent on a way that began elsewhere, so this page goes on by itself.
    assert 'http-equiv="refresh" content="0;url=/account"' in answer.text
    cookie = answer.cookies[COOKIE]
    with httpx.Client(base_url=site.url, cookies={COOKIE: cookie}) as client:
        assert "zoe@corp.test" in client.get("/account").text
    _go(site, provider, groups=["heads", "others"], email="zoe@corp.test")
    with transaction(site.hub.engine) as conn:
        user = users.by_name(conn, "zoe@corp.test")
        assert user is not None
        assert user.roles == {"lead", "auditor"}  # the provider's word now
        assert users.check(conn, "zoe@corp.test", PASSWORD) is None  # no password opens this account
        users.disable(conn, "zoe@corp.test")
    assert _go(site, provider).status_code == 409


@pytest.mark.parametrize(
    "lies",
    [
        {"state": "other"},
        {"key": True},
        {"nonce": "other"},
        {"aud": "other"},
        {"exp": 1},
        {"iss": "x"},
        {"issuer": "x"},
    ],
)
def test_no_lie_gets_in(site: Site, provider: Provider, lies: dict[str, Any]) -> None:
    answer = _go(site, provider, lies, sub="2", email="liar@corp.test")
    assert answer.status_code == 409
    assert COOKIE not in answer.cookies
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "claims",
    [{"groups": []}, {"groups": ["others"]}, {"email_verified": False}, {"email": ""}, {"email": "steward"}],
)
def test_who_has_no_place_here_is_told_so(site: Site, provider: Provider, claims: dict[str, Any]) -> None:
    answer = _go(site, provider, sub="3", **claims)
    assert answer.status_code == 409
    assert COOKIE not in answer.cookies


def test_an_answer_that_nobody_asked_for_is_refused(site: Site) -> None:
    for query in ("", "?code=x&state=", "?code=x&state=y", "?error=access_denied&state=y"):
        assert site.client().get(f"/sign-in/oidc/back{query}").status_code == 409


def test_without_a_provider_there_is_no_such_way(
    server: EmbeddedPostgres, synced: tuple[str, Path], tmp_path: Path
) -> None:
    with serving(server, synced, tmp_path) as running:
        assert running.client().get("/sign-in/oidc").status_code == 404
        assert "/sign-in/oidc" not in running.client().get("/sign-in").text
