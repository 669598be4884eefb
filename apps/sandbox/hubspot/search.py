"""Search requests, translated to SQL over the stored properties."""

from datetime import UTC, datetime
from typing import Any

from apps.sandbox.hubspot.errors import HubSpotError
from apps.sandbox.hubspot.properties import CHANGED

_SIGNS = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_GROUPS_MOST, _FILTERS_MOST = 6, 18


def _moment(name: str, value: Any) -> int:
    text = str(value)
    if text.lstrip("-").isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise HubSpotError(400, f"Value of {name} is neither milliseconds nor a date") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


class Search:
    """A search in SQL: ``where`` with its ``parameters``, and ``order``.

    Raises:
        HubSpotError: 400, an unknown property or operator, too many groups, or more than one sort.
    """

    def __init__(self, object_type: str, known: dict[str, dict[str, Any]], query: dict[str, Any]) -> None:
        self._type = object_type
        self._known = known
        self.parameters: list[Any] = []
        groups = query.get("filterGroups") or []
        if len(groups) > _GROUPS_MOST or sum(len(group.get("filters", [])) for group in groups) > _FILTERS_MOST:
            raise HubSpotError(400, f"At most {_GROUPS_MOST} filter groups and {_FILTERS_MOST} filters in all")
        joined = [" AND ".join(self._filter(item) for item in group.get("filters", [])) or "1" for group in groups]
        self.where = f"({' OR '.join(f'({group})' for group in joined)})" if joined else "1"
        if query.get("query"):
            names = (
                ("email", "firstname", "lastname", "phone")
                if object_type == "contacts"
                else ("name", "domain", "phone")
            )
            self.where += f" AND ({' OR '.join(f'instr(lower({self._column(name)}), ?)' for name in names)})"
            self.parameters += [str(query["query"]).lower()] * len(names)
        self.order = self._order(query.get("sorts") or [])

    def _column(self, name: str) -> str:
        if name not in self._known:
            raise HubSpotError(400, f"There was a problem with the request: property {name} does not exist")
        own = {"hs_object_id": "id", "createdate": "created", CHANGED[self._type]: "updated"}
        if name == "associatedcompanyid":
            return "CAST(json_extract(body, '$._company') AS TEXT)"
        return own.get(name, f"json_extract(body, '$.{name}')")

    def _value(self, name: str, value: Any) -> Any:
        if value is None:
            raise HubSpotError(400, f"operator of property {name} needs a value")
        if name == "hs_object_id":
            return int(value) if str(value).isdigit() else -1
        if self._known[name]["type"] == "datetime":
            return _moment(name, value)
        return str(value).lower()

    def _comparable(self, name: str) -> str:
        column = self._column(name)
        if column in {"id", "created", "updated"}:
            return column
        if self._known[name]["type"] == "number":
            return f"CAST({column} AS REAL)"
        return f"lower({column})"

    def _filter(self, item: dict[str, Any]) -> str:
        name, operator = str(item.get("propertyName")), str(item.get("operator"))
        column = self._column(name)
        match operator:
            case "HAS_PROPERTY":
                return f"coalesce({column}, '') <> ''"
            case "NOT_HAS_PROPERTY":
                return f"coalesce({column}, '') = ''"
            case "BETWEEN":
                self.parameters += [self._value(name, item.get("value")), self._value(name, item.get("highValue"))]
                return f"{self._comparable(name)} BETWEEN ? AND ?"
            case "IN" | "NOT_IN":
                values = [self._value(name, value) for value in item.get("values") or []]
                self.parameters += values
                refused = "NOT " if operator == "NOT_IN" else ""
                return f"{self._comparable(name)} {refused}IN ({', '.join('?' for _ in values)})"
            case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
                self.parameters.append(str(item.get("value", "")).lower().replace("*", ""))
                return f"instr(coalesce(lower({column}), ''), ?) {'=' if operator.startswith('NOT') else '>'} 0"
        if operator not in _SIGNS:
            raise HubSpotError(400, f"Invalid operator {operator}")
        self.parameters.append(self._value(name, item.get("value")))
        return f"{self._comparable(name)} {_SIGNS[operator]} ?"

    def _order(self, sorts: list[Any]) -> str:
        if len(sorts) > 1:
            raise HubSpotError(400, "Only one sort is supported")
        if not sorts:
            return "id"
        sort = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": sorts[0]}
        direction = "DESC" if sort.get("direction") == "DESCENDING" else "ASC"
        return f"{self._comparable(str(sort.get('propertyName')))} {direction}, id"
