"""Reading: incremental exports, lists by cursor or by page, single records and look-ups by external id."""

import base64
import json
from collections.abc import Sequence
from urllib.parse import urlencode

from apps.sandbox.call import Call, Reply
from apps.sandbox.state import Body, Record
from apps.sandbox.zendesk.errors import ZendeskError, not_found
from apps.sandbox.zendesk.present import PRESENT, TABLE, identity

_OFFSET_PAGES = 100
_MINUTE = 60_000


def _cursor(values: Sequence[int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode()


def _positions(cursor: str) -> list[int]:
    try:
        return [int(value) for value in json.loads(base64.urlsafe_b64decode(cursor))]
    except (ValueError, TypeError) as error:
        raise ZendeskError(400, "InvalidValue", "Invalid cursor") from error


def _start_time(call: Call) -> int:
    text = call.query.get("start_time", "")
    if not text.isdigit():
        raise ZendeskError(400, "InvalidValue", "start_time must be seconds since 1970")
    if int(text) * 1000 > call.state.now() - (_MINUTE if call.settings.zendesk_leave_out_last_minute else -1000):
        raise ZendeskError(422, "StartTimeTooRecent", "Too recent start_time. Use a start_time older than 60 seconds")
    return int(text) * 1000


def _horizon(call: Call) -> int:
    return call.state.now() - (_MINUTE if call.settings.zendesk_leave_out_last_minute else -1)


def _page_size(call: Call) -> int:
    text = call.query.get("per_page", "")
    most = call.settings.zendesk_export_page_size
    return min(max(int(text), 1), most) if text.isdigit() else most


def export_by_cursor(call: Call, kind: str) -> Reply:
    """Answer an incremental export with a cursor: every record changed since, deleted ones too."""
    if kind not in {"users", "tickets"}:
        raise not_found()
    size = _page_size(call)
    if "cursor" in call.query:
        updated, rev, number = _positions(call.query["cursor"])
    else:
        updated, rev, number = _start_time(call), -1, -1
    records = call.state.select(
        TABLE[kind],
        "(updated, rev, id) > (?, ?, ?) AND updated < ?",
        [updated, rev, number, _horizon(call)],
        "updated, rev, id",
        size + 1,
    )
    page = records[:size]
    if page:
        updated, rev, number = page[-1].updated, page[-1].rev, page[-1].id
    after = _cursor((updated, rev, number))
    path = call.path if call.path.endswith(".json") else f"{call.path}.json"
    rows = [PRESENT[kind](record, call.base) for record in page]
    end = len(records) <= size
    url = f"{call.base}{path}?{urlencode({'cursor': after})}"
    answer: Body = {kind: rows, "after_url": url, "after_cursor": after, "before_url": None, "before_cursor": None}
    return Reply(200, answer | {"end_of_stream": end})


def export_by_time(call: Call, kind: str) -> Reply:
    """Answer a time-based export: ``end_time`` is the next ``start_time``, so the last rows come twice."""
    if kind not in {"users", "tickets", "organizations"}:
        raise not_found()
    start, size = _start_time(call), _page_size(call)
    horizon = _horizon(call)
    records = call.state.select(TABLE[kind], "updated >= ? AND updated < ?", [start, horizon], "updated, rev, id", size)
    if len(records) == size:  # a second is never torn apart
        second = records[-1].updated // 1000
        records += call.state.select(
            TABLE[kind],
            "(updated, rev, id) > (?, ?, ?) AND updated < ?",
            [records[-1].updated, records[-1].rev, records[-1].id, min((second + 1) * 1000, horizon)],
            "updated, rev, id",
        )
    end_time = records[-1].updated // 1000 if records else start // 1000
    path = call.path if call.path.endswith(".json") else f"{call.path}.json"
    answer: Body = {
        kind: [PRESENT[kind](record, call.base) for record in records],
        "count": len(records),
        "end_of_stream": len(records) < size,
        "end_time": end_time,
        "next_page": f"{call.base}{path}?{urlencode({'start_time': end_time})}",
    }
    return Reply(200, answer)


def listing(
    call: Call, kind: str, *, where: str = "deleted IS NULL", parameters: Sequence[int] = (), name: str = ""
) -> Reply:
    """Answer a list: by cursor where ``page[size]`` is given, else by page number, which ends at page 100."""
    name = name or kind
    if "page[size]" in call.query or "page[after]" in call.query:
        return _cursor_page(call, kind, where, parameters, name)
    number, size = call.query.get("page", "1"), call.query.get("per_page", "100")
    if not number.isdigit() or not size.isdigit() or int(number) < 1:
        raise ZendeskError(400, "InvalidPaginationParameter", "Invalid page or per_page")
    if int(number) > _OFFSET_PAGES:
        raise ZendeskError(400, "InvalidPaginationDepth", "Requests beyond page 100 need cursor pagination")
    per_page = min(int(size), 100)
    count = call.state.count(TABLE[kind], where, parameters)
    records = call.state.select(TABLE[kind], where, parameters, limit=per_page, offset=(int(number) - 1) * per_page)

    def link(page: int) -> str:
        return f"{call.base}{call.path}?{urlencode(call.query | {'page': str(page)})}"

    answer: Body = {name: [PRESENT[kind](record, call.base) for record in records], "count": count}
    answer["next_page"] = link(int(number) + 1) if int(number) * per_page < count else None
    answer["previous_page"] = link(int(number) - 1) if int(number) > 1 else None
    return Reply(200, answer)


def _cursor_page(call: Call, kind: str, where: str, parameters: Sequence[int], name: str) -> Reply:
    text = call.query.get("page[size]", "100")
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise ZendeskError(400, "InvalidPaginationParameter", "page[size] must be between 1 and 100")
    size = int(text)
    last = _positions(call.query["page[after]"])[0] if call.query.get("page[after]") else 0
    records = call.state.select(TABLE[kind], f"{where} AND id > ?", [*parameters, last], limit=size + 1)
    page, more = records[:size], len(records) > size
    after = _cursor([page[-1].id]) if page else None
    link = f"{call.base}{call.path}?{urlencode(call.query | {'page[after]': after or ''})}"
    answer: Body = {name: [PRESENT[kind](record, call.base) for record in page]}
    answer["meta"] = {"has_more": more, "after_cursor": after, "before_cursor": _cursor([page[0].id]) if page else None}
    answer["links"] = {"prev": None, "next": link if more else None}
    return Reply(200, answer)


def deleted_users(call: Call) -> Reply:
    """Answer the users that were deleted."""
    return listing(call, "users", where="deleted IS NOT NULL", name="deleted_users")


def get(call: Call, kind: str, identifier: str, *, deleted: bool = False) -> Record:
    """Return a record.

    Raises:
        ZendeskError: 404, there is none.
    """
    record = call.state.get(TABLE[kind], int(identifier), deleted=deleted) if identifier.isdigit() else None
    if record is None:
        raise not_found()
    return record


def one(call: Call, kind: str, identifier: str) -> Reply:
    """Answer one record. A deleted user is still answered, as inactive."""
    record = get(call, kind, identifier, deleted=kind == "users")
    return Reply(200, {kind[:-1]: PRESENT[kind](record, call.base)})


def show_many(call: Call, kind: str) -> Reply:
    """Answer the records with some ids or external ids; those not found are left out."""
    table = TABLE[kind]
    if "external_ids" in call.query:
        wanted = [value for value in call.query["external_ids"].split(",") if value]
        found = [call.state.find(table, "external_id", value.lower()) for value in wanted]
    else:
        wanted = [value for value in call.query.get("ids", "").split(",") if value]
        found = [int(value) if value.isdigit() else None for value in wanted]
    if not 1 <= len(wanted) <= 100:
        raise ZendeskError(400, "InvalidValue", "Between 1 and 100 ids or external_ids are needed")
    records = [call.state.get(table, number) for number in dict.fromkeys(found) if number is not None]
    rows = [PRESENT[kind](record, call.base) for record in records if record is not None]
    return Reply(200, {kind: rows, "count": len(rows), "next_page": None, "previous_page": None})


def search(call: Call, kind: str) -> Reply:
    """Answer a look-up by external id; users also by e-mail, organizations also by name."""
    if "external_id" in call.query:
        number = call.state.find(TABLE[kind], "external_id", call.query["external_id"].lower())
    elif kind == "organizations" and "name" in call.query:
        number = call.state.find(TABLE[kind], "name", call.query["name"].lower())
    elif kind == "users" and "query" in call.query:
        number = call.state.find(TABLE[kind], "email", call.query["query"].removeprefix("email:").strip('"').lower())
    else:
        raise ZendeskError(400, "InvalidValue", "external_id, name or query is needed")
    record = None if number is None else call.state.get(TABLE[kind], number)
    rows = [PRESENT[kind](record, call.base)] if record is not None else []
    return Reply(200, {kind: rows, "count": len(rows), "next_page": None, "previous_page": None})


def identities(call: Call, identifier: str) -> Reply:
    """Answer the identities of a user: all e-mails, of which ``email`` shows the primary one alone."""
    record = get(call, "users", identifier)
    rows = [identity(record, item, call.base) for item in record.body["_identities"]]
    return Reply(200, {"identities": rows, "count": len(rows), "next_page": None, "previous_page": None})
