"""Batches that fail as a whole: halved until the one record is found that spoils them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from destinations.client import LostAnswerError
from destinations.operations import Receipt, Todo


class BatchRefusal(Exception):  # noqa: N818 - an outcome of one request, always caught here
    """A system refused a batch as a whole, in its own words."""

    def __init__(self, reason: str) -> None:
        super().__init__("a batch was refused")
        self.reason = reason


def in_halves(todo: Sequence[Todo], send: Callable[[Sequence[Todo]], Sequence[Receipt]]) -> Iterator[Receipt]:
    """Send a batch and give its receipts; where it is refused, or answered 500 again and again, send its halves.

    Raises LostAnswerError where the system gave no answer, after the receipts that say so.
    """
    try:
        yield from send(todo)
        return
    except BatchRefusal as refusal:
        if len(todo) == 1:
            yield Receipt(todo[0].delivery.delivery_id, "rejected", reason=refusal.reason)
            return
    except LostAnswerError as error:
        if len(todo) == 1 or not error.failed:
            for task in todo:
                yield Receipt(task.delivery.delivery_id, "unknown", reason=error.message)
            if not error.failed:
                raise
            return
    middle = len(todo) // 2
    yield from in_halves(todo[:middle], send)
    yield from in_halves(todo[middle:], send)
