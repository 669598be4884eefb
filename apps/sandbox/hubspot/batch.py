"""Batches of up to 100 records, with multi-status answers where every input carries a trace id."""

from collections.abc import Callable
from typing import Any

from apps.sandbox.call import Call, Reply
from apps.sandbox.hubspot.errors import HubSpotError
from apps.sandbox.hubspot.properties import definitions, iso, unknown_names
from apps.sandbox.hubspot.read import find, present, resolve, table_of, wanted
from apps.sandbox.hubspot.write import refuse_poison, store_changes, store_new
from apps.sandbox.state import Body, Record

_MOST = 100

Write = Callable[[Call, str, dict[str, Any]], tuple[Record, bool]]
"""Writes one input and returns the record and whether it is new."""


def _inputs(call: Call, object_type: str) -> list[dict[str, Any]]:
    table_of(object_type)
    inputs = call.json().get("inputs")
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= _MOST:
        raise HubSpotError(400, f"inputs must hold 1 to {_MOST} records")
    return inputs


def _refuse_twins(inputs: list[dict[str, Any]]) -> None:
    keys = [str(item.get("id", "")).lower() for item in inputs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise HubSpotError(400, f"Duplicate IDs found in batch input: {twice}. IDs must be unique")


def _run(call: Call, object_type: str, inputs: list[dict[str, Any]], write: Write, well: int) -> Reply:
    """Write every input. One that fails spoils the batch, unless all carry a trace id: then the others land."""
    known = definitions(call.state, object_type)
    for item in inputs:
        unknown_names(known, item.get("properties") or {})  # spoils the batch even with trace ids
    traced = all(item.get("objectWriteTraceId") for item in inputs)
    started = iso(call.state.now())
    results: list[Body] = []
    errors: list[Body] = []
    for item in inputs:
        try:
            refuse_poison(call, item)
            record, new = write(call, object_type, item)
        except HubSpotError as error:
            if not traced or "whole" in error.context:
                raise _for_all(error) from error
            errors.append(error.of_record(item["objectWriteTraceId"]))
        else:
            row = present(object_type, record, wanted(call.state, object_type, list(item.get("properties") or {})))
            row |= {"new": new} if write is _upsert else {}
            results.append(row | ({"objectWriteTraceId": item["objectWriteTraceId"]} if traced else {}))
    # No order is promised, and clients that rely on one shall notice.
    answer: Body = {"status": "COMPLETE", "results": results[::-1], "startedAt": started}
    answer["completedAt"] = iso(call.state.now())
    if errors:
        return Reply(207, answer | {"numErrors": len(errors), "errors": errors})
    return Reply(well, answer)


def _for_all(error: HubSpotError) -> HubSpotError:
    """Return a record's error as that of its whole batch; the server undoes what was written."""
    status, category = (409, "CONFLICT") if error.category == "CONFLICT" else (400, "VALIDATION_ERROR")
    return HubSpotError(status, error.message, category, error.errors)


def _upsert(call: Call, object_type: str, item: dict[str, Any]) -> tuple[Record, bool]:
    name, value = item.get("idProperty"), item.get("id")
    if not name or value in (None, ""):
        raise HubSpotError(400, "An upsert needs idProperty and id")
    properties = {name: value} | (item.get("properties") or {})
    number = find(call.state, object_type, str(name), str(value), secondary=False)
    record = None if number is None else call.state.get(table_of(object_type), number)
    if record is None:
        return store_new(call, object_type, properties), True
    return store_changes(call, object_type, record, properties), False


def _update(call: Call, object_type: str, item: dict[str, Any]) -> tuple[Record, bool]:
    record = resolve(call.state, object_type, str(item.get("id")), item.get("idProperty"))
    return store_changes(call, object_type, record, item.get("properties") or {}), False


def _create(call: Call, object_type: str, item: dict[str, Any]) -> tuple[Record, bool]:
    return store_new(call, object_type, item.get("properties") or {}), True


def upsert(call: Call, object_type: str) -> Reply:
    """Answer a batch upsert by e-mail or a unique custom property; the same key twice is an error."""
    inputs = _inputs(call, object_type)
    _refuse_twins(inputs)
    return _run(call, object_type, inputs, _upsert, 200)


def update(call: Call, object_type: str) -> Reply:
    """Answer a batch update by id."""
    inputs = _inputs(call, object_type)
    _refuse_twins(inputs)
    return _run(call, object_type, inputs, _update, 200)


def create(call: Call, object_type: str) -> Reply:
    """Answer a batch create."""
    return _run(call, object_type, _inputs(call, object_type), _create, 201)


def archive(call: Call, object_type: str) -> Reply:
    """Answer a batch archive; ids that are not there are passed over."""
    for item in _inputs(call, object_type):
        record = call.state.get(table_of(object_type), int(item["id"]))
        if record is not None:
            call.state.delete(record)
    return Reply(204)
