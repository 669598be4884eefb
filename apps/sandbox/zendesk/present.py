"""How records look: users, organizations, tickets, identities."""

from datetime import UTC, datetime

from apps.sandbox.state import Body, Record


def iso(milliseconds: int) -> str:
    """Return a moment as Zendesk writes it, to the second."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat().replace("+00:00", "Z")


def _base(record: Record, base: str, kind: str) -> Body:
    shown = {name: value for name, value in record.body.items() if not name.startswith("_")}
    head: Body = {"id": record.id, "url": f"{base}/api/v2/{kind}/{record.id}.json"}
    return head | shown | {"created_at": iso(record.created), "updated_at": iso(record.updated)}


def user(record: Record, base: str) -> Body:
    """Return a user; a deleted one is inactive."""
    more = {"active": record.deleted is None, "permanently_deleted": "_scrubbed" in record.body, "time_zone": "Berlin"}
    return _base(record, base, "users") | more | {"shared": False, "shared_phone_number": False}


def organization(record: Record, base: str) -> Body:
    """Return an organization; a deleted one names when."""
    row = _base(record, base, "organizations") | {"shared_tickets": False, "shared_comments": False}
    return row | ({"deleted_at": iso(record.deleted)} if record.deleted is not None else {})


def ticket(record: Record, base: str) -> Body:
    """Return a ticket; the export goes by ``generated_timestamp``, which system changes move too."""
    row = _base(record, base, "tickets") | {"generated_timestamp": record.updated // 1000}
    return row | ({"status": "deleted"} if record.deleted is not None else {})


def identity(record: Record, item: Body, base: str) -> Body:
    """Return one identity of a user."""
    url = f"{base}/api/v2/users/{record.id}/identities/{item['id']}.json"
    row: Body = {"url": url, "user_id": record.id, "verified": item["primary"]} | item
    return row | {"created_at": iso(record.created), "updated_at": iso(record.updated)}


PRESENT = {"users": user, "organizations": organization, "tickets": ticket}
TABLE = {"users": "zendesk_user", "organizations": "zendesk_organization", "tickets": "zendesk_ticket"}
