"""What the resources share: who asks, what they may see, and answers with an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Connection

from apps.web.api import models
from apps.web.api.problems import ProblemError
from apps.web.principal import current_principal, hub_of
from golden_record.read import GoldenRecord
from hub import audit
from hub.masking import MARK, hidden, masked
from hub.records import RecordKey, Value


def unseen(request: Request) -> frozenset[str]:
    """The attributes that who asks does not see."""
    return hidden(current_principal(request).roles, hub_of(request).config.access)


def seen(request: Request, conn: Connection, what: str, customers: Sequence[UUID]) -> None:
    """Note in the audit log whose personal data is given out; last in the transaction."""
    on = sorted({f"customer:{one}" for one in customers})
    audit.read(conn, who=current_principal(request).name, what=what, on=on)


def key(found: RecordKey) -> models.Key:
    """A record's name as it is given out."""
    return models.Key(system=found.system, object=found.object, source_id=found.source_id)


def values(request: Request, attributes: Mapping[str, Sequence[Value]]) -> dict[str, list[models.ValueOut]]:
    """Golden values as who asks may see them."""
    shown = masked(attributes, current_principal(request).roles, hub_of(request).config.access)
    return {name: [models.ValueOut(value=v.value, standard=v.standard) for v in given] for name, given in shown.items()}


def part(request: Request, attribute: str, value: Any) -> Any:
    """One value of an attribute as who asks may see it."""
    return MARK if value is not None and attribute in unseen(request) else value


def customer(request: Request, golden: GoldenRecord) -> models.Customer:
    """A golden record as who asks may see it."""
    return models.Customer(
        customer_id=golden.customer_id,
        entity_type=golden.entity_type,
        version=golden.version,
        valid_from=golden.valid_from,
        attributes=values(request, golden.attributes),
        records=[key(record) for record in golden.members],
    )


def etag_of(content: bytes) -> str:
    """The strong ETag of a body."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def tagged(request: Request, model: BaseModel) -> Response:
    """Give a body with its ETag, or 304 where who asks has it already."""
    content = model.model_dump_json().encode()
    tag = etag_of(content)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if _names(request.headers.get("if-none-match"), tag, weak=True):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def check_unchanged(request: Request, model: BaseModel) -> None:
    """Refuse a write whose If-Match names another state than the one there is (412)."""
    wanted = request.headers.get("if-match")
    tag = etag_of(model.model_dump_json().encode())
    if wanted is not None and not _names(wanted, tag, weak=False):
        raise ProblemError(412, "Meanwhile it has changed", "Read the customer again, and decide anew.")


def _names(header: str | None, tag: str, *, weak: bool) -> bool:
    """Say whether a list of ETags has this one (RFC 9110, 13.1)."""
    if header is None:
        return False
    listed = [entry.strip() for entry in header.split(",")]
    return "*" in listed or tag in [entry.removeprefix("W/") if weak else entry for entry in listed]
