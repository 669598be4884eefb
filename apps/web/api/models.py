"""What goes in and comes out of the API about customers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hub.records import EntityType

PartOut = str | dict[str, str]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
PartIn = Text | dict[Word, Text | None]


class In(BaseModel):
    """A body that is sent: fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class Key(BaseModel):
    """The name of a source record."""

    system: str = Field(examples=["erp"])
    object: str = Field(examples=["partner"])
    source_id: str = Field(examples=["4711"])


class KeyIn(In):
    """The name of a source record."""

    system: Word = Field(examples=["erp"])
    object: Word = Field(examples=["partner"])
    source_id: Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=r"^[^\x00]+$")] = Field(
        examples=["4711"]
    )


class ValueOut(BaseModel):
    """A value as its source wrote it, and in comparable form (null: it can't be compared)."""

    value: PartOut
    standard: PartOut | None


class Activity(BaseModel):
    """What happened with a customer."""

    key: Key
    kind: str
    at: datetime
    title: str | None
    amount: Decimal | None
    currency: str | None
    status: str | None
    attributes: dict[str, str]
    record: Key


class Relation(BaseModel):
    """Another customer, and how it belongs to this one."""

    kind: str
    customer_id: UUID
    evidence: list[str]


class Consent(BaseModel):
    """What holds for a contact point and a purpose."""

    purpose: str
    channel: str
    point_kind: str
    point: str
    state: str
    since: datetime
    evidence: Key


class Customer(BaseModel):
    """A golden record; further parts are there where they were asked for by `include`."""

    customer_id: UUID
    status: Literal["current"] = "current"
    entity_type: EntityType
    version: int
    valid_from: datetime
    as_of: datetime | None = Field(None, description="The moment that was asked for; null: now.")
    attributes: dict[str, list[ValueOut]] = Field(
        examples=[{"email": [{"value": "Ann@Example.com", "standard": "ann@example.com"}]}]
    )
    records: list[Key]
    computed: dict[str, Any] | None = None
    segments: list[str] | None = None
    unknown: dict[str, str] | None = Field(
        None, description="Figures and segments that can't be told of the moment `as_of`, each with why."
    )
    relations: list[Relation] | None = None
    consents: list[Consent] | None = None
    activities: list[Activity] | None = None


class Elsewhere(BaseModel):
    """An id that is no current customer: what became of it, and who holds its records now, most of them first."""

    customer_id: UUID
    status: Literal["merged", "split"]
    current: list[UUID]


class Customers(BaseModel):
    """Customers that were found."""

    customers: list[Customer]


class Version(BaseModel):
    """One version of a golden record."""

    version: int
    valid_from: datetime
    valid_to: datetime | None
    attributes: dict[str, list[ValueOut]]


class Versions(BaseModel):
    """All versions of a golden record, oldest first."""

    customer_id: UUID
    versions: list[Version]


class Timeline(BaseModel):
    """A page of what happened, newest first; `next` is the cursor of the page behind it (null: this is the end)."""

    activities: list[Activity]
    next: str | None


class Won(BaseModel):
    """A value that is golden: its record, and the rule or tie-break that chose it."""

    value: PartOut
    record: Key
    rule: str
    tie_break: str | None


class Lost(BaseModel):
    """A value that is not, the rule by which it lost, and what would have to be otherwise."""

    value: PartOut | None
    record: Key
    rule: str
    if_only: str | None


class WhyOut(BaseModel):
    """Why a golden value stands."""

    customer_id: UUID
    attribute: str
    rules: list[str]
    won: list[Won]
    lost: list[Lost]
    untried: int = Field(description="Of how many of `lost`, the last of them, no change was tried: there are so many.")


class LookupIn(In):
    """A contact point, exactly one: an e-mail address or a phone number."""

    email: Text | None = Field(None, examples=["ann@example.com"])
    phone: Text | None = Field(None, examples=["+49 151 234567"])
    country: Word | None = Field(None, description="Of a phone number that names none.", examples=["DE"])


class SearchIn(In):
    """What is known of somebody: a name, an address, a number, an id; may be misspelt."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = Field(
        examples=["jon smiht"]
    )
    limit: int = Field(20, ge=1, le=100)


class Hit(BaseModel):
    """A customer that was found: how well it fits (1: as typed), and by which fields."""

    score: float
    by: list[str]
    customer: Customer


class Hits(BaseModel):
    """The best first; `more`: there are others as good as the last."""

    hits: list[Hit]
    more: bool


class MatchIn(In):
    """A record that is not there yet, in the hub's attributes; it is standardised like one of a source."""

    entity_type: EntityType = Field(examples=["person"])
    attributes: dict[Word, PartIn | list[PartIn]] = Field(
        max_length=60,
        examples=[{"given_name": "Ann", "family_name": "Lee", "email": "ann@example.com"}],
    )
    country: Word | None = Field(None, description="Of phones and addresses that name none.", examples=["DE"])
    explain: bool = Field(False, description="With the weight of each comparison.")
    limit: int = Field(20, ge=1, le=100)


class Step(BaseModel):
    """One comparison, in bits (log2 odds)."""

    comparison: str
    found: str
    weight: float
    adjustment: float
    left: list[str]
    right: list[str]


class Candidate(BaseModel):
    """A record that matches, with the customer it belongs to: weight and band as a batch run would give them."""

    record: Key
    customer_id: UUID | None
    weight: float
    probability: float
    band: Literal["link", "review", "none"]
    match_keys: list[str]
    steps: list[Step]


class Matches(BaseModel):
    """The best first. None in the band link: nobody is known to be this customer."""

    candidates: list[Candidate]
