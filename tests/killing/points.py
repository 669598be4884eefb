"""Points at which a sync is killed. Each names something that happens, so that it is met whatever the machine's speed.

A point holds the sync where it is (an answer that the system keeps back, a table that someone else has locked) or waits
for a line of its progress; a few milliseconds on top spread the kills between two such moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Start = Literal["empty", "resolved", "changed"]
"""Where the killed sync begins: a new hub; all rows in and resolved; in step, but the systems have changed."""


@dataclass(frozen=True)
class Point:
    """Where a sync dies: after `line` has been said, while `answer` is held and (or) `table` is locked, then `wait`.

    `answer`: system, method and pattern of the path of the request whose answer is held, its effect done; `after` such
    requests are let through; `late`: the effect comes with the answer, after the kill. `share` of the time of a whole
    run, instead of these, for a point anywhere.
    """

    name: str
    start: Start = "empty"
    line: str = ""
    answer: tuple[str, str, str] | None = None
    after: int = 0
    late: bool = False
    table: str = ""
    wait: float = 0.0
    share: float = 0.0

    def fault(self, seconds: float) -> dict[str, Any]:
        """The sandbox's fault that holds the answer."""
        assert self.answer is not None
        system, method, match = self.answer
        return {
            "system": system, "kind": "late" if self.late else "timeout", "method": method, "match": match,
            "after": self.after, "seconds": seconds,
        }  # fmt: skip


SAP_PAGE = ("sap", "GET", "/A_BusinessPartner$")
SAP_CREATE = ("sap", "POST", "/A_BusinessPartner$")
SAP_UPDATE = ("sap", "PATCH", "/A_")
HUBSPOT_PAGE = ("hubspot", "GET", "/objects/contacts$")
HUBSPOT_CREATE = ("hubspot", "POST", "/batch/upsert$")
HUBSPOT_UPDATE = ("hubspot", "POST", "/batch/update$")
ZENDESK_CREATE = ("zendesk", "POST", "/create_many")
ZENDESK_UPDATE = ("zendesk", "PUT", "/update_many")
ZENDESK_JOB = ("zendesk", "GET", "/job_statuses/")
ZENDESK_PAGE = ("zendesk", "GET", "/incremental/")

HUBSPOT_HAS_CREATED = Point("sending: HubSpot has created, no receipt", "resolved", answer=HUBSPOT_CREATE)

FEW = [
    Point("landing: the second page of partners", answer=SAP_PAGE, after=1),
    Point("refreshing: golden records", table="golden.golden_record"),
    Point("sending: Zendesk has taken a job of creates, no receipt", "resolved", answer=ZENDESK_CREATE),
]
"""For every run of the tests."""

MANY = [
    Point("sending: SAP has created, no receipt", "resolved", answer=SAP_CREATE, after=2),
    Point("landing: HubSpot's first page", answer=HUBSPOT_PAGE),
    Point("landing: Zendesk's export", answer=ZENDESK_PAGE),
    Point("landing: loaded, the watermark not moved", table="ops.watermark"),
    Point("landing: 30 ms after the last answer", line="service: reading", wait=0.03),
    Point("landing: a load that is being finished", "changed", table="landing._dlt_loads"),
    Point("landing: rows of a load", "changed", table="landing.marketing__contacts"),
    Point("storing: records", line="marketing: reading", table="identity.source_record"),
    Point("storing: quarantined rows", table="ops.quarantine"),
    Point("storing: the mark of a load", line="marketing: reading", table="ops.load"),
    Point("storing: changed records", "changed", table="identity.source_record"),
    Point("resolving: begun", line="records to resolve"),
    Point("resolving: estimating", line="estimating the weights", wait=0.05),
    Point("resolving: comparing", line="comparing person records", wait=0.1),
    Point("resolving: the model", table="identity.model"),
    Point("resolving: edges", table="identity.edge"),
    Point("resolving: the crosswalk", table="identity.crosswalk"),
    Point("resolving: changed clusters", "changed", table="identity.identity_event"),
    Point("refreshing: changed golden records", "changed", table="golden.golden_record"),
    Point("refreshing: the changes that are told on", "changed", table="golden.change"),
    Point("refreshing: 20 ms after its begin", line="settling clusters", wait=0.02),
    Point("planning: the ledger", line="erp: publishing", table="ops.delivery"),
    Point("planning: the cursor", table="ops.destination_cursor"),
    Point("sending: planned, nothing sent", "resolved", line="writes planned"),
    Point("sending: SAP's first create", "resolved", answer=SAP_CREATE),
    Point("sending: SAP is at work on a create when the sync dies", "resolved", answer=SAP_CREATE, after=3, late=True),
    Point("sending: SAP has half of an update", "resolved", answer=SAP_UPDATE, after=1),
    Point("sending: SAP's receipts are being kept", "resolved", line="writes planned", table="identity.told"),
    Point("sending: links of what SAP created", "resolved", table="identity.known_link"),
    HUBSPOT_HAS_CREATED,
    Point("sending: HubSpot has updated, no receipt", "resolved", answer=HUBSPOT_UPDATE),
    Point("sending: HubSpot is at work on creates", "resolved", answer=HUBSPOT_CREATE, late=True),
    Point(
        "sending: HubSpot's answer is there, its receipts not", "resolved", answer=HUBSPOT_CREATE, table="ops.delivery"
    ),
    Point("sending: Zendesk has updated, no receipt", "resolved", answer=ZENDESK_UPDATE),
    Point("sending: Zendesk's job is asked for", "resolved", answer=ZENDESK_JOB, after=1),
    Point("sending: Zendesk's receipts are being kept", "resolved", answer=ZENDESK_CREATE, table="identity.told"),
    Point("sending: SAP has changed a changed record", "changed", answer=SAP_UPDATE),
    Point("sending: HubSpot has changed a changed record", "changed", answer=HUBSPOT_UPDATE),
    Point("sending: Zendesk has taken a changed customer", "changed", answer=ZENDESK_CREATE),
    Point("after: created records join their customers", line="service: publishing", table="identity.crosswalk"),
    Point("after: the run's own record", line="service: publishing", table="ops.run"),
    *(Point(f"anywhere: {share:.0%} of the time", share=share) for share in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)),
]
"""For `make test-slow`."""
