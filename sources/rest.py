"""Reading over HTTP by dlt's REST toolkit: one client, patience with passing faults, errors in the hub's own words.

Repeated are 429 (for as long as Retry-After says), 5xx, lost connections and time-outs, and a 401 once: a token may
have been renewed meanwhile. Reading is harmless to repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hub.errors import HubError, RetryableError, SettingsError
from sources.page import Request

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.client import RESTClient
    from requests import Response

TRIES = 6
FIRST_WAIT = 0.5  # seconds, doubled at each try
LONGEST_WAIT = 120.0
TIMEOUT = (10.0, 60.0)  # to connect, to answer


def secret(value: Any) -> str:
    """Give the text of a secret setting, "" where it is not set."""
    return value.get_secret_value() if value is not None else ""


def client(request: Request, base_url: str, *, auth: Any = None, headers: dict[str, str] | None = None) -> RESTClient:
    """Make a client for one extract."""
    from dlt.sources.helpers.requests import Client
    from dlt.sources.helpers.rest_client.client import RESTClient

    session = Client(
        raise_for_status=False,
        request_timeout=TIMEOUT,
        request_max_attempts=TRIES,
        request_backoff_factor=FIRST_WAIT,
        request_max_retry_delay=LONGEST_WAIT,
        retry_condition=_Once401(),
    ).session
    return RESTClient(base_url, headers={"Accept": "application/json", **(headers or {})}, auth=auth, session=session)


class _Once401:
    """Asks for one repetition of a request refused for its credentials."""

    def __init__(self) -> None:
        self._refused = 0

    def __call__(self, response: Response | None, error: BaseException | None) -> bool:
        status = getattr(response if response is not None else getattr(error, "response", None), "status_code", None)
        self._refused = self._refused + 1 if status == 401 else 0
        return self._refused == 1


@contextmanager
def hub_errors(system: str) -> Iterator[None]:
    """Turn HTTP's errors into the hub's; neither addresses with queries nor bodies are passed on."""
    import requests

    try:
        yield
    except requests.HTTPError as error:
        if error.response is None:
            raise RetryableError(f"{system} gave no answer.", hint="Run again later.") from None
        raise _of_status(system, error.response) from None
    except requests.JSONDecodeError:
        raise RetryableError(
            f"{system} answered with something that is no JSON.", hint="Run again; check the url if it stays so."
        ) from None
    except requests.RequestException as error:
        raise RetryableError(
            f"{system} can't be reached ({type(error).__name__}).",
            hint="Check its url and the network, then run again.",
        ) from None


def _of_status(system: str, response: Response) -> HubError:
    status = response.status_code
    path = response.url.partition("?")[0].partition("//")[2].partition("/")[2]
    if status in (401, 403):
        return SettingsError(
            f"{system} refuses the hub's credentials ({status} at /{path}).",
            hint=f"Check user, password or token of systems.{system} and what they may read.",
        )
    if status == 429 or status >= 500:
        wait = response.headers.get("Retry-After", "")
        return RetryableError(
            f"{system} is busy or out of order ({status} at /{path}).",
            hint="Run again later.",
            retry_after=float(wait) if wait.isdigit() else None,
        )
    return SettingsError(
        f"{system} doesn't take the hub's question ({status} at /{path}).",
        hint=f"Check the url of systems.{system}, and columns that its objects name.",
    )
