"""Requests that are sent twice: the first answer is given again, another request with the key is refused."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from hub import idempotency
from hub.db import transaction
from hub.errors import RejectedError
from hub.idempotency import RepeatedKeyError


def test_the_first_answer_is_given_again(conn: Connection) -> None:
    assert idempotency.claim(conn, "app", "k", b"POST /x {}") is None
    idempotency.keep(conn, "app", "k", {"id": 7})
    assert idempotency.claim(conn, "app", "k", b"POST /x {}") == {"id": 7}
    assert idempotency.claim(conn, "other app", "k", b"POST /x {}") is None
    with pytest.raises(RepeatedKeyError):
        idempotency.claim(conn, "app", "k", b"POST /x {1}")


def test_a_key_is_forgotten_after_its_time(conn: Connection) -> None:
    idempotency.claim(conn, "app", "k", b"a")
    conn.execute(sa.text("UPDATE ops.idempotency SET at = at - interval '49 hours'"))
    assert idempotency.claim(conn, "app", "k", b"b") is None


@pytest.mark.parametrize("key", ["", "x" * 201, "ä", "a\nb"])
def test_what_is_no_key_is_refused(conn: Connection, key: str) -> None:
    with pytest.raises(RejectedError):
        idempotency.claim(conn, "app", key, b"")


def test_of_two_at_once_the_second_gets_the_answer_of_the_first(database: Engine) -> None:
    answers: list[object] = []

    def ask(number: int) -> None:
        with transaction(database) as conn:
            found = idempotency.claim(conn, "app", "k", b"same")
            if found is None:
                conn.execute(sa.text("SELECT pg_sleep(0.2)"))
                idempotency.keep(conn, "app", "k", {"id": number})
            answers.append(found)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [found for found in answers if found is not None]
    assert len(made) == 3
    assert len({str(found) for found in made}) == 1
