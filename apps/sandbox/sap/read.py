"""Reading: collections with OData's query options and server-driven paging, and single entities."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from apps.sandbox.call import Call, Reply
from apps.sandbox.sap.errors import ODataError, not_found
from apps.sandbox.sap.model import ENTITIES, Entity, alpha
from apps.sandbox.sap.odata import FilterParser, column
from apps.sandbox.sap.wire import etag, present, tree
from apps.sandbox.state import Body, Record, State

_OPTIONS = {
    "$filter",
    "$select",
    "$expand",
    "$orderby",
    "$top",
    "$skip",
    "$inlinecount",
    "$skiptoken",
    "$format",
    "sap-client",
}


@dataclass
class Found:
    """An entity with the record it is stored in and the list it stands in (None for a root entity)."""

    record: Record
    document: Body
    siblings: list[Body] | None


def full_key(entity: Entity, key: dict[str, str]) -> dict[str, str]:
    """Return a key with every part named and without leading zeros.

    Raises:
        ODataError: 400, the parts are not those of the key.
    """
    if list(key) == [""] and len(entity.keys) == 1:
        key = {entity.keys[0]: key[""]}
    if set(key) != set(entity.keys):
        raise ODataError(400, f"The key of '{entity.set}' needs {', '.join(entity.keys)}")
    return {name: alpha(name, value) for name, value in key.items()}


def locate(state: State, entity: Entity, key: dict[str, str]) -> Found:
    """Return the entity with a key.

    Raises:
        ODataError: 404, there is none.
    """
    key = full_key(entity, key)
    number: int | None = None
    root = key.get("BusinessPartner") or key.get("SalesOrder") or key.get("BillingDocument")
    if root is not None:
        number = int(root) if root.isdigit() else None
    else:
        number = state.find("sap_partner", "address", key["AddressID"])
    record = None if number is None else state.get(entity.table, number)
    if record is None:
        raise not_found(entity.set)
    if not entity.path:
        return Found(record, record.body, None)
    lists = [record.body.get(entity.path[0], [])]
    for name in entity.path[1:]:
        lists = [item.setdefault(name, []) for above in lists for item in above]
    for siblings in lists:
        for document in siblings:
            if all(alpha(name, str(document.get(name, ""))) == value for name, value in key.items()):
                return Found(record, document, siblings)
    raise not_found(entity.set)


def one(call: Call, entity: Entity, key: dict[str, str]) -> Reply:
    """Answer a single entity."""
    found = locate(call.state, entity, key)
    select, expand = tree(call.query.get("$select", "")), tree(call.query.get("$expand", ""))
    body = {"d": present(entity, found.document, call.base, select, expand)}
    return Reply(200, body, {"dataserviceversion": "2.0", "etag": etag(found.document)})


def navigated(call: Call, entity: Entity, key: dict[str, str], navigation: str) -> Reply:
    """Answer what a navigation property leads to."""
    if navigation not in entity.navigation:
        raise not_found(navigation)
    found = locate(call.state, entity, key)
    child = ENTITIES[entity.navigation[navigation]]
    select, expand = tree(call.query.get("$select", "")), tree(call.query.get("$expand", ""))
    rows = [present(child, item, call.base, select, expand) for item in found.document.get(navigation, [])]
    return Reply(200, {"d": {"results": rows}}, {"dataserviceversion": "2.0"})


def _number(call: Call, option: str) -> int | None:
    text = call.query.get(option)
    if text is None:
        return None
    if not text.isdigit():
        raise ODataError(400, f"Invalid value '{text}' for {option}")
    return int(text)


def _order(entity: Entity, option: str, document: str) -> str:
    parts = []
    for item in filter(None, (part.strip() for part in option.split(","))):
        name, _, direction = item.partition(" ")
        if direction not in {"", "asc", "desc"}:
            raise ODataError(400, f"Syntax error in $orderby '{option}'")
        sql = "t.id" if name == entity.keys[0] and not entity.path else column(entity, name, document)
        parts.append(f"{sql} {direction}")
    return ", ".join(parts)


class _Source:
    """The SQL that yields an entity set's documents with their place in the table."""

    def __init__(self, entity: Entity) -> None:
        joins = [f"{entity.table} t"]
        document, self.place = "t.body", ["t.id"]
        for depth, name in enumerate(entity.path):
            joins.append(f"json_each({document}, '$.{name}') j{depth}")
            document = f"j{depth}.value"
            self.place.append(f"CAST(j{depth}.key AS INTEGER)")
        self.document = document
        self.tables = ", ".join(joins)


def _token(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _untoken(text: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise ODataError(400, "Invalid $skiptoken") from error


def collection(call: Call, entity: Entity) -> Reply:
    """Answer a collection; where more is to come ``__next`` leads on."""
    unknown = {name for name in call.query if name.startswith("$")} - _OPTIONS
    if unknown:
        raise ODataError(400, f"Invalid system query option {', '.join(sorted(unknown))}")
    source = _Source(entity)
    where, parameters = ["t.deleted IS NULL"], []
    if call.query.get("$filter", "").strip():
        condition = FilterParser(call.query["$filter"], entity, source.document).condition()
        where.append(condition.sql)
        parameters += condition.parameters
    count = None
    if call.query.get("$inlinecount") == "allpages":
        sql = f"SELECT count(*) FROM {source.tables} WHERE {' AND '.join(where)}"  # noqa: S608 - parts of our own; values are bound
        count = str(call.state.rows(sql, parameters)[0][0])
    order = _order(entity, call.query.get("$orderby", ""), source.document)
    top, page = _number(call, "$top"), call.settings.sap_page_size
    offset, served = _number(call, "$skip") or 0, 0
    if "$skiptoken" in call.query:
        token = _untoken(call.query["$skiptoken"])
        served, offset = token["served"], token.get("offset", 0)
        if "after" in token:
            # The first part alone lets SQLite start at the right row; the whole tuple then decides.
            where.append(f"t.id >= ? AND ({', '.join(source.place)}) > ({', '.join('?' for _ in source.place)})")
            parameters += [token["after"][0], *token["after"]]
    wanted = page or 10**9 if top is None else min(page or 10**9, top - served)
    places = ", ".join(source.place)
    sql = (
        f"SELECT {source.document}, {places} FROM {source.tables} WHERE {' AND '.join(where)}"  # noqa: S608 - parts of our own; values are bound
        f" ORDER BY {order + ', ' if order else ''}{places} LIMIT ? OFFSET ?"
    )
    rows = call.state.rows(sql, [*parameters, wanted + 1, offset])
    more = len(rows) > wanted and (top is None or served + wanted < top)
    rows = rows[:wanted]
    select, expand = tree(call.query.get("$select", "")), tree(call.query.get("$expand", ""))
    present(entity, dict.fromkeys(entity.keys, "0"), "", select, expand)  # refuses unknown names even with no rows
    answer: Body = {"results": [present(entity, json.loads(row[0]), call.base, select, expand) for row in rows]}
    if count is not None:
        answer["__count"] = count
    if more:
        token = {"served": served + wanted}
        token |= {"offset": offset + wanted} if order or "$skip" in call.query else {"after": list(rows[-1][1:])}
        answer["__next"] = _next_link(call, entity, _token(token))
    return Reply(200, {"d": answer}, {"dataserviceversion": "2.0"})


def _next_link(call: Call, entity: Entity, token: str) -> str:
    options = {name: value for name, value in call.query.items() if name not in {"$skiptoken"}}
    return f"{call.base}/{entity.set}?{urlencode(options | {'$skiptoken': token}, safe='$')}"
