"""Reading contacts and companies: one, lists page by page, batches, and the search with its limits."""

from typing import Any
from urllib.parse import quote, urlencode

from apps.sandbox.call import Call, Reply
from apps.sandbox.hubspot.errors import HubSpotError, not_found
from apps.sandbox.hubspot.properties import (
    DEFAULT,
    TABLE,
    definitions,
    iso,
    unique_names,
    values_of,
)
from apps.sandbox.hubspot.search import Search
from apps.sandbox.state import Body, Record, State

SEARCH_MOST = 10_000


def _names(call: Call) -> list[str]:
    return [name.strip() for name in call.query.get("properties", "").split(",") if name.strip()]


def table_of(object_type: str) -> str:
    """Return the table of an object type.

    Raises:
        HubSpotError: there is no such type.
    """
    if object_type not in TABLE:
        raise HubSpotError(400, f"Unable to infer object type from: {object_type}")
    return TABLE[object_type]


def wanted(state: State, object_type: str, names: list[str]) -> list[str]:
    """Return the properties to be shown: those asked for beside the default ones; unknown names are passed over."""
    known = definitions(state, object_type)
    return list(dict.fromkeys([*DEFAULT[object_type], *(name for name in names if name in known)]))


def present(object_type: str, record: Record, names: list[str]) -> Body:
    """Return a record with the named properties."""
    values = values_of(object_type, record)
    row: Body = {
        "id": str(record.id),
        "properties": {name: values.get(name) for name in names},
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
        "archived": record.deleted is not None,
    }
    if record.deleted is not None:
        row["archivedAt"] = iso(record.deleted)
    return row


def resolve(state: State, object_type: str, value: str, id_property: str | None, *, archived: bool = False) -> Record:
    """Return the record with an id, or with a value of a unique property. A merged id answers with the winner.

    Raises:
        HubSpotError: 400 for a property that is not unique, 404 for no such record.
    """
    table = table_of(object_type)
    if id_property and id_property != "hs_object_id":
        number = find(state, object_type, id_property, value)
    else:
        number = int(value) if value.isdigit() else None
        if number is not None:
            number = state.find(table, "merged", str(number)) or number
    record = None if number is None else state.get(table, number, deleted=archived)
    if record is None or "_forgotten" in record.body:
        raise not_found(f"No {object_type} with {id_property or 'id'} as given")
    return record


def find(state: State, object_type: str, id_property: str, value: str, *, secondary: bool = True) -> int | None:
    """Return the number of the record with a value of a unique property; secondary e-mails count unless refused.

    Raises:
        HubSpotError: the property is not unique.
    """
    table = table_of(object_type)
    if id_property == "email" and object_type == "contacts":
        first = state.find(table, "email", value.lower())
        if first is None:
            return None
        record = state.get(table, first)
        primary = record is not None and record.body.get("email") == value.lower()
        return first if primary or secondary else None
    if id_property not in unique_names(state, object_type):
        raise HubSpotError(400, f"Property {id_property} of {object_type} is not a unique identifier property")
    return state.find(table, f"unique:{id_property}", value)


def one(call: Call, object_type: str, identifier: str) -> Reply:
    """Answer one record."""
    archived = call.query.get("archived") == "true"
    record = resolve(call.state, object_type, identifier, call.query.get("idProperty"), archived=archived)
    if (record.deleted is not None) != archived:
        raise not_found(f"No {object_type} with this id")
    return Reply(
        200,
        present(object_type, record, wanted(call.state, object_type, _names(call)))
        | _associations(call, object_type, [record])[0],
    )


def _associations(call: Call, object_type: str, records: list[Record]) -> list[Body]:
    if object_type != "contacts" or "companies" not in call.query.get("associations", "").split(","):
        return [{} for _ in records]
    found: list[Body] = []
    for record in records:
        company = record.body.get("_company")
        results = [{"id": str(company), "type": "contact_to_company"}] if company else []
        found.append({"associations": {"companies": {"results": results}}} if results else {})
    return found


def listing(call: Call, object_type: str) -> Reply:
    """Answer a page of records in the order of their ids; the last page has no ``paging``."""
    table = table_of(object_type)
    limit = call.query.get("limit", "10")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise HubSpotError(400, f"limit must be between 1 and 100, but was {limit}")
    after, archived = call.query.get("after", "0"), call.query.get("archived", "false") == "true"
    if not after.isdigit():
        raise HubSpotError(400, "after is not a cursor of this list")
    where = f"id >= ? AND deleted IS {'NOT ' if archived else ''}NULL AND json_extract(body, '$._forgotten') IS NULL"
    records = call.state.select(table, where, [int(after)], limit=int(limit) + 1)
    page, names = records[: int(limit)], wanted(call.state, object_type, _names(call))
    rows = [present(object_type, record, names) for record in page]
    for row, more in zip(rows, _associations(call, object_type, page), strict=True):
        row |= more
    answer: Body = {"results": rows}
    if len(records) > len(page):
        cursor = str(records[-1].id)
        link = f"{call.base}{call.path}?{urlencode(call.query | {'after': cursor}, quote_via=quote)}"
        answer["paging"] = {"next": {"after": cursor, "link": link}}
    return Reply(200, answer)


def search(call: Call, object_type: str) -> Reply:
    """Answer a search: 200 a page, 10,000 in all, one sort, archived records never."""
    table = table_of(object_type)
    query = call.json()
    limit, after = int(query.get("limit") or 10), str(query.get("after") or "0")
    if not 1 <= limit <= 200:
        raise HubSpotError(400, f"limit must be between 1 and 200, but was {limit}")
    if not after.isdigit() or int(after) + limit > SEARCH_MOST:
        raise HubSpotError(
            400, f"Search results are limited to {SEARCH_MOST}: after {after} with limit {limit} is beyond"
        )
    plan = Search(object_type, definitions(call.state, object_type), query)
    parameters: list[Any] = list(plan.parameters)
    where = f"deleted IS NULL AND {plan.where}"
    if call.settings.hubspot_search_lag_seconds:
        where += " AND updated <= ?"
        parameters.append(call.state.now() - int(call.settings.hubspot_search_lag_seconds * 1000))
    total = call.state.count(table, where, parameters)
    records = call.state.select(table, where, parameters, plan.order, limit, int(after))
    names = wanted(call.state, object_type, [str(name) for name in query.get("properties") or []])
    answer: Body = {
        "total": total,
        "results": [present(object_type, record, names) for record in records],
    }
    reached = int(after) + len(records)
    if reached < total:
        answer["paging"] = {"next": {"after": str(reached)}}
    return Reply(200, answer)


def batch_read(call: Call, object_type: str) -> Reply:
    """Answer several records by id or by a unique property; those not found make it a 207."""
    query = call.json()
    inputs = [str(item["id"]) for item in query.get("inputs", [])]
    if not 1 <= len(inputs) <= 100:
        raise HubSpotError(400, f"inputs must hold 1 to 100 records, but held {len(inputs)}")
    started = iso(call.state.now())
    names = wanted(call.state, object_type, [str(name) for name in query.get("properties") or []])
    found: dict[int, Body] = {}
    missing: list[str] = []
    for value in inputs:
        try:
            record = resolve(call.state, object_type, value, query.get("idProperty"))
        except HubSpotError as error:
            if error.status != 404:
                raise
            missing.append(value)
        else:
            found[record.id] = present(object_type, record, names)
    answer: Body = {"status": "COMPLETE", "results": list(found.values()), "startedAt": started}
    answer["completedAt"] = iso(call.state.now())
    if not missing:
        return Reply(200, answer)
    lost = HubSpotError(404, "Could not get some objects, they may be deleted or not exist.", "OBJECT_NOT_FOUND")
    lost.context = {"ids": missing}
    return Reply(207, answer | {"numErrors": 1, "errors": [lost.of_record(None)]})


def association_batch(call: Call, source: str, target: str) -> Reply:
    """Answer the companies of contacts (v4)."""
    if (source, target) != ("contacts", "companies"):
        raise HubSpotError(400, f"No association from {source} to {target} here")
    results = []
    for item in call.json().get("inputs", []):
        record = call.state.get("hubspot_contact", int(item["id"]))
        if record is not None and "_company" in record.body:
            kinds = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}]
            to = [{"toObjectId": record.body["_company"], "associationTypes": kinds}]
            results.append({"from": {"id": str(record.id)}, "to": to})
    return Reply(200, {"status": "COMPLETE", "results": results})


def events(call: Call) -> Reply:
    """Answer what became of campaign mails; pages by ``offset`` while ``hasMore``."""
    limit = min(int(call.query.get("limit", "100")), 1_000)
    where: list[str] = ["id > ?"]
    parameters: list[Any] = [int(call.query.get("offset") or "0")]
    for option, sign in (("startTimestamp", ">="), ("endTimestamp", "<=")):
        if option in call.query:
            where.append(f"created {sign} ?")
            parameters.append(int(call.query[option]))
    for option, name in (("recipient", "recipient"), ("eventType", "type")):
        if option in call.query:
            where.append(f"json_extract(body, '$.{name}') = ?")
            parameters.append(call.query[option])
    records = call.state.select("hubspot_event", " AND ".join(where), parameters, limit=limit + 1)
    page = records[:limit]
    rows = [{"id": f"evt-{record.id:012d}"} | record.body for record in page]
    return Reply(200, {"hasMore": len(records) > limit, "offset": str(page[-1].id if page else 0), "events": rows})


def campaign(call: Call, identifier: str) -> Reply:
    """Answer a mail campaign."""
    if not identifier.isdigit() or not 7_000 <= int(identifier) < 7_040:
        raise not_found("No such campaign")
    number = int(identifier)
    return Reply(
        200,
        {
            "id": number,
            "appId": 113,
            "name": f"Campaign {number - 6_999}",
            "subject": "News for you",
            "type": "MARKETING",
        },
    )
