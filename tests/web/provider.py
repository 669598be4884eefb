"""A small imitation of an identity provider: OpenID Connect over real HTTP, with the ways it can go wrong."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey


@dataclass
class Provider:
    """What it says of the person, and which lies it tells."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        """The provider as an app."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discovery() -> dict[str, str]:
            places = {
                name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            }
            return {"issuer": self.lies.get("issuer", self.issuer), **places}

        @app.get("/authorization_endpoint")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            code = f"code-{len(self.codes)}"
            self.codes[code] = asked
            back = {"code": code, "state": self.lies.get("state", asked["state"])}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", status_code=303)

        @app.post("/token_endpoint")
        def token(code: Annotated[str, Form()], code_verifier: Annotated[str, Form()]) -> Any:
            asked = self.codes.pop(code)
            digest = hashlib.sha256(code_verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if (asked["code_challenge_method"], asked["code_challenge"]) != ("S256", challenge):
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            now = int(time.time())
            told = {
                "iss": self.issuer,
                "aud": asked["client_id"],
                "nonce": asked["nonce"],
                "iat": now,
                "exp": now + 300,
            }
            signed_by = self.other if self.lies.get("key") else self.key
            told |= self.claims | {k: v for k, v in self.lies.items() if k in ("aud", "nonce", "exp", "iss")}
            return {
                "access_token": "x",
                "token_type": "Bearer",
                "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, told, signed_by),
            }

        @app.get("/jwks_uri")
        def keys() -> Any:
            return KeySet([self.key]).as_dict(private=False)

        return app
