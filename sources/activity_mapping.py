"""Mapping: from a row as delivered to an activity, as hub.yaml or the kind of system declares. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hub.activity import Activity
from hub.feed import ActivityConfig, ByColumn, Column
from sources.belonging import belonging, short, words
from sources.columns import listed, text
from sources.declared import ISO_CURRENCY
from sources.mapping import Keyed, RefusedRowError
from sources.page import Row
from sources.standardise.kinds import number
from sources.times import read_time

TITLE_LIMIT = 500  # characters; a title is for a list, the whole text stays in landing
VALUE_LIMIT = 5_000
LARGEST = Decimal(10) ** 15  # beyond any payment: a number in the wrong column


class ActivityMapper(Keyed):
    """The mapping of one kind of activity of one system."""

    def __init__(self, system: str, name: str, entry: ActivityConfig) -> None:
        super().__init__(system, name, entry)
        self._entry = entry
        self._timezone = entry.timezone
        self._kind = words(entry.kind)
        self._status = words(entry.status)
        self._at = listed(entry.at.column if isinstance(entry.at, Column) else entry.at)
        self._format = entry.at.format if isinstance(entry.at, Column) else None

    def record(self, row: Row) -> Activity:
        """Make the activity of a row. Raises RefusedRowError where time, kind, record or amount are none."""
        key = self.key(row)
        amount = self._amount(row)
        return Activity(
            key=key,
            belongs=belonging(self._entry.record, row, key.system),
            kind=self._kind_of(row),
            at=self._moment(row),
            title=short(row, self._entry.title, TITLE_LIMIT),
            amount=amount,
            currency=self._currency(row) if amount is not None else None,
            status=self._status_of(row),
            attributes={
                name: value
                for name, column in self._entry.attributes.items()
                if (value := short(row, column, VALUE_LIMIT)) is not None
            },
        )

    def _kind_of(self, row: Row) -> str:
        if isinstance(self._entry.kind, str):
            return self._entry.kind
        found = self._kind.of(row)
        if found is None:
            column = self._entry.kind.column if self._entry.kind else None
            raise RefusedRowError("unknown_kind", "The kind of activity is not a known one.", column)
        return found

    def _moment(self, row: Row) -> datetime:
        stamp = next((value for column in self._at if (value := text(row, column))), "")
        found = read_time(stamp, self._format, self._timezone)
        if found is None:
            raise RefusedRowError("unreadable_time", "The row has no time that can be read.", "|".join(self._at))
        return found

    def _amount(self, row: Row) -> Decimal | None:
        told = text(row, self._entry.amount) if self._entry.amount else ""
        if not told:
            return None
        found = number(told)
        if found is None or abs(Decimal(found)) >= LARGEST:
            raise RefusedRowError("unreadable_amount", "The amount is no number that can be meant.", self._entry.amount)
        return Decimal(found)

    def _currency(self, row: Row) -> str | None:
        said = self._entry.currency
        if said is None or ISO_CURRENCY.fullmatch(said):
            return said
        code = text(row, said).upper()
        if code and not ISO_CURRENCY.fullmatch(code):
            raise RefusedRowError("unknown_currency", "The currency is no ISO 4217 code.", said)
        return code or None

    def _status_of(self, row: Row) -> str | None:
        status = self._entry.status
        if isinstance(status, ByColumn):
            return self._status.of(row) or short(row, status.column, TITLE_LIMIT)
        return short(row, status, TITLE_LIMIT)
