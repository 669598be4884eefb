"""``$batch``: several requests in one. Change sets are atomic; the outer 202 says nothing about what is inside."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from email.message import Message
from http import HTTPStatus
from urllib.parse import parse_qsl

from apps.sandbox.call import Call, Reply
from apps.sandbox.sap.errors import ODataError

Answer = Callable[[Call], Reply]

_BREAK = b"\r\n"
_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|MERGE|DELETE) (\S+) HTTP/1\.1")


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/mixed" or not isinstance(boundary, str):
        raise ODataError(400, "A batch needs Content-Type multipart/mixed with a boundary")
    return boundary.encode()


def _headed(text: bytes) -> tuple[dict[str, str], bytes]:
    """Split headers from what follows them."""
    head, _, rest = text.partition(_BREAK * 2)
    lines = (line.decode("latin-1").partition(":") for line in head.split(_BREAK) if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}, rest


def _parts(body: bytes, boundary: bytes) -> list[tuple[dict[str, str], bytes]]:
    pieces = (_BREAK + body).split(_BREAK + b"--" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ODataError(400, "The batch has no closing boundary")
    return [_headed(piece.removeprefix(_BREAK)) for piece in pieces[1:-1]]


def _inner(call: Call, text: bytes) -> Call:
    line, _, rest = text.lstrip().partition(_BREAK)
    match = _REQUEST.fullmatch(line)
    if match is None:
        raise ODataError(400, "A part of the batch is not an HTTP request")
    headers, body = _headed(rest)
    path, _, query = match[2].decode().partition("?")
    service = call.base.split("/", 3)[3]
    path = path.split(service)[-1].lstrip("/") if service in path else path.lstrip("/")
    accept = headers.get("accept", call.headers.get("accept", ""))
    return replace(
        call,
        method=match[1].decode(),
        path=f"/{path}",
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers | {"accept": accept},
        body=body.removesuffix(_BREAK) if "content-length" not in headers else body[: int(headers["content-length"])],
    )


def _http(reply: Reply) -> bytes:
    body = reply.encoded()
    headers = {"content-type": "application/json", "content-length": str(len(body))} | reply.headers
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *(f"{n}: {v}" for n, v in headers.items())]
    return _BREAK.join(line.encode() for line in lines) + _BREAK * 2 + body


def _wrapped(contents: list[bytes]) -> tuple[str, bytes]:
    boundary = uuid.uuid4().hex.upper()
    opening = b"--" + boundary.encode() + _BREAK
    return f"multipart/mixed; boundary={boundary}", b"".join(
        [*(opening + content + _BREAK for content in contents), b"--" + boundary.encode() + b"--" + _BREAK]
    )


def _part(reply: Reply) -> bytes:
    return b"content-type: application/http\r\ncontent-transfer-encoding: binary\r\n\r\n" + _http(reply)


class _FailedError(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def _change_set(call: Call, headers: dict[str, str], body: bytes, answer: Answer) -> bytes:
    """Answer a change set: every request's answer, or, where one fails, that one error for all of it."""
    replies = []
    try:
        with call.state.savepoint():
            for _, text in _parts(body, _boundary(headers["content-type"])):
                inner = _inner(call, text)
                if inner.method in {"GET", "HEAD"}:
                    raise ODataError(400, "A change set holds changes only")
                reply = answer(inner)
                if reply.status >= 400:
                    raise _FailedError(reply)
                replies.append(reply)
    except _FailedError as failed:
        return _part(failed.reply)
    content_type, text = _wrapped([_part(reply) for reply in replies])
    return f"content-type: {content_type}\r\n\r\n".encode() + text


def batch(call: Call, answer: Answer) -> Reply:
    """Answer a batch; ``answer`` answers one request and never raises.

    Raises:
        ODataError: 400, it is malformed.
    """
    contents = []
    for headers, body in _parts(call.body, _boundary(call.headers.get("content-type", ""))):
        if headers.get("content-type", "").startswith("multipart/mixed"):
            contents.append(_change_set(call, headers, body, answer))
            continue
        inner = _inner(call, body)
        if inner.method not in {"GET", "HEAD"}:
            raise ODataError(400, "A change stands in a change set")
        contents.append(_part(answer(inner)))
    content_type, text = _wrapped(contents)
    return Reply(202, text, {"content-type": content_type, "dataserviceversion": "2.0"})
