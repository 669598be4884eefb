"""Times as systems write them, read as moments in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.errors import SettingsError

_EPOCH = re.compile(r"-?\d{9,10}(\.\d+)?|-?\d{12,13}")
_ODATA = re.compile(r"/Date\((-?\d+)([+-]\d+)?\)/")  # OData V2, JSON verbose format: milliseconds of UTC


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"There is no time zone '{name}'.", hint="Write it like Europe/Berlin.") from None


def read_time(text: str, form: str | None, zone: str) -> datetime | None:
    """Give the moment that `text` names, None where it names none.

    Read are ISO 8601, seconds or milliseconds since 1970, OData's /Date(ms)/, or `form` (strptime notation). A time
    without a zone is in `zone`. Raises SettingsError for an unknown zone.
    """
    if not text:
        return None
    try:
        if form:
            found = datetime.strptime(text, form)
        elif odata := _ODATA.fullmatch(text):
            found = datetime.fromtimestamp(int(odata[1]) / 1000, UTC)
        elif _EPOCH.fullmatch(text):
            found = datetime.fromtimestamp(
                float(text) / (1000 if len(text.lstrip("-")) > 11 and "." not in text else 1), UTC
            )
        else:
            found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=_zone(zone))
        return found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
