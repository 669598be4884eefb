"""The audit log: whole chains verify, changed ones don't; nothing can change it; no value stands in it in the clear."""

from __future__ import annotations

import json
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from hub import audit
from hub.db import transaction
from hub.users import check


def _say(database: Engine, *names: str) -> None:
    with transaction(database) as conn:
        for name in names:
            audit.record(conn, who=name, what="pin.write", on=["customer:1"], after={"email": f"{name}@secret.test"})


def test_a_chain_is_whole_until_somebody_touches_it(database: Engine) -> None:
    _say(database, "anna", "bert")
    _say(database, "carl")
    with transaction(database) as conn:
        whole = audit.verify(conn)
        assert (whole.entries, whole.fault) == (3, "")
        assert audit.verify(conn, head=whole.head).fault == ""
        assert [e.who for e in audit.entries(conn, limit=2)] == ["carl", "bert"]
        assert [e.seq for e in audit.entries(conn, who="anna", what="pin.write", on="customer:1")] == [1]
    for tamper, told in (
        ("UPDATE ops.audit SET who = 'eve' WHERE seq = 2", "entry 2"),
        ("DELETE FROM ops.audit WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM ops.audit WHERE seq = 3", "cut off"),
    ):
        with database.connect() as conn, conn.begin() as attempt:
            conn.execute(sa.text("ALTER TABLE ops.audit DISABLE TRIGGER audit_append_only"))
            conn.execute(sa.text(tamper))
            assert told in audit.verify(conn, head=whole.head).fault
            attempt.rollback()


@pytest.mark.parametrize(
    "statement", ["UPDATE ops.audit SET reason = ''", "DELETE FROM ops.audit", "TRUNCATE ops.audit"]
)
def test_no_statement_changes_it(database: Engine, statement: str) -> None:
    _say(database, "anna")
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as conn:
        conn.execute(sa.text(statement))


def test_no_value_stands_in_it_in_the_clear(database: Engine) -> None:
    address = {"street": "Hidden Lane 5", "city": "Nowhere"}
    with transaction(database) as conn:
        audit.record(
            conn, who="anna", what="pin.write", on=["customer:1"], before={"address": [address], "email": "a@b.test"},
            after={"email": "new@b.test"}, reason="moved from Hidden Lane 5, call +49 30 9018201, mail x@y.test",
        )  # fmt: skip
        audit.record(conn, who="bert", what="pin.write", after={"email": "new@b.test", "phone": "new@b.test"})
    with transaction(database) as conn:
        stored = json.dumps(
            [dict(row) for row in conn.execute(sa.text("SELECT * FROM ops.audit")).mappings()], default=str
        )
        for secret in ("Hidden", "b.test", "y.test", "9018201"):
            assert secret not in stored
        second, first = audit.entries(conn)
        assert first.reason.startswith("moved from •••, call •••")
        assert second.after["email"] == first.after["email"] == audit.digest(conn, "email", "new@b.test")
        assert second.after["phone"] != second.after["email"]  # equal values of different fields can't be joined


def test_what_is_rolled_back_was_not_done(database: Engine) -> None:
    def fails() -> None:
        with transaction(database) as conn:
            audit.record(conn, who="anna", what="pin.write")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    _say(database, "bert")
    with transaction(database) as conn:
        assert [e.who for e in audit.entries(conn)] == ["bert"]


def test_many_at_once_stay_in_one_line(database: Engine) -> None:
    def several(name: str) -> None:
        for _ in range(10):
            _say(database, name)
            with transaction(database) as conn:
                audit.read(conn, who=name, what="customer.read", on=["customer:1"])

    threads = [threading.Thread(target=several, args=(str(i),)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(database) as conn:
        assert audit.verify(conn) == audit.Verified(120, audit.verify(conn).head, "")


def test_hostile_texts_are_kept(database: Engine) -> None:
    with transaction(database) as conn:
        audit.record(conn, who="a\0b", what="x", on=["\ud800"], after={"name": "\0\ud800"}, reason="\0 \ud800")
        assert check(conn, "a\0b", "\ud800") is None
    with transaction(database) as conn:
        assert audit.verify(conn).fault == ""
