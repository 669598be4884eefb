"""Zendesk's jobs: several in flight, each asked for until it is done, and the receipts of their rows.

Zendesk runs thirty bulk jobs of an account at a time and answers 429 beyond that; the hub keeps some of them free for
others. Once a job is accepted its rows may land, whatever is heard of it afterwards: so a row of an accepted job always
gets a receipt, `unknown` where the job's end isn't known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from destinations.batches import BatchRefusal
from destinations.client import Client, LostAnswerError, Patience
from destinations.operations import Receipt, Todo
from hub.errors import HubError

MOST_JOBS = 20
"""Jobs in flight, of the thirty that Zendesk runs at a time."""

_POLLS = 60
_FIRST_WAIT = 0.05
_LONGEST_WAIT = 5.0


@dataclass(frozen=True)
class Batch:
    """Rows for one job. `submit` sends them: raises BatchRefusal where they are refused as a whole."""

    todo: Sequence[Todo]
    submit: Callable[[Sequence[Todo]], httpx.Response]
    receipt: Callable[[Todo, Mapping[str, Any]], Receipt]

    def halves(self) -> tuple[Batch, Batch]:
        """Part the batch, to find the row that spoils it."""
        middle = len(self.todo) // 2
        return Batch(self.todo[:middle], self.submit, self.receipt), Batch(
            self.todo[middle:], self.submit, self.receipt
        )


@dataclass
class _Job:
    batch: Batch
    status: Mapping[str, Any]
    polls: int = field(default=0)

    @property
    def is_running(self) -> bool:
        return self.status["status"] in ("queued", "working") and self.polls < _POLLS

    def receipts(self) -> Iterator[Receipt]:
        done = self.status["status"] == "completed"
        rows = (self.status.get("results") or []) if done else []
        results = {int(row.get("index", position)): row for position, row in enumerate(rows)}
        for index, task in enumerate(self.batch.todo):
            if index in results:
                yield self.batch.receipt(task, results[index])
            else:
                yield _unknown(task, "The job names no result for it.")


def run_jobs(client: Client, patience: Patience, batches: Iterable[Batch]) -> Iterator[Receipt]:
    """Run a job for each batch, several at a time, and give the receipts as jobs end.

    A batch that is refused as a whole, or answered 500 again and again, is halved until the one row is found. A fault
    of the system is raised once the jobs that were accepted have ended; batches behind it are not sent.
    """
    waiting, running = deque(batches), list[_Job]()
    fault: HubError | None = None
    wait = _FIRST_WAIT
    while running or (waiting and fault is None):
        while waiting and fault is None and len(running) < MOST_JOBS:
            batch = waiting.popleft()
            try:
                running.append(_Job(batch, batch.submit(batch.todo).json()["job_status"]))
            except (BatchRefusal, LostAnswerError) as error:
                lost = isinstance(error, LostAnswerError) and not error.failed
                if len(batch.todo) > 1 and not lost:
                    waiting.extendleft(reversed(batch.halves()))
                    continue
                yield from _not_taken(batch, error)
                fault = error if lost and isinstance(error, HubError) else None
            except HubError as error:
                fault = error
        ended = [job for job in running if not job.is_running]
        for job in ended:
            running.remove(job)
            yield from job.receipts()
        if running:
            wait = _FIRST_WAIT if ended else min(wait * 1.5, _LONGEST_WAIT)
            patience.sleep(wait)
            for job in running:
                _ask(client, job)
    if fault is not None:
        raise fault


def _ask(client: Client, job: _Job) -> None:
    """Ask how a job stands; one that can't be asked for any more counts as without an end."""
    job.polls += 1
    try:
        answer = client.request("GET", f"api/v2/job_statuses/{job.status['id']}.json")
    except HubError:
        job.polls = _POLLS
        return
    if answer.status_code == 200:
        job.status = answer.json()["job_status"]
    else:
        job.polls = _POLLS


def _not_taken(batch: Batch, error: BatchRefusal | LostAnswerError) -> Iterator[Receipt]:
    for task in batch.todo:
        if isinstance(error, BatchRefusal):
            yield Receipt(task.delivery.delivery_id, "rejected", reason=error.reason)
        else:
            yield _unknown(task, error.message)


def _unknown(task: Todo, reason: str) -> Receipt:
    return Receipt(task.delivery.delivery_id, "unknown", reason=reason)
