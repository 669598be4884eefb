"""The parts of hub.yaml that say what rows a system delivers: records, activities, statements of consent."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Literal

from pydantic import Field, model_validator

from hub.consent import POINT_OF_CHANNEL, ConsentStatus
from hub.section import Name, Strict

Columns = str | list[str]


class Column(Strict):
    """A column with more to say than its name."""

    column: Columns
    format: str | None = Field(None, description="Of a date, in strptime notation, such as %d/%m/%Y.")


class DeletedRule(Strict):
    """Rows that the source marks as deleted instead of leaving them out."""

    column: str
    values: list[str] = Field(description="Values that mean deleted; letter case is ignored.")


class FlagColumn(Strict):
    """A column that says yes by certain values."""

    column: str
    values: list[str] = Field(description="Values that mean yes; letter case is ignored.")


class ContactColumns(Strict):
    """What a row says of its own contact points of one kind."""

    verified: str | FlagColumn | None = Field(None, description="Whether the source has verified it (true, yes, 1, y).")
    verified_at: str | None = Field(None, description="A column: when it was.")
    verified_by: str | None = Field(None, description="A column: by whom, or how.")
    undeliverable: str | FlagColumn | None = Field(None, description="Whether nothing reaches it any more (a bounce).")
    since: str | None = Field(None, description="A column: since when it is valid.")
    until: str | None = Field(None, description="A column: until when.")


class Feed(Strict):
    """Rows of one kind, and how they are delivered."""

    path: str | None = Field(None, description="files: a path or pattern, relative to hub.yaml.")
    sheet: str | None = Field(None, description="files: the sheet of an Excel workbook (default: the first).")
    encoding: str | None = Field(None, description="files: of a CSV file, where it can't be told from its bytes.")
    delimiter: str | None = Field(
        None, description="files: of a CSV file, where it can't be told from its first lines."
    )
    table: str | None = Field(None, description="sql: a table, or schema.table.")
    query: str | None = Field(None, description="sql: a SELECT in place of a table.")
    id: Columns | None = Field(None, description="The column, or columns, that name a row for ever.")
    system_column: str | None = Field(None, description="A column that names the system each row comes from.")
    modified_at: str | Column | None = Field(None, description="When the row changed in its system.")
    timezone: str = Field("UTC", description="Of times without a zone.")
    delivery: Literal["full", "delta"] = Field(
        "full", description="full: a key that is gone was deleted. delta: it just did not change."
    )
    deleted: DeletedRule | None = None

    def fault(self, kind: str) -> str:
        """Say what a system of kind files or sql needs to read these rows and lacks, "" where nothing."""
        if kind == "files" and self.path is None:
            return "files need a path"
        if kind == "sql" and (self.table is None) == (self.query is None):
            return "sql needs either a table or a query"
        return "" if self.id is not None else "say which column is its id"


class ByColumn(Strict):
    """A word that stands in a column, in the system's own words or others."""

    column: str
    values: dict[str, Name] = Field(
        default_factory=dict, description="Value of the column -> word; letter case is ignored."
    )
    default: Name | None = Field(None, description="For other values; without it they are quarantined (kind) or kept.")


class RecordReference(Strict):
    """The source record that a row belongs to, by its id or by an e-mail address that it has."""

    object: str = Field(description="The object whose records are meant, as named under objects.")
    system: str | None = Field(None, description="Their system, where it is another one.")
    id: Columns | None = Field(None, description="The column, or columns, with the record's id.")
    email: str | None = Field(None, description="A column with an e-mail address of the record, where there is no id.")

    @model_validator(mode="after")
    def _one_way(self) -> RecordReference:
        if (self.id is None) == (self.email is None):
            raise ValueError("say either the column with the record's id or the one with its email")
        return self


class ActivityConfig(Feed):
    """One kind of activity in a system: what happened, when, and with which source record."""

    kind: Name | ByColumn | None = Field(
        None, description="What it is: order, invoice, ticket, visit or your own word."
    )
    record: RecordReference | None = None
    at: str | Column | None = Field(None, description="When it happened.")
    title: str | None = Field(None, description="A column with a few words on it.")
    amount: str | None = Field(None, description="A column with an amount of money.")
    currency: str | None = Field(None, description="A column, or an ISO 4217 code in capitals.")
    status: str | ByColumn | None = None
    attributes: dict[Name, str] = Field(default_factory=dict, description="More to keep: name -> column.")

    def fault(self, kind: str) -> str:
        """Say what is missing to read these activities from files or a database, "" where nothing."""
        missing = [name for name in ("kind", "record", "at") if getattr(self, name) is None]
        return super().fault(kind) or (f"say its {' and '.join(missing)}" if missing else "")


class PointColumns(Strict):
    """The contact point that a statement is about; none named: all that the record itself has for the channel."""

    email: str | None = None
    phone: str | None = None

    @model_validator(mode="after")
    def _one(self) -> PointColumns:
        if (self.email is None) == (self.phone is None):
            raise ValueError("say the column of either an email or a phone")
        return self


class StatusByColumn(Strict):
    """What a column says of the consent; other values, and none, mean unknown, which allows nothing."""

    column: str
    values: dict[str, ConsentStatus] = Field(
        description="Value of the column -> granted, withdrawn, unknown; letter case is ignored."
    )


class ConsentConfig(Feed):
    """Statements of consent in a system: who allowed or withdrew what, when and how."""

    record: RecordReference | None = None
    purpose: Name | ByColumn | None = Field(
        None,
        description="What for, in a word that destinations name; of a column, values that are not listed count as"
        " written, in small letters with _ between words.",
    )
    channel: Name | ByColumn | None = Field(
        None, description=f"One of: {', '.join(POINT_OF_CHANNEL)}; other values of a column are quarantined."
    )
    contact_point: PointColumns | None = None
    status: ConsentStatus | StatusByColumn | None = Field(None, description="Whether it was granted or withdrawn.")
    at: str | Column | None = Field(None, description="When it was said.")
    valid_to: str | Column | None = Field(None, description="When a grant runs out; absent: it does not.")
    legal_basis: str | None = Field(None, description="A column with the system's own words on the legal basis.")
    how: str | None = Field(None, description="A column on the way it was given: a form, a call, a mail.")
    wording: str | None = Field(None, description="A column with the text that was agreed to.")
    wording_version: str | None = Field(None, description="A column with that text's version.")
    attributes: dict[Name, str] = Field(default_factory=dict, description="More to keep: name -> column.")

    @model_validator(mode="after")
    def _known_channel(self) -> ConsentConfig:
        said = self.channel
        words = [said] if isinstance(said, str) else [*said.values.values(), said.default] if said else []
        for word in words:
            if word is not None and word not in POINT_OF_CHANNEL:
                raise ValueError(f"'{word}' is no channel; there are: {', '.join(POINT_OF_CHANNEL)}")
        return self

    def fault(self, kind: str) -> str:
        """Say what is missing to read these statements from files or a database, "" where nothing."""
        missing = [name for name in ("record", "purpose", "channel", "status") if getattr(self, name) is None]
        return super().fault(kind) or (f"say its {', '.join(missing)}" if missing else "")


def check_apart(**feeds: Mapping[str, object]) -> None:
    """Raise ValueError where two feeds of a system share a name: what they deliver is landed under it."""
    for one, other in combinations(feeds, 2):
        if twice := sorted(feeds[one].keys() & feeds[other].keys()):
            raise ValueError(f"'{twice[0]}' stands under {one} and under {other}; give one of them another name")
