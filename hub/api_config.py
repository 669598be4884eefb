"""The section `api:` of hub.yaml: what apps may ask of this hub, how often, and where the hub may call them."""

from __future__ import annotations

from ipaddress import ip_network

from pydantic import Field, field_validator

from hub.section import Strict


class WebhookConfig(Strict):
    """Calls to apps that want to be told of changes."""

    internal: list[str] = Field(
        default_factory=list,
        description="Networks of your own that may be called, such as 10.20.0.0/16; others are public ones alone.",
    )
    http: bool = Field(False, description="Also call addresses without encryption (http:).")
    give_up_hours: float = Field(
        72, gt=0, le=24 * 30, description="A webhook whose calls fail for so long is parked; nothing of it is lost."
    )

    @field_validator("internal")
    @classmethod
    def _networks(cls, given: list[str]) -> list[str]:
        for text in given:
            try:
                ip_network(text)
            except ValueError:
                raise ValueError(f"'{text}' is no network; write it like 10.20.0.0/16") from None
        return given


class ApiConfig(Strict):
    """What apps may ask of this hub, and where it may call them."""

    requests_per_minute: int = Field(1_200, ge=1, description="Of each key, for each process that serves the API.")
    webhooks: WebhookConfig = Field(default_factory=WebhookConfig)
