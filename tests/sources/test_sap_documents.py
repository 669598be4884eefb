"""SAP's orders and billing documents: vendor's payload in, activity out; and what is billed adds up."""

from __future__ import annotations

import copy
import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.activity import Activity, Belonging
from sources import sap_invoices, sap_orders
from sources.activity_mapping import ActivityMapper
from sources.mapping import RefusedRowError
from sources.registry import effective_activities, source_of
from tests.sandbox import SandboxProcess
from tests.sources.activity_cycle import take
from tests.sources.cycle import config_of
from tests.sources.rigs import SapRig

# As the vendor's service writes one; what does not matter here is left out.
INVOICE: dict[str, Any] = {
    "__metadata": {"type": "API_BILLING_DOCUMENT_SRV.A_BillingDocumentType"},
    "BillingDocument": "90000123",
    "SDDocumentCategory": "M",
    "BillingDocumentType": "F2",
    "BillingDocumentDate": "/Date(1767225600000)/",
    "CreationDate": "/Date(1767312000000)/",
    "LastChangeDateTime": "/Date(1767312000000+0000)/",
    "BillingDocumentIsCancelled": False,
    "CancelledBillingDocument": "",
    "TotalNetAmount": "1250.00",
    "TransactionCurrency": "EUR",
    "PayerParty": "0000000777",
    "SoldToParty": "0000012345",
    "PurchaseOrderByCustomer": "PO-1",
    "OverallBillingStatus": "A",
    "to_Item": {"__deferred": {"uri": "x"}},
}


def _activity(name: str, row: dict[str, Any]) -> Activity:
    settings = {"kind": "sap_s4hana", "url": "http://erp.example", "user": "u", "password": "p"}
    config = config_of({"erp": settings}, Path())
    mapper = ActivityMapper("erp", name, effective_activities(config, "erp")[name])
    return mapper.record(source_of(config, "erp").prepare(name, row))


def _billed(**changed: Any) -> Activity:
    return _activity("A_BillingDocument", {**INVOICE, **changed})


def test_an_invoice() -> None:
    found = _billed()
    assert found.belongs == Belonging("erp", "A_BusinessPartner", source_id="12345")
    assert (found.kind, found.at, found.title) == ("invoice", datetime(2026, 1, 1, tzinfo=UTC), "PO-1")
    assert (found.amount, found.currency, found.status) == (Decimal(1250), "EUR", "completed")
    assert found.attributes == {"type": "F2", "payer": "777"}


@pytest.mark.parametrize(
    ("category", "kind", "amount"),
    [
        ("M", "invoice", 1250),
        ("N", "invoice_cancellation", -1250),
        ("O", "credit_memo", -1250),
        ("P", "debit_memo", 1250),
        ("S", "credit_memo_cancellation", 1250),
        ("U", "pro_forma_invoice", 1250),
        ("5", "intercompany_invoice", 1250),
        ("6", "intercompany_credit_memo", -1250),
        ("PBD", "billing_document", 1250),
    ],
)
def test_the_category_says_what_it_is_and_whether_it_takes_back(category: str, kind: str, amount: int) -> None:
    found = _billed(SDDocumentCategory=category)
    assert (found.kind, found.amount) == (kind, amount)


def test_what_takes_back_is_negative_once() -> None:
    assert _billed(SDDocumentCategory="O", TotalNetAmount="-10.00").amount == -10
    assert _billed(SDDocumentCategory="O", TotalNetAmount="0.00").amount == 0
    assert _billed(SDDocumentCategory="O", TotalNetAmount="").amount is None


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"OverallBillingStatus": "B"}, "to_be_posted"),
        ({"OverallBillingStatus": "C"}, "cancelled"),
        ({"OverallBillingStatus": "D"}, "incomplete"),
        ({"OverallBillingStatus": ""}, None),
        ({"OverallBillingStatus": "", "BillingDocumentIsCancelled": True}, "cancelled"),
        ({"BillingDocumentIsCancelled": True}, "cancelled"),
    ],
)
def test_the_status_of_an_invoice(changed: dict[str, Any], status: str | None) -> None:
    assert _billed(**changed).status == status


def test_a_cancellation_names_what_it_cancels() -> None:
    found = _billed(SDDocumentCategory="N", CancelledBillingDocument="0090000122")
    assert found.attributes["cancels"] == "90000122"


@pytest.mark.parametrize(
    ("process", "rejection", "status"),
    [
        ("A", "A", "open"),
        ("B", "B", "in_process"),
        ("C", "B", "completed"),
        ("C", None, "completed"),
        ("C", "C", "cancelled"),
    ],
)
def test_an_order_of_rejected_items_alone_is_cancelled(process: str, rejection: str | None, status: str) -> None:
    row = {
        "SalesOrder": "5000001", "SoldToParty": "0000012345", "SalesOrderDate": "/Date(1767225600000)/",
        "OverallSDProcessStatus": process, "OverallSDDocumentRejectionSts": rejection,
    }  # fmt: skip
    assert _activity("A_SalesOrder", row).status == status


@given(
    st.sampled_from([sap_orders.KIND.name, sap_invoices.KIND.name]),
    st.dictionaries(st.sampled_from(sorted(INVOICE)), st.text() | st.none() | st.integers() | st.just({"uri": ["x"]})),
)
def test_no_row_breaks_the_mapping(name: str, changed: dict[str, Any]) -> None:
    try:
        _activity(name, {**INVOICE, "SalesOrder": "1", **changed})
    except RefusedRowError:
        return


def _held_documents(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    return [row["body"] for row in sandbox.dump("sap")["A_BillingDocument"]]


def test_what_is_billed_adds_up_to_what_the_system_holds(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    documents = _held_documents(sandbox)
    assert {row["SDDocumentCategory"] for row in documents} == {"M", "N", "O"}
    revenue: Counter[tuple[str, str]] = Counter()
    for row in documents:
        sign = {"M": 0 if row["BillingDocumentIsCancelled"] else 1, "N": 0, "O": -1}[row["SDDocumentCategory"]]
        cents = int(row["TotalNetAmount"].replace(".", ""))
        revenue[row["SoldToParty"].lstrip("0"), row["TransactionCurrency"]] += sign * cents
    taken = take(database, config_of({"sys": SapRig(sandbox).system()}, tmp_path), home).activities.values()
    billed = [activity for activity in taken if activity.key.object == "A_BillingDocument"]
    without: Counter[tuple[str, str]] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for activity in billed:
        whose = activity.belongs.source_id or "", activity.currency or ""
        cents = int((activity.amount or 0) * 100)
        together[whose] += cents
        if activity.kind in ("invoice", "debit_memo", "credit_memo") and activity.status != "cancelled":
            without[whose] += cents
    assert len(billed) == len(documents)
    assert {whose: cents for whose, cents in without.items() if cents} == {w: c for w, c in revenue.items() if c}
    # Cancelled invoices and what cancels them come to nothing together.
    assert {whose: cents for whose, cents in together.items() if cents} == {w: c for w, c in revenue.items() if c}


@pytest.mark.parametrize("kind", ["429", "500", "503", "lost_answer", "expired_token"])
@pytest.mark.parametrize("name", ["A_SalesOrder", "A_BillingDocument"])
def test_a_fault_amid_the_pages_is_survived(
    sandbox: SandboxProcess, name: str, kind: str, database: Engine, tmp_path: Path, home: Path
) -> None:
    waits = {"retry_after": 1} if kind in ("429", "503") else {}
    sandbox.fault("sap", kind, match=name, after=1, times=1, **waits)
    try:
        taken = take(database, config_of({"sys": SapRig(sandbox).system(page_size=20)}, tmp_path), home)
        assert all(fault["struck"] for fault in sandbox.control("GET", "/faults")["faults"])
    finally:
        sandbox.clear_faults()
    ids = {key.source_id for key in taken.activities if key.object == name}
    assert ids == {row["id"] for row in sandbox.dump("sap")[name]}


def test_an_invoice_that_is_cancelled_comes_again_beside_its_cancellation(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": SapRig(sandbox).system(compare_keys=False)}, tmp_path)
    take(database, config, home)
    now = int(time.time() * 1000)
    wrong = next(row for row in _held_documents(sandbox) if row["OverallBillingStatus"] == "A")
    number, last = int(wrong["BillingDocument"]), max(int(row["BillingDocument"]) for row in _held_documents(sandbox))
    told = {"LastChangeDateTime": now, "BillingDocumentIsCancelled": True, "OverallBillingStatus": "C"}
    undo = copy.deepcopy(wrong) | {"BillingDocument": str(last + 1), "SDDocumentCategory": "N"}
    undo |= {"LastChangeDateTime": now, "CancelledBillingDocument": str(number)}
    with closing(sqlite3.connect(sandbox.state, timeout=30)) as state, state:
        state.execute("UPDATE sap_invoice SET body = ? WHERE id = ?", (json.dumps(wrong | told), number))
        state.execute(
            "INSERT INTO sap_invoice (id, created, updated, rev, body) VALUES (?, ?, ?, 0, ?)",
            (last + 1, now, now, json.dumps(undo)),
        )
    found = {int(key.source_id): activity for key, activity in take(database, config, home).activities.items()}
    assert found.keys() == {number, last + 1}
    assert found[number].status == "cancelled"
    assert found[last + 1].kind == "invoice_cancellation"
    assert found[last + 1].attributes["cancels"] == str(number)
    assert (found[number].amount or 0) + (found[last + 1].amount or 0) == 0
