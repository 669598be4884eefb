"""Signing in by the organisation's identity provider: OpenID Connect, authorization code with PKCE.

What must come back unchanged (state, nonce, verifier) waits in a signed, short-lived cookie. The session's own cookie
is SameSite=Strict, which a browser does not send on a way that began at the provider: so the last step is a page of
ours that goes on by itself.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from apps.web.pages import page
from apps.web.principal import hub_of
from apps.web.rights import public
from apps.web.security.sign_in import begin, local, secure
from hub import users
from hub.access import OidcConfig
from hub.db import transaction
from hub.errors import RejectedError, RetryableError

router = APIRouter()

_COOKIE = "hub_oidc"
_MINUTES = 10
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # never none, never a symmetric one
_TIMEOUT = 10.0


@router.get("/sign-in/oidc", dependencies=[public()])
def leave(request: Request, next: str = "/") -> Response:
    """Send the person to the provider."""
    config = _config(request)
    found = _discovery(config)
    kept = {"nonce": secrets.token_urlsafe(24), "verifier": secrets.token_urlsafe(48), "next": local(next)}
    with _client(request, config) as client:
        url, kept["state"] = client.create_authorization_url(
            found["authorization_endpoint"], nonce=kept["nonce"], code_verifier=kept["verifier"]
        )
    answer = RedirectResponse(url, status_code=303)
    answer.set_cookie(
        _COOKIE, _signer(request).dumps(kept), max_age=_MINUTES * 60, path="/sign-in/oidc", httponly=True,
        samesite="lax", secure=secure(request),
    )  # fmt: skip
    return answer


@router.get("/sign-in/oidc/back", dependencies=[public()])
def back(request: Request, code: str = "", state: str = "", error: str = "") -> Response:
    """Take the person back from the provider and begin a session."""
    config = _config(request)
    try:
        kept = _signer(request).loads(request.cookies.get(_COOKIE, ""), max_age=_MINUTES * 60)
    except BadSignature:
        kept = {}
    if error or not code or not state or not secrets.compare_digest(state.encode(), kept.get("state", "").encode()):
        raise RejectedError("The identity provider did not let you in.", hint="Start again from the sign-in page.")
    claims = _claims(request, config, code, kept)
    given = claims.get(config.role_claim) or []
    groups = [given] if isinstance(given, str) else given
    roles = sorted({role for group in groups for role in config.roles.get(str(group), [])})
    if not roles:
        raise RejectedError(
            "You are known, but none of your groups has a role here.", hint="Ask an engineer of this hub for one."
        )
    name = str(claims.get(config.name_claim) or "")
    if config.name_claim == "email" and claims.get("email_verified") is False:
        raise RejectedError("Your provider has not verified your e-mail address.", hint="Verify it there first.")
    if not name:
        raise RejectedError(f"The identity provider sent no {config.name_claim}.", hint="See access.oidc.name_claim.")
    with transaction(hub_of(request).engine) as conn:
        user = users.by_provider(conn, config.issuer, str(claims["sub"]), name, roles)
    answer = page(request, "go_on.html", next=local(kept["next"]))
    begin(request, answer, user)
    answer.delete_cookie(_COOKIE, path="/sign-in/oidc")
    return answer


def _claims(request: Request, config: OidcConfig, code: str, kept: dict[str, str]) -> dict[str, Any]:
    """Change the code for the identity, and check it: signature, issuer, audience, times, nonce."""
    found = _discovery(config)
    try:
        with _client(request, config) as client:
            token = client.fetch_token(found["token_endpoint"], code=code, code_verifier=kept["verifier"])
            keys = KeySet.import_key_set(_json(found["jwks_uri"]))
        decoded = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
        options = {
            "iss": {"essential": True, "value": config.issuer},
            "aud": {"essential": True, "value": config.client_id},
        }
        claims = CodeIDToken(
            decoded.claims, decoded.header, options, {"nonce": kept["nonce"], "client_id": config.client_id}
        )
        claims.validate(leeway=60)
    except httpx.HTTPError as error:
        raise _unreachable(error) from None
    except (OAuthError, JoseError, KeyError, ValueError):
        raise RejectedError(
            "The identity provider's answer does not hold up.", hint="Start again from the sign-in page."
        ) from None
    return dict(claims)


def _client(request: Request, config: OidcConfig) -> OAuth2Client:
    secret = config.client_secret.get_secret_value() if config.client_secret else None
    public_url = hub_of(request).config.access.public_url or str(request.base_url).rstrip("/")
    return OAuth2Client(
        config.client_id,
        secret,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        scope=" ".join(config.scopes),
        redirect_uri=f"{public_url}/sign-in/oidc/back",
        code_challenge_method="S256",
        timeout=_TIMEOUT,
    )


def _discovery(config: OidcConfig) -> dict[str, str]:
    """What the provider says of itself. Raises RetryableError where it does not answer, RejectedError where oddly."""
    try:
        found = _json(f"{config.issuer.rstrip('/')}/.well-known/openid-configuration")
    except httpx.HTTPError as error:
        raise _unreachable(error) from None
    if found.get("issuer") != config.issuer:
        raise RejectedError("The identity provider calls itself otherwise.", hint="Set access.oidc.issuer as it does.")
    return {name: str(found[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}


def _json(url: str) -> Any:
    if urlsplit(url).scheme not in ("https", "http"):
        raise RejectedError("The identity provider names an address that is none.")
    # Not the client's request: the keys and the discovery are public, no token goes along.
    return httpx.get(url, timeout=_TIMEOUT).raise_for_status().json()


def _unreachable(error: Exception) -> RetryableError:
    return RetryableError(
        f"The identity provider does not answer ({type(error).__name__}).", hint="Try again, or sign in by password."
    )


def _config(request: Request) -> OidcConfig:
    config = hub_of(request).config.access.oidc
    if config is None:
        raise HTTPException(404)
    return config


def _signer(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(request.app.state.cookie_key, salt="oidc")
