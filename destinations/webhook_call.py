"""Calling a webhook: signed, with bounds on time and size, and never into networks that are not meant to be called.

An address is checked where the connection is made, after its name was looked up, and that very address is connected
to: a name that means something else a moment later gets nowhere. Redirects are not followed.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore
from standardwebhooks import Webhook as Signer

from hub.api_config import WebhookConfig
from hub.errors import RejectedError

TIMEOUT = 10.0
"""Seconds for a connection, and for each part of an answer."""

LONGEST = 30.0
"""Seconds for a whole call: less than a webhook is claimed for, however slowly a receiver goes on answering."""

_LONGEST_URL = 2_000
_READ = 64 << 10  # bytes of an answer that are read at all; a receiver has nothing to say but its status


class RefusedAddressError(RejectedError):
    """The address lies in a network that the hub may not call."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended: `status` of the receiver, 0 where there was none; `said` in words, without its content."""

    status: int
    said: str
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver took the message."""
        return 200 <= self.status < 300


def check_url(url: str, config: WebhookConfig) -> None:
    """Refuse what can't be a webhook's address, whatever its name means. Raises RejectedError."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise RejectedError("This is no address.", field="url") from None
    schemes = ("https", "http") if config.http else ("https",)
    if parts.scheme not in schemes or not host or len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable():
        raise RejectedError(f"A webhook's address begins with {' or '.join(f'{s}://' for s in schemes)}.", field="url")
    if parts.username is not None or parts.fragment:
        raise RejectedError(
            "A webhook's address has no name, password or fragment.",
            hint="The receiver knows us by the signature of each message.",
            field="url",
        )
    try:
        literal = ip_address(host)
    except ValueError:
        return
    _check(literal, config.internal)


def call(url: str, secret: str, message_id: str, body: Mapping[str, Any], config: WebhookConfig) -> Answer:
    """Send a message; never raises for what the receiver does."""
    data = json.dumps(body, separators=(",", ":"))
    at = datetime.now(UTC)
    headers: dict[bytes | str, bytes | str] = {
        "content-type": "application/json",
        "user-agent": "customer-hub",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(secret).sign(message_id, at, data),
    }
    times = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
    pool = httpcore.ConnectionPool(ssl_context=_trust(), network_backend=_Guarded(config.internal), retries=0)
    try:
        check_url(url, config)
        with (
            pool,
            pool.stream("POST", url, headers=headers, content=data.encode(), extensions={"timeout": times}) as answer,
        ):
            _read_some(answer.iter_stream())
            told = {name.lower(): value for name, value in answer.headers}
            return Answer(answer.status, f"it answered {answer.status}", _seconds(told.get(b"retry-after", b"")))
    except RejectedError as refused:
        return Answer(0, refused.message)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        # The texts of these errors may hold the answer's bytes: their kind says enough.
        return Answer(0, f"no answer ({type(error).__name__})")


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; read once, for that takes longer than a call."""
    return ssl.create_default_context()


def _read_some(stream: Iterable[bytes]) -> None:
    size = 0
    for part in stream:
        size += len(part)
        if size > _READ:
            return


class _Guarded(httpcore.SyncBackend):
    """Connects to permitted addresses alone."""

    def __init__(self, internal: Sequence[str]) -> None:
        self._internal = internal

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Look the name up, check every address it has, and connect to the first."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore.ConnectError("the name is not known") from None
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            _check(address, self._internal)
        stream = super().connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)
        return _Bounded(stream, time.monotonic() + LONGEST)


class _Bounded(httpcore.NetworkStream):
    """A connection whose time is up at a moment, whatever is still said on it."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def _left(self, timeout: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, TIMEOUT if timeout is None else timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is."""
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on in TLS, with the time that is left."""
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection."""
        return self._stream.get_extra_info(info)


def _check(address: IPv4Address | IPv6Address, internal: Sequence[str]) -> None:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        address = inner or address
    if any(address.version == (net := ip_network(text)).version and address in net for text in internal):
        return
    if not address.is_global or address.is_multicast or address.is_reserved:
        raise RefusedAddressError(
            "The address lies in a network that the hub may not call.",
            hint="api.webhooks.internal in hub.yaml names networks of your own that may be.",
            field="url",
        )


def _seconds(text: bytes) -> float | None:
    return float(text) if text.isdigit() and len(text) < 9 else None
