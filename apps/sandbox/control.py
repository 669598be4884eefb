"""The levers of the sandbox under ``/_sandbox/``: faults, settings, statistics, the truth, and change on demand."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from apps.sandbox.call import Reply
from apps.sandbox.faults import Faults
from apps.sandbox.mutate import mutate
from apps.sandbox.seed.choices import choices
from apps.sandbox.settings import Settings
from apps.sandbox.state import CUSTOMER_TABLES, TABLES, State

TRUTH_COLUMNS = ("system", "object", "source_id", "entity")
_ENTITY_TYPES = {"person": "P", "organisation": "O"}


class Control:
    """Answers requests below ``/_sandbox``."""

    def __init__(self, state: State, faults: Faults, requests: Counter[tuple[str, str, str, int]]) -> None:
        self._state = state
        self._faults = faults
        self._requests = requests

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> Reply:
        """Answer one request; a wrong value is a 400 that says what is wrong."""
        try:
            values = json.loads(body) if body else {}
            return self._route(method, path, query, values)
        except (ValueError, KeyError, TypeError) as error:
            return Reply(400, {"error": str(error)})

    def _route(self, method: str, path: str, query: dict[str, str], values: dict[str, Any]) -> Reply:
        match (method, path.strip("/").split("/")):
            case ("POST", ["faults"]):
                return Reply(201, {"id": self._faults.add(values).id})
            case ("GET", ["faults"]):
                return Reply(200, {"faults": self._faults.listed()})
            case ("DELETE", ["faults", *identifier]):
                self._faults.clear(int(identifier[0]) if identifier else None)
                return Reply(204)
            case ("GET", ["settings"]):
                return Reply(200, Settings().changed(self._state.meta("settings", {})).as_dict())
            case ("POST", ["settings"]):
                changed = Settings().changed(self._state.meta("settings", {})).changed(values)
                self._state.set_meta("settings", changed.as_dict())
                return Reply(200, changed.as_dict())
            case ("POST", ["clock"]):
                self._state.set_meta("clock_offset_ms", int(float(values["offset_seconds"]) * 1000))
                return Reply(200, {"now_ms": self._state.now()})
            case ("GET", ["clock"]):
                return Reply(200, {"now_ms": self._state.now()})
            case ("GET", ["stats"]):
                return self._stats()
            case ("DELETE", ["stats"]):
                self._requests.clear()
                return Reply(204)
            case ("GET", ["truth.csv"]):
                return self._truth_csv(query.get("entity_type"))
            case ("GET", ["choices.csv"]):
                return _csv(("user", "address", "topic", "choice", "chosen", "text"), choices(self._state))
            case ("GET", ["truth"]):
                rows = [dict(zip(TRUTH_COLUMNS, row, strict=True)) for row in self.truth(query.get("entity_type"))]
                return Reply(200, {"truth": rows})
            case ("POST", ["mutate"]):
                return Reply(200, mutate(self._state, values))
            case ("GET", ["dump", system]):
                return self._dump(system)
        return Reply(404, {"error": f"no {method} {path} here"})

    def truth(self, entity_type: str | None) -> list[tuple[str, str, str, str]]:
        """Return (system, object, source id, entity) of every live customer record whose true customer is known."""
        prefix = _ENTITY_TYPES[entity_type] if entity_type else ""
        rows: list[tuple[str, str, str, str]] = []
        for table in CUSTOMER_TABLES:
            system, name = TABLES[table]
            found = self._state.rows(
                f"SELECT id, entity FROM {table} WHERE deleted IS NULL AND entity IS NOT NULL ORDER BY id"  # noqa: S608 - tables of our own
            )
            rows += [(system, name, str(number), entity) for number, entity in found if entity.startswith(prefix)]
        return rows

    def _truth_csv(self, entity_type: str | None) -> Reply:
        return _csv(TRUTH_COLUMNS, self.truth(entity_type))

    def _stats(self) -> Reply:
        requests = [
            {"system": system, "method": method, "path": path, "status": status, "count": count}
            for (system, method, path, status), count in sorted(self._requests.items())
        ]
        records = {
            f"{system}.{name}": {
                "live": self._state.count(table),
                "deleted": self._state.count(table, "deleted IS NOT NULL"),
            }
            for table, (system, name) in TABLES.items()
        }
        kept = {name: self._state.meta(name) for name in ("seed", "customers")}
        return Reply(200, {"requests": requests, "records": records} | kept)

    def _dump(self, system: str) -> Reply:
        if system not in {name for name, _ in TABLES.values()}:
            raise ValueError(f"no system {system!r}; there are sap, hubspot, zendesk")
        dump: dict[str, list[dict[str, Any]]] = {}
        for table, (owner, name) in TABLES.items():
            if owner == system:
                dump[name] = [
                    {"id": str(row.id), "created": row.created, "updated": row.updated, "entity": row.entity}
                    | {"body": row.body}
                    for row in self._state.select(table)
                ]
        return Reply(200, dump)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Reply:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return Reply(200, text.getvalue().encode(), {"content-type": "text/csv; charset=utf-8"})
