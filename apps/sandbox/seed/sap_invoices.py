"""SAP's billing documents of an order: the invoice, at times cancelled and written anew, or followed by a credit memo.

Made of a draw of their own, so that the rest of the world stays as it is. Amounts have no sign, as in SAP: what a
document does to the customer's account, its category says.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from apps.sandbox.seed.sap_rows import stamp
from apps.sandbox.seed.views import EPOCH_MS

FIRST_INVOICE = 90_000_001

_DAY_MS = 86_400_000
_TYPES = {"M": "F2", "N": "S1", "O": "G2"}

Body = dict[str, Any]


def billing_rows(order: Body, take_number: Callable[[], int]) -> Iterator[tuple[int, int, Body]]:
    """Return (number, moment, document) of each billing document of an order, oldest first."""
    rng = Random(f"billing/{order['SalesOrder']}")  # noqa: S311 - repeatable on purpose, nothing secret
    billed = {"A": 0.0, "B": 0.5, "C": 1.0}[order["OverallSDProcessStatus"]]
    if order["OverallSDDocumentRejectionSts"] == "C" or rng.random() >= billed:
        return
    items = order["to_Item"]
    when, chance = _later(order["LastChangeDateTime"], 20, rng), rng.random()
    if chance < 0.06:
        wrong, cancelled = take_number(), _later(when, 10, rng)
        yield wrong, when, _document(wrong, "M", order, items, when, cancelled=cancelled)
        number, when = take_number(), cancelled
        yield number, when, _document(number, "N", order, items, when, cancels=str(wrong))
    number = take_number()
    yield number, when, _document(number, "M", order, items, when)
    if chance > 0.94:
        number, when = take_number(), _later(when, 40, rng)
        yield number, when, _document(number, "O", order, items[:1], when)


def _later(moment: int, days: int, rng: Random) -> int:
    return min(moment + rng.randrange(_DAY_MS, days * _DAY_MS) // 1000 * 1000, EPOCH_MS)


def _document(
    number: int,
    category: str,
    order: Body,
    items: list[Body],
    when: int,
    *,
    cancelled: int | None = None,
    cancels: str = "",
) -> Body:
    day, time = stamp(when)
    changed = cancelled or when
    posted = EPOCH_MS - when > 3 * _DAY_MS
    return {
        "BillingDocument": str(number),
        "SDDocumentCategory": category,
        "BillingDocumentCategory": "A",
        "BillingDocumentType": _TYPES[category],
        "CreationDate": day,
        "CreationTime": time,
        "LastChangeDate": stamp(changed)[0],
        "LastChangeDateTime": changed,
        "BillingDocumentDate": day,
        "BillingDocumentIsCancelled": cancelled is not None,
        "CancelledBillingDocument": cancels,
        "TotalNetAmount": f"{sum(float(item['NetAmount']) for item in items):.2f}",
        "TransactionCurrency": order["TransactionCurrency"],
        "PayerParty": order["SoldToParty"],
        "SoldToParty": order["SoldToParty"],
        "PurchaseOrderByCustomer": order["PurchaseOrderByCustomer"],
        "OverallSDProcessStatus": "C",
        "OverallBillingStatus": "C" if cancelled else "A" if posted else "B",
        "AccountingPostingStatus": "C" if posted else "A",
        "AccountingTransferStatus": "E" if cancelled else "C" if posted else "A",
        "InvoiceClearingStatus": "C" if EPOCH_MS - when > 60 * _DAY_MS else "A",
        "_v": 2 if cancelled else 1,
        "to_Item": [
            {
                "BillingDocument": str(number),
                "BillingDocumentItem": item["SalesOrderItem"],
                "Material": item["Material"],
                "BillingQuantity": item["RequestedQuantity"],
                "NetAmount": item["NetAmount"],
                "TransactionCurrency": item["TransactionCurrency"],
                "SalesDocument": item["SalesOrder"],
                "SalesDocumentItem": item["SalesOrderItem"],
                "_v": 1,
            }
            for item in items
        ],
    }
