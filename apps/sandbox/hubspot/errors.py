"""HubSpot's errors: branch on ``category``."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from apps.sandbox.call import Reply


@dataclass
class HubSpotError(Exception):
    """An error of a request, or of one record of a batch."""

    status: int
    message: str
    category: str = "VALIDATION_ERROR"
    errors: list[dict[str, Any]] = field(default_factory=list)
    context: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def reply(self) -> Reply:
        """Return the error as an answer."""
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": str(uuid.uuid4())}
        body |= {"category": self.category} | self.extra
        if self.errors:
            body["errors"] = self.errors
        if self.context:
            body["context"] = self.context
        return Reply(self.status, body, self.headers)

    def of_record(self, trace: str | None) -> dict[str, Any]:
        """Return the error as one record's in a multi-status answer."""
        context = self.context | ({"objectWriteTraceId": [trace]} if trace else {})
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": context,
            "errors": self.errors,
        }


def invalid_value(name: str, message: str, error: str) -> HubSpotError:
    """Return the error for a property's value that is not accepted."""
    text = (
        f'Property values were not valid: [{{"isValid":false,"message":"{message}","error":"{error}","name":"{name}"}}]'
    )
    return HubSpotError(400, text, errors=[{"message": message, "code": error, "context": {"propertyName": [name]}}])


def not_found(what: str) -> HubSpotError:
    """Return the error for an object that is not there."""
    return HubSpotError(404, f"Object not found. {what}", "OBJECT_NOT_FOUND")
