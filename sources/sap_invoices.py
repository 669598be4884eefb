"""SAP S/4HANA's billing documents, by the OData V2 service API_BILLING_DOCUMENT_SRV: invoices, credit memos and so on.

A cancelled invoice stays as it was, marked as cancelled, and beside it comes a document that cancels it. SAP keeps the
amounts of both, as those of credit memos, without a sign: what takes back is made negative here. The cancelling
documents are a kind of their own, so that a figure leaves out both (cancelled invoices, cancellations) or takes both.
"""

from __future__ import annotations

from typing import Any

from hub.feed import ActivityConfig
from sources.page import Row
from sources.sap_documents import DocumentKind, header, party

KIND = DocumentKind("/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV", "A_BillingDocument", "BillingDocument")

# SDDocumentCategory: the values of SAP's domain VBTYP that a billing document can be of.
_KINDS = {
    "M": "invoice",
    "N": "invoice_cancellation",
    "O": "credit_memo",
    "P": "debit_memo",
    "S": "credit_memo_cancellation",
    "U": "pro_forma_invoice",
    "5": "intercompany_invoice",
    "6": "intercompany_credit_memo",
}
_TAKES_BACK = {"N", "O", "6"}
_CANCELLED = "C"  # of OverallBillingStatus


def prepare(row: Row) -> Row:
    """Lay a billing document out in columns."""
    return {
        **header(row),
        "SoldToParty": party(row, "SoldToParty"),
        "PayerParty": party(row, "PayerParty"),
        "CancelledBillingDocument": party(row, "CancelledBillingDocument"),
        "TotalNetAmount": _signed(row),
        "Status": _CANCELLED if row.get("BillingDocumentIsCancelled") is True else row.get("OverallBillingStatus"),
    }


def _signed(row: Row) -> Any:
    amount = row.get("TotalNetAmount")
    if str(row.get("SDDocumentCategory")) not in _TAKES_BACK or amount in (None, ""):
        return amount
    return f"-{str(amount).strip().removeprefix('-')}"


INVOICE = ActivityConfig.model_validate(
    {
        "id": KIND.key,
        "kind": {"column": "SDDocumentCategory", "values": _KINDS, "default": "billing_document"},
        "record": {"object": "A_BusinessPartner", "id": "SoldToParty"},
        "at": {"column": ["BillingDocumentDate", "CreationDate"]},
        "title": "PurchaseOrderByCustomer",
        "amount": "TotalNetAmount",
        "currency": "TransactionCurrency",
        # Values of OverallBillingStatus: SAP knowledge base article 3472797.
        "status": {
            "column": "Status",
            "values": {"A": "completed", "B": "to_be_posted", _CANCELLED: "cancelled", "D": "incomplete"},
        },
        "attributes": {"type": "BillingDocumentType", "payer": "PayerParty", "cancels": "CancelledBillingDocument"},
    }
)
