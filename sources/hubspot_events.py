"""HubSpot's e-mail events: what became of campaign mails. They are facts: added to, never changed, never taken back.

An event names its recipient, not the contact: it belongs to the contact with that e-mail address. Events may show
late, so each extract begins an hour before the last one seen, and all are read once a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.feed import ActivityConfig
from sources import rest
from sources.page import Page, Request, delivered
from sources.progress import Progress

OBJECT = "email_events"
PATH = "/email/public/v1/events"
PAGE_ROWS = 1_000
TRAIL_MS = 3_600_000


def read(request: Request) -> Iterator[Page]:
    """Give all events, or those since the last extract."""
    progress = Progress.of(request)
    with rest.hub_errors(request.system_name):
        whole, rows, newest = progress.whole_due(request), 0, int(progress.position or "0")
        start = 0 if whole else max(0, newest - TRAIL_MS)
        for page in _pages(request, start):
            newest = max([newest, *(int(row.get("created") or 0) for row in page)])
            rows += len(page)
            yield Page(delivered((str(row["id"]), row, False) for row in page))
    yield Page(cursor=progress.moved(str(newest), rows if whole else None))


def _pages(request: Request, start: int) -> Iterator[list[dict[str, Any]]]:
    from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

    headers = {"Authorization": f"Bearer {rest.secret(request.system.token)}"}
    client = rest.client(request, rest.secret(request.system.url).rstrip("/"), headers=headers)
    params = {"limit": str(min(request.system.page_size or PAGE_ROWS, PAGE_ROWS)), "startTimestamp": str(start)}
    while True:
        pages = client.paginate(PATH, params=params, paginator=SinglePagePaginator(), data_selector="events[*]")
        page = next(iter(pages))
        answer = page.response.json()
        yield list(page)
        if not answer.get("hasMore") or not answer.get("offset"):
            return
        params = {**params, "offset": str(answer["offset"])}


EVENT = ActivityConfig.model_validate(
    {
        "id": "id",
        "kind": {
            "column": "type",
            "values": {
                "SENT": "campaign_sent",
                "DELIVERED": "campaign_delivered",
                "OPEN": "campaign_opened",
                "CLICK": "campaign_clicked",
                "BOUNCE": "campaign_bounced",
                "DROPPED": "campaign_dropped",
                "DEFERRED": "campaign_deferred",
                "FORWARD": "campaign_forwarded",
                "PRINT": "campaign_printed",
                "PROCESSED": "campaign_processed",
                "SPAMREPORT": "campaign_reported_as_spam",
                "STATUSCHANGE": "campaign_subscription_changed",
                "UNSUBSCRIBE": "campaign_unsubscribed",
                "UNBOUNCE": "campaign_unbounced",
            },
        },
        "record": {"object": "contacts", "email": "recipient"},
        "at": "created",
        "attributes": {"campaign": "emailCampaignId", "link": "url"},
    }
)
