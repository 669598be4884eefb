"""HTTP to a system: what is waited for, what is repeated, and what an answer means for the record behind it.

Whether a request may be repeated depends on what may have happened at the other end. A refusal for load (429, 503) and
a connection that never came about changed nothing. A lost answer (a timeout, a broken connection, 500, 502, 504) may
have: such a request is repeated only where it is idempotent, and is otherwise a LostAnswerError, to be looked up first.
No message of this module holds a query, a body or a header, for they hold personal values and secrets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import tenacity

from hub.errors import RetryableError, SettingsError

BUSY = frozenset({429, 503})
LOST = frozenset({500, 502, 504})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class LostAnswerError(RetryableError):
    """The request may have been carried out; look before sending it again.

    `failed`: the system did answer, with 500: it is up, and no longer at work on the request.
    """

    failed = False


class UnreachedError(RetryableError):
    """The request was not carried out."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client waits: seconds for one answer, tries, and the longest single wait between them.

    `settling` is the time to let pass before looking whether a request without an answer has landed.
    """

    timeout: float = 30.0
    settling: float = 10.0
    tries: int = 6
    longest_wait: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Client:
    """One system's HTTP session. After a 401 `renew` is called, and the request repeated once."""

    def __init__(
        self,
        system: str,
        url: str,
        patience: Patience,
        *,
        auth: httpx.Auth | tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        renew: Callable[[], None] | None = None,
    ) -> None:
        self.system = system
        self.patience = patience
        self.renew = renew
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/", auth=auth, headers=headers, timeout=httpx.Timeout(patience.timeout)
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def forget_session(self) -> None:
        """Drop the cookies, so that the system starts a new session."""
        self._http.cookies.clear()

    def request(
        self,
        method: str,
        path: str,
        *,
        idempotent: bool = True,
        json: Any = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request and give its answer, once it is neither a passing fault nor a refused login.

        Raises UnreachedError, LostAnswerError or SettingsError; any other status is the caller's to judge.
        """
        what = f"{method} {httpx.URL(path).path} at '{self.system}'"

        def once() -> httpx.Response:
            return self._once(what, idempotent, method, path, json=json, params=params, headers=headers)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._worth_another_try(idempotent)),
            stop=tenacity.stop_after_attempt(self.patience.tries),
            wait=self._wait,
            sleep=self.patience.sleep,
            reraise=True,
        )
        response = retrying(once)
        if response.status_code == 401:
            if self.renew is not None:
                self.renew()
            response = retrying(once)
        if response.status_code == 401:
            raise SettingsError(
                f"'{self.system}' refuses the login (401).",
                hint=f"Check the credentials of systems.{self.system} in hub.yaml; what was planned waits for it.",
            )
        return response

    def _once(self, what: str, idempotent: bool, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **arguments)
        except _NEVER_SENT as error:
            raise UnreachedError(
                f"{what}: no connection ({type(error).__name__}).", hint="Check that the system is up, then run again."
            ) from None
        except httpx.TransportError as error:
            raise LostAnswerError(f"{what}: no answer ({type(error).__name__}).", hint="Run again later.") from None
        if response.status_code in BUSY:
            raise UnreachedError(
                f"{what}: busy ({response.status_code}).",
                hint="Run again later.",
                retry_after=wait_asked_for(response, self.patience.clock()),
            )
        if response.status_code in LOST:
            lost = LostAnswerError(f"{what}: failed ({response.status_code}).", hint="Run again later.")
            lost.failed = response.status_code == 500
            raise lost
        return response

    def _worth_another_try(self, idempotent: bool) -> Callable[[BaseException], bool]:
        def judge(error: BaseException) -> bool:
            if isinstance(error, UnreachedError):
                return error.retry_after is None or error.retry_after <= self.patience.longest_wait
            return isinstance(error, LostAnswerError) and idempotent

        return judge

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RetryableError) and error.retry_after is not None:
            return error.retry_after
        backoff = tenacity.wait_exponential_jitter(multiplier=0.5, max=self.patience.longest_wait, jitter=0.5)
        return backoff(state)


def wait_asked_for(response: httpx.Response, now: datetime) -> float | None:
    """Read Retry-After (seconds or a date) of an answer, in seconds; None where it asks for none."""
    asked = response.headers.get("Retry-After", "").strip()
    if not asked:
        return None
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def body_of(response: httpx.Response) -> dict[str, Any]:
    """Give an answer's JSON object, or an empty one where it is none (a proxy's page, for instance)."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
