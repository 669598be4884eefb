"""What goes in and comes out of the API about decisions, pins, changes and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from apps.web.api.models import In, Key, KeyIn, PartIn, Text, Word


class DecisionIn(In):
    """A word on records: one customer (same), different ones (left from right), or that it can't be told (unsure)."""

    kind: Literal["same", "different", "unsure"]
    left: list[KeyIn] = Field(min_length=1, max_length=100)
    right: list[KeyIn] = Field(default_factory=list, max_length=100)
    reason: Text = Field(examples=["Called the customer"])


class ReasonIn(In):
    """Why; kept with what is said."""

    reason: Text


class DecisionOut(BaseModel):
    """A decision as it stands in the log."""

    decision_id: int
    kind: Literal["same", "different", "unsure", "revoke"]
    left: list[Key]
    right: list[Key]
    by: str
    at: datetime
    reason: str
    revokes: int | None
    revoked_by: int | None


class DecisionMade(BaseModel):
    """The decision, and what followed: `later` says why it is not carried out yet (empty: it is)."""

    decision: DecisionOut
    later: str
    held: list[int]


class PinIn(In):
    """A value above every rule (pin), one more beside the sources (value), or one that must not win (exclude)."""

    kind: Literal["pin", "value", "exclude"]
    attribute: Word = Field(examples=["email"])
    value: PartIn = Field(examples=["ann@example.com"])
    reason: Text
    until: AwareDatetime | None = None
    until_source_changes: bool = False
    record: KeyIn | None = Field(None, description="The record to tie it to; null: the one whose value is golden now.")


class PinMade(BaseModel):
    """The entry; `later` says why it does not show yet (empty: it does)."""

    entry: int
    later: str


class ChangeOut(BaseModel):
    """What happened to a customer; `attributes` are those whose values changed."""

    cursor: str
    customer_id: UUID
    kind: Literal["created", "updated", "merged", "split", "retired"]
    version: int
    attributes: list[str]
    survivor_id: UUID | None
    at: datetime


class Changes(BaseModel):
    """Oldest first. `cursor` is where to go on; `more`: there are further ones already."""

    changes: list[ChangeOut]
    cursor: str
    more: bool


class WebhookIn(In):
    """An address to call with changes; `since` is a cursor of the feed (null: from now on)."""

    url: Text = Field(examples=["https://app.example.com/hooks/customers"])
    kinds: list[Literal["created", "updated", "merged", "split", "retired"]] = Field(
        default_factory=list, max_length=5, description="Those that are wanted; none: all."
    )
    since: Text | None = None


class WebhookState(In):
    """Pause a webhook, or let a paused or parked one go on where it stopped."""

    state: Literal["active", "paused"]


class WebhookOut(BaseModel):
    """A webhook; `said` is what went wrong the last time."""

    webhook_id: UUID
    url: str
    kinds: list[str]
    made_by: str
    made_at: datetime
    state: Literal["active", "paused", "parked"]
    attempts: int
    due_at: datetime
    delivered_at: datetime | None
    said: str | None


class WebhookMade(WebhookOut):
    """A new webhook with the secret that its messages are signed with (Standard Webhooks); it is shown this once."""

    secret: str


class Webhooks(BaseModel):
    """All webhooks."""

    webhooks: list[WebhookOut]


class Health(BaseModel):
    """Whether the hub is up, and can work."""

    status: Literal["ok"]
