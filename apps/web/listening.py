"""The socket on which the console and the API listen."""

from __future__ import annotations

import socket

import uvicorn


def bind(config: uvicorn.Config) -> socket.socket:
    """Bind the socket that a server of this configuration is to be given. Raises SystemExit where the port is taken.

    Answers leave at once: asyncio switches Nagle's algorithm off only on sockets that name their protocol, which
    uvicorn's does not, and then each answer on a connection that is kept waits 40 ms for an acknowledgement. The
    connections taken from a listening socket have its options (tcp(7)).
    """
    bound = config.bind_socket()
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
