"""The calls of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx

from apps.client.errors import HubProblem
from apps.client.models import Candidate, Changes, Customer, Hit, Key


class HubClient:
    """Asks one hub with one key. Raises HubProblem for what is refused; httpx' errors where there is no answer."""

    def __init__(self, url: str, key: str, *, timeout: float = 90.0) -> None:
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {key}"}, timeout=timeout, follow_redirects=True
        )

    def __enter__(self) -> HubClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def customer(
        self, customer_id: UUID | str, *, include: Sequence[str] = (), as_of: datetime | None = None
    ) -> Customer:
        """Give a customer; a merged id gives the customer that it went into. Split and retired ones are problems."""
        query: dict[str, str] = {"include": ",".join(include)} if include else {}
        query |= {"as_of": as_of.isoformat()} if as_of else {}
        return Customer.model_validate(self._ask("GET", f"/api/v1/customers/{customer_id}", params=query))

    def by_key(self, system: str, source_id: str, object: str | None = None) -> list[Customer]:
        """Give the customers of a system's record; none: an empty list."""
        query = {"system": system, "source_id": source_id} | ({"object": object} if object else {})
        try:
            return _customers(self._ask("GET", "/api/v1/customers/by-key", params=query))
        except HubProblem as problem:
            if problem.status == 404:
                return []
            raise

    def by_email(self, email: str) -> list[Customer]:
        """Give the customers of whom a record has this address."""
        return _customers(self._ask("POST", "/api/v1/customers/lookup", json={"email": email}))

    def by_phone(self, phone: str, country: str | None = None) -> list[Customer]:
        """Give the customers of whom a record has this number."""
        body = {"phone": phone} | ({"country": country} if country else {})
        return _customers(self._ask("POST", "/api/v1/customers/lookup", json=body))

    def search(self, text: str, *, limit: int = 20) -> list[Hit]:
        """Find customers by whatever is known; misspelt too."""
        found = self._ask("POST", "/api/v1/search", json={"text": text, "limit": limit})
        return [Hit.model_validate(hit) for hit in found["hits"]]

    def match(
        self, entity_type: str, attributes: Mapping[str, Any], *, country: str | None = None, explain: bool = False
    ) -> list[Candidate]:
        """Search before create: the records that this one would match, the best first."""
        body: dict[str, Any] = {"entity_type": entity_type, "attributes": dict(attributes), "explain": explain}
        body |= {"country": country} if country else {}
        found = self._ask("POST", "/api/v1/match", json=body)
        return [Candidate.model_validate(candidate) for candidate in found["candidates"]]

    def decide(
        self, kind: str, left: Sequence[Key], right: Sequence[Key] = (), *, reason: str, idempotency_key: str = ""
    ) -> int:
        """Say of records that they are one customer (same) or not (different); gives the number of the decision."""
        body = {
            "kind": kind,
            "left": [key.model_dump() for key in left],
            "right": [key.model_dump() for key in right],
            "reason": reason,
        }
        made = self._ask("POST", "/api/v1/decisions", json=body, headers=_once(idempotency_key))
        return int(made["decision"]["decision_id"])

    def pin(
        self, customer_id: UUID | str, attribute: str, value: Any, *, reason: str, idempotency_key: str = ""
    ) -> int:
        """Put a value above every rule; gives the number of the entry."""
        body = {"kind": "pin", "attribute": attribute, "value": value, "reason": reason}
        path = f"/api/v1/customers/{customer_id}/pins"
        return int(self._ask("POST", path, json=body, headers=_once(idempotency_key))["entry"])

    def changes(self, cursor: str | None = None, *, limit: int = 100, wait: int = 0) -> Changes:
        """Give a page of the change feed; with `wait`, after so many seconds at the latest."""
        query: dict[str, Any] = {"limit": limit, "wait": wait} | ({"cursor": cursor} if cursor else {})
        return Changes.model_validate(self._ask("GET", "/api/v1/changes", params=query))

    def follow(self, cursor: str | None = None) -> Iterator[Changes]:
        """Give pages of changes for ever, waiting where there are none; keep `cursor` once a page is done with."""
        while True:
            page = self.changes(cursor, wait=30)
            cursor = page.cursor
            if page.changes:
                yield page

    def export(self, path: str, *, format: str = "ndjson") -> str:
        """Write all golden records to a file; gives the cursor from which the feed goes on."""
        with self._http.stream("GET", "/api/v1/export", params={"format": format}) as answer:
            if answer.status_code != 200:
                answer.read()
                raise _problem(answer)
            with open(path, "wb") as file:
                for part in answer.iter_bytes():
                    file.write(part)
            return str(answer.headers["Hub-Cursor"])

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self._http.request(method, path, **more)
        if not answer.is_success:
            raise _problem(answer)
        found: dict[str, Any] = answer.json()
        return found


def _customers(found: Mapping[str, Any]) -> list[Customer]:
    return [Customer.model_validate(one) for one in found["customers"]]


def _once(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}


def _problem(answer: httpx.Response) -> HubProblem:
    try:
        document = answer.json()
    except ValueError:
        document = {}
    return HubProblem(answer.status_code, document if isinstance(document, dict) else {})
