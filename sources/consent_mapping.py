"""Mapping: from a row as delivered to a statement of consent, as hub.yaml or the kind of system declares. Pure.

What can't be read never allows anything: a status that is not listed, or an end that is no time, is `unknown`.
"""

from __future__ import annotations

import re
from datetime import datetime

from hub.config import Config
from hub.consent import POINT_OF_CHANNEL, Consent, ConsentStatus
from hub.feed import Column, ConsentConfig, StatusByColumn
from sources.belonging import Words, belonging, short, words
from sources.columns import listed, storable, text
from sources.mapping import Keyed, RefusedRowError
from sources.page import Row
from sources.standardise.emails import email
from sources.standardise.phones import phone
from sources.times import read_time

PURPOSE_LIMIT = 40  # characters, as of a name in hub.yaml
TEXT_LIMIT = 5_000
_POINT_LIMIT = 500


class ConsentMapper(Keyed):
    """The mapping of one kind of statements of one system."""

    def __init__(self, config: Config, system: str, name: str, entry: ConsentConfig) -> None:
        super().__init__(system, name, entry)
        self._entry = entry
        self._country = config.systems[system].country
        self._purpose = words(entry.purpose)
        self._channel = words(entry.channel)
        said = entry.status
        self._status: Words[ConsentStatus] = (
            Words(said.column, said.values) if isinstance(said, StatusByColumn) else Words("", {})
        )

    def record(self, row: Row) -> Consent:
        """Make the statement of a row. Raises RefusedRowError where record, purpose, channel or contact point are none.

        A row that says neither column of a contact point is about the record's own.
        """
        key = self.key(row)
        entry = self._entry
        channel = self._channel_of(row)
        ends_at, readable = self._moment(row, entry.valid_to)
        status = self._status_of(row)
        return Consent(
            key=key,
            belongs=belonging(entry.record, row, key.system),
            purpose=self._purpose_of(row),
            channel=channel,
            status=status if readable or status == "withdrawn" else "unknown",
            point=self._point(row, channel),
            at=self._moment(row, entry.at)[0],
            ends_at=ends_at,
            legal_basis=short(row, entry.legal_basis, TEXT_LIMIT),
            how=short(row, entry.how, TEXT_LIMIT),
            wording=short(row, entry.wording, TEXT_LIMIT),
            wording_version=short(row, entry.wording_version, TEXT_LIMIT),
            attributes={
                name: value
                for name, column in entry.attributes.items()
                if (value := short(row, column, TEXT_LIMIT)) is not None
            },
        )

    def _purpose_of(self, row: Row) -> str:
        said = self._entry.purpose
        if isinstance(said, str):
            return said
        found = self._purpose.of(row) or (purpose_word(text(row, said.column)) if said else "")
        if not found:
            raise RefusedRowError("unknown_purpose", "The row names no purpose.", said.column if said else None)
        return found

    def _channel_of(self, row: Row) -> str:
        said = self._entry.channel
        if isinstance(said, str):
            return said
        found = self._channel.of(row) or (text(row, said.column).casefold() if said else "")
        if found not in POINT_OF_CHANNEL:
            column = said.column if said else None
            raise RefusedRowError("unknown_channel", "The channel is not a known one.", column)
        return found

    def _status_of(self, row: Row) -> ConsentStatus:
        said = self._entry.status
        if isinstance(said, StatusByColumn):
            return self._status.of(row) or "unknown"
        return said or "unknown"

    def _point(self, row: Row, channel: str) -> str | None:
        columns = self._entry.contact_point
        if columns is None:
            return None
        kind = POINT_OF_CHANNEL[channel]
        column = columns.email or columns.phone or ""
        written = text(row, column)[:_POINT_LIMIT]
        found = email(written) if columns.email else phone(written, self._country)
        if found is None or kind != ("email" if columns.email else "phone"):
            raise RefusedRowError("missing_contact_point", f"The row names no contact point of {channel}.", column)
        return storable(found)

    def _moment(self, row: Row, spec: str | Column | None) -> tuple[datetime | None, bool]:
        """Give the time that a column names, and whether what it says can be read."""
        columns = listed(spec.column if isinstance(spec, Column) else spec)
        stamp = next((value for column in columns if (value := text(row, column))), "")
        found = read_time(stamp, spec.format if isinstance(spec, Column) else None, self._entry.timezone)
        return found, found is not None or not stamp


def purpose_word(said: str) -> str:
    """Write a purpose as a name: small letters, _ between words."""
    return re.sub(r"[\W_]+", "_", storable(said).casefold()).strip("_")[:PURPOSE_LIMIT]
