"""The section `access:` of hub.yaml: who signs in how, what is masked for whom, where a second person is needed."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, SecretStr, model_validator

from hub.section import Name, Strict

Role = Literal["reader", "steward", "lead", "engineer", "auditor", "app"]
UserRole = Literal["reader", "steward", "lead", "engineer", "auditor"]

ROLES: tuple[Role, ...] = get_args(Role)
USER_ROLES: tuple[UserRole, ...] = get_args(UserRole)
"""The roles that a person can have; `app` is what an API key is."""


class OidcConfig(Strict):
    """Sign-in by the organisation's own identity provider (OpenID Connect, authorization code with PKCE)."""

    issuer: str = Field(pattern=r"^https?://", description="As the provider spells it; its discovery is read there.")
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = Field(None, description="Of a confidential client; a public one has none.")
    name_claim: str = Field("email", description="The claim that names the person; it is what the audit log says.")
    role_claim: str = Field("groups", description="The claim that lists what the person belongs to.")
    roles: dict[str, list[UserRole]] = Field(
        min_length=1, description="Entry of the role claim -> roles here. A person without any is not let in."
    )
    scopes: list[str] = Field(default_factory=lambda: ["openid", "profile", "email"])

    @model_validator(mode="after")
    def _asks_for_identity(self) -> OidcConfig:
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid, or the provider sends no identity")
        return self


class AccessConfig(Strict):
    """Who may see and do what, in the console and the API."""

    mask: dict[Name, list[Role]] = Field(
        default_factory=dict, description="Attribute -> roles that don't see its values. Who has another role too does."
    )
    session_hours: float = Field(8, gt=0, le=24 * 30, description="A sign-in ends after so many hours at the latest.")
    idle_minutes: float = Field(60, gt=0, le=24 * 60, description="And after so long without a request.")
    second_person: bool = Field(
        False, description="A plan that a run left to be approved goes live by the word of two people, not of one."
    )
    prefect_url: str = Field(
        "http://127.0.0.1:4200", pattern=r"^https?://", description="Where Prefect's pages are, for links from runs."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/]+$",
        description="Where people reach the console: https://hub.example.com. With https, cookies are for it alone.",
    )
    oidc: OidcConfig | None = None
