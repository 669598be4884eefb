"""A session with SAP's OData V2 service: CSRF token and cookies, keys, ETags, pages, and SAP's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from destinations.client import Client, Patience, body_of
from destinations.operations import Outcome
from destinations.slots import Wire
from hub.errors import SettingsError

SERVICE = "sap/opu/odata/sap/API_BUSINESS_PARTNER"
_LOCKED_WAIT = 60.0


class SapRefusal(Exception):  # noqa: N818 - an outcome of one request, always caught by the destination
    """SAP did not do it: how that counts for the delivery, and its words."""

    def __init__(self, outcome: Outcome, reason: str, retry_after: float | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.reason = reason
        self.retry_after = retry_after


class Session:
    """One logged-in session; a token belongs to its cookies."""

    def __init__(self, system: str, url: str, user: str, password: str, patience: Patience) -> None:
        base = url.rstrip("/")
        if "/sap/opu/" not in base:
            base = f"{base}/{SERVICE}"
        self._client = Client(
            system, base, patience, auth=(user, password), headers={"Accept": "application/json"}, renew=self._forget
        )
        self._system = system
        self._token: str | None = None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def rows(self, path: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Read a collection, page by page, by the links that SAP gives."""
        answer = self._client.request("GET", path, params=params)
        while True:
            if answer.status_code != 200:
                raise self._unusable(answer, f"reading {path}")
            body = answer.json()["d"]
            yield from body["results"]
            if not body.get("__next"):
                return
            answer = self._client.request("GET", body["__next"])

    def create(self, path: str, body: Wire) -> dict[str, Any]:
        """Make an entity and give it back as SAP made it."""
        made: dict[str, Any] = self._change("POST", path, body, {}).json()["d"]
        return made

    def patch(self, path: str, body: Wire, etag: str) -> None:
        """Change fields of an entity, if it is still the one that was read."""
        self._change("PATCH", path, body, {"If-Match": etag})

    def delete(self, path: str, etag: str) -> None:
        """Delete an entity, if it is still the one that was read."""
        self._change("DELETE", path, None, {"If-Match": etag})

    def _change(self, method: str, path: str, body: Wire | None, headers: dict[str, str]) -> httpx.Response:
        for fresh in (False, True):
            if fresh or self._token is None:
                self._token = self._fetch_token()
            answer = self._client.request(
                method, path, json=body, headers=headers | {"X-CSRF-Token": self._token}, idempotent=False
            )
            if answer.status_code != 403 or answer.headers.get("x-csrf-token", "").lower() != "required":
                break
        if answer.is_success:
            return answer
        raise self._refusal(answer, f"{method} {path.partition('(')[0]}")

    def _fetch_token(self) -> str:
        self._forget()
        # The slash at the end: some systems give a token at the service's root alone, and only so written.
        answer = self._client.request("GET", "", headers={"X-CSRF-Token": "Fetch"})
        token = str(answer.headers.get("x-csrf-token", ""))
        if answer.status_code != 200 or not token:
            raise self._unusable(answer, "asking for a CSRF token")
        return token

    def _forget(self) -> None:
        self._client.forget_session()
        self._token = None

    def _refusal(self, answer: httpx.Response, doing: str) -> Exception:
        if answer.status_code == 403:
            return self._unusable(answer, doing)
        said = words(body_of(answer))
        if answer.status_code in (404, 412, 428):
            return SapRefusal("moved", f"Changed or gone in the meantime: {said}")
        if answer.status_code == 423 or "locked by" in said.lower():
            return SapRefusal("busy", said, _LOCKED_WAIT)
        return SapRefusal("rejected", said)

    def _unusable(self, answer: httpx.Response, doing: str) -> SettingsError:
        return SettingsError(
            f"'{self._system}' answered {answer.status_code} on {doing}.",
            hint=f"Check systems.{self._system}.url and that its user may change business partners (SAP_COM_0008).",
        )


def entity(name: str, **keys: str) -> str:
    """Give the address of an entity: A_X('1') or A_X(K='1',L='2')."""
    quoted = {key: "'" + quote(value.replace("'", "''"), safe="'") + "'" for key, value in keys.items()}
    inner = next(iter(quoted.values())) if len(quoted) == 1 else ",".join(f"{k}={v}" for k, v in quoted.items())
    return f"{name}({inner})"


def literal(value: str) -> str:
    """Quote a text for a $filter."""
    return "'" + value.replace("'", "''") + "'"


def words(body: Mapping[str, Any]) -> str:
    """Give SAP's own words: all texts of an error, each once."""
    error = body.get("error") or {}
    message = error.get("message") or {}
    details = (error.get("innererror") or {}).get("errordetails") or []
    said = [message.get("value", "") if isinstance(message, dict) else str(message)]
    said += [str(detail.get("message", "")) for detail in details]
    return "; ".join(dict.fromkeys(filter(None, said))) or "refused without a word"
