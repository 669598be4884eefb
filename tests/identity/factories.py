"""Short ways to make source records whose values are standardised already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.records import Attributes, EntityType, Part, RecordKey, SourceRecord, Value


def moment(minutes: int) -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=minutes)


def values(*texts: Part) -> list[Value]:
    return [Value(text.title() if isinstance(text, str) else text, text) for text in texts]


def attributes(**texts: Part | list[Part]) -> Attributes:
    return {name: values(*(text if isinstance(text, list) else [text])) for name, text in texts.items() if text}


def key(source_id: int | str, system: str = "crm", obj: str = "contacts") -> RecordKey:
    return RecordKey(system, obj, str(source_id))


def record(
    source_id: int | str,
    *,
    system: str = "crm",
    entity_type: EntityType = "person",
    at: int | None = None,
    **texts: Part | list[Part],
) -> SourceRecord:
    return SourceRecord(
        key(source_id, system), entity_type, attributes(**texts), moment(at) if at is not None else None
    )
