"""What the API refuses."""

from __future__ import annotations

from typing import Any


class HubProblem(Exception):  # noqa: N818 - the word of RFC 9457
    """A problem document: `status`, `title` and `detail` say what to do next; `more` has the rest of it."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.title = str(document.pop("title", "no problem document"))
        self.detail = str(document.pop("detail", ""))
        self.more = document
        super().__init__(f"{status} {self.title}. {self.detail}".strip())
