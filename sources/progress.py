"""How far an API or database has been read, and when it is time to read it whole again.

A feed of changes misses some (children changed without their parent, records erased without a trace), so a whole read
compares everything with landing from time to time; what did not change goes no further than that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sources.page import Request

SMALL = 20_000  # rows that a system gives in a minute or two: such an object is read whole every time
WHOLE_EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Progress:
    """`position`: the system's own mark of the last change read; `whole_at`: the last whole read, of `rows` rows."""

    position: str | None = None
    whole_at: datetime | None = None
    rows: int = 0

    @classmethod
    def of(cls, request: Request) -> Progress:
        """Read the progress from a request's cursor."""
        if request.cursor is None:
            return cls()
        told = json.loads(request.cursor)
        return cls(told["position"], datetime.fromisoformat(told["whole_at"]), told["rows"])

    def whole_due(self, request: Request, now: datetime | None = None) -> bool:
        """Tell whether to read everything: at first, and then unless the settings forbid it when small or a day old."""
        if self.position is None or self.whole_at is None:
            return True
        if not request.system.compare_keys:
            return False
        return self.rows <= SMALL or (now or datetime.now(UTC)) - self.whole_at >= WHOLE_EVERY

    def moved(self, position: str, whole_rows: int | None = None) -> str:
        """Give the cursor after an extract; `whole_rows` where it was a whole one."""
        new = replace(self, position=position)
        if whole_rows is not None:
            new = replace(new, whole_at=datetime.now(UTC), rows=whole_rows)
        return json.dumps(
            {"position": new.position, "whole_at": (new.whole_at or datetime.now(UTC)).isoformat(), "rows": new.rows}
        )
