"""Faults that can be switched on: what goes wrong in a network, a system or a single row."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

STATUS_KINDS = {"429": 429, "500": 500, "502": 502, "503": 503, "504": 504, "expired_token": 401}
"""Kinds that answer with an error before the request has any effect."""

KINDS = (*STATUS_KINDS, "timeout", "late", "lost_answer", "lost_request", "locked", "expired_csrf", "poison")
"""``timeout`` has its effect, then holds the answer; ``late`` holds the request, then has its effect;
``lost_answer`` has its effect, then cuts the connection; ``lost_request`` cuts it before; ``locked`` and
``expired_csrf`` are SAP's; ``poison`` refuses rows that hold a key."""


@dataclass
class Fault:
    """One fault. It passes over the first ``after`` requests that fit, then strikes ``times`` times (0: always).

    ``key`` is the value a poison row holds; ``whole`` makes HubSpot refuse the whole batch for it.
    """

    system: str
    kind: str
    match: str = ""
    method: str = ""
    times: int = 1
    after: int = 0
    retry_after: float | None = None
    seconds: float = 30.0
    key: str = ""
    whole: bool = False
    id: int = 0
    seen: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it should."""
        return self.times > 0 and self.struck >= self.times

    def fits(self, method: str, path: str) -> bool:
        """Whether the fault is about such a request."""
        return (not self.method or self.method == method) and re.search(self.match, path) is not None

    def take(self) -> bool:
        """Count one occasion and return whether the fault strikes."""
        self.seen += 1
        if self.seen <= self.after or self.spent:
            return False
        self.struck += 1
        return True


@dataclass
class Poison:
    """The poison faults of one request: asks whether a row is refused."""

    faults: list[Fault] = field(default_factory=list)

    def refuses(self, row: Any) -> Fault | None:
        """Return the fault that refuses a row: one whose key is a value in it, at any depth."""
        for fault in self.faults:
            if _holds(row, fault.key) and fault.take():
                return fault
        return None


def _holds(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(item, key) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item, key) for item in value)
    return value is not None and str(value).lower() == key.lower()


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last = 0

    def add(self, values: dict[str, Any]) -> Fault:
        """Switch a fault on.

        Raises:
            ValueError: an unknown kind, system or field, or a pattern that is none.
        """
        try:
            if values.get("kind") == "poison":
                values = {"times": 0} | values
            fault = Fault(**values)
            re.compile(fault.match)
        except (TypeError, re.error) as error:
            raise ValueError(str(error)) from error
        if fault.kind not in KINDS:
            raise ValueError(f"unknown kind {fault.kind!r}; known are {', '.join(KINDS)}")
        if fault.system not in {"sap", "hubspot", "zendesk"}:
            raise ValueError(f"unknown system {fault.system!r}; known are sap, hubspot, zendesk")
        if fault.kind == "poison" and not fault.key:
            raise ValueError("a poison fault needs the key of the row: an id, an e-mail, an external id")
        self._last += 1
        fault.id = self._last
        self._faults.append(fault)
        return fault

    def strike(self, system: str, method: str, path: str) -> Fault | None:
        """Return the fault that befalls a request, if any."""
        for fault in self._faults:
            about = fault.system == system and fault.kind != "poison" and not fault.spent
            if about and fault.fits(method, path) and fault.take():
                return fault
        return None

    def poison(self, system: str, method: str, path: str) -> Poison:
        """Return what poisons the rows of a request."""
        return Poison([f for f in self._faults if f.system == system and f.kind == "poison" and f.fits(method, path)])

    def clear(self, identifier: int | None = None) -> None:
        """Switch one fault off, or all."""
        self._faults = [fault for fault in self._faults if identifier is not None and fault.id != identifier]

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults with what they did."""
        return [asdict(fault) | {"spent": fault.spent} for fault in self._faults]
