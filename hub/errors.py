"""Errors by what the reader shall do next: fix the settings, try again, or look at one refused thing."""

from __future__ import annotations

import traceback


class HubError(Exception):
    """Base of every error that reaches a user; `hint` is the next step, in a sentence.

    Messages name keys, fields and files, never a customer's values or a secret.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsError(HubError):
    """Something in hub.yaml or the environment must be changed before anything can run."""

    exit_code = 2


class RetryableError(HubError):
    """A passing fault (busy, unreachable): the same call may go through later.

    `retry_after` is the other side's own word in seconds, where it gave one.
    """

    exit_code = 75  # EX_TEMPFAIL of sysexits.h

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class RejectedError(HubError):
    """One record, row or request is refused; its neighbours go on."""

    def __init__(self, message: str, *, hint: str = "", field: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class UnforeseenError(HubError):
    """A fault of the hub itself, told by its place in the code.

    The message of an unknown exception may hold a customer's data, so it is left out.
    """

    exit_code = 70  # EX_SOFTWARE of sysexits.h

    def __init__(self, cause: BaseException) -> None:
        frames = traceback.extract_tb(cause.__traceback__)
        ours = [frame for frame in frames if "site-packages" not in frame.filename] or list(frames)
        self.places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in ours]
        super().__init__(
            f"Something unforeseen went wrong in the hub ({type(cause).__name__}).",
            hint="Run it again: it goes on where it stopped. If it stays, report these lines: "
            + " < ".join(reversed(self.places[-6:])),
        )
