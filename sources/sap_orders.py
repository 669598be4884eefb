"""SAP S/4HANA's sales orders, by the OData V2 service API_SALES_ORDER_SRV."""

from __future__ import annotations

from hub.feed import ActivityConfig
from sources.page import Row
from sources.sap_documents import DocumentKind, header, party

KIND = DocumentKind("/sap/opu/odata/sap/API_SALES_ORDER_SRV", "A_SalesOrder", "SalesOrder")

_ALL_REJECTED = "C"  # of OverallSDDocumentRejectionSts; A: nothing rejected, B: some items


def prepare(row: Row) -> Row:
    """Lay an order out in columns. An order whose items are all rejected counts as processed for SAP: it has ended."""
    rejected = row.get("OverallSDDocumentRejectionSts") == _ALL_REJECTED
    status = "rejected" if rejected else row.get("OverallSDProcessStatus")
    return {**header(row), "SoldToParty": party(row, "SoldToParty"), "Status": status}


ORDER = ActivityConfig.model_validate(
    {
        "id": KIND.key,
        "kind": "order",
        "record": {"object": "A_BusinessPartner", "id": "SoldToParty"},
        "at": {"column": ["SalesOrderDate", "CreationDate"]},
        "title": "PurchaseOrderByCustomer",
        "amount": "TotalNetAmount",
        "currency": "TransactionCurrency",
        "status": {
            "column": "Status",
            "values": {"A": "open", "B": "in_process", "C": "completed", "rejected": "cancelled"},
        },
        "attributes": {"type": "SalesOrderType"},
    }
)
