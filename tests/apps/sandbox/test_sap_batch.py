"""SAP's ``$batch``: atomic change sets under an outer answer that says nothing."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox import SandboxProcess


@pytest.fixture
def writer(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with sandbox.sap() as client:
        client.headers["x-csrf-token"] = client.get("/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
        yield client


def _request(method: str, path: str, body: Any = None, **headers: str) -> str:
    content = json.dumps(body) if body is not None else ""
    lines = [f"{method} {path} HTTP/1.1", "Accept: application/json", *(f"{n}: {v}" for n, v in headers.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content.encode())}"]
    return "\r\n".join(["Content-Type: application/http", "Content-Transfer-Encoding: binary", "", *lines, "", content])


def _multipart(boundary: str, parts: list[str]) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"


def _change_set(*requests: str) -> str:
    return "Content-Type: multipart/mixed; boundary=cs\r\n\r\n" + _multipart("cs", list(requests))


def _send(client: httpx.Client, *parts: str) -> httpx.Response:
    headers = {"content-type": "multipart/mixed; boundary=b1"}
    return client.post("/$batch", content=_multipart("b1", list(parts)).encode(), headers=headers)


def _patch(number: str, term: str, match: str = "*") -> str:
    return _request("PATCH", f"A_BusinessPartner('{number}')", {"SearchTerm1": term}, **{"If-Match": match})


def _term(client: httpx.Client, number: str) -> str:
    return str(client.get(f"/A_BusinessPartner('{number}')").json()["d"]["SearchTerm1"])


def test_a_batch_needs_the_token(sap: httpx.Client) -> None:
    assert _send(sap, _request("GET", "A_BusinessPartner")).status_code == 403


def test_reads_and_changes(writer: httpx.Client) -> None:
    response = _send(
        writer,
        _request("GET", "A_BusinessPartner('10000003')?$select=BusinessPartner"),
        _change_set(_patch("10000003", "BATCH1"), _patch("10000004", "BATCH2")),
    )
    assert response.status_code == 202
    assert response.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert response.text.count("HTTP/1.1 200 OK") == 1
    assert response.text.count("HTTP/1.1 204 No Content") == 2
    assert '"BusinessPartner": "10000003"' in response.text
    assert (_term(writer, "10000003"), _term(writer, "10000004")) == ("BATCH1", "BATCH2")


def test_a_failed_change_set_is_undone_whole_and_gives_one_error(writer: httpx.Client) -> None:
    before = _term(writer, "10000005")
    response = _send(
        writer,
        _change_set(_patch("10000005", "LOST"), _patch("10000006", "STALE", 'W/"1"')),
        _change_set(_patch("10000007", "KEPT")),
    )
    assert response.status_code == 202
    assert response.text.count("HTTP/1.1 412") == 1
    assert response.text.count("HTTP/1.1 204") == 1
    assert (_term(writer, "10000005"), _term(writer, "10000007")) == (before, "KEPT")


def test_if_match_is_asked_of_each_part(writer: httpx.Client) -> None:
    without = _request("PATCH", "A_BusinessPartner('10000003')", {"SearchTerm1": "X"})
    assert "HTTP/1.1 428" in _send(writer, _change_set(without)).text


@pytest.mark.parametrize("body", [b"", b"--b1\r\nnothing", b"--b1\r\n\r\nHELLO\r\n--b1--\r\n"])
def test_a_malformed_batch_is_a_400(writer: httpx.Client, body: bytes) -> None:
    headers = {"content-type": "multipart/mixed; boundary=b1"}
    assert writer.post("/$batch", content=body, headers=headers).status_code == 400
    assert writer.post("/$batch", json={}).status_code == 400
