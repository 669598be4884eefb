"""SAP's errors."""

import uuid
from dataclasses import dataclass, field

from apps.sandbox.call import Reply


@dataclass
class ODataError(Exception):
    """An error that ends a request. ``details`` are further texts, each with the property it is about."""

    status: int
    message: str
    code: str = "/IWBEP/CM_MGW_RT/020"
    details: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def reply(self) -> Reply:
        """Return the error as an answer: all texts are in the error details."""
        details = self.details or [("", self.message)]
        body = {
            "error": {
                "code": self.code,
                "message": {"lang": "en", "value": self.message},
                "innererror": {
                    "transactionid": uuid.uuid4().hex.upper(),
                    "errordetails": [
                        {"code": self.code, "message": text, "propertyref": name, "severity": "error", "target": name}
                        for name, text in details
                    ],
                },
            }
        }
        return Reply(self.status, body, {"dataserviceversion": "1.0"} | self.headers)


def not_found(what: str) -> ODataError:
    """Return the error for a key that is not there (any more)."""
    return ODataError(404, f"Resource not found for segment '{what}'", "/IWBEP/CM_MGW_RT/020")


def unknown_property(name: str, kind: str) -> ODataError:
    """Return the error for a property that the type does not have."""
    return ODataError(400, f"Property '{name}' is invalid for type '{kind}'", "/IWBEP/CM_MGW_RT/021")
