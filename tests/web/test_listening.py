"""Answers leave as soon as they are written."""

from __future__ import annotations

import socket

import uvicorn

from apps.web.listening import bind


def test_a_connection_does_not_hold_answers_back() -> None:
    with bind(uvicorn.Config("none", host="127.0.0.1", port=0, log_level="error")) as bound:
        bound.listen()
        with socket.create_connection(bound.getsockname()), bound.accept()[0] as taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
