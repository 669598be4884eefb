"""The client: what it waits for, what it repeats, and what it never says."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from destinations.client import Client, Patience, UnreachedError, body_of, wait_asked_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0), ("soon", None), ("", None), ("-3", 0.0)],
)
def test_retry_after_in_all_its_forms(header: str, seconds: float | None) -> None:
    assert wait_asked_for(httpx.Response(429, headers={"Retry-After": header}), NOW) == seconds


def test_an_unreachable_system_is_tried_and_said_without_secrets() -> None:
    slept: list[float] = []
    client = Client(
        "crm", "http://127.0.0.1:9", Patience(tries=3, sleep=slept.append), headers={"Authorization": "Bearer s3cret"}
    )
    with pytest.raises(UnreachedError) as raised:
        client.request("GET", "users/search", params={"query": "anna@example.org"})
    assert len(slept) == 2
    said = f"{raised.value} {raised.value.__cause__} {raised.value.hint}"
    assert "'crm'" in said
    assert "s3cret" not in said
    assert "anna" not in said


@pytest.mark.parametrize("content", [b"<html>proxy</html>", b"[1]", b""])
def test_a_body_that_is_no_object_is_empty(content: bytes) -> None:
    assert body_of(httpx.Response(502, content=content)) == {}
