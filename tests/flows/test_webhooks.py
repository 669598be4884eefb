"""Webhooks against receivers on this machine: in order, signed, nothing lost, nobody held up, and nowhere else."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from standardwebhooks import Webhook as Signer

from destinations import webhook_call, webhooks
from destinations.webhook_tables import webhook
from flows.webhooks import Dispatcher, dispatch
from golden_record import outbox
from golden_record.feed_wakeups import Wakeups
from golden_record.tables import change
from hub.api_config import WebhookConfig
from hub.config import Config
from hub.db import master_lock, transaction
from hub.errors import RejectedError
from hub.session import Hub

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOCAL = {"internal": ["127.0.0.0/8"], "http": True}


class Receiver:
    """Answers as `answers` say, then 204; keeps what came."""

    def __init__(self, *answers: int, delay: float = 0) -> None:
        self.answers = list(answers)
        self.delay = delay
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.retry_after = ""

    def taken(self) -> list[dict[str, Any]]:
        return [one for _, body in self.came for one in json.loads(body)["changes"]]


@contextmanager
def receiving(receiver: Receiver) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(receiver.delay)
            status = receiver.answers.pop(0) if receiver.answers else 204
            if status < 300:
                receiver.came.append((dict(self.headers), body))
            self.send_response(status)
            if receiver.retry_after:
                self.send_header("Retry-After", receiver.retry_after)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with serving(Handler) as url:
        yield url


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


def hub_of(engine: Engine, **settings: Any) -> Hub:
    desk = {"kind": "zendesk", "url": "http://x", "user": "u", "token": "t"}
    config = Config.model_validate({"systems": {"desk": desk}, "api": {"webhooks": {**LOCAL, **settings}}})
    return Hub(config, Path(), Path(), engine, "")


def changes(engine: Engine, count: int, kind: str = "updated") -> None:
    columns = list(change.c)[1:]
    with transaction(engine) as conn:
        master_lock(conn)
        for version in range(count):
            values = (uuid.uuid4(), version, kind, ["email"], None, NOW, None)
            outbox.append(conn, sa.select(*(sa.literal(v, c.type) for v, c in zip(values, columns, strict=True))))


def subscribe(engine: Engine, url: str, *kinds: str) -> tuple[webhooks.Webhook, str]:
    with transaction(engine) as conn:
        return webhooks.add(conn, url, kinds, by="test", seen=outbox.last_seq(conn))


def state(engine: Engine, one: webhooks.Webhook) -> webhooks.Webhook:
    with transaction(engine) as conn:
        found = webhooks.get(conn, one.webhook_id)
    assert found is not None
    return found


def at_once(engine: Engine) -> None:
    """Let no time pass until the next try."""
    with transaction(engine) as conn:
        conn.execute(sa.update(webhook).values(due_at=sa.func.clock_timestamp()))


def all_changes(conn: Connection) -> list[str]:
    return [str(one.customer_id) for one in outbox.after(conn, 0, 10_000)]


def test_all_is_told_in_order_and_signed_whatever_fails(database: Engine) -> None:
    hub, rng = hub_of(database), random.Random(3)
    flaky = Receiver(*(rng.choice([204, 500, 503, 302, 400]) for _ in range(12)))
    with receiving(flaky) as url:
        one, secret = subscribe(database, url)
        for _ in range(30):
            changes(database, rng.randrange(150))
            dispatch(hub)
            at_once(database)
            if not flaky.answers and state(database, one).attempts == 0:
                break
        dispatch(hub)
    with database.connect() as conn:
        assert [told["customer_id"] for told in flaky.taken()] == all_changes(conn)
    ids = [headers["webhook-id"] for headers, _ in flaky.came]
    assert len(set(ids)) == len(ids)
    for headers, body in flaky.came:
        assert Signer(secret).verify(body, headers)
        with pytest.raises(Exception, match="signature"):
            Signer(secret).verify(body.replace(b"updated", b"created"), headers)


def test_a_message_that_was_tried_keeps_its_id_and_its_content(database: Engine) -> None:
    hub, tried = hub_of(database), []

    class Keeping(Receiver):
        pass

    receiver = Keeping(500)
    with receiving(receiver) as url:
        one, _ = subscribe(database, url)
        changes(database, 2)
        dispatch(hub)
        tried.append(state(database, one).sending)
        changes(database, 3)
        at_once(database)
        dispatch(hub)
    sizes = [len(json.loads(body)["changes"]) for _, body in receiver.came]
    assert sizes == [2, 3]
    assert receiver.came[0][0]["webhook-id"].endswith(f".{tried[0]}")


def test_a_dead_receiver_is_parked_with_its_reason_and_holds_nobody_up(database: Engine) -> None:
    hub = hub_of(database, give_up_hours=0.01)  # 36 s of waiting: after four tries
    slow, good = Receiver(*[500] * 50), Receiver()
    with receiving(slow) as slow_url, receiving(good) as good_url:
        dead, _ = subscribe(database, slow_url)
        unreachable, _ = subscribe(database, "http://127.0.0.1:1/none")
        alive, _ = subscribe(database, good_url)
        changes(database, 3)
        for _ in range(8):
            dispatch(hub)
            at_once(database)
        assert len(good.taken()) == 3
        assert state(database, alive).state == "active"
        assert (state(database, dead).state, state(database, dead).said) == ("parked", "it answered 500")
        assert state(database, unreachable).state == "parked"
        assert "ConnectError" in str(state(database, unreachable).said)
        slow.answers.clear()
        changes(database, 2)
        with transaction(database) as conn:
            webhooks.set_state(conn, dead.webhook_id, "active")
        dispatch(hub)
        assert len(slow.taken()) == 5, "it goes on where it stopped"


def test_who_answers_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_call, "LONGEST", 0.3)

    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 ")
            with suppress(OSError):
                for _ in range(400):
                    self.wfile.write(b"x")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None: ...

    with serving(Endless) as url:
        started = time.monotonic()
        answer = webhook_call.call(url, "c2VjcmV0", "1", {}, WebhookConfig.model_validate(LOCAL))
    assert (answer.taken, answer.said) == (False, "no answer (ReadTimeout)")
    assert time.monotonic() - started < 10


def test_whoever_becomes_due_does_not_wait_for_a_slow_one(database: Engine) -> None:
    hub, slow, good = hub_of(database), Receiver(delay=3), Receiver()
    with receiving(slow) as slow_url, receiving(good) as good_url:
        subscribe(database, slow_url, "merged")
        changes(database, 1, "merged")
        subscribe(database, good_url)
        changes(database, 250)  # three messages
        thread = threading.Thread(target=dispatch, args=[hub])
        thread.start()
        while len(good.taken()) < 250 and thread.is_alive():
            time.sleep(0.01)
        assert slow.came == []
        thread.join()
    assert len(good.taken()) == 250


def test_waits_grow_and_the_receiver_may_ask_for_longer(database: Engine) -> None:
    hub, receiver = hub_of(database), Receiver(*[503] * 3)
    with receiving(receiver) as url:
        one, _ = subscribe(database, url)
        changes(database, 1)
        waits = []
        for retry_after in ("", "", "7200"):
            receiver.retry_after = retry_after
            at_once(database)
            dispatch(hub)
            with database.connect() as conn:
                waits.append((state(database, one).due_at - conn.scalar(sa.select(sa.func.now()))).total_seconds())
    assert [round(wait / 5) * 5 for wait in waits] == [5, 10, 7200]


def test_who_says_gone_is_parked_at_once(database: Engine) -> None:
    receiver = Receiver(410)
    with receiving(receiver) as url:
        one, _ = subscribe(database, url)
        changes(database, 1)
        dispatch(hub_of(database))
    assert state(database, one).state == "parked"


def test_only_the_kinds_that_are_wanted_are_told(database: Engine) -> None:
    receiver = Receiver()
    with receiving(receiver) as url:
        one, _ = subscribe(database, url, "merged")
        changes(database, 3)
        dispatch(hub_of(database))
        assert receiver.came == []
        changes(database, 1, "merged")
        dispatch(hub_of(database))
    assert [told["kind"] for told in receiver.taken()] == ["merged"]
    assert state(database, one).seen == 4


def test_the_dispatcher_tells_as_soon_as_something_is_committed(database: Engine) -> None:
    receiver = Receiver()
    with receiving(receiver) as url, Wakeups(database) as wakeups, Dispatcher(hub_of(database), wakeups):
        wakeups.ready.wait(10)
        subscribe(database, url)
        started = time.monotonic()
        changes(database, 1)
        while not receiver.came and time.monotonic() - started < 20:
            time.sleep(0.01)
    assert len(receiver.taken()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "https://0.0.0.0/", "https://224.0.0.1/", "http://example.com/",
        "ftp://example.com/", "https://user:pw@example.com/", "https://example.com/#part", "https:///x", "nonsense",
        "https://[bad/", "https://example.com:99999/", "https://exämple.com/", "https://[64:ff9b::a00:1]/",
        "https://[2002:0a00:0001::]/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_to_be_called_are_refused(url: str) -> None:
    with pytest.raises(RejectedError):
        webhook_call.check_url(url, WebhookConfig())


def test_a_name_that_means_this_machine_gets_no_connection() -> None:
    reached = Receiver()
    with receiving(reached) as url:
        port = url.split(":")[2]
        for host in ("localhost", "127.0.0.1", "0x7f.1", "127.1"):
            answer = webhook_call.call(f"http://{host}:{port}", "c2VjcmV0", "1", {}, WebhookConfig(http=True))
            assert (answer.status, "may not call" in answer.said) == (0, True), host
    assert reached.came == []


def test_public_addresses_and_own_networks_are_let_through() -> None:
    for url in ("https://example.com/hook?a=1", "https://8.8.8.8/", "https://[2606:4700::1111]/"):
        webhook_call.check_url(url, WebhookConfig())
    webhook_call.check_url("https://10.1.2.3/", WebhookConfig(internal=["10.0.0.0/8"]))
    webhook_call.check_url("http://10.1.2.3/", WebhookConfig(internal=["10.0.0.0/8"], http=True))
