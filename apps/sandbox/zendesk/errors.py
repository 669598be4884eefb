"""Zendesk's errors."""

from dataclasses import dataclass, field
from typing import Any

from apps.sandbox.call import Reply

Details = dict[str, list[dict[str, str]]]


@dataclass
class ZendeskError(Exception):
    """An error of a request, or of one row of a job."""

    status: int
    error: str
    description: str
    details: Details = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def reply(self) -> Reply:
        """Return the error as an answer."""
        body: dict[str, Any] = {"error": self.error, "description": self.description}
        return Reply(self.status, body | ({"details": self.details} if self.details else {}), self.headers)

    @property
    def text(self) -> str:
        """All that is said about it, in one line."""
        told = [item["description"] for items in self.details.values() for item in items]
        return "; ".join(told) or self.description


def not_found() -> ZendeskError:
    """Return the error for a record that is not there."""
    return ZendeskError(404, "RecordNotFound", "Not found")


def invalid(name: str, text: str, kind: str) -> ZendeskError:
    """Return the error for a value that is refused; ``kind`` is Zendesk's word, as in DuplicateValue."""
    details = {name: [{"description": f"{name.capitalize()}: {text}", "error": kind}]}
    return ZendeskError(422, "RecordInvalid", "Record validation errors", details)
